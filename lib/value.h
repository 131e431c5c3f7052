/*
 * The values that expressions compute with. A number is exact, an integer and a decimal alike; a
 * text is decoded; a moment is a number of milliseconds, and a date one of days.
 *
 * A value owns nothing: its text points into the record, into an arena, or into whatever holds it.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "decimal.h"
#include "json.h"
#include "type.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_DATE,
    VALUE_TIMESTAMP,
    VALUE_JSON, /* an array or an object, as it is spelled */
};

struct value {
    enum value_kind kind;
    union {
        bool truth;            /* BOOLEAN */
        struct decimal number; /* NUMBER; an integer has scale 0 */
        struct slice text;     /* TEXT: decoded; JSON: as it stands */
        int64_t count;         /* DATE: days since 1970-01-01; TIMESTAMP: ms since then */
    };
};

/*
 * JSON as a value of TYPE; of `any`, by its own form. A decimal column's value has the column's
 * scale. False, with a constant *WHY that completes "column NAME: VALUE ..." ("is not a number"),
 * when it is not of TYPE.
 */
bool value_read(const struct type *type, const struct json_value *json, struct arena *arena,
                struct value *value, const char **why);

/*
 * A number as JSON spells it, with the digits that it has behind its point, of which nobody
 * declared how many. False as above.
 */
bool value_read_number(struct slice text, struct decimal *out, const char **why);

/*
 * <0, 0, >0. Both are of one kind and not null: numbers by what they are worth, texts by code
 * point, false before true.
 */
int value_compare(const struct value *a, const struct value *b);

/*
 * Appends the value as JSON: a number with its scale's digits, a date as "2025-01-31", a timestamp
 * in epoch ms, null as null.
 */
void value_write(const struct value *value, struct buffer *out);

/*
 * Appends the JSON text in which equal values, and no others, are equal: groups and DISTINCT
 * compare it. As value_write, but a number is without zeros at the end of its fraction unless TYPE
 * is a decimal, whose values all have its scale.
 */
void value_write_key(const struct type *type, const struct value *value, struct buffer *out);

/* The same straight from a record, which for most texts and integers are the bytes as they stand:
 * *KEY points into JSON or into the arena. False with *WHY as value_read. */
bool value_key(const struct type *type, const struct json_value *json, struct arena *arena,
               struct slice *key, const char **why);

/* The type that value_key's texts are of: timestamps are in epoch ms, whatever they were. */
struct type value_key_type(const struct type *type);

/* Calls it what it is, for messages: "a number", "a text", ... */
const char *value_kind_name(enum value_kind kind);

#endif
