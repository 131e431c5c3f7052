/*
 * JSON text as bytes: find where a value ends, decode a string, quote one. RFC 8259, and stricter
 * where firsttouch is: no \u0000, no unpaired surrogate, valid UTF-8, depth at most 256, no member
 * twice in one object.
 *
 * Nothing here allocates in the steady state; one stack of member names grows to the largest
 * object.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum { JSON_MAX_DEPTH = 256 };

enum json_kind {
    JSON_MISSING, /* no such member; as null everywhere */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* A value as it stands in the line. AT points at its first byte (the quote of a string). */
struct json_value {
    const char *at;
    uint32_t length;
    uint8_t kind;    /* enum json_kind */
    uint8_t escaped; /* a string with at least one backslash */
};

static inline bool json_is_null(const struct json_value *value)
{
    return value->kind <= JSON_NULL;
}

static inline struct slice json_text(const struct json_value *value)
{
    return (struct slice){value->at, value->length};
}

/* What is wrong and where; reason is a constant ("bad escape in a string", ...). */
struct json_error {
    const char *reason;
    const char *at;
};

/*
 * Validates the value that begins at P (no leading white space) and ends before END, and fills
 * *VALUE. Returns the byte behind it, or NULL with *ERROR filled. DEPTH is how many arrays and
 * objects are open around it. Every object inside is checked for members that stand twice.
 */
const char *json_scan_value(const char *p, const char *end, int depth, struct json_value *value,
                            struct json_error *error);

/* Called for each member of an object, in order; the values point into the text. */
typedef void json_member_visitor(void *context, const struct json_value *name,
                                 const struct json_value *value);

/*
 * The same for the object that begins at P (*P is '{'), telling VISIT (may be NULL) its members.
 * That a member stands twice is only known at the end: until then VISIT may have been told both.
 */
const char *json_scan_object(const char *p, const char *end, int depth, json_member_visitor *visit,
                             void *context, struct json_error *error);

/* The first byte at or behind P that is not JSON white space, or END. */
const char *json_skip_space(const char *p, const char *end);

/*
 * The text of a value as joins and keys see it: a string's decoded bytes, anything else's own
 * spelling. Points into the value where it has no escape, else into SCRATCH (whose content is
 * replaced).
 */
struct slice json_decode(const struct json_value *value, struct buffer *scratch);

/* Appends BYTES as a JSON string with quotes. BYTES must be UTF-8; control characters are escaped.
 */
void json_quote(struct buffer *out, struct slice bytes);

/* Whether BYTES are well-formed UTF-8 (no surrogates, nothing overlong, up to U+10FFFF). */
bool json_is_utf8(struct slice bytes);

/*
 * Appends at most 64 bytes of BYTES for a message: control characters and bytes that are not UTF-8
 * as \xNN, "..." behind what was cut.
 */
void json_quote_for_message(struct buffer *out, struct slice bytes);

#endif
