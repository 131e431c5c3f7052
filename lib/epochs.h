/*
 * Epochs: where ft-ingest puts barriers. A bounded run without state has only the one at its end;
 * else they come by the clock or by a count of records, and never without anything between them.
 */
#ifndef EPOCHS_H
#define EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

/* How long an epoch is: one of the two, or neither. */
struct epoch_length {
    int64_t ms;       /* 0: not by the clock */
    uint64_t records; /* 0: not by a count */
};

struct epochs {
    uint64_t number; /* of the last barrier; 0: none yet */
    struct epoch_length length;
    uint64_t records; /* that came since the last barrier; what idleness has fired counts too */
    int64_t begun_ms; /* the monotonic clock at the last barrier */
    /* With state (else NULL): makes the epoch durable before its barrier goes out, and says which
     * one the sink has committed. */
    uint64_t (*save)(void *context, uint64_t epoch);
    void *context;
};

/* For runs without state. */
void epochs_start(struct epochs *epochs, struct epoch_length length);

/* A record came, or a line that is none. Puts out a barrier if the count says so: true when it did.
 */
bool epochs_count(struct epochs *epochs);

/* Puts out a barrier if the clock says so; true when it did. */
bool epochs_close_if_due(struct epochs *epochs);

/* Puts out a barrier. */
void epochs_close(struct epochs *epochs);

/* How many ms from now a barrier may be due; INT64_MAX: not before something comes. */
int64_t epochs_wait_ms(const struct epochs *epochs);

/* The monotonic clock, in ms. */
int64_t epochs_now_ms(void);

#endif
