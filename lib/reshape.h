/*
 * A stream made of another: the records for which a condition is true (--where), with the columns
 * that a list says (--select), under its own or another name (--to).
 *
 * Of an upsert stream, a row for which the condition is not true deletes the one that may have gone
 * on under its key before; and the key must be among the columns.
 */
#ifndef RESHAPE_H
#define RESHAPE_H

#include "columns.h"
#include "filter.h"

struct reshape;

/* All are borrowed; WHERE, SELECT and TO may be NULL. */
struct reshape *reshape_new(struct filter *filter, const char *to, const char *where,
                            const char *select);
void reshape_free(struct reshape *reshape);

/* Whether lines change: not when there is only a condition, unless rows replace each other. Behind
 * reshape_open. */
bool reshape_makes_lines(const struct reshape *reshape);

/*
 * In the filter's schema call: what is asked of the record is added to COLUMNS, which the values of
 * records then follow. SCHEMA is what the stream is known to be; mistakes are exit 2.
 */
void reshape_open(struct reshape *reshape, const struct schema *schema, struct columns *columns);

/* In the filter's start call: emits the schema of what is made, if lines change. */
void reshape_announce(const struct reshape *reshape);

/*
 * What becomes of RECORD. FATE_PASSED: it goes on as it is, *LINE is its line. FATE_USED: *LINE is
 * made of it, valid until the next call. Neither has its newline. Else FATE_DROPPED or
 * FATE_REJECTED.
 */
enum fate reshape_record(struct reshape *reshape, const struct record *record, struct slice *line);

#endif
