#include "map.h"

#include <stdlib.h>

#include "error.h"
#include "pool.h"

/*
 * Linear probing over slots of 16 bytes, at most three quarters full; the hash stands in the slot,
 * so a probe that does not match costs no visit to an entry. Removal shifts the cluster back: no
 * tombstones.
 */
struct entry {
    uint64_t hash;
    uint32_t key_length;
    /* then the value (aligned), then the key */
};

struct slot {
    uint64_t hash;
    struct entry *entry; /* NULL: free */
};

struct map {
    struct pool *pool; /* of the entries */
    size_t value_size; /* rounded up */
    struct slot *slot;
    size_t mask, count;
};

enum { FIRST_SLOTS = 256 }; /* a page */

static void *value_of(const struct entry *entry)
{
    return (char *)entry + sizeof *entry;
}

static struct entry *entry_of(const void *value)
{
    return (struct entry *)((char *)value - sizeof(struct entry));
}

static size_t entry_size(const struct map *map, size_t key_length)
{
    return sizeof(struct entry) + map->value_size + key_length;
}

static struct slice key_of(const struct map *map, const struct entry *entry)
{
    return (struct slice){(char *)value_of(entry) + map->value_size, entry->key_length};
}

/* Keys are short: words that may overlap, in place of a call. */
static inline bool same_key(const char *a, const char *b, size_t length)
{
    uint64_t x, y;
    if (length < 8) {
        uint32_t p, q, r, t;
        if (length < 4)
            return memcmp(a, b, length) == 0;
        memcpy(&p, a, 4);
        memcpy(&q, b, 4);
        memcpy(&r, a + length - 4, 4);
        memcpy(&t, b + length - 4, 4);
        return p == q && r == t;
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y)
            return false;
    }
    memcpy(&x, a + length - 8, 8);
    memcpy(&y, b + length - 8, 8);
    return x == y;
}

struct map *map_new(size_t value_size)
{
    struct map *map = memory_new(1, sizeof *map);
    map->value_size = (value_size + 7) & ~(size_t)7;
    map->pool = pool_new();
    map->slot = pool_area(FIRST_SLOTS * sizeof *map->slot);
    map->mask = FIRST_SLOTS - 1;
    return map;
}

void map_free(struct map *map)
{
    if (!map)
        return;
    for (size_t i = 0; i <= map->mask; i++)
        if (map->slot[i].entry)
            pool_put(map->pool, map->slot[i].entry,
                     entry_size(map, map->slot[i].entry->key_length));
    pool_area_free(map->slot, (map->mask + 1) * sizeof *map->slot);
    pool_free(map->pool);
    free(map);
}

void *map_find(const struct map *map, struct slice key, uint64_t hash)
{
    for (size_t i = hash & map->mask; map->slot[i].entry; i = (i + 1) & map->mask) {
        if (map->slot[i].hash != hash)
            continue;
        struct slice other = key_of(map, map->slot[i].entry);
        if (other.length == key.length && same_key(other.at, key.at, key.length))
            return value_of(map->slot[i].entry);
    }
    return NULL;
}

static void place(struct slot *slots, size_t mask, struct slot slot)
{
    size_t i = slot.hash & mask;
    while (slots[i].entry)
        i = (i + 1) & mask;
    slots[i] = slot;
}

static void grow(struct map *map)
{
    size_t mask = map->mask * 2 + 1;
    struct slot *slots = pool_area((mask + 1) * sizeof *slots);
    for (size_t i = 0; i <= map->mask; i++)
        if (map->slot[i].entry)
            place(slots, mask, map->slot[i]);
    pool_area_free(map->slot, (map->mask + 1) * sizeof *map->slot);
    map->slot = slots;
    map->mask = mask;
}

void *map_add(struct map *map, struct slice key, uint64_t hash)
{
    void *value = map_find(map, key, hash);
    if (value)
        return value;
    if ((map->count + 1) * 4 > (map->mask + 1) * 3)
        grow(map);
    if (key.length > UINT32_MAX)
        fail(EXIT_SYSTEM, "a key is longer than 4 GiB");
    struct entry *entry = pool_get(map->pool, entry_size(map, key.length));
    memset(value_of(entry), 0, map->value_size);
    entry->hash = hash;
    entry->key_length = (uint32_t)key.length;
    if (key.length > 0)
        memcpy((char *)value_of(entry) + map->value_size, key.at, key.length);
    place(map->slot, map->mask, (struct slot){hash, entry});
    map->count++;
    return value_of(entry);
}

void map_remove(struct map *map, void *value)
{
    struct entry *entry = entry_of(value);
    size_t hole = entry->hash & map->mask;
    while (map->slot[hole].entry != entry)
        hole = (hole + 1) & map->mask;
    pool_put(map->pool, entry, entry_size(map, entry->key_length));
    map->count--;
    map->slot[hole].entry = NULL;
    /* Whoever was pushed past the hole by it moves into it, and leaves the next hole. */
    for (size_t i = (hole + 1) & map->mask; map->slot[i].entry; i = (i + 1) & map->mask) {
        size_t home = map->slot[i].hash & map->mask;
        if (((i - home) & map->mask) < ((i - hole) & map->mask))
            continue;
        map->slot[hole] = map->slot[i];
        map->slot[i].entry = NULL;
        hole = i;
    }
}

struct slice map_key(const struct map *map, const void *value)
{
    return key_of(map, entry_of(value));
}

uint64_t map_hash(const void *value)
{
    return entry_of(value)->hash;
}

void *map_next(const struct map *map, size_t *cursor)
{
    /* From the last slot down: a removal moves entries down, so nearly always visited ones. */
    enum { AHEAD = 8 };
    while (*cursor <= map->mask) {
        if (*cursor + AHEAD <= map->mask)
            __builtin_prefetch(map->slot[map->mask - *cursor - AHEAD].entry);
        const struct entry *entry = map->slot[map->mask - (*cursor)++].entry;
        if (entry)
            return value_of(entry);
    }
    return NULL;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

size_t map_slots(const struct map *map)
{
    return map->mask + 1;
}

/* A search often goes on into the next cache line. */
void map_prefetch_slot(const struct map *map, uint64_t hash)
{
    enum { CACHE_LINE = 64 / sizeof(struct slot) };
    __builtin_prefetch(&map->slot[hash & map->mask]);
    __builtin_prefetch(&map->slot[(hash + CACHE_LINE) & map->mask]);
}

void map_prefetch_entry(const struct map *map, uint64_t hash)
{
    const struct slot *slot = &map->slot[hash & map->mask];
    if (!slot->entry)
        return;
    __builtin_prefetch(slot->entry);
    __builtin_prefetch((char *)value_of(slot->entry) + map->value_size); /* the key */
}

const void *map_peek(const struct map *map, uint64_t hash)
{
    const struct slot *slot = &map->slot[hash & map->mask];
    return slot->entry && slot->hash == hash ? value_of(slot->entry) : NULL;
}

void map_prefetch_value(const void *value)
{
    __builtin_prefetch(entry_of(value));
}
