/*
 * What the parts of positions share: positions.c (what is read back and saved), positions_find.c
 * (which source goes on from which position) and positions_follow.c (those that are followed).
 * Nobody else includes it.
 */
#ifndef POSITIONS_INSIDE_H
#define POSITIONS_INSIDE_H

#include "position.h"
#include "positions.h"
#include "state.h"

struct positions {
    struct directory directory;
    char pipeline[PIPELINE_ID + 1];
    struct snapshot *snapshot;
    uint64_t epoch, highest_epoch;
    int64_t watermark_ms;
    bool drained;
    struct position *position;
    size_t count;
    struct position *first; /* what was followed for the first time, as it was then */
    size_t first_count;
};

/* positions_follow.c: whether SOURCE is a file that is followed. */
bool positions_is_followed(const struct source *source);

/* positions_follow.c: resumes those that are; RESUMED says of each source whether it goes on. */
void positions_resume_followed(struct positions *positions, struct source *source, size_t count,
                               enum positions_doubt doubt, bool *resumed);

#endif
