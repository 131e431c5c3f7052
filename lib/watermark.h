/*
 * Watermarks of sources, and of all of them together (semantics: Flink's bounded out-of-orderness).
 *
 * A source's watermark is its highest event time - lag - 1 ms: no later record of it has a time at
 * or below that. The pipe's is the minimum over the active sources, and never goes back.
 */
#ifndef WATERMARK_H
#define WATERMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATERMARK_NONE INT64_MIN /* nothing is promised yet */

struct clock {
    int64_t lag_ms; /* or LAG_UNBOUNDED: then it promises nothing before its end */
    int64_t highest_ms;
    int64_t watermark_ms; /* WATERMARK_NONE before the first record; TIMESTAMP_FOREVER at the end */
    bool idle;            /* not waited for, until it has caught up with what was emitted */
};

void clock_start(struct clock *clock, int64_t lag_ms);

/* Whether a record at TIME_MS is late, judged with the records before it. */
static inline bool clock_is_late(const struct clock *clock, int64_t time_ms)
{
    return time_ms <= clock->watermark_ms;
}

/* A record that is not late was read. */
void clock_advance(struct clock *clock, int64_t time_ms);

/* It promises what a record at TIME_MS would let it, though its own highest is another's. */
void clock_promise(struct clock *clock, int64_t time_ms);

/* The source has ended: it holds nobody back. */
void clock_end(struct clock *clock);

struct watermark {
    struct clock **clock; /* borrowed */
    size_t count;
    int64_t emitted_ms; /* the last one; WATERMARK_NONE at first */
    int64_t step_ms;    /* emitted again when it has moved by this */
};

/*
 * What the clocks promise together: the minimum over those that are active, the maximum when all
 * are idle. TIMESTAMP_FOREVER when all have ended, and when there is none.
 */
int64_t watermark_now(const struct watermark *watermark);

/* Whether a watermark is due behind the record that has just advanced CLOCK; if so it becomes
 * emitted_ms. */
bool watermark_due(struct watermark *watermark, const struct clock *clock);

/* The step for these clocks: half the smallest lag, at least 1 s. */
int64_t watermark_step(const struct watermark *watermark);

#endif
