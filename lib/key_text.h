/*
 * The key of a message as the value of a column. A key is text: it stands as it is where it is a
 * JSON value of the column's type (7, "c7"), else it becomes a string. message_key.h is the way
 * back.
 */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include <stdbool.h>

#include "schema.h"

/* What is wrong with a message: *COLUMN may be NULL, *VALUE is shown when its length is not 0. */
struct key_problem {
    const char *column, *why;
    struct slice value;
};

/* The type of COLUMN; `any` when nobody declared it. */
struct type key_text_type(const struct schema *schema, const char *column);

/* Whether BYTES are text that a record can hold: UTF-8 without NUL. */
bool key_text_is_text(struct slice bytes);

/*
 * Appends KEY, with FAST_PADDING readable bytes behind it, as a value of TYPE. False with *WHY, and
 * nothing appended, when it is none.
 */
bool key_text_append(struct buffer *out, struct slice key, const struct type *type,
                     const char **why);

#endif
