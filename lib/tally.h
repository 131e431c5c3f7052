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

/*
 * Replaces the file PATH atomically (PATH.new, rename) with what is counted, labelled with the
 * program's name and STAGE; WATERMARK_MS is the last one passed on (INT64_MIN: none yet). Fails
 * with exit 3.
 */
void tally_save(const struct tally *tally, const char *path, int stage, int64_t watermark_ms,
                uint64_t epoch);

#endif
