/*
 * What as-of and interval joins share: they are answered in the order of event time. Left rows wait
 * until the watermark says that all that they can meet has come, and leave in the order of (time,
 * arrival); right rows stand on timelines.
 */
#ifndef JOIN_TIMED_H
#define JOIN_TIMED_H

#include "join.h"
#include "timelines.h"
#include "waiting.h"

/* What is held. */
struct join_timed {
    struct waiting *left;
    struct timelines *right;
    struct part *left_part;
    int64_t settled_ms; /* left rows at or before it have been answered; INT64_MIN: none yet */
};

/* The kind's calls of the same names. */
void join_timed_check_left(const struct join *join, const struct schema *schema);
void join_timed_start(struct join *join, enum timelines_kind kind);
enum fate join_timed_left(struct join *join, const struct record *record);
void join_timed_restored(struct join *join);
uint64_t join_timed_keys(const struct join *join);
void join_timed_free(struct join *join);

/* The left rows, for the kind's save call. */
void join_timed_save_left(struct join *join);

/* Has ANSWER say what becomes of each left row up to UNTIL_MS, in their order. */
void join_timed_settle(struct join *join, int64_t until_ms,
                       enum fate (*answer)(struct join *join, const struct record *record,
                                           struct slice body));

/* COUNT right rows are held no more. */
void join_timed_release(struct join *join, uint64_t count);

#endif
