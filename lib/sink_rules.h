/*
 * What every database keeps to as a target, in the same words: names, whose a table is, which epoch
 * follows which, what a value is as text.
 */
#ifndef SINK_RULES_H
#define SINK_RULES_H

#include "sink.h"

/*
 * Why NAME cannot be one more column beside those of SCHEMA, or NULL: names have at most 63 bytes
 * and differ by more than case, as databases see them.
 */
const char *sink_name_problem(const struct schema *schema, const char *name);

/* Fails (exit 2) when the table's name or one of its columns' has such a problem. */
void sink_check_names(const struct sink_table *table);

/* Appends NAME in double quotes, as SQL has it. */
void sink_quote_name(struct buffer *sql, const char *name);

/* Whether the run has state. */
bool sink_has_state(const struct run *run);

/* Whether tables that are there are replaced: by bounded runs without state. */
bool sink_replaces(const struct run *run);

/* ---- what is there already; TARGET is its name for messages ---- */

/*
 * Fails (exit 2) unless RUN may write to TABLE. OWNER is the pipeline that has made it, "" when
 * that was a run without state, NULL when ft-sink has not made it at all.
 */
void sink_check_owner(const char *target, const char *table, const struct run *run,
                      const char *owner);

/* Fail with exit 2: the table that is there is another one than was declared. */
_Noreturn void sink_lacks_column(const char *target, const char *table, const char *column);
_Noreturn void sink_has_other_key(const char *target, const char *table);

/* Fails (exit 2) unless the pipeline had as many filters as RUN has, when its epoch was written. */
void sink_check_stage(const char *target, const struct run *run, const char *stage);

/* Fails with exit 3: there is another epoch than the one that EPOCH was to stand on. */
_Noreturn void sink_has_other_writer(const char *target, const struct run *run, uint64_t epoch);

/* ---- rows ---- */

/* False, with *COLUMN and *WHY, when a column of the key is null and may not be. */
bool sink_has_key(const struct schema *schema, const struct json_value *value, const char **column,
                  const char **why);

/* BODY between braces again, so that it can be scanned: in OBJECT, with FAST_PADDING readable bytes
 * behind it. */
struct slice sink_object(struct slice body, struct buffer *object);

bool sink_is_in_key(const struct schema *schema, const char *column);

/*
 * VALUE (not null) as the text that a database is given for a TYPE: a timestamp as RFC 3339 in UTC
 * with milliseconds, a decimal with its scale's digits, json as it is spelled, a string decoded.
 * *TEXT points into the value or into SCRATCH. False with *WHY when VALUE is not of TYPE.
 */
bool sink_text(const struct type *type, const struct json_value *value, struct buffer *scratch,
               struct slice *text, const char **why);

#endif
