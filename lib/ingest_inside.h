/*
 * What the parts of ft-ingest's loop share: ingest.c (the run, one line at a time), ingest_open.c
 * (what it reads), ingest_files.c (tables, then files), ingest_pipes.c (pipes as they arrive,
 * idleness) and ingest_state.c (going on). Nobody else includes it.
 */
#ifndef INGEST_INSIDE_H
#define INGEST_INSIDE_H

#include <poll.h>

#include "ingest.h"
#include "reader.h"
#include "source.h"

struct ingest {
    const struct ingest_settings *settings;
    struct source *source;
    size_t count;
    size_t *first; /* by settings->source: which source is its first */
    struct reader *reader;
    size_t reader_count;
    struct watermark watermark;
    struct judgement judgement;
    struct tally *tally;
    struct epochs epochs;
    struct positions *positions; /* NULL without state */
    bool live;                   /* some reader has no end that is known */
    bool drains;                 /* the end of all sources is the end of everything */
    bool drained;                /* that end was reached */
    bool was_drained;            /* in the run before: then nothing new may come */
    int64_t reading_since_ms;    /* pipes */
    bool quiet_told;             /* who has said nothing in all that time */
    bool all_idle;               /* then since when, and what the watermark was then: */
    int64_t idle_since_ms, idle_watermark_ms;
};

/* ingest_open.c: opens the sources, and what they come through unless WITHOUT_READERS. */
void ingest_open_sources(struct ingest *ingest, bool without_readers);
void ingest_close_sources(struct ingest *ingest);

/* ingest.c: deals with one line that is buffered. */
enum reader_status ingest_step(struct ingest *ingest, struct reader *reader);

/* ingest.c: reads more, and waits for it; or not, once the end was asked for. */
void ingest_read_more(struct ingest *ingest, struct reader *reader);

/* ingest.c: what the clock says: which times are in the future, whether a barrier is due. */
void ingest_look_at_the_clock(struct ingest *ingest);

/*
 * ingest.c: waits for any of COUNT descriptors, for the end being asked for, or WAIT_MS (-1: for
 * ever). READY has room for two more.
 */
void ingest_wait_for(struct pollfd *ready, size_t count, int wait_ms);

/* ingest_files.c: reads what has no times; then files, always on from the one that is furthest
 * behind. */
void ingest_read_tables(struct ingest *ingest);
void ingest_read_files(struct ingest *ingest);

/* ingest_pipes.c: reads all that are left, to their end or until the end is asked for. */
void ingest_read_pipes(struct ingest *ingest);

/* ingest_state.c: takes back what is known of the committed epoch. */
void ingest_open_state(struct ingest *ingest);

/* ingest_state.c: brings sources, watermark and epochs to where the committed epoch ended. */
void ingest_go_on(struct ingest *ingest);

/*
 * ingest_state.c: a stream that goes on in a later run goes on from where the last of its sources
 * has ended. What grows until then goes on from its own highest time all the same.
 */
void ingest_hold_clock(struct ingest *ingest, struct source *ended);

#endif
