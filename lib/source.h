/*
 * One source of ft-ingest: the records of a stream that come in one order, with a clock of their
 * own. What a reader (reader.h) gives it is admitted or rejected, its time is judged, and the
 * tagged line is put out.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "door.h"
#include "envelope.h"
#include "partition.h"
#include "tally.h"
#include "tombstone.h"
#include "watermark.h"

struct reader;

struct source {
    struct stream_contract *contract; /* borrowed */
    struct reader *reader;            /* borrowed: what its records come through */
    struct door *door;
    struct partition *partition; /* of a topic, whose messages come; NULL: lines */
    struct envelope *envelope;   /* then; */
    struct tombstone *tombstone; /* then; */
    bool time_in_text;           /* then: the payload has the time column; */
    struct buffer one_line;      /* then: for a payload of several lines */
    struct clock clock;
    struct type time_type;  /* of the time column, as read at the door */
    ptrdiff_t ruled_column; /* the time column when the contract says more of it; else -1 */
    struct counts *counts;  /* borrowed */
    struct buffer tag;      /* {"_stream":"NAME" */
    bool timed_row_seen;    /* rows without a time come before */
    bool drains;            /* its end is the end of it: nothing more will come in a later run */
    bool ended_before;      /* in the run before */
    bool ended;
    bool has_spoken;    /* since its reader was waited for */
    int64_t silent_ms;  /* live: how long it was waited for in vain */
    int64_t example_ms; /* a good time, for the message about bad units */
};

/* What the judgement of a record needs from outside its source. */
struct judgement {
    int64_t emitted_ms; /* the last watermark: what is at or below it is late */
    int64_t future_ms;  /* times beyond it are rejected; INT64_MAX: none is */
};

/* CONTRACT and COUNTS are borrowed. It drains unless it is told otherwise. */
void source_open(struct source *source, struct stream_contract *contract, struct counts *counts);

/* The same for messages of a partition, of which TAKE (borrowed, or NULL) says what is taken
 * besides the payload. NUMBER -1: of the first message. */
void source_open_partition(struct source *source, struct stream_contract *contract,
                           struct counts *counts, int32_t number, const struct take_list *take);

/* The topic of a stream's messages. */
const char *source_topic(const struct stream_contract *contract);

void source_close(struct source *source);

/* A record as it came, and where it stood, for messages. */
struct arrival {
    struct slice text;
    const char *source; /* the name of the file */
    uint64_t line, byte_offset;
};

/* True when it went out and the source's clock moved. */
bool source_take(struct source *source, const struct arrival *arrival,
                 const struct judgement *judgement);

/* Rejects a line of LENGTH bytes, more than is allowed; its first ones have arrived. */
void source_take_long(struct source *source, const struct arrival *arrival, uint64_t length);

/*
 * The same for MESSAGE, of the source's own partition. ARRIVAL has no text, and as its line the
 * offset.
 */
bool source_take_message(struct source *source, const struct arrival *arrival,
                         const struct message *message, const struct judgement *judgement);
void source_take_long_message(struct source *source, const struct arrival *arrival,
                              const struct message *message);

/* Nothing more comes in this run. */
void source_end(struct source *source);

#endif
