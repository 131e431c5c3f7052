/*
 * The loop that every filter but ft-ingest runs in. It reads lines from standard input, knows the
 * control lines, hands the records of the streams that the filter consumes to its record functions,
 * passes every other line on untouched and in order, flushes when about to wait, counts, closes and
 * verifies. A command owns one record; the library owns the loop.
 *
 * Life of a run: filter_new, filter_consume for each stream, filter_run. In filter_run:
 *
 *     schema   for _rejected, which every pipe has, and then for each _schema line
 *     start    once, before the first record: every schema is known, those asked for were there,
 *              and so were their columns; the place to emit the schemas of what is made
 *     records  the intake's record function
 *     watermark, barrier   before the line is passed on
 *     save     behind barrier, when the run has state: appends what is new to the filter's parts
 *     end      on _end, before it is passed on; the input is complete and nothing fires after it
 *
 * An input that ends without _end ends the process with exit 4, and nothing is flushed.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"
#include "schema.h"
#include "snapshot.h"
#include "take.h"

struct filter;

/* What the _begin line says of the run. */
struct run {
    char pipeline[64]; /* its id; "" without --state */
    int stage;         /* of this filter: ft-ingest is 0 */
    bool begun;        /* there was one */
    bool bounded;      /* every source is a regular file */
    uint64_t restore;  /* the epoch that the run goes on from; 0: it begins */
};

struct filter_calls {
    void (*schema)(void *state, const struct schema *schema);
    void (*start)(void *state);
    /* Returns the watermark that may be passed on: the same, or an earlier one. */
    int64_t (*watermark)(void *state, int64_t watermark_ms);
    void (*barrier)(void *state, uint64_t epoch);
    void (*restored)(void *state); /* with state: what was held is back, behind start */
    void (*save)(void *state);     /* with state, behind barrier: what is new goes into the parts */
    void (*end)(void *state);
    uint64_t (*keys)(void *state); /* for --metrics: for how many keys something is held */
    bool is_last; /* the pipe ends here: no line is passed on, and standard output is its own */
};

/* How a filter takes part in one stream. */
struct intake_request {
    const char *stream;
    const char *const *columns; /* what record->value holds, in this order */
    size_t column_count;
    /* How many of COLUMNS must be in the schema (unless it is open): the first so many. */
    size_t required_columns;
    enum fate (*record)(void *state, const struct record *record);
    void *state; /* given to RECORD; the filter's when NULL */
    /* What the filter knows of the stream beyond its _schema (borrowed), or NULL: a column that
     * either classifies as pii is not shown when a record is rejected. */
    const struct schema *known;
    bool keep;        /* pass the record on too */
    bool keep_schema; /* the stream goes on under its name: pass its schema on */
};

/* CALLS (any of them NULL) and STATE must live as long as the filter. */
struct filter *filter_new(const struct filter_calls *calls, void *state);

/* The stream must be in the pipe: its absence is an error before the first record. */
void filter_expect(struct filter *filter, const char *stream);

/* A record of a stream that has no _schema is exit 2, for filters that are to miss none. */
void filter_refuse_unannounced(struct filter *filter);

/*
 * Consumes a stream. Before filter_run, or inside the schema call, when what is wanted of the
 * stream depends on its schema. COLUMNS must live as long as the filter.
 */
void filter_consume(struct filter *filter, const struct intake_request *request);

/* Writes Prometheus text to PATH at every barrier and at the end (tally.h). */
void filter_metrics(struct filter *filter, const char *path);

/* PATH is --state's, or NULL. Borrowed. */
void filter_state(struct filter *filter, const char *path);

/*
 * Whether the run has state, once _begin was read. Fails (exit 2) when ft-ingest and this filter do
 * not agree about that.
 */
bool filter_has_state(const struct filter *filter);

/*
 * The three calls of a filter that holds something, in its start call; all do nothing, and
 * filter_part returns NULL, in a run without state. What is held is saved at barriers, and is back
 * behind start, before the first record (snapshot.h says how parts are written).
 *
 * A setting without which the state would mean something else: with another VALUE it is refused.
 */
void filter_setting(struct filter *filter, const char *name, struct slice value);

/* The same for the usual kinds: a list of columns, an option that is given or not. */
void filter_setting_list(struct filter *filter, const char *name, const struct take_list *list);
void filter_setting_flag(struct filter *filter, const char *name, bool given);

/* The same for what the state relies on of STREAM's schema: its key. */
void filter_setting_key(struct filter *filter, const char *stream);

/* The same for the columns that are kept of STREAM, as rows (fields_write). */
void filter_setting_columns(struct filter *filter, const char *stream, const char *const *columns,
                            size_t count);

/*
 * A part of what is held. Its lines, from its horizon on, are records of the consumed stream NAME,
 * or rows of the columns that it is consumed with (fields_write), and go back into its record
 * function, or, when REQUEST is given, of REQUEST (its stream is any name that no other
 * part has; lines may carry _ts). A record function cannot tell such a record from a new one.
 */
struct part *filter_part(struct filter *filter, const char *name,
                         const struct intake_request *request);

/* The snapshot itself, for what it can tell; NULL in a run without state. */
struct snapshot *filter_snapshot(struct filter *filter);

/* Runs until the input has ended; returns EXIT_DONE. Everything else ends in fail(). */
int filter_run(struct filter *filter);

void filter_free(struct filter *filter);

/* NULL when no such stream was announced. Complete from `start` on. */
const struct schema *filter_schema(const struct filter *filter, const char *stream);

const struct run *filter_about(const struct filter *filter);

/* Emits SCHEMA's line. The stream is the filter's own: fails (exit 2) when the pipe has one of that
 * name that is not consumed. */
void filter_emit_schema(struct filter *filter, const struct schema *schema);

/* COUNT records of STREAM that were held have met FATE now. */
void filter_release(struct filter *filter, const char *stream, enum fate fate, uint64_t count);

/* Counts a record of STREAM that came in by another way than the pipe. */
void filter_count(struct filter *filter, const char *stream, enum fate fate);

/* Counts one record emitted into the filter's own stream. */
void filter_emitted(struct filter *filter);

#endif
