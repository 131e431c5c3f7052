/*
 * Epochs: where ft-ingest puts barriers. A bounded run has one at its end; a live one has one for
 * each second in which a record came, and never an empty one.
 */
#ifndef EPOCHS_H
#define EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

struct epochs {
    uint64_t number; /* of the last barrier; 0: none yet */
    bool live;
    bool open;        /* something came since the last barrier */
    int64_t begun_ms; /* the monotonic clock at the last barrier */
};

void epochs_start(struct epochs *epochs, bool live);

/* Puts out a barrier if one is due; true when it did. */
bool epochs_close_if_due(struct epochs *epochs);

/* Puts out a barrier. */
void epochs_close(struct epochs *epochs);

/* How many ms from now a barrier may be due; INT64_MAX: not before something comes. */
int64_t epochs_wait_ms(const struct epochs *epochs);

/* The monotonic clock, in ms. */
int64_t epochs_now_ms(void);

#endif
