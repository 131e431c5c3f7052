/*
 * Records that wait for a moment of event time. They come out in the order of (time, arrival), as
 * the records that they were.
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct waiting;

/* Of each record the first VALUE_COUNT values are kept, besides its line. */
struct waiting *waiting_new(size_t value_count);
void waiting_free(struct waiting *waiting);

/* RECORD waits for its own time. It is copied; all records are of one stream. Fails (exit 3)
 * without memory. */
void waiting_add(struct waiting *waiting, const struct record *record);

struct waited {
    struct record record;
    struct slice body; /* record_body */
};

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
