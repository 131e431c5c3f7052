/*
 * What the parts of the filter loop share: filter.c (life, loop, which stream a line is of),
 * control.c (control lines) and intake.c (records). Nobody else includes it.
 */
#ifndef FILTER_INSIDE_H
#define FILTER_INSIDE_H

#include "filter.h"
#include "input.h"
#include "layout.h"
#include "tally.h"

/* A stream that the filter consumes. */
struct intake {
    struct filter *filter;
    struct stream *stream;
    struct intake_request request;
    struct layout
        *layout; /* of the request's columns, then _ts, then _op; once the schema is known */
    struct json_value *value;
    ptrdiff_t time_index, op_index; /* in value; -1: not looked for */
};

struct control; /* control.c's own */
struct hold;    /* hold.c's own */

/* A stream that was met in the input, or is waited for. */
struct stream {
    char *name;
    struct buffer prefix; /* {"_stream":"NAME" as writers write it */
    struct schema *schema;
    size_t order; /* in which schemas came */
    struct intake *intake;
    bool expected; /* must have been announced before the first record */
    struct counts *counts;
    void (*handle)(struct filter *filter, struct stream *stream, struct slice line);
    struct stream *next;
};

struct filter {
    const struct filter_calls *calls;
    void *state;
    struct input *input;
    struct stream *streams;
    size_t announced;          /* how many of them have a schema */
    struct stream unannounced; /* stands for those that have none, but for the first few */
    size_t unannounced_count;
    bool refuse_unannounced;
    struct stream *latest;        /* of the last line: the next one is usually of the same */
    struct layout *stream_layout; /* finds _stream anywhere in a line */
    struct control *control;
    struct buffer scratch;
    struct tally *tally;
    struct counts *own; /* of the stream that the filter makes */
    const char *metrics_path, *state_path;
    struct hold *hold;
    struct run run;
    int64_t received_ms;  /* the last watermark that came in */
    int64_t watermark_ms; /* and the last that went out */
    uint64_t epoch;
    bool started, ended, upstream_died;
};

/* filter.c: the stream of that name, made when it is new. */
struct stream *filter_stream(struct filter *filter, struct slice name);

/* filter.c: NULL when there is none. */
struct stream *filter_find(const struct filter *filter, struct slice name);

void stream_free(struct stream *stream);

/* filter.c: passes LINE of the input on as it stands. */
void filter_pass(struct filter *filter, struct slice line);

/* filter.c: number of the line at hand, for messages. */
unsigned long long filter_line_number(const struct filter *filter);

/* filter.c: writes the metrics file, if there is one. */
void filter_save_metrics(struct filter *filter);

/* control.c: registers the control streams. */
void control_register(struct filter *filter);
void control_free(struct filter *filter);

/* control.c: whether a line of STREAM may stand before the first record. */
bool control_comes_first(const struct stream *stream);

/* control.c: every schema has been seen; what was asked for must be there. */
void control_start(struct filter *filter);

/* control.c: SCHEMA (taken over) is announced. */
void control_announce(struct filter *filter, struct schema *schema);

/* intake.c: REQUEST is copied. */
struct intake *intake_new(struct filter *filter, struct stream *stream,
                          const struct intake_request *request);

/*
 * intake.c: LINE of a snapshot goes through the record function again, unless its time is before
 * HORIZON_MS; only what is held then is counted. False when that cannot be.
 */
bool intake_take_back(struct intake *intake, struct slice line, int64_t horizon_ms);

/* intake.c: a record of STREAM; rejects it, hands it over or passes it on. */
void intake_record(struct filter *filter, struct stream *stream, struct slice line);

/* intake.c: now that it is known whether the stream is timed and whether rows can be deleted. */
void intake_open(struct intake *intake, const struct schema *schema);
void intake_free(struct intake *intake);

/* intake.c: writes LINE, of a stream that may be unknown (NULL), to _rejected. */
enum fate intake_refuse(const struct stream *stream, struct slice line, const struct record *record,
                        const char *column, const char *reason);

/* hold.c: takes back what was held at the epoch that _begin names. */
void hold_restore(struct filter *filter);

/* hold.c: makes what is held durable. False when nothing is to be. */
bool hold_save(struct filter *filter, uint64_t epoch);

/* hold.c: the bytes that count of the last snapshot; -1: there is none. */
int64_t hold_bytes(const struct filter *filter);

/* hold.c: the sink has committed that epoch. */
void hold_forget(struct filter *filter, uint64_t committed);
void hold_free(struct filter *filter);

#endif
