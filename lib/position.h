/*
 * Where ft-ingest was in one source when an epoch ended, and by what the source is known again: a
 * line of the manifest (snapshot.h),
 *
 *     {"_stream":"_source","stream":"event","source":"event.ndjson","position":4711,"line":40,
 *      "inode":17,"head_crc32":2406,"highest_ms":1767225600123,"regular":true,"ended":true}
 *
 * Of a source that is followed through its rotations, what is said of a file is said of the last
 * one, and all of them are in a member "followed" (follow_state_write). A topic's partition is
 * known again by its names, and goes on at the next offset:
 *
 *     {"_stream":"_source","stream":"event","topic":"shop.event","partition":3,"offset":4711,
 *      "highest_ms":1767225600123}
 *
 * A position owns its texts.
 */
#ifndef POSITION_H
#define POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

struct json_t;

struct position {
    char *stream;
    char *topic; /* NULL: of a file or a pipe */
    int32_t partition;
    int64_t offset; /* of the next message; -1: none has come */
    char *path;     /* of a file or a pipe, as are the rest: as it can be shown */
    bool regular, idle, ended, timed_row_seen;
    uint64_t bytes, lines, inode;
    uint32_t head; /* checksum of the first bytes */
    int64_t highest_ms, example_ms;
    struct follow_state *followed; /* NULL: it is not */
    bool resumed;                  /* one of this run's sources goes on from it */
};

/* Of SOURCE as it is now. Fails with exit 3 when the file cannot be looked at. */
struct position position_of(const struct source *source);

/* False when LINE is none. */
bool position_read(struct position *position, const struct json_t *line);

/* Appends the line. */
void position_write(const struct position *position, struct buffer *out);

void position_free(struct position *position);

/* Whether SOURCE could be the one: of its stream, not taken, and a file or a pipe as that was, or
 * the same partition (any, as long as SOURCE does not know its own). */
bool position_may_be(const struct position *position, const struct source *source);

/* Whether SOURCE begins with the bytes that were read then, as far as a checksum tells (at most
 * INPUT_HEAD bytes). */
bool position_begins_alike(const struct position *position, const struct source *source);

/* Whether SOURCE has too few bytes to tell. */
bool position_is_beyond(const struct position *position, const struct source *source);

/* Whether SOURCE, a file that is not packed, is shorter than what was read. */
bool position_is_cut(const struct position *position, const struct source *source);

/* Brings SOURCE there. False when it ends before. */
bool position_resume(struct position *position, struct source *source);

/* Whether SOURCE, which is followed, could be the one: it has the same name, or, when not EXACT,
 * the last part of it. */
bool position_may_be_followed(const struct position *position, const struct source *source,
                              bool exact);

/* Brings it there (follow_resume), also from where it was when it was not followed yet. */
void position_follow(struct position *position, struct source *source, bool new_file);

#endif
