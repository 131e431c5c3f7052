/*
 * Memory for what lives as long as one record is looked at: it is taken bit by bit and given back
 * all at once. In the steady state nothing is allocated.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "bytes.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* SIZE bytes, not zeroed, aligned to 16, with FAST_PADDING bytes (fast.h) behind them that may be
 * read. They stay where they are until arena_reset. Fails (exit 3) without memory. */
void *arena_get(struct arena *arena, size_t size);

/* BYTES, copied. */
struct slice arena_copy(struct arena *arena, struct slice bytes);

/* All that was got is void. */
void arena_reset(struct arena *arena);

#endif
