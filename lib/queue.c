#include "queue.h"

#include <stdlib.h>

#include "bytes.h"

enum { PLACES = 4096 };

struct block {
    struct block *next;
    struct queued place[PLACES];
};

struct queue {
    struct block *first, *last;
    struct block *spare; /* at most one: a queue that stays as long as it is allocates nothing */
    size_t begin;        /* in the first block */
    size_t end;          /* in the last */
    size_t count;
};

struct queue *queue_new(void)
{
    return memory_new(1, sizeof(struct queue));
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    for (struct block *block = queue->first, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(queue->spare);
    free(queue);
}

static void add_block(struct queue *queue)
{
    struct block *block = queue->spare;
    queue->spare = NULL;
    if (!block)
        block = memory_resize(NULL, 1, sizeof *block);
    block->next = NULL;
    if (queue->last)
        queue->last->next = block;
    else
        queue->first = block;
    queue->last = block;
    queue->end = 0;
}

void queue_push(struct queue *queue, int64_t time_ms, void *item)
{
    if (!queue->last || queue->end == PLACES)
        add_block(queue);
    queue->last->place[queue->end++] = (struct queued){time_ms, item};
    queue->count++;
}

const struct queued *queue_at(const struct queue *queue, size_t index)
{
    if (index >= queue->count)
        return NULL;
    const struct block *block = queue->first;
    for (index += queue->begin; index >= PLACES; index -= PLACES)
        block = block->next;
    return &block->place[index];
}

void queue_shift(struct queue *queue)
{
    struct block *block = queue->first;
    queue->count--;
    if (++queue->begin < PLACES && queue->count > 0)
        return;
    queue->first = block->next;
    if (!queue->first)
        queue->last = NULL;
    queue->begin = 0;
    free(queue->spare);
    queue->spare = block;
}

size_t queue_count(const struct queue *queue)
{
    return queue->count;
}
