#include "dedup.h"

#include <stdlib.h>

#include "fast.h"
#include "hash.h"
#include "heap.h"
#include "map.h"
#include "pool.h"
#include "queue.h"

/* A record that waits. The line's newline is kept with it, so that it goes out in one piece. */
struct waiting {
    int64_t time_ms;
    uint64_t hash; /* of the key */
    size_t line_length;
    size_t key_length; /* NO_KEY: there is none */
    char bytes[];      /* the line, a newline, the key */
};

#define NO_KEY SIZE_MAX

/*
 * Looking up a key goes through three cache misses, each depending on the last (record, slot,
 * entry); in a batch they overlap.
 */
enum { BATCH = 16, AHEAD = 8 };

struct dedup {
    int64_t within_ms;
    bool remember;
    struct heap *waiting;
    struct pool *pool;  /* of what waits */
    struct map *keys;   /* without values: that a key is there says all */
    struct queue *kept; /* the keys in the order of their times, unless they are kept for ever */
    struct queue *news; /* those that dedup_news has not told of, the last of the same */
    struct waiting *batch[BATCH];
    size_t taken, judged; /* of the batch */
};

static struct slice line_of(const struct waiting *waiting)
{
    return (struct slice){waiting->bytes, waiting->line_length};
}

static struct slice key_of(const struct waiting *waiting)
{
    return (struct slice){waiting->bytes + waiting->line_length + 1, waiting->key_length};
}

static size_t size_of(const struct waiting *waiting)
{
    size_t key_length = waiting->key_length == NO_KEY ? 0 : waiting->key_length;
    return sizeof *waiting + waiting->line_length + 1 + key_length + FAST_PADDING;
}

static int compare_lines(void *unused, const void *a, const void *b)
{
    (void)unused;
    return slice_compare(line_of(a), line_of(b));
}

struct dedup *dedup_new(int64_t within_ms, bool remember)
{
    struct dedup *dedup = memory_new(1, sizeof *dedup);
    dedup->within_ms = within_ms;
    dedup->remember = remember;
    dedup->waiting = heap_new(compare_lines, NULL);
    dedup->pool = pool_new();
    dedup->keys = map_new(0);
    dedup->kept = queue_new();
    dedup->news = queue_new();
    return dedup;
}

static void let_go(struct dedup *dedup, struct waiting *waiting)
{
    pool_put(dedup->pool, waiting, size_of(waiting));
}

void dedup_free(struct dedup *dedup)
{
    if (!dedup)
        return;
    for (size_t i = dedup->judged > 0 ? dedup->judged - 1 : 0; i < dedup->taken; i++)
        let_go(dedup, dedup->batch[i]);
    for (struct waiting *waiting; (waiting = heap_pop(dedup->waiting, INT64_MAX));)
        let_go(dedup, waiting);
    heap_free(dedup->waiting);
    pool_free(dedup->pool);
    map_free(dedup->keys);
    queue_free(dedup->kept);
    queue_free(dedup->news);
    free(dedup);
}

void dedup_add(struct dedup *dedup, int64_t time_ms, const struct slice *key, struct slice line)
{
    size_t key_length = key ? key->length : 0;
    size_t size = sizeof(struct waiting) + line.length + 1 + key_length + FAST_PADDING;
    struct waiting *waiting = pool_get(dedup->pool, size);
    *waiting = (struct waiting){.time_ms = time_ms,
                                .hash = key ? hash_bytes(*key) : 0,
                                .line_length = line.length,
                                .key_length = key ? key_length : NO_KEY};
    memcpy(waiting->bytes, line.at, line.length);
    waiting->bytes[line.length] = '\n';
    if (key_length > 0)
        memcpy(waiting->bytes + line.length + 1, key->at, key_length);
    heap_push(dedup->waiting, time_ms, waiting);
    map_prefetch_slot(dedup->keys, waiting->hash); /* most do not wait for long */
}

/* Those to be forgotten next, on their way into the cache: the entry, then its slot. */
static void look_ahead(const struct dedup *dedup)
{
    const struct queued *far = queue_at(dedup->kept, 2 * AHEAD);
    const struct queued *near = queue_at(dedup->kept, AHEAD);
    if (far)
        map_prefetch_value(far->item);
    if (near)
        map_prefetch_slot(dedup->keys, map_hash(near->item));
}

/* Forgets the keys that a record at TIME_MS or later cannot be a duplicate of. */
static void forget(struct dedup *dedup, int64_t time_ms)
{
    const struct queued *first;
    while ((first = queue_at(dedup->kept, 0)) && time_ms - first->time_ms > dedup->within_ms) {
        const struct queued *untold = queue_at(dedup->news, 0);
        if (untold && untold->item == first->item)
            queue_shift(dedup->news);
        look_ahead(dedup);
        map_remove(dedup->keys, first->item);
        queue_shift(dedup->kept);
    }
}

/* False when KEY is there already. */
static bool keep(struct dedup *dedup, int64_t time_ms, struct slice key, uint64_t hash)
{
    size_t count = map_count(dedup->keys);
    void *kept = map_add(dedup->keys, key, hash);
    if (map_count(dedup->keys) == count)
        return false;
    if (dedup->within_ms != DEDUP_FOREVER)
        queue_push(dedup->kept, time_ms, kept);
    if (dedup->remember)
        queue_push(dedup->news, time_ms, kept);
    return true;
}

void dedup_keep(struct dedup *dedup, int64_t time_ms, struct slice key)
{
    keep(dedup, time_ms, key, hash_bytes(key));
}

/* The next of those that the watermark has reached, on their way into the cache. */
static bool take_batch(struct dedup *dedup, int64_t watermark_ms)
{
    dedup->taken = dedup->judged = 0;
    for (struct waiting *waiting;
         dedup->taken < BATCH && (waiting = heap_pop(dedup->waiting, watermark_ms));) {
        __builtin_prefetch(waiting);
        dedup->batch[dedup->taken++] = waiting;
    }
    for (size_t i = 0; i < dedup->taken; i++)
        map_prefetch_slot(dedup->keys, dedup->batch[i]->hash);
    for (size_t i = 0; i < dedup->taken; i++)
        map_prefetch_entry(dedup->keys, dedup->batch[i]->hash);
    return dedup->taken > 0;
}

bool dedup_next(struct dedup *dedup, int64_t watermark_ms, struct judged *judged)
{
    if (dedup->judged > 0) /* the one before is done with */
        let_go(dedup, dedup->batch[dedup->judged - 1]);
    if (dedup->judged == dedup->taken && !take_batch(dedup, watermark_ms)) {
        forget(dedup, watermark_ms + 1);
        return false;
    }
    const struct waiting *waiting = dedup->batch[dedup->judged++];
    forget(dedup, waiting->time_ms);
    judged->line = (struct slice){waiting->bytes, waiting->line_length + 1};
    judged->is_duplicate = waiting->key_length != NO_KEY &&
                           !keep(dedup, waiting->time_ms, key_of(waiting), waiting->hash);
    return true;
}

struct telling {
    const struct dedup_news *visit;
    void *context;
};

static void tell_waiting(void *context, int64_t time_ms, void *item)
{
    const struct telling *telling = context;
    const struct waiting *waiting = item;
    struct slice key = key_of(waiting);
    telling->visit->waiting(telling->context, time_ms, key.length == NO_KEY ? NULL : &key,
                            line_of(waiting));
}

void dedup_news(struct dedup *dedup, const struct dedup_news *visit, void *context)
{
    struct telling telling = {visit, context};
    heap_news(dedup->waiting, visit ? tell_waiting : NULL, &telling);
    for (const struct queued *kept; (kept = queue_at(dedup->news, 0)); queue_shift(dedup->news))
        if (visit)
            visit->kept(context, kept->time_ms, map_key(dedup->keys, kept->item));
}

size_t dedup_waiting(const struct dedup *dedup)
{
    return heap_count(dedup->waiting) + dedup->taken - dedup->judged;
}

size_t dedup_kept(const struct dedup *dedup)
{
    return map_count(dedup->keys);
}
