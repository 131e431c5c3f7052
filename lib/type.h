/*
 * Column types: what a contract or a _schema line calls them, and whether a value is of one.
 *
 *     any  string  int  decimal(p,s)  boolean  date  json
 *     timestamp  timestamp(s|ms|us|ns)  timestamp(rfc3339)  timestamp(Area/City)
 *
 * `any` is what nobody declared: each value is typed by its JSON form. `timestamp` is
 * `timestamp(ms)`.
 */
#ifndef TYPE_H
#define TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"
#include "timestamp.h"

enum type_kind {
    TYPE_ANY,
    TYPE_STRING,
    TYPE_INT, /* 64 bits */
    TYPE_DECIMAL,
    TYPE_BOOLEAN,
    TYPE_DATE, /* "2025-01-31" */
    TYPE_TIMESTAMP,
    TYPE_JSON, /* any value, kept as JSON */
};

enum { TYPE_TEXT = 64 };

struct type {
    enum type_kind kind;
    int precision, scale;     /* of a decimal */
    enum timestamp_form form; /* of a timestamp */
    char zone[40];            /* of a TIMESTAMP_LOCAL */
};

/* Parses the whole of TEXT. False when it is none of the forms above (or an unknown zone). */
bool type_parse(const char *text, struct type *type);

/* The text that type_parse reads back. Returns OUT. */
const char *type_format(const struct type *type, char out[TYPE_TEXT]);

/*
 * Whether VALUE (not null) is of TYPE. If not, *WHY is set to a constant phrase that completes
 * "column NAME: VALUE ...": "is not a string", "is out of range for int", "has more digits than
 * its scale", ...
 */
bool type_accepts(const struct type *type, const struct json_value *value, const char **why);

/* An int column's value: a JSON integer of 64 bits (1.0 and 1e3 are not). */
bool type_int(const struct json_value *value, int64_t *out, const char **why);

/* A date column's value in days since 1970-01-01. */
bool type_date(const struct json_value *value, int64_t *days, const char **why);

/* A timestamp column's value (TYPE->kind is TYPE_TIMESTAMP) in epoch milliseconds. */
bool type_timestamp(const struct type *type, const struct json_value *value, int64_t *ms,
                    const char **why);

/*
 * Appends VALUE as a sink shows a TYPE, as JSON text: a timestamp as an RFC 3339 string in UTC with
 * milliseconds, a decimal as a number with exactly its scale's digits, everything else as it is
 * spelled; null (or missing) as null. False with *WHY, and nothing appended, when VALUE is not of
 * TYPE.
 */
bool type_render(const struct type *type, const struct json_value *value, struct buffer *out,
                 const char **why);

#endif
