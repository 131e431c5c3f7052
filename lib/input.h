/*
 * Lines from a file descriptor: a regular file, a pipe, a FIFO; gzip data is recognised by its
 * first bytes and inflated.
 *
 * A line is a slice of the input's own buffer, valid until the next input_read of that input, with
 * FAST_PADDING readable bytes behind it. Lines
 * are given from the buffer; when it has no whole line left, INPUT_MORE says so, and the caller
 * reads (input_read), having first flushed what it has written if that would wait (input_ready). A
 * read that fails ends the process (exit 3).
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum input_status {
    INPUT_LINE,
    INPUT_LONG, /* a line over max_line: LINE holds its first bytes, input_length its length */
    INPUT_MORE, /* no whole line is here: input_read */
    INPUT_END,
};

enum { INPUT_LONG_KEEP = 1024 }; /* how much of a line over max_line is kept */

struct input;

/*
 * Takes over FD (closed by input_free). NAME is for messages, copied. MAX_LINE is in bytes, 0 for
 * no limit but memory's. From OUTSIDE the pipe come gzip data, which is inflated, and a byte order
 * mark, which the first line does not show; lines of ours are as they are. Fails (exit 3) when FD
 * cannot be read.
 */
struct input *input_new(int fd, const char *name, size_t max_line, bool outside);

/* The same for PATH, opened for reading; "-" is standard input. */
struct input *input_open(const char *path, size_t max_line, bool outside);

void input_free(struct input *input);

/* The next line, without its newline. */
enum input_status input_line(struct input *input, struct slice *line);

/*
 * What is here and not yet taken, for what is no line; and the first COUNT bytes of it taken. A
 * caller uses these or input_line, not both.
 */
struct slice input_buffered(const struct input *input);
void input_take(struct input *input, size_t count);

/* Whether input_read would return at once. */
bool input_ready(const struct input *input);

/* Reads once; waits until there is something to read, or the end. */
void input_read(struct input *input);

const char *input_name(const struct input *input);
int input_fd(const struct input *input);
bool input_is_regular(
    const struct input *input); /* a regular file: it has an end and never waits */

/* Whether both read one file, under whatever names. */
bool input_is_same_file(const struct input *a, const struct input *b);

/*
 * The first bytes of the text, so many as there are up to COUNT (at most INPUT_HEAD): by them a
 * source is known again. Reads, and waits, when it has not read so far; once a line was taken, ask
 * for no more than was read.
 */
enum { INPUT_HEAD = 4096 };
struct slice input_head(struct input *input, size_t count);

/* The checksum of the first BYTES, of at most INPUT_HEAD, and of so many as there are. */
uint32_t input_checksum(struct input *input, uint64_t bytes);

/* Whether there are so many, with that checksum. */
bool input_begins(struct input *input, uint64_t bytes, uint32_t checksum);

/*
 * Goes on at OFFSET bytes of the text, where LINES lines end: before the first line is taken. A
 * plain regular file is not read up to there, all else is. False when it ends before that.
 */
bool input_resume(struct input *input, uint64_t offset, uint64_t lines);

/* Whether nothing is left; of a pipe nobody knows before its end. */
bool input_is_done(struct input *input);

/*
 * A regular file that grows: where nothing is left to read is not the end, and a last line without
 * newline is waited for.
 */
void input_grow(struct input *input);

/* It has stopped growing: what was read ends at OFFSET, where the last read began or later. */
void input_finish(struct input *input, uint64_t offset);

bool input_at_end(const struct input *input);    /* the last read found nothing */
uint64_t input_taken(const struct input *input); /* how many bytes of text were read */

/* How many bytes of text the lines returned so far have, with their newlines. */
uint64_t input_position(const struct input *input);

/* Whether the text is inflated on the way; known behind input_head. */
bool input_is_packed(const struct input *input);

/* Of the line returned last: */
uint64_t input_line_number(const struct input *input); /* from 1 */
uint64_t input_line_offset(const struct input *input); /* of its first byte; inflated bytes */
uint64_t input_length(const struct input *input);      /* in bytes, also when it was too long */
bool input_terminated(const struct input *input);      /* a newline stood behind it */

#endif
