/*
 * Reads what people write as JSON strictly: a member that nobody knows or a value of the wrong kind
 * is a mistake, and the first mistake ends the process (fail, exit 2) with the file, the JSON path
 * and the value:
 *     ft-clean: shop.json: streams.event.lag: "10" is not a duration such as 500ms, ...
 *
 * The reader knows where it is by strict_enter and strict_leave.
 */
#ifndef STRICT_H
#define STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"
#include "tree.h"

#define STRICT_PROSE "a text of one character or more"
#define STRICT_DURATION "a duration such as 500ms, 10s, 30m, 1h, 7d or 2w"

struct strict {
    const char *file;
    struct json_t *tree;    /* the whole file */
    struct buffer path;     /* of the value being read: streams.event.columns[2] */
    struct buffer json;     /* what strict_scan scanned last */
    struct buffer shown[2]; /* what strict_shown returned last */
    int turn;
};

/*
 * Reads the whole JSON file at PATH into an empty reader, which keeps the pointer to PATH. What is
 * no JSON is a mistake with line and column (see tree_read); an unreadable file is exit 3. The tree
 * belongs to the reader.
 */
struct json_t *strict_open(struct strict *reader, const char *path);

/* Frees what the reader owns, its tree too. */
void strict_free(struct strict *reader);

/* Extend the path; strict_leave takes back what is behind the length that they returned. */
size_t strict_enter(struct strict *reader, const char *member);
size_t strict_enter_index(struct strict *reader, size_t index);
void strict_leave(struct strict *reader, size_t length);

_Noreturn void strict_mistake(struct strict *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For strict_mistake: the reader, having entered a member. */
struct strict *strict_at(struct strict *reader, const char *member);

/* For strict_mistake: a value as it may be shown. Two of them can be in use. */
const char *strict_shown(struct strict *reader, const struct json_t *value);

/* VALUE must be an object without other members than these (ended by NULL, as all lists here). */
void strict_object(struct strict *reader, struct json_t *value, const char *const *members);

/* The text of a member, not empty; NULL without one. LEGAL completes "VALUE is not ...". */
const char *strict_text(struct strict *reader, const struct json_t *object, const char *member,
                        const char *legal);

/* The same, and the member must be there. */
const char *strict_need_text(struct strict *reader, const struct json_t *object, const char *member,
                             const char *legal);

/* Which of WORDS a member is, or FALLBACK without one. */
int strict_word(struct strict *reader, const struct json_t *object, const char *member,
                const char *const *words, int fallback);

/* A duration in milliseconds, or FALLBACK without one. */
int64_t strict_duration(struct strict *reader, const struct json_t *object, const char *member,
                        int64_t fallback);

/* False without one. */
bool strict_boolean(struct strict *reader, const struct json_t *object, const char *member);

/* VALUE as the scanner of records sees it; valid until the next call. */
struct json_value strict_scan(struct strict *reader, const struct json_t *value);

/* The index of WORD in WORDS, or -1. */
int strict_index(const char *const *words, const char *word);

#endif
