/*
 * The lines of the stream _rejected: what was refused, where, by whom and why. They travel to the
 * sink like any other record.
 */
#ifndef REJECT_H
#define REJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"
#include "schema.h"

struct rejection {
    const char *stream; /* NULL when not known */
    const char
        *source; /* the file, with line and byte_offset, where ft-ingest rejects; else NULL */
    uint64_t line, byte_offset;
    bool is_message; /* of a topic: then line is its offset, and byte_offset is nothing */
    const char *reason;
    const char *column; /* or NULL */
    bool timed;
    int64_t time_ms;
    struct slice raw; /* as it came */
    bool hide_raw;    /* the stream has pii */
};

/* Whether hide_raw is overruled (--keep-raw), and whether the first one ends the process
 * (--strict, exit 1). Both are off at first. */
void reject_settings(bool keep_raw, bool strict);

/* Sends what is rejected from now on to TAKE instead of the output: the line, newline included. */
void reject_destination(void (*take)(void *context, struct slice line), void *context);

/* Writes the line to the output, or gives it to the destination. Under --strict, fails (exit 1). */
void reject_write(const struct rejection *rejection);

/*
 * "column NAME: VALUE WHY" into OUT (replaced, NUL-terminated). VALUE may be NULL, and is left out
 * with SECRET.
 */
const char *reject_reason(struct buffer *out, const char *column, const struct json_value *value,
                          bool secret, const char *why);

enum { REJECT_REASON = 5, REJECT_COLUMNS = 10 };

/* The columns of _rejected, for the sink; REJECT_REASON is one's index. The caller frees. */
struct schema *reject_schema(void);

#endif
