/*
 * A queue of things with their times: first in, first out. It grows and shrinks by blocks, so it
 * costs 16 bytes a thing, and a look ahead along it is a look at memory that is near.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue;

struct queued {
    int64_t time_ms;
    void *item; /* never NULL, never owned */
};

struct queue *queue_new(void);
void queue_free(struct queue *queue);

void queue_push(struct queue *queue, int64_t time_ms, void *item);

/* The thing INDEX places behind the first, until the queue changes; NULL behind the last. */
const struct queued *queue_at(const struct queue *queue, size_t index);

/* Removes the first thing, which must be there. */
void queue_shift(struct queue *queue);

size_t queue_count(const struct queue *queue);

#endif
