/*
 * Rows by key, in the order of (time, arrival). A row that is added waits until time has come to
 * it; only then it stands at the end of its key's timeline, where it can be found. So rows may come
 * in any order, and what is found never depends on that.
 *
 * There are two kinds. With TIMELINES_LATEST a row takes the place of the one before it, which is
 * let go of: what is found is how the key's row was at a time. With TIMELINES_ALL rows stay until
 * they are too old. A row is a few packed values.
 */
#ifndef TIMELINES_H
#define TIMELINES_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"

struct timelines;
struct timed_row; /* owned by the timelines, until the next change to them */

enum timelines_kind { TIMELINES_LATEST, TIMELINES_ALL };

struct timelines *timelines_new(enum timelines_kind kind, size_t field_count);
void timelines_free(struct timelines *timelines);

/*
 * Adds a row. TIME_MS may be INT64_MIN: it has been true for ever. With IS_END, of LATEST, there is
 * no row from then on; FIELDS then tell of what. Fails (exit 3) without memory.
 */
void timelines_add(struct timelines *timelines, struct slice key, int64_t time_ms,
                   const struct json_value *fields, bool is_end);

/*
 * Time has come to UNTIL_MS. With LATEST, a row that comes later than that though it is older is in
 * effect from the next call on, unless a newer one is. Returns how many rows were let go of.
 */
uint64_t timelines_advance(struct timelines *timelines, int64_t until_ms);

/* Lets go of rows before FROM_MS, to which time has come (ALL). Returns how many. */
uint64_t timelines_forget(struct timelines *timelines, int64_t from_ms);

/* Keys of these HASHES (hash_bytes) will be asked for: what they have is brought near, all at once.
 */
void timelines_prefetch(const struct timelines *timelines, const uint64_t *hashes, size_t count);

/* The first row of KEY, NULL when there is none; and the one that follows upon ROW. */
const struct timed_row *timelines_first(const struct timelines *timelines, struct slice key);
const struct timed_row *timelines_next(const struct timed_row *row);
int64_t timelines_time(const struct timed_row *row);

/* The texts of the row's values; they point into it. */
void timelines_fields(const struct timelines *timelines, const struct timed_row *row,
                      struct slice *fields);

/* VISIT is told a row; FIELDS are valid until it returns. */
typedef void timelines_visitor(void *context, int64_t time_ms, bool is_end,
                               const struct slice *fields);

/* Tells VISIT (NULL: nobody) the rows that came since the last call and are still here, in the
 * order in which they came. */
void timelines_news(struct timelines *timelines, timelines_visitor *visit, void *context);

/* Tells VISIT all rows that are here, in the same order, also those that wait. */
void timelines_each(const struct timelines *timelines, timelines_visitor *visit, void *context);

uint64_t timelines_count(const struct timelines *timelines); /* rows, those that wait included */
uint64_t timelines_keys(const struct timelines *timelines);  /* keys that have some */

#endif
