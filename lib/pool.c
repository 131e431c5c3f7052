#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bytes.h"
#include "error.h"

enum {
    SMALLEST = 4,           /* 16 bytes */
    LARGEST = 16,           /* 64 KiB; what is larger comes from malloc */
    FIRST_BLOCK = 64 << 10, /* a small pipe needs little */
    HUGE_PAGE = 2 << 20,
};

/* A free piece holds the link to the next one of its size. */
struct piece {
    struct piece *next;
};

struct block {
    struct block *next;
    size_t size;
};

struct pool {
    struct piece *free[LARGEST + 1];
    struct block *blocks;
    char *at, *end; /* what is left of the newest block */
    size_t next_size;
};

void *pool_area(size_t size)
{
    size_t align = size >= HUGE_PAGE ? HUGE_PAGE : 4096;
    size_t whole = (size + align - 1) & ~(align - 1);
    void *area = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        fail(EXIT_SYSTEM, "out of memory");
    if (whole >= HUGE_PAGE)
        madvise(area, whole, MADV_HUGEPAGE); /* only advice */
    return area;
}

void pool_area_free(void *area, size_t size)
{
    size_t align = size >= HUGE_PAGE ? HUGE_PAGE : 4096;
    if (area)
        munmap(area, (size + align - 1) & ~(align - 1));
}

struct pool *pool_new(void)
{
    struct pool *pool = memory_new(1, sizeof *pool);
    pool->next_size = FIRST_BLOCK;
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (struct block *block = pool->blocks, *next; block; block = next) {
        next = block->next;
        pool_area_free(block, block->size);
    }
    free(pool);
}

static void add_block(struct pool *pool)
{
    struct block *block = pool_area(pool->next_size);
    *block = (struct block){pool->blocks, pool->next_size};
    pool->blocks = block;
    pool->at = (char *)block + 64;
    pool->end = (char *)block + block->size;
    if (pool->next_size < 8 * HUGE_PAGE)
        pool->next_size *= 2;
}

static int class_of(size_t size)
{
    int class = SMALLEST;
    while ((size_t)1 << class < size)
        class ++;
    return class;
}

void *pool_get(struct pool *pool, size_t size)
{
    int class = class_of(size);
    if (class > LARGEST)
        return memory_resize(NULL, size, 1);
    struct piece *piece = pool->free[class];
    if (piece) {
        pool->free[class] = piece->next;
        return piece;
    }
    size = (size_t)1 << class;
    if ((size_t)(pool->end - pool->at) < size)
        add_block(pool);
    void *memory = pool->at;
    pool->at += size;
    return memory;
}

void pool_put(struct pool *pool, void *memory, size_t size)
{
    int class = class_of(size);
    if (!memory)
        return;
    if (class > LARGEST) {
        free(memory);
        return;
    }
    struct piece *piece = memory;
    piece->next = pool->free[class];
    pool->free[class] = piece;
}
