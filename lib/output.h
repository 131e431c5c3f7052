/*
 * Bytes to standard output, verified: they count as written only when the last write and the close
 * have succeeded. One output per process.
 *
 * A reader that went away (EPIPE) ends the process by SIGPIPE, as quietly as any filter, also where
 * SIGPIPE was ignored. Who waits for input looks out for that too, so that a pipe in which nothing
 * happens does not outlive its last filter. Any other failure is exit 3.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <poll.h>
#include <stdint.h>

#include "bytes.h"

void output_open(void);

/*
 * From now on, when the process fails, complete lines still go out, and then
 * {"_stream":"_died",...}: so the next filter knows that the user has been told why, and is silent.
 * Before output_open that goes to pipes only.
 */
void output_last_words(void);

/*
 * Asks for pages to be given to a pipe instead of copied into it (vmsplice). Call it before
 * output_open, and only when what reads the pipe copies what it reads, as our filters do: a reader
 * that passes pages on (splice, tee(2)) would see them change.
 */
void output_splice(void);

/* Appends; writes when the buffer is full. */
void output_bytes(struct slice bytes);
void output_text(const char *text);

/* The same for a string literal. */
#define output_literal(text) output_bytes((struct slice){"" text, sizeof text - 1})

void output_integer(int64_t number);

/*
 * Room for SIZE bytes at the end of the buffer, to be filled in place: output_filled then says up
 * to where. NULL when SIZE is too large for that (more than half the buffer); use output_bytes
 * then.
 */
char *output_room(size_t size);
void output_filled(const char *end);

/*
 * Passes a line on, newline included, without a copy where it can: LINE must stay as it is until
 * output_settle. Lines that stand one behind the other in memory go out as one piece.
 */
void output_pass(struct slice line);

/* The memory of the lines passed may change from now on: call it before reading more input. */
void output_settle(void);

/* Writes out all that was appended: call it before waiting for input. */
void output_flush(void);

/*
 * An entry for poll(2) that shows whether the reader has gone, and what to do with it afterwards:
 * output_polled ends the process if so. It says nothing (its descriptor is -1) when the output is
 * no pipe or socket, or when nothing was ever written to it: then nobody waits for anything.
 */
struct pollfd output_poll(void);
void output_polled(const struct pollfd *polled);

/* Flushes, and waits until FD can be read or is at its end; ends the process when the reader has
 * gone meanwhile. */
void output_wait(int fd);

/* Flushes, closes and verifies. */
void output_close(void);

#endif
