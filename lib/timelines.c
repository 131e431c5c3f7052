#include "timelines.h"

#include <stdlib.h>

#include "fast.h"
#include "fields.h"
#include "hash.h"
#include "heap.h"
#include "map.h"
#include "pool.h"

/*
 * A row stands in two lists, or three: that of its key, when time has come to it; that of all such
 * rows, by which old ones are found (ALL); and that of all rows in the order of their arrival.
 */
struct timed_row {
    int64_t time_ms;
    struct timeline *timeline;
    struct timed_row *next, *later; /* of its key; of all */
    struct timed_row *older, *newer;
    size_t size;
    bool is_end;
    char bytes[];
};

struct timeline {
    struct timed_row *first, *last;
    uint64_t held; /* rows, those that wait included: with the last of them the key goes */
};

struct timelines {
    enum timelines_kind kind;
    size_t field_count;
    struct map *keys;
    struct heap *coming; /* rows that wait */
    struct pool *pool;
    struct timed_row *first, *last;    /* those that do not (ALL) */
    struct timed_row *oldest, *newest; /* by arrival */
    struct timed_row *untold;          /* the first that timelines_news has not told of */
    uint64_t count;
    struct slice *fields;
};

struct timelines *timelines_new(enum timelines_kind kind, size_t field_count)
{
    struct timelines *timelines = memory_new(1, sizeof *timelines);
    timelines->kind = kind;
    timelines->field_count = field_count;
    timelines->keys = map_new(sizeof(struct timeline));
    timelines->coming = heap_new(NULL, NULL);
    timelines->pool = pool_new();
    timelines->fields = memory_new(field_count, sizeof *timelines->fields);
    return timelines;
}

/* Takes ROW out of the list of arrivals, and gives its memory back. */
static void let_go(struct timelines *timelines, struct timed_row *row)
{
    if (timelines->untold == row)
        timelines->untold = row->newer;
    if (row->older)
        row->older->newer = row->newer;
    else
        timelines->oldest = row->newer;
    if (row->newer)
        row->newer->older = row->older;
    else
        timelines->newest = row->older;
    if (--row->timeline->held == 0)
        map_remove(timelines->keys, row->timeline);
    timelines->count--;
    pool_put(timelines->pool, row, row->size);
}

void timelines_free(struct timelines *timelines)
{
    if (!timelines)
        return;
    while (timelines->oldest)
        let_go(timelines, timelines->oldest);
    map_free(timelines->keys);
    heap_free(timelines->coming);
    pool_free(timelines->pool);
    free(timelines->fields);
    free(timelines);
}

void timelines_add(struct timelines *timelines, struct slice key, int64_t time_ms,
                   const struct json_value *fields, bool is_end)
{
    size_t size =
        sizeof(struct timed_row) + fields_size(fields, timelines->field_count) + FAST_PADDING;
    struct timed_row *row = pool_get(timelines->pool, size);
    *row = (struct timed_row){.time_ms = time_ms,
                              .timeline = map_add(timelines->keys, key, hash_bytes(key)),
                              .older = timelines->newest,
                              .size = size,
                              .is_end = is_end};
    fields_pack(row->bytes, fields, timelines->field_count);
    row->timeline->held++;
    timelines->count++;
    if (timelines->newest)
        timelines->newest->newer = row;
    else
        timelines->oldest = row;
    timelines->newest = row;
    if (!timelines->untold)
        timelines->untold = row;
    heap_push(timelines->coming, time_ms, row);
}

/* ROW ends the one before it, of which it takes the place, unless it is an end itself. */
static void replace(struct timelines *timelines, struct timed_row *row)
{
    struct timeline *timeline = row->timeline;
    struct timed_row *before = timeline->first;
    if (before && before->time_ms > row->time_ms) {
        let_go(timelines, row);
        return;
    }
    timeline->first = timeline->last = row->is_end ? NULL : row;
    if (before)
        let_go(timelines, before);
    if (row->is_end)
        let_go(timelines, row);
}

static void append(struct timelines *timelines, struct timed_row *row)
{
    struct timeline *timeline = row->timeline;
    if (timeline->last)
        timeline->last->next = row;
    else
        timeline->first = row;
    timeline->last = row;
    if (timelines->last)
        timelines->last->later = row;
    else
        timelines->first = row;
    timelines->last = row;
}

uint64_t timelines_advance(struct timelines *timelines, int64_t until_ms)
{
    uint64_t count = timelines->count;
    for (struct timed_row *row; (row = heap_pop(timelines->coming, until_ms));) {
        if (timelines->kind == TIMELINES_LATEST)
            replace(timelines, row);
        else
            append(timelines, row);
    }
    return count - timelines->count;
}

uint64_t timelines_forget(struct timelines *timelines, int64_t from_ms)
{
    uint64_t count = timelines->count;
    for (struct timed_row *row; (row = timelines->first) && row->time_ms < from_ms;) {
        struct timeline *timeline = row->timeline; /* of which it is the first too */
        timeline->first = row->next;
        if (!timeline->first)
            timeline->last = NULL;
        timelines->first = row->later;
        if (!timelines->first)
            timelines->last = NULL;
        let_go(timelines, row);
    }
    return count - timelines->count;
}

void timelines_prefetch(const struct timelines *timelines, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        map_prefetch_slot(timelines->keys, hashes[i]);
    for (size_t i = 0; i < count; i++)
        map_prefetch_entry(timelines->keys, hashes[i]);
    for (size_t i = 0; i < count; i++) {
        const struct timeline *timeline = map_peek(timelines->keys, hashes[i]);
        if (timeline && timeline->first) {
            __builtin_prefetch(timeline->first);
            __builtin_prefetch(timeline->first->bytes);
        }
    }
}

const struct timed_row *timelines_first(const struct timelines *timelines, struct slice key)
{
    const struct timeline *timeline = map_find(timelines->keys, key, hash_bytes(key));
    return timeline ? timeline->first : NULL;
}

const struct timed_row *timelines_next(const struct timed_row *row)
{
    return row->next;
}

int64_t timelines_time(const struct timed_row *row)
{
    return row->time_ms;
}

void timelines_fields(const struct timelines *timelines, const struct timed_row *row,
                      struct slice *fields)
{
    fields_unpack(row->bytes, fields, timelines->field_count);
}

static void tell(const struct timelines *timelines, const struct timed_row *from,
                 timelines_visitor *visit, void *context)
{
    for (const struct timed_row *row = from; row; row = row->newer) {
        fields_unpack(row->bytes, timelines->fields, timelines->field_count);
        visit(context, row->time_ms, row->is_end, timelines->fields);
    }
}

void timelines_news(struct timelines *timelines, timelines_visitor *visit, void *context)
{
    if (visit)
        tell(timelines, timelines->untold, visit, context);
    timelines->untold = NULL;
}

void timelines_each(const struct timelines *timelines, timelines_visitor *visit, void *context)
{
    tell(timelines, timelines->oldest, visit, context);
}

uint64_t timelines_count(const struct timelines *timelines)
{
    return timelines->count;
}

uint64_t timelines_keys(const struct timelines *timelines)
{
    return map_count(timelines->keys);
}
