/*
 * Records that wait for a moment of event time. They come out in the order of time, as the records
 * that they were; those of one time in the order that the caller says, then in that of arrival.
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct waiting;

struct waited {
    struct record record;
    struct slice body; /* record_body */
};

/* <0, 0, >0 for two records of one time. */
typedef int waiting_order(void *context, const struct waited *a, const struct waited *b);

/* Of each record the first VALUE_COUNT values are kept, besides its line. ORDER may be NULL. */
struct waiting *waiting_new(size_t value_count, waiting_order *order, void *context);
void waiting_free(struct waiting *waiting);

/* RECORD waits for its own time. It is copied; all records are of one stream. Fails (exit 3)
 * without memory. */
void waiting_add(struct waiting *waiting, const struct record *record);

enum { WAITING_BATCH = 16 };

/*
 * The next records whose times are <= UNTIL_MS, which wait no more: how many there are in BATCH, in
 * their order, 0 when none is left. They are valid until the next call.
 */
size_t waiting_next(struct waiting *waiting, int64_t until_ms, struct waited *batch);

/*
 * Tells VISIT (NULL: nobody) the lines, newline included, of the records that came since the last
 * call and still wait, in the order in which they came.
 */
void waiting_news(struct waiting *waiting,
                  void (*visit)(void *context, int64_t time_ms, struct slice line), void *context);

#endif
