#include "waiting.h"

#include <stdlib.h>

#include "fast.h"
#include "heap.h"
#include "pool.h"

/* A record that waits: its values, which point into its line, then the line and its newline; then
 * the body, unless that is a part of the line. */
struct held {
    int64_t time_ms;
    size_t size; /* of all of it */
    const char *line;
    size_t line_length;
    struct slice body;
    struct json_value value[];
};

struct waiting {
    size_t value_count;
    waiting_order *order;
    void *context; /* for it */
    struct heap *heap;
    struct pool *pool;
    struct held *batch[WAITING_BATCH]; /* those that waiting_next has given out */
    size_t taken;
    const struct schema *schema;
    struct intake *intake;
};

static struct waited waited_of(const struct waiting *waiting, const struct held *held)
{
    return (struct waited){.record = {.schema = waiting->schema,
                                      .line = {held->line, held->line_length},
                                      .timed = true,
                                      .time_ms = held->time_ms,
                                      .value = held->value,
                                      .intake = waiting->intake},
                           .body = held->body};
}

static int compare(void *context, const void *a, const void *b)
{
    const struct waiting *waiting = context;
    const struct waited x = waited_of(waiting, a), y = waited_of(waiting, b);
    return waiting->order(waiting->context, &x, &y);
}

struct waiting *waiting_new(size_t value_count, waiting_order *order, void *context)
{
    struct waiting *waiting = memory_new(1, sizeof *waiting);
    waiting->value_count = value_count;
    waiting->order = order;
    waiting->context = context;
    waiting->heap = heap_new(order ? compare : NULL, waiting);
    waiting->pool = pool_new();
    return waiting;
}

static void let_go(struct waiting *waiting, struct held *held)
{
    pool_put(waiting->pool, held, held->size);
}

static void let_batch_go(struct waiting *waiting)
{
    while (waiting->taken > 0)
        let_go(waiting, waiting->batch[--waiting->taken]);
}

void waiting_free(struct waiting *waiting)
{
    if (!waiting)
        return;
    let_batch_go(waiting);
    for (struct held *held; (held = heap_pop(waiting->heap, INT64_MAX));)
        let_go(waiting, held);
    heap_free(waiting->heap);
    pool_free(waiting->pool);
    free(waiting);
}

void waiting_add(struct waiting *waiting, const struct record *record)
{
    struct slice line = record->line, body = record_body(record);
    bool inside = body.length > 0 && body.at >= line.at && body.at < line.at + line.length;
    struct held *held;
    size_t values = waiting->value_count * sizeof *held->value;
    size_t size =
        sizeof *held + values + line.length + 1 + (inside ? 0 : body.length) + FAST_PADDING;
    held = pool_get(waiting->pool, size);
    char *copy = (char *)held->value + values;
    *held = (struct held){
        .time_ms = record->time_ms,
        .size = size,
        .line = copy,
        .line_length = line.length,
        .body = {inside ? copy + (body.at - line.at) : copy + line.length + 1, body.length}};
    memcpy(copy, line.at, line.length);
    copy[line.length] = '\n';
    if (!inside && body.length > 0)
        memcpy(copy + line.length + 1, body.at, body.length);
    for (size_t i = 0; i < waiting->value_count; i++) {
        held->value[i] = record->value[i];
        if (record->value[i].kind != JSON_MISSING)
            held->value[i].at = copy + (record->value[i].at - line.at);
    }
    waiting->schema = record->schema;
    waiting->intake = record->intake;
    heap_push(waiting->heap, record->time_ms, held);
}

size_t waiting_next(struct waiting *waiting, int64_t until_ms, struct waited *batch)
{
    size_t count = 0;
    let_batch_go(waiting);
    for (struct held *held; count < WAITING_BATCH && (held = heap_pop(waiting->heap, until_ms));) {
        __builtin_prefetch(held->value);
        waiting->batch[count] = held;
        batch[count++] = waited_of(waiting, held);
    }
    return waiting->taken = count;
}

struct telling {
    void (*visit)(void *context, int64_t time_ms, struct slice line);
    void *context;
};

static void tell(void *context, int64_t time_ms, void *item)
{
    const struct telling *telling = context;
    const struct held *held = item;
    telling->visit(telling->context, time_ms, (struct slice){held->line, held->line_length + 1});
}

void waiting_news(struct waiting *waiting,
                  void (*visit)(void *context, int64_t time_ms, struct slice line), void *context)
{
    struct telling telling = {visit, context};
    heap_news(waiting->heap, visit ? tell : NULL, &telling);
}
