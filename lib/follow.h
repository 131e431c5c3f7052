/*
 * A file that grows and is followed by its name through its rotations: lines come from the oldest
 * file that is not finished, the others wait for their turn. Nothing ends: what has no line left is
 * looked at again when it changes.
 *
 * A file that has lost its name to another one is finished when it is read to its end and nobody
 * has it open for writing. The system is asked for that; where it cannot tell, and where a writer
 * does not let go, the next file's turn comes when this one was silent for WAIT_MS, and what is
 * written to it later is read too.
 *
 * A file that was cut (its size is below what was read, or it begins otherwise) is read again from
 * its start; what had not been read of it comes from the copy that stands beside it, if there is
 * one (logrotate's copytruncate).
 *
 * Rotated files stay in the directory, under names that begin with the file's own and go on with a
 * number, a date or "old", or have these in front of their extension; gzip or plain.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"

struct json_t;
struct follow;

/*
 * PATH need not be there yet, its directory must be. MAX_LINE is the input's. Nothing is read yet.
 * Fails with exit 2 when PATH is no regular file, here and later with 3 when it cannot be read.
 */
struct follow *follow_open(const char *path, size_t max_line, int64_t wait_ms);
void follow_close(struct follow *follow);

const char *follow_path(const struct follow *follow);

/* Whether there is, or was, any file. Looks, if nobody has so far: what was rotated before that is
 * not read. */
bool follow_has_file(struct follow *follow);

/* The next line, as input_line gives it, but for INPUT_END, which never comes. */
enum input_status follow_line(struct follow *follow, struct slice *line);

/* Whose line that was; NULL before the first. */
struct input *follow_input(const struct follow *follow);

/* Whether there is something to be read; looks what has become of the files when it is time to. */
bool follow_ready(struct follow *follow);

/* Readable when it is time to look. */
int follow_fd(const struct follow *follow);

/* Reads once, when it is ready. */
void follow_read(struct follow *follow);

/* ---- what a later run goes on from ---- */

/* A file as it is remembered. */
struct follow_mark {
    char *name;
    uint64_t bytes, lines, inode; /* what was taken of it */
    uint32_t head;                /* the checksum of its beginning (input_checksum) */
    int64_t written_ns;           /* when it was written to last */
    bool finished;
};

/*
 * The files that are not finished, the oldest first; those that were finished last, by which they
 * are known when they are renamed, compressed or copied; and the time since which whatever is
 * written to a file nobody knows is news (INT64_MIN: since the last write to the first of these).
 */
struct follow_state {
    struct follow_mark *mark;
    size_t count;
    int64_t known_ns;
};

/* As it is now; the caller's to free. */
struct follow_state follow_state_of(const struct follow *follow);
void follow_state_free(struct follow_state *state);

/* How many are not finished. */
size_t follow_state_open(const struct follow_state *state);

/* Appends it as an object, and reads that back; false when it is none. */
void follow_state_write(const struct follow_state *state, struct buffer *out);
bool follow_state_read(struct follow_state *state, const struct json_t *object);

/*
 * Goes on from STATE, before the first line is taken: finds its files, and those that have come
 * since. One that is nowhere is a failure (exit 2), or given up when NEW_FILE says so; then also
 * the file of this name is another one than any it merely begins like.
 */
void follow_resume(struct follow *follow, const struct follow_state *state, bool new_file);

#endif
