/*
 * One source of ft-ingest: a file, a FIFO or standard input that holds the records of a stream. It
 * reads a line, admits or rejects it, judges its time, and puts the tagged line out.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "door.h"
#include "input.h"
#include "tally.h"
#include "watermark.h"

struct source {
    struct stream_contract *contract; /* borrowed */
    struct input *input;
    struct door *door;
    struct clock clock;
    struct type time_type;  /* of the time column, as read at the door */
    ptrdiff_t ruled_column; /* the time column when the contract says more of it; else -1 */
    struct counts *counts;  /* borrowed */
    struct buffer tag;      /* {"_stream":"NAME" */
    bool timed_row_seen;    /* rows without a time come before */
    bool drains;            /* its end is the end of it: nothing more will come in a later run */
    bool ended_before;      /* in the run before */
    bool ended, unfinished; /* unfinished: its last line is left for a later run */
    int64_t silent_ms;      /* live: how long it was waited for in vain */
    int64_t example_ms;     /* a good time, for the message about bad units */
};

/* What the judgement of a record needs from outside its source. */
struct judgement {
    int64_t emitted_ms; /* the last watermark: what is at or below it is late */
    int64_t future_ms;  /* times beyond it are rejected; INT64_MAX: none is */
};

/* CONTRACT and COUNTS are borrowed. It drains unless it is told otherwise. Opens PATH ("-" is
 * standard input); exit 3 when it cannot. */
void source_open(struct source *source, const char *path, struct stream_contract *contract,
                 struct counts *counts, size_t max_line);
void source_close(struct source *source);

/* How many bytes were dealt with, and *LINES. */
uint64_t source_position(const struct source *source, uint64_t *lines);

enum source_status {
    SOURCE_ADVANCED, /* a record went out and the source's clock moved */
    SOURCE_STEPPED,  /* a line was dealt with in another way */
    SOURCE_SKIPPED,  /* a blank line */
    SOURCE_MORE,     /* nothing is buffered: input_read */
    SOURCE_ENDED,
};

/* Deals with one line. */
enum source_status source_step(struct source *source, const struct judgement *judgement);

#endif
