/*
 * A heap of things that wait for a moment of event time. Those of one moment come out in the order
 * that the caller's comparison says, then in the order in which they were pushed.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap;

/* COMPARE orders two items of one time (<0, 0, >0); NULL: they come out as they were pushed. The
 * heap never owns the items. */
struct heap *heap_new(int (*compare)(void *context, const void *a, const void *b), void *context);
void heap_free(struct heap *heap);

void heap_push(struct heap *heap, int64_t time_ms, void *item);

/* The first item, whose time is <= UNTIL_MS, removed; NULL when there is none. */
void *heap_pop(struct heap *heap, int64_t until_ms);

/*
 * Tells VISIT (NULL: nobody) the items that were pushed since the last call and still wait, in the
 * order in which they were pushed.
 */
void heap_news(struct heap *heap, void (*visit)(void *context, int64_t time_ms, void *item),
               void *context);

size_t heap_count(const struct heap *heap);

#endif
