/*
 * The state directory of a pipeline (--state DIR, $FT_STATE):
 *
 *     DIR/pipeline     the pipeline's id: random, made once
 *     DIR/committed    a hint: the last epoch that ft-sink has committed
 *     DIR/sink.lock    held by ft-sink until it ends
 *     DIR/run.lock     held by all filters of a pipeline's run (pipelines/common.bash)
 *     DIR/n-NAME       what the filter NAME holds that is the n-th of the pipe (snapshot.h)
 */
#ifndef STATE_H
#define STATE_H

#include "directory.h"

enum { PIPELINE_ID = 12 }; /* hexadecimal digits */

/* The id of the pipeline, made when there is none and MAKE is set. False when there is none. */
bool state_pipeline(const struct directory *state, bool make, char id[PIPELINE_ID + 1]);

/* Fails (exit 2) when STATE is that of another pipeline than ID. */
void state_check_pipeline(const struct directory *state, const char *id);

/* 0: nothing is known to be committed. Never more than what is. */
uint64_t state_committed(const struct directory *state);
void state_set_committed(const struct directory *state, uint64_t epoch);

/* Opens, or makes, DIR/n-NAME. */
void state_stage(const struct directory *state, int stage, const char *name,
                 struct directory *directory);

/* ft-sink's lock, as directory_lock. */
int state_lock_sink(const struct directory *state);

#endif
