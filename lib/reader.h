/*
 * What ft-ingest reads lines from: a file, a pipe, or a file that is
 * followed. It gives them to the source whose records they
 * are.
 */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stdint.h>

#include "follow.h"
#include "input.h"
#include "messages.h"
#include "source.h"

struct reader {
    struct input *input;       /* that is read; NULL when it is followed: */
    struct follow *follow;     /* a file, through its rotations */
    struct messages *messages; /* of the input; NULL: lines */
    struct source *last;       /* whose message came last */
    bool catching_up;          /* between the lines that say so */
    int64_t waited_ms;         /* live: for it, before it had something to say */
    struct source **source;    /* borrowed: whose records come; all but messages have one */
    size_t source_count;
    bool bounded;    /* a regular file that is read to its end, and no further in this run */
    bool caught_up;  /* what is followed: all that stood there at first was read */
    bool unfinished; /* its last line is left for a later run */
    bool ended;
};

/* Opens PATH ("-" is standard input); exit 3 when it cannot. It has no source yet. */
void reader_open(struct reader *reader, const char *path, size_t max_line);

/* Opens PATH to be followed, which it need not be there for; WAIT_MS is for follow_open. */
void reader_follow(struct reader *reader, const char *path, size_t max_line, int64_t wait_ms);
void reader_close(struct reader *reader);

/* The same, for messages that kcat prints. Several sources may be served by it. */
void reader_open_messages(struct reader *reader, const char *path, size_t max_message);

/* SOURCE's records come through it. */
void reader_serve(struct reader *reader, struct source *source);

/* For messages. */
const char *reader_name(const struct reader *reader);

/* Whether its first bytes are not waited for. */
bool reader_has_begun(const struct reader *reader);

/* Whether reader_read would return at once; if not, what to poll for. */
bool reader_ready(const struct reader *reader);
int reader_fd(const struct reader *reader);
void reader_read(struct reader *reader);

/* How many bytes were dealt with, and *LINES. */
uint64_t reader_position(const struct reader *reader, uint64_t *lines);

enum reader_status {
    READER_ADVANCED, /* a record went out, and *SOURCE's clock moved */
    READER_STEPPED,  /* a line of *SOURCE was dealt with in another way */
    READER_SKIPPED,  /* a blank line, or a message that had come before */
    READER_LEVEL,    /* messages: what was there at the start has been read */
    READER_MORE,     /* nothing is buffered: reader_read */
    READER_ENDED,    /* and so have its sources */
};

/* Deals with one line or message. */
enum reader_status reader_step(struct reader *reader, const struct judgement *judgement,
                               struct source **source);

#endif
