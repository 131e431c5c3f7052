/*
 * What ft-ingest reads lines from: a file or a pipe. It gives them to the source whose records they
 * are.
 */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "source.h"

struct reader {
    struct input *input;    /* that is read now */
    struct source **source; /* borrowed: whose records come; all but messages have one */
    size_t source_count;
    bool bounded;    /* a regular file that is read to its end, and no further in this run */
    bool unfinished; /* its last line is left for a later run */
    bool ended;
};

/* Opens PATH ("-" is standard input); exit 3 when it cannot. It has no source yet. */
void reader_open(struct reader *reader, const char *path, size_t max_line);
void reader_close(struct reader *reader);

/* SOURCE's records come through it. */
void reader_serve(struct reader *reader, struct source *source);

/* Whether reader_read would return at once; if not, what to poll for. */
bool reader_ready(const struct reader *reader);
int reader_fd(const struct reader *reader);
void reader_read(struct reader *reader);

/* How many bytes were dealt with, and *LINES. */
uint64_t reader_position(const struct reader *reader, uint64_t *lines);

enum reader_status {
    READER_ADVANCED, /* a record went out, and *SOURCE's clock moved */
    READER_STEPPED,  /* a line of *SOURCE was dealt with in another way */
    READER_SKIPPED,  /* a blank line */
    READER_MORE,     /* nothing is buffered: reader_read */
    READER_ENDED,    /* and so have its sources */
};

/* Deals with one line. */
enum reader_status reader_step(struct reader *reader, const struct judgement *judgement,
                               struct source **source);

#endif
