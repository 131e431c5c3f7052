#include "spans.h"

#include <stdlib.h>

#include "bytes.h"
#include "floor.h"
#include "timestamp.h"
#include "zone.h"

struct spans {
    enum spans_kind kind;
    int64_t size_ms;
    const char *zone;
    struct span latest; /* the next record is mostly in the same; at first of no moment */
};

struct spans *spans_new(enum spans_kind kind, int64_t size_ms, const char *zone)
{
    struct spans *spans = memory_new(1, sizeof *spans);
    spans->kind = kind;
    spans->size_ms = size_ms;
    spans->zone = zone;
    return spans;
}

void spans_free(struct spans *spans)
{
    free(spans);
}

bool spans_are_days(int64_t size_ms)
{
    return size_ms % DAY_MS == 0;
}

bool spans_fit_days(int64_t size_ms)
{
    return spans_are_days(size_ms) || DAY_MS % size_ms == 0;
}

/* A divided down to a multiple of B. */
static int64_t floor_multiple(int64_t a, int64_t b)
{
    return a - floor_modulo(a, b);
}

static struct span days_of(const struct spans *spans, int64_t ms)
{
    int64_t days = spans->size_ms / DAY_MS;
    int64_t first = floor_multiple(zone_day(spans->zone, ms), days);
    return (struct span){zone_midnight(spans->zone, first),
                         zone_midnight(spans->zone, first + days)};
}

static struct span part_of_day(const struct spans *spans, int64_t ms)
{
    int64_t day = zone_day(spans->zone, ms);
    int64_t midnight = zone_midnight(spans->zone, day), next = zone_midnight(spans->zone, day + 1);
    int64_t start = midnight + floor_multiple(ms - midnight, spans->size_ms);
    return (struct span){start, start + spans->size_ms < next ? start + spans->size_ms : next};
}

static struct span window_of(const struct spans *spans, int64_t ms)
{
    if (spans->zone)
        return spans->size_ms < DAY_MS ? part_of_day(spans, ms) : days_of(spans, ms);
    int64_t start = floor_multiple(ms, spans->size_ms);
    return (struct span){start, start + spans->size_ms};
}

size_t spans_of(struct spans *spans, int64_t ms, const struct span **first)
{
    struct span *latest = &spans->latest;
    if (spans->kind == SPANS_SESSION)
        *latest = (struct span){ms, ms + spans->size_ms};
    else if (ms < latest->start_ms || ms >= latest->end_ms)
        *latest = window_of(spans, ms);
    *first = latest;
    return 1;
}

int64_t spans_due(const struct spans *spans, struct span span)
{
    return spans->kind == SPANS_SESSION ? span.end_ms : span.end_ms - 1;
}

bool spans_merge(const struct spans *spans)
{
    return spans->kind == SPANS_SESSION;
}
