/*
 * Memory for many small things that come and go: sizes are rounded up to powers of two, blocks are
 * large and on huge pages where the system has them. State that is looked up at random spends much
 * of its time on translating addresses; huge pages halve that.
 *
 * A pool owns all of its memory: pool_free frees what was got from it.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool);

/* SIZE bytes, not zeroed, aligned to 16. Fails (exit 3) without memory. */
void *pool_get(struct pool *pool, size_t size);

/* Gives back what pool_get returned for the same SIZE. */
void pool_put(struct pool *pool, void *memory, size_t size);

/* A single large area, zeroed, on huge pages when it fills some. Fails (exit 3) without memory. */
void *pool_area(size_t size);
void pool_area_free(void *area, size_t size);

#endif
