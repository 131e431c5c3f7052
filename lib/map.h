/*
 * A hash map from byte strings to values of one fixed size. One allocation per entry, made when a
 * key is first seen, so the steady state has none.
 *
 * The map owns its entries: value and key stay at their address until map_remove or map_free.
 */
#ifndef MAP_H
#define MAP_H

#include <stdint.h>

#include "bytes.h"

struct map;

struct map *map_new(size_t value_size);
void map_free(struct map *map);

/* The value of KEY, or NULL. HASH is hash_bytes(KEY). */
void *map_find(const struct map *map, struct slice key, uint64_t hash);

/* The value of KEY, zeroed when it is new. */
void *map_add(struct map *map, struct slice key, uint64_t hash);

/* Removes the entry of VALUE (from map_find or map_add); what the value owns is the caller's to
 * free before. */
void map_remove(struct map *map, void *value);

/* The key of VALUE, and its hash. */
struct slice map_key(const struct map *map, const void *value);
uint64_t map_hash(const void *value);

/*
 * Visits entries: *CURSOR is 0 at first; NULL behind the last. Entries added or removed meanwhile
 * may be met or not, but map_remove of the value just returned is allowed, and none is skipped by
 * it.
 */
void *map_next(const struct map *map, size_t *cursor);

size_t map_count(const struct map *map);
size_t map_slots(const struct map *map); /* what a cursor runs up to */

/* Two steps that hide the memory's latency when many keys are looked up: first all slots, then all
 * entries, then map_find. */
void map_prefetch_slot(const struct map *map, uint64_t hash);
void map_prefetch_entry(const struct map *map, uint64_t hash);

/* What has HASH, most likely: a value to be brought near, or NULL. Not to be relied on. */
const void *map_peek(const struct map *map, uint64_t hash);

/* The same before map_hash and map_remove. */
void map_prefetch_value(const void *value);

#endif
