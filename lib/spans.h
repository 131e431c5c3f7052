/*
 * How a filter divides time: into windows that follow each other (tumble), or into sessions, which
 * go on as long as no gap is as long as theirs. A span is [start, end), in epoch milliseconds.
 *
 * In a zone, windows of whole days go from midnight to midnight, counted from the local
 * 1970-01-01, so a day may have 23 or 25 hours; shorter windows divide the time that goes by
 * between two midnights, and the last one ends with its day.
 */
#ifndef SPANS_H
#define SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    int64_t start_ms, end_ms;
};

enum spans_kind { SPANS_TUMBLE, SPANS_SESSION };

struct spans;

/* SIZE_MS (> 0) is that of a window, or the gap. ZONE (borrowed) exists; NULL: UTC, where any size
 * may be. */
struct spans *spans_new(enum spans_kind kind, int64_t size_ms, const char *zone);
void spans_free(struct spans *spans);

/* Whether windows of SIZE_MS are whole days; or these or divide one: others have no meaning in a
 * zone. */
bool spans_are_days(int64_t size_ms);
bool spans_fit_days(int64_t size_ms);

/*
 * The spans that a record of the moment MS is in; *FIRST points to them until the next call. A
 * session's is what the record alone makes of it.
 */
size_t spans_of(struct spans *spans, int64_t ms, const struct span **first);

/* The _ts of SPAN's result, which is complete when the watermark has reached it: a window's last
 * millisecond, a session's end, at which a record would still join it. */
int64_t spans_due(const struct spans *spans, struct span span);

/* Whether a span takes in those that it touches. */
bool spans_merge(const struct spans *spans);

#endif
