#include "touches.h"

#include <stdlib.h>

#include "fast.h"
#include "fields.h"
#include "hash.h"
#include "map.h"
#include "pool.h"

/* Where a touch's fields are, and when it was. */
struct touch {
    int64_t time_ms;
    uint32_t chunk, offset;
};

/* A ring: capacity is a power of two, or 0. */
struct timeline {
    struct touch *ring;
    uint32_t head, count, capacity;
    bool unsorted; /* touches came too far out of order to be put in place one by one */
};

enum { FIRST_CHUNK = 64 << 10, CHUNK = 2 << 20, FIRST_RING = 4, SPARES = 4, MOST_MOVES = 32 };

/*
 * Packed fields in the order of arrival, each behind the touch's time where that is remembered. A
 * slot whose bytes are NULL is free.
 */
struct chunk {
    char *bytes;
    size_t size, used;
    uint64_t number; /* chunks are counted as they are begun */
    uint64_t count;  /* touches in it */
    int64_t first_ms;
    int64_t last_ms; /* the latest touch in it */
};

/*
 * A touch that has come in but is not in its timeline yet, or a key that will be asked for soon.
 * Finding a timeline goes through three cache misses, each depending on the last (slot, entry,
 * ring); in a batch they overlap.
 */
struct arrival {
    uint64_t hash;
    struct touch touch;
    bool is_touch;
    uint32_t key_length;
    char key[44];
};

enum { QUEUE = 16 };

struct touches {
    size_t field_count, key_count;
    size_t *key;
    struct map *timelines;
    struct pool *rings;
    struct chunk *chunk;
    size_t chunk_count, current; /* the chunk being filled */
    bool remember;
    uint64_t chunks_begun;
    uint64_t told_number; /* what stands before TOLD_USED of this chunk, and in those before it, */
    size_t told_used;     /* touches_news has told of */
    uint64_t untold;      /* came since */
    char *spare[SPARES];  /* areas of CHUNK bytes to be filled again, without new pages */
    size_t spare_count;
    int64_t horizon_ms;
    int64_t chunk_ms; /* no chunk but the current one can be freed before the horizon passes this */
    size_t sweep_cursor, unswept; /* slots to be visited by now */
    uint64_t count;
    struct arrival queue[QUEUE];
    size_t arrived, touches_arrived; /* in the queue: all, and those that are touches */
    int64_t earliest_ms;             /* of the touches in the queue */
    struct slice *left, *right;      /* fields, for comparisons */
    struct buffer left_text, right_text;
};

struct touches *touches_new(size_t field_count, const size_t *key, size_t key_count, bool remember)
{
    struct touches *touches = memory_new(1, sizeof *touches);
    touches->field_count = field_count;
    touches->remember = remember;
    touches->key_count = key_count ? key_count : field_count;
    touches->key = memory_new(touches->key_count, sizeof *touches->key);
    for (size_t i = 0; i < touches->key_count; i++)
        touches->key[i] = key_count ? key[i] : i;
    touches->timelines = map_new(sizeof(struct timeline));
    touches->rings = pool_new();
    touches->chunk = memory_new(1, sizeof *touches->chunk);
    touches->chunk_count = 1;
    touches->horizon_ms = INT64_MIN;
    touches->chunk_ms = touches->earliest_ms = INT64_MAX;
    touches->left = memory_new(field_count, sizeof *touches->left);
    touches->right = memory_new(field_count, sizeof *touches->right);
    return touches;
}

static void free_ring(struct touches *touches, const struct timeline *timeline)
{
    pool_put(touches->rings, timeline->ring, timeline->capacity * sizeof *timeline->ring);
}

void touches_free(struct touches *touches)
{
    if (!touches)
        return;
    size_t cursor = 0;
    for (struct timeline *timeline; (timeline = map_next(touches->timelines, &cursor));)
        free_ring(touches, timeline);
    map_free(touches->timelines);
    pool_free(touches->rings);
    for (size_t i = 0; i < touches->chunk_count; i++)
        pool_area_free(touches->chunk[i].bytes, touches->chunk[i].size);
    while (touches->spare_count > 0)
        pool_area_free(touches->spare[--touches->spare_count], CHUNK);
    free(touches->chunk);
    free(touches->key);
    free(touches->left);
    free(touches->right);
    buffer_free(&touches->left_text);
    buffer_free(&touches->right_text);
    free(touches);
}

/* ---- chunks ---- */

static size_t free_chunk(struct touches *touches)
{
    for (size_t i = 0; i < touches->chunk_count; i++)
        if (!touches->chunk[i].bytes)
            return i;
    touches->chunk =
        memory_resize(touches->chunk, touches->chunk_count + 1, sizeof *touches->chunk);
    return touches->chunk_count++;
}

/* Room for SIZE bytes of fields of a touch at TIME_MS. */
static char *chunk_room(struct touches *touches, size_t size, struct touch *touch)
{
    struct chunk *chunk = &touches->chunk[touches->current];
    if (!chunk->bytes || chunk->used + size + FAST_PADDING > chunk->size) {
        if (chunk->bytes && chunk->last_ms < touches->chunk_ms)
            touches->chunk_ms = chunk->last_ms;
        size_t full = chunk->size ? CHUNK : FIRST_CHUNK; /* a small shop needs little */
        touches->current = free_chunk(touches);
        chunk = &touches->chunk[touches->current];
        *chunk = (struct chunk){.size = size + FAST_PADDING > full ? size + FAST_PADDING : full,
                                .number = ++touches->chunks_begun,
                                .first_ms = INT64_MAX,
                                .last_ms = INT64_MIN};
        bool again = chunk->size == CHUNK && touches->spare_count > 0;
        chunk->bytes = again ? touches->spare[--touches->spare_count] : pool_area(chunk->size);
    }
    char *room = chunk->bytes + chunk->used;
    chunk->used += size;
    chunk->count++;
    if (chunk->last_ms < touch->time_ms)
        chunk->last_ms = touch->time_ms;
    if (chunk->first_ms > touch->time_ms)
        chunk->first_ms = touch->time_ms;
    if (touches->remember) {
        memcpy(room, &touch->time_ms, sizeof touch->time_ms);
        room += sizeof touch->time_ms;
    }
    touch->chunk = (uint32_t)touches->current;
    touch->offset = (uint32_t)(room - chunk->bytes);
    return room;
}

static void free_old_chunks(struct touches *touches)
{
    touches->chunk_ms = INT64_MAX;
    for (size_t i = 0; i < touches->chunk_count; i++) {
        struct chunk *chunk = &touches->chunk[i];
        if (!chunk->bytes || i == touches->current)
            continue;
        if (chunk->last_ms >= touches->horizon_ms) {
            if (chunk->last_ms < touches->chunk_ms)
                touches->chunk_ms = chunk->last_ms;
            continue;
        }
        if (chunk->size == CHUNK && touches->spare_count < SPARES)
            touches->spare[touches->spare_count++] = chunk->bytes;
        else
            pool_area_free(chunk->bytes, chunk->size);
        *chunk = (struct chunk){0};
    }
}

/* ---- timelines ---- */

static struct touch *touch_at(const struct timeline *timeline, uint32_t index)
{
    return &timeline->ring[(timeline->head + index) & (timeline->capacity - 1)];
}

static void read_fields(const struct touches *touches, const struct touch *touch,
                        struct slice *fields)
{
    fields_unpack(touches->chunk[touch->chunk].bytes + touch->offset, fields, touches->field_count);
}

/* Order of two touches of one time, by their keys. */
static int compare_keys(struct touches *touches, const struct touch *a, const struct touch *b)
{
    read_fields(touches, a, touches->left);
    read_fields(touches, b, touches->right);
    for (size_t i = 0; i < touches->key_count; i++) {
        struct json_value left = fields_value(touches->left[touches->key[i]]);
        struct json_value right = fields_value(touches->right[touches->key[i]]);
        int order = slice_compare(json_decode(&left, &touches->left_text),
                                  json_decode(&right, &touches->right_text));
        if (order != 0)
            return order;
    }
    for (size_t i = 0; i < touches->field_count; i++) { /* one key twice: arrival must not decide */
        int order = slice_compare(touches->left[i], touches->right[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

/* Drops touches before FROM_MS from the front. Their fields may be gone: only times are looked at.
 */
static void pop_before(struct touches *touches, struct timeline *timeline, int64_t from_ms)
{
    while (timeline->count > 0 && timeline->ring[timeline->head].time_ms < from_ms) {
        timeline->head = (timeline->head + 1) & (timeline->capacity - 1);
        timeline->count--;
        touches->count--;
    }
}

static void grow(struct touches *touches, struct timeline *timeline)
{
    uint32_t capacity = timeline->capacity ? timeline->capacity * 2 : FIRST_RING;
    struct touch *ring = pool_get(touches->rings, capacity * sizeof *ring);
    for (uint32_t i = 0; i < timeline->count; i++)
        ring[i] = *touch_at(timeline, i);
    free_ring(touches, timeline);
    timeline->ring = ring;
    timeline->head = 0;
    timeline->capacity = capacity;
}

/*
 * Two slots of the table of keys are visited for each new key: so those that never come back are
 * let go before the table has to grow for them, and keys that return cost nothing.
 */
enum { SLOTS_PER_KEY = 2, SWEEP_BATCH = 64 };

/* Whether B may stand behind A. The fields of what is before the horizon may be gone. */
static int compare(struct touches *touches, const struct touch *a, const struct touch *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    return a->time_ms < touches->horizon_ms ? 0 : compare_keys(touches, a, b);
}

static int compare_for_sort(const void *a, const void *b, void *touches)
{
    return compare(touches, a, b);
}

/* Touches that came too far out of order are sorted when somebody asks. */
static void sort(struct touches *touches, struct timeline *timeline)
{
    if (!timeline->unsorted)
        return;
    struct touch *sorted = pool_get(touches->rings, timeline->capacity * sizeof *sorted);
    for (uint32_t i = 0; i < timeline->count; i++)
        sorted[i] = *touch_at(timeline, i);
    qsort_r(sorted, timeline->count, sizeof *sorted, compare_for_sort, touches);
    free_ring(touches, timeline);
    timeline->ring = sorted;
    timeline->head = 0;
    timeline->unsorted = false;
}

/* Room for one more: what is too old goes, or else the ring doubles. */
static void make_room(struct touches *touches, struct timeline *timeline)
{
    if (timeline->count < timeline->capacity)
        return;
    sort(touches, timeline);
    pop_before(touches, timeline, touches->horizon_ms);
    if (timeline->count >= timeline->capacity / 4 * 3)
        grow(touches, timeline);
}

static void insert(struct touches *touches, struct timeline *timeline, struct touch touch)
{
    if (timeline->capacity == 0)
        touches->unswept += SLOTS_PER_KEY;
    make_room(touches, timeline);
    uint32_t last = timeline->count++, at = last;
    touches->count++;
    while (!timeline->unsorted && at > 0 && last - at < MOST_MOVES &&
           compare(touches, touch_at(timeline, at - 1), &touch) > 0) {
        *touch_at(timeline, at) = *touch_at(timeline, at - 1);
        at--;
    }
    *touch_at(timeline, at) = touch;
    if (last - at == MOST_MOVES && at > 0 &&
        compare(touches, touch_at(timeline, at - 1), &touch) > 0)
        timeline->unsorted = true; /* it stands too far back, but sort will find it */
}

/* The timeline of an arrival (made for a touch), its ring on the way into the cache. */
static struct timeline *look_up(struct touches *touches, const struct arrival *arrival)
{
    struct slice key = {arrival->key, arrival->key_length};
    struct timeline *timeline = arrival->is_touch
                                    ? map_add(touches->timelines, key, arrival->hash)
                                    : map_find(touches->timelines, key, arrival->hash);
    if (timeline && timeline->count > 0)
        __builtin_prefetch(touch_at(timeline, arrival->is_touch ? timeline->count : 0));
    return timeline;
}

/* The head, from which an answer will be read, comes to the front and into the cache. */
static void prepare(struct touches *touches, struct timeline *timeline)
{
    if (timeline->unsorted)
        return;
    pop_before(touches, timeline, touches->horizon_ms);
    if (timeline->count == 0)
        return;
    const struct touch *head = touch_at(timeline, 0);
    __builtin_prefetch(touches->chunk[head->chunk].bytes + head->offset);
}

static void drain(struct touches *touches)
{
    struct timeline *timeline[QUEUE];
    for (size_t i = 0; i < touches->arrived; i++)
        map_prefetch_entry(touches->timelines, touches->queue[i].hash);
    for (size_t i = 0; i < touches->arrived; i++)
        timeline[i] = look_up(touches, &touches->queue[i]);
    for (size_t i = 0; i < touches->arrived; i++) {
        if (touches->queue[i].is_touch)
            insert(touches, timeline[i], touches->queue[i].touch);
        else if (timeline[i])
            prepare(touches, timeline[i]);
    }
    touches->arrived = touches->touches_arrived = 0;
    touches->earliest_ms = INT64_MAX;
}

static void enqueue(struct touches *touches, struct slice key, uint64_t hash,
                    const struct touch *touch)
{
    if (touches->arrived == QUEUE)
        drain(touches);
    struct arrival *arrival = &touches->queue[touches->arrived++];
    arrival->hash = hash;
    arrival->is_touch = touch;
    arrival->key_length = (uint32_t)key.length;
    memcpy(arrival->key, key.at, key.length);
    map_prefetch_slot(touches->timelines, hash);
    if (!touch)
        return;
    arrival->touch = *touch;
    touches->touches_arrived++;
    if (touch->time_ms < touches->earliest_ms)
        touches->earliest_ms = touch->time_ms;
}

void touches_add(struct touches *touches, struct slice key, int64_t time_ms,
                 const struct json_value *fields)
{
    struct touch touch = {.time_ms = time_ms};
    touches->untold++;
    size_t size =
        fields_size(fields, touches->field_count) + (touches->remember ? sizeof touch.time_ms : 0);
    fields_pack(chunk_room(touches, size, &touch), fields, touches->field_count);
    uint64_t hash = hash_bytes(key);
    if (key.length <= sizeof touches->queue[0].key) {
        enqueue(touches, key, hash, &touch);
        return;
    }
    drain(touches);
    insert(touches, map_add(touches->timelines, key, hash), touch);
}

void touches_announce(struct touches *touches, struct slice key)
{
    if (key.length <= sizeof touches->queue[0].key)
        enqueue(touches, key, hash_bytes(key), NULL);
}

bool touches_first(struct touches *touches, struct slice key, int64_t from_ms, int64_t to_ms,
                   int64_t *time_ms, struct slice *fields)
{
    if (touches->earliest_ms <= to_ms)
        drain(touches);
    struct timeline *timeline = map_find(touches->timelines, key, hash_bytes(key));
    if (!timeline)
        return false;
    sort(touches, timeline);
    pop_before(touches, timeline, from_ms > touches->horizon_ms ? from_ms : touches->horizon_ms);
    if (timeline->count == 0 || timeline->ring[timeline->head].time_ms > to_ms)
        return false;
    *time_ms = timeline->ring[timeline->head].time_ms;
    read_fields(touches, &timeline->ring[timeline->head], fields);
    return true;
}

/* Lets go of what is too old in one timeline; a key without touches goes altogether. */
static void tidy(struct touches *touches, struct timeline *timeline)
{
    sort(touches, timeline);
    pop_before(touches, timeline, touches->horizon_ms);
    if (timeline->count > 0)
        return;
    free_ring(touches, timeline);
    map_remove(touches->timelines, timeline);
}

static void sweep_some(struct touches *touches)
{
    while (touches->unswept >= SWEEP_BATCH) {
        size_t until = touches->sweep_cursor + SWEEP_BATCH;
        touches->unswept -= SWEEP_BATCH;
        struct timeline *timeline = NULL;
        while (touches->sweep_cursor < until &&
               (timeline = map_next(touches->timelines, &touches->sweep_cursor)))
            tidy(touches, timeline);
        if (!timeline && touches->sweep_cursor >= map_slots(touches->timelines))
            touches->sweep_cursor = 0;
    }
}

void touches_expire(struct touches *touches, int64_t horizon_ms)
{
    touches->horizon_ms = horizon_ms;
    if (horizon_ms > touches->chunk_ms)
        free_old_chunks(touches);
    if (touches->unswept >= SWEEP_BATCH) {
        drain(touches);
        sweep_some(touches);
    }
}

void touches_sweep(struct touches *touches)
{
    drain(touches);
    free_old_chunks(touches);
    size_t cursor = 0;
    for (struct timeline *timeline; (timeline = map_next(touches->timelines, &cursor));) {
        sort(touches, timeline);
        pop_before(touches, timeline, touches->horizon_ms);
    }
}

static void tell(const struct touches *touches, const struct chunk *chunk, size_t from,
                 void (*visit)(void *, int64_t, const struct slice *), void *context)
{
    const char *at = chunk->bytes + from, *end = chunk->bytes + chunk->used;
    while (at < end) {
        int64_t time_ms;
        memcpy(&time_ms, at, sizeof time_ms);
        at = fields_unpack(at + sizeof time_ms, touches->left, touches->field_count);
        if (time_ms >= touches->horizon_ms)
            visit(context, time_ms, touches->left);
    }
}

void touches_news(struct touches *touches,
                  void (*visit)(void *context, int64_t time_ms, const struct slice *fields),
                  void *context)
{
    const struct chunk *current = &touches->chunk[touches->current];
    for (size_t i = 0; i < touches->chunk_count && visit; i++) {
        const struct chunk *chunk = &touches->chunk[i];
        if (chunk->bytes && chunk->number >= touches->told_number)
            tell(touches, chunk, chunk->number == touches->told_number ? touches->told_used : 0,
                 visit, context);
    }
    touches->told_number = current->number;
    touches->told_used = current->used;
    touches->untold = 0;
}

uint64_t touches_untold(const struct touches *touches)
{
    return touches->untold;
}

static void count_one(void *count, int64_t time_ms, const struct slice *fields)
{
    (void)time_ms;
    (void)fields;
    ++*(uint64_t *)count;
}

/* Chunks are of nearly one time each, so few have to be looked into. */
static uint64_t count_alive(const struct touches *touches)
{
    uint64_t count = 0;
    for (size_t i = 0; i < touches->chunk_count; i++) {
        const struct chunk *chunk = &touches->chunk[i];
        if (!chunk->bytes || chunk->last_ms < touches->horizon_ms)
            continue;
        if (chunk->first_ms >= touches->horizon_ms)
            count += chunk->count;
        else
            tell(touches, chunk, 0, count_one, &count);
    }
    return count;
}

uint64_t touches_count(const struct touches *touches)
{
    return touches->remember ? count_alive(touches) : touches->count + touches->touches_arrived;
}

uint64_t touches_keys(const struct touches *touches)
{
    return map_count(touches->timelines);
}
