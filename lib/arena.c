#include "arena.h"

#include <stdlib.h>

#include "fast.h"

enum { BLOCK = 16384, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t size;
    _Alignas(ALIGNMENT) char bytes[];
};

/* The first block is always there; what a record needed beyond it makes the next one larger. */
struct arena {
    struct block *block;
    size_t used;  /* of the first block */
    size_t extra; /* bytes of the others */
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *block = memory_resize(NULL, 1, sizeof *block + size);
    block->size = size;
    block->next = next;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = memory_new(1, sizeof *arena);
    arena->block = block_new(BLOCK, NULL);
    return arena;
}

static void free_blocks(struct block *block)
{
    for (struct block *next; block; block = next) {
        next = block->next;
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena->block);
    free(arena);
}

void *arena_get(struct arena *arena, size_t size)
{
    size_t room = (size + FAST_PADDING + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (room > arena->block->size - arena->used) {
        arena->extra += arena->block->size;
        arena->block = block_new(room > BLOCK ? room : BLOCK, arena->block);
        arena->used = 0;
    }
    void *got = arena->block->bytes + arena->used;
    arena->used += room;
    return got;
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    char *copy = arena_get(arena, bytes.length);
    if (bytes.length > 0)
        memcpy(copy, bytes.at, bytes.length);
    return (struct slice){copy, bytes.length};
}

void arena_reset(struct arena *arena)
{
    if (arena->block->next) {
        size_t size = arena->extra + arena->block->size;
        free_blocks(arena->block);
        arena->block = block_new(size, NULL);
        arena->extra = 0;
    }
    arena->used = 0;
}
