/*
 * The first record of each key within a time, whatever the order of arrival: records wait until the
 * watermark has reached them, and are then judged in the order of (time, bytes of the line). One
 * whose key was kept at most WITHIN before is a duplicate; any other is kept, and its key with it.
 * So what is within reach of a duplicate alone is kept.
 *
 * Two facts make it cheap. Records are judged in the order of their times, so keys are kept in that
 * order too, and those to be forgotten stand first in a queue. And what is too old for the record
 * at hand was forgotten before it is looked up, so any key that is found makes a duplicate.
 */
#ifndef DEDUP_H
#define DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#define DEDUP_FOREVER INT64_MAX

struct dedup;

/* Keys are forgotten when no record to come can be at most WITHIN_MS (>= 0) behind them. With
 * REMEMBER, dedup_news can be asked. */
struct dedup *dedup_new(int64_t within_ms, bool remember);
void dedup_free(struct dedup *dedup);

/* LINE (without newline) waits for the watermark. A record with KEY NULL is no duplicate of any,
 * nor any of it. Both are copied. Fails (exit 3) without memory. */
void dedup_add(struct dedup *dedup, int64_t time_ms, const struct slice *key, struct slice line);

/* KEY was kept at TIME_MS, which is behind all others that were. For state that comes back. */
void dedup_keep(struct dedup *dedup, int64_t time_ms, struct slice key);

struct judged {
    struct slice line; /* with a newline at its end; valid until the next call */
    bool is_duplicate;
};

/*
 * Judges the next record at or before WATERMARK_MS; false when none is left. No record that is
 * added later may have a time at or before a watermark for which false was returned.
 */
bool dedup_next(struct dedup *dedup, int64_t watermark_ms, struct judged *judged);

struct dedup_news {
    /* KEY is NULL when there is none; FAST_PADDING bytes behind the LINE can be read. */
    void (*waiting)(void *context, int64_t time_ms, const struct slice *key, struct slice line);
    void (*kept)(void *context, int64_t time_ms, struct slice key);
};

/*
 * Tells VISIT (NULL: nobody) what came since the last call and is still there: the records that
 * wait, in the order in which they came, and the keys that were kept, in the order of their times.
 */
void dedup_news(struct dedup *dedup, const struct dedup_news *visit, void *context);

size_t dedup_waiting(const struct dedup *dedup); /* records that wait */
size_t dedup_kept(const struct dedup *dedup);    /* keys that are remembered */

#endif
