/*
 * One record of a stream, as a filter's record function is given it, and what may become of it.
 *
 * A record function reads nothing, prints nothing and never exits; it says what became of the
 * record. All slices of a record are valid until the function returns.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "layout.h"
#include "schema.h"

/* Every record has exactly one fate: that is the counting law, and what --metrics counts. */
enum fate {
    FATE_PASSED,    /* goes on as it is */
    FATE_USED,      /* consumed: its content is in what the filter emits */
    FATE_REJECTED,  /* stands in _rejected, with the reason */
    FATE_DROPPED,   /* a condition did not want it */
    FATE_DUPLICATE, /* an earlier record with its key was kept */
    FATE_HELD,      /* in the filter's state, for now; filter_release later makes it USED */
    FATES
};

struct record {
    const struct schema *schema;
    struct slice line; /* without newline */
    bool timed;
    int64_t time_ms;                /* _ts; 0 when not timed */
    bool is_delete;                 /* "_op":"delete" */
    const struct json_value *value; /* the columns asked for, in the order asked for */
    struct intake *intake;          /* the library's */
};

/* The members of the record but the reserved ones, as text: what stands between the braces. */
struct slice record_body(const struct record *record);

/*
 * Sends the record to _rejected. COLUMN and VALUE (may be NULL) are named in the reason:
 *     column total_amount: "abc" is not a number
 * The value is not shown for a column classified as pii. Returns FATE_REJECTED.
 */
enum fate record_reject(const struct record *record, const char *column,
                        const struct json_value *value, const char *why);

#endif
