/*
 * What ft-sink does with a pipe: its streams are delivered to the tables of a target, records as
 * rows, and what came up to a barrier is committed there. What the target refuses goes to
 * _rejected.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "sink.h"
#include "take.h"

/* All borrowed. */
struct delivery_settings {
    struct sink_place place;        /* where to */
    const struct sink_calls *calls; /* of its kind */
    struct take_list take;          /* the columns of the one table; none: all */
    const char *write_time;         /* a last column, that says when; or NULL */
    int64_t pinned_ms;              /* what that says; -1: the clock */
    const char *state, *metrics;    /* or NULL */
};

struct delivery;

struct delivery *delivery_new(const struct delivery_settings *settings);

/* STREAM goes to TABLE, and none that is not named so. Fails with exit 2 when one of them is named
 * twice. Without any all streams are delivered, under their own names. */
void delivery_name(struct delivery *delivery, struct slice table, const char *stream);

bool delivery_is_named(const struct delivery *delivery, const char *stream);

/* Reads the pipe to its end, and frees the delivery. Returns EXIT_DONE; everything else ends in
 * fail(). */
int delivery_run(struct delivery *delivery);

#endif
