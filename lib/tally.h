/*
 * The counting law: every record that comes in has exactly one fate; records that go out are
 * counted apart. And the file that shows the counts, in Prometheus' text format.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#include "record.h"

struct tally;

/* The counts of one stream: TALLY owns them, they stay where they are. */
struct counts {
    char *stream;
    uint64_t fate[FATES]; /* FATE_HELD: held right now */
    uint64_t emitted;
    struct counts *next;
};

struct tally *tally_new(void);
void tally_free(struct tally *tally);

/* The counts of STREAM, all zero the first time. */
struct counts *tally_of(struct tally *tally, const char *stream);

/* What is counted so far was there before the input: taken back from a snapshot, say. */
void tally_input_begins(struct tally *tally);

/* How many records of the input have come in. */
uint64_t tally_records(const struct tally *tally);

/* Around the work of making an epoch durable, for those that do: how long it takes is counted. */
void tally_commit_begins(struct tally *tally);
void tally_commit_ends(struct tally *tally);

/* What there is to say besides the counts, in the file and by progress.h. */
struct tally_report {
    const char *path;
    int stage;
    int64_t watermark_ms; /* the last one passed on; INT64_MIN: none yet */
    uint64_t epoch;       /* the last one passed on */
    int64_t state_keys;   /* for how many keys something is held; -1: nothing is held by key */
    int64_t state_bytes;  /* that count of the last snapshot; -1: there is none */
};

/*
 * Replaces REPORT's file atomically (PATH.new, rename) with what is counted, labelled with the
 * program's name and the stage. How far the watermark is behind is measured by the clock on the
 * wall. Fails with exit 3.
 */
void tally_save(const struct tally *tally, const struct tally_report *report);

#endif
