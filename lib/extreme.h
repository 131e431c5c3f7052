/*
 * The smallest or the largest of some values, whatever the order in which they come. Values of two
 * kinds (a number and a text, say) have none: then it is mixed, and stays so.
 *
 * An extreme is zeroed at first: of nothing. It owns a copy of a text; extreme_clear frees it.
 */
#ifndef EXTREME_H
#define EXTREME_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "value.h"

struct held_text;

struct extreme {
    union {
        uint64_t digits[2]; /* of a NUMBER, the low ones first */
        int64_t count;      /* of a DATE or a TIMESTAMP */
        bool truth;
        struct held_text *text;
    };
    uint8_t kind; /* enum value_kind; VALUE_NULL: of nothing */
    uint8_t scale;
    bool mixed;
};

/*
 * Takes VALUE, which is neither null nor JSON, into the smallest so far, or the LARGEST. Of equal
 * numbers the one with more digits behind its point stays.
 */
void extreme_take(struct extreme *extreme, const struct value *value, bool largest);

/* What FROM has is taken into INTO, and FROM is cleared. */
void extreme_merge(struct extreme *into, struct extreme *from, bool largest);

/* The value, null of nothing; a text points into the extreme. False when it is mixed. */
bool extreme_value(const struct extreme *extreme, struct value *value);

void extreme_clear(struct extreme *extreme);

/* Appends it as a JSON string; and reads such a one back, into a zeroed extreme. SCRATCH is of the
 * caller. */
void extreme_write(const struct extreme *extreme, struct buffer *out);
bool extreme_read(const struct json_value *json, struct buffer *scratch, struct extreme *extreme);

#endif
