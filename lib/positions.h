/*
 * Where ft-ingest is in its sources, epoch by epoch: for each source how many bytes and lines were
 * taken, its highest time, whether it was idle or had ended; and the watermark put out last. Kept
 * in the manifests of its stage directory (snapshot.h).
 *
 * A regular file is known again by its inode and by the checksum of its first bytes (as many as
 * were taken, at most INPUT_HEAD), whatever its name is now; where the two disagree somebody must
 * say what is meant. A pipe cannot be rewound: it is known by its name and must begin as it did,
 * and what was taken is read over.
 *
 * A topic's partition is known by its name and goes on at its offset: whatever brings its messages
 * may begin before that.
 *
 * What was read to its end stays known for ever, so that it can be given again.
 */
#ifndef POSITIONS_H
#define POSITIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

struct positions;

enum positions_doubt {
    POSITIONS_ASK,       /* a file that may or may not be the one that was read: exit 2 */
    POSITIONS_SAME_FILE, /* it is */
    POSITIONS_NEW_FILE,  /* it is not, and what was not read of the old one is given up */
};

/*
 * Opens the state in directory PATH (made when it is not there). RESTORE is the epoch that the sink
 * has committed, or -1 when nobody said: then there must be no epoch yet. Fails with exit 2 when
 * these cannot be.
 */
struct positions *positions_open(const char *path, int64_t restore);
void positions_free(struct positions *positions);

/* The pipeline's id. */
const char *positions_pipeline(const struct positions *positions);

/* What the snapshot relies on of STREAM: once for each, before positions_restore. */
void positions_stream(struct positions *positions, const struct stream_contract *stream);

/* The --watermark-step in use; also before positions_restore. */
void positions_step(struct positions *positions, int64_t step_ms);

/* Takes back the epoch to be restored (0: nothing). */
void positions_restore(struct positions *positions);

uint64_t positions_epoch(const struct positions *positions);         /* that was restored */
uint64_t positions_highest_epoch(const struct positions *positions); /* that was ever used */
int64_t positions_watermark_ms(const struct positions *positions);   /* WATERMARK_NONE: none */
bool positions_drained(const struct positions *positions);

/*
 * Brings the sources to where they were. All must be open, and nothing read. A new source begins
 * with the clock at which its stream's ended ones stopped. Fails with exit 2 in doubt, when a
 * file that had not been read to its end is not among the sources, and when one is there twice.
 */
void positions_resume(struct positions *positions, struct source *source, size_t count,
                      enum positions_doubt doubt);

/* The offset at which SOURCE, a partition, goes on; -1: at the first there is. */
int64_t positions_offset(const struct positions *positions, const struct source *source);

/* Makes the epoch durable; returns the one that the sink has committed, as far as is known. */
uint64_t positions_save(struct positions *positions, uint64_t epoch, const struct source *source,
                        size_t count, int64_t watermark_ms, bool drained);

#endif
