/*
 * What was sent of an epoch that is not committed yet, so that it can be sent again: blocks of
 * bytes, in order. Some are kept in memory; what is more goes to a temporary file in $TMPDIR, or
 * /tmp, that has no name: it is gone with the process.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "bytes.h"

struct spool;

/* What is known of a block's bytes. */
struct spool_head {
    uint64_t length;
    uint32_t table, columns; /* whose rows they are, of so many columns: for who reads them */
};

/* Up to MEMORY bytes are kept in memory. Cannot fail, and makes no file yet. */
struct spool *spool_new(size_t memory);
void spool_free(struct spool *spool);

/* Appends a block. Fails with exit 3, naming the directory, when the disk is full. */
void spool_add(struct spool *spool, struct spool_head head, struct slice bytes);

/*
 * Reads the block at *POSITION, 0 being that of the first, into BYTES (replaced) and moves
 * *POSITION behind it. False behind the last one.
 */
bool spool_read(const struct spool *spool, uint64_t *position, struct spool_head *head,
                struct buffer *bytes);

/* Forgets all blocks; the file is kept for the next ones, and empty. */
void spool_clear(struct spool *spool);

#endif
