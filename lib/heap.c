#include "heap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "bytes.h"

struct node {
    int64_t time_ms;
    uint64_t number; /* of the push */
    void *item;
};

struct heap {
    int (*compare)(void *, const void *, const void *);
    void *context;
    struct node *node;
    size_t count, capacity;
    uint64_t pushed, told; /* told: heap_news has told of those before */
};

struct heap *heap_new(int (*compare)(void *context, const void *a, const void *b), void *context)
{
    struct heap *heap = memory_new(1, sizeof *heap);
    heap->compare = compare;
    heap->context = context;
    return heap;
}

void heap_free(struct heap *heap)
{
    if (!heap)
        return;
    free(heap->node);
    free(heap);
}

static bool before(const struct heap *heap, const struct node *a, const struct node *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms;
    int order = heap->compare ? heap->compare(heap->context, a->item, b->item) : 0;
    return order != 0 ? order < 0 : a->number < b->number;
}

void heap_push(struct heap *heap, int64_t time_ms, void *item)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? heap->capacity * 2 : 64;
        heap->node = memory_resize(heap->node, heap->capacity, sizeof *heap->node);
    }
    struct node node = {time_ms, heap->pushed++, item};
    size_t hole = heap->count++;
    while (hole > 0 && before(heap, &node, &heap->node[(hole - 1) / 2])) {
        heap->node[hole] = heap->node[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap->node[hole] = node;
}

void *heap_pop(struct heap *heap, int64_t until_ms)
{
    if (heap->count == 0 || heap->node[0].time_ms > until_ms)
        return NULL;
    void *first = heap->node[0].item;
    struct node last = heap->node[--heap->count];
    size_t hole = 0;
    for (size_t child; (child = hole * 2 + 1) < heap->count; hole = child) {
        if (child + 1 < heap->count && before(heap, &heap->node[child + 1], &heap->node[child]))
            child++;
        if (!before(heap, &heap->node[child], &last))
            break;
        heap->node[hole] = heap->node[child];
    }
    heap->node[hole] = last;
    return first;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

void heap_news(struct heap *heap, void (*visit)(void *context, int64_t time_ms, void *item),
               void *context)
{
    size_t count = 0;
    struct node *news = visit ? memory_new(heap->count, sizeof *news) : NULL;
    for (size_t i = 0; i < heap->count && visit; i++)
        if (heap->node[i].number >= heap->told)
            news[count++] = heap->node[i];
    if (count > 0)
        qsort(news, count, sizeof *news, compare_numbers);
    for (size_t i = 0; i < count; i++)
        visit(context, news[i].time_ms, news[i].item);
    heap->told = heap->pushed;
    free(news);
}

size_t heap_count(const struct heap *heap)
{
    return heap->count;
}
