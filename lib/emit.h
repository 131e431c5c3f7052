/*
 * Puts together the lines of a stream that a filter makes: the tag, then the members of the record
 * it comes from as the bytes they were, then the members that the filter adds.
 */
#ifndef EMIT_H
#define EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

struct emitter;

/* For lines of STREAM with the COUNT further members NAMES, all copied. */
struct emitter *emitter_new(const char *stream, const char *const *names, size_t count);
void emitter_free(struct emitter *emitter);

struct emission {
    bool timed;
    int64_t time_ms;            /* _ts, when timed */
    bool is_delete;             /* then no member is added */
    struct slice body;          /* members as text, without braces; may be empty */
    const struct slice *values; /* JSON text for each name; one of length 0 is null */
};

/* Appends the line to the output. */
void emit(const struct emitter *emitter, const struct emission *emission);

/* Appends the line to OUT instead, as it is kept on disk: values of length 0 are left out. */
void emit_into(const struct emitter *emitter, const struct emission *emission, struct buffer *out);

#endif
