/*
 * What --select and --where say: which columns a record that is made has.
 *
 *     --select 'event_id, COALESCE(user_id, anonymous_id) AS user_identifier'
 *     --select '*, UPPER(country) AS country_code'
 *
 * A plain column goes over as the bytes that it was; without AS it keeps its name. Every other
 * expression needs one.
 */
#ifndef SELECT_H
#define SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "expression.h"
#include "record.h"

struct select_item {
    const char *name;
    struct expression *expression;
    ptrdiff_t column; /* in scope.columns, when it is a plain one; else -1 */
    struct type type; /* a plain column keeps the one it has */
    bool pii;
};

struct select {
    bool all; /* it begins with *: all that the record has comes first */
    struct select_item *item;
    size_t count;
};

/*
 * Parses TEXT, the argument of SCOPE's option. A mistake is exit 2, pointing at the character; so
 * is a name that stands twice, or one that the stream has already behind a *. The caller frees.
 */
struct select *select_parse(struct scope *scope, const char *text);
void select_free(struct select *select);

/*
 * Rejects RECORD, whose values are of COLUMNS, for what failed in EVALUATION: names the column that
 * is to blame, else the one that has no value (NAME), else (NAME is NULL) what the evaluation is
 * about. Returns FATE_REJECTED.
 */
enum fate select_reject(const struct record *record, const struct columns *columns,
                        const struct evaluation *evaluation, const char *name);

struct syntax_item;

/* Fails (exit 2) when ITEM of TEXT, OPTION's argument, has no name and needs one. */
void select_require_name(const char *option, const char *text, const struct syntax_item *item);

/*
 * Appends the JSON text of item INDEX. False, with `why` and `culprit` in EVALUATION, when it has
 * none for this record.
 */
bool select_write(const struct select *select, size_t index, struct evaluation *evaluation,
                  struct buffer *out);

#endif
