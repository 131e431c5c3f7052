/*
 * A sum of any number of decimals, exact whatever the order in which they come: no total is too
 * large, and only a result is judged.
 *
 * A total is total_size(form) bytes, zeroed at first, aligned to 8. It owns nothing.
 */
#ifndef TOTAL_H
#define TOTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "decimal.h"

/* How many 64-bit words a total has, in two's complement, the low one first. */
enum total_form {
    TOTAL_SHORT = 2, /* of what has up to 18 digits, all of one scale */
    TOTAL_LONG = 3,  /* of what has up to 38 digits, all of one scale */
    TOTAL_ANY = 5,   /* of any scales: it is kept at scale 38 */
};

struct total {
    uint64_t count : 56; /* how many were added */
    uint64_t scale : 8;  /* the largest so far, in TOTAL_ANY; else it is the caller's to know */
    uint64_t word[];
};

static inline size_t total_size(enum total_form form)
{
    return sizeof(struct total) + (size_t)form * sizeof(uint64_t);
}

/* For TOTAL_ANY. */
void total_add_any(struct total *total, struct decimal value);

/* For the other forms: DIGITS are of the one scale. */
static inline void total_add(struct total *total, enum total_form form, __int128 digits)
{
    unsigned __int128 low = total->word[0] | (unsigned __int128)total->word[1] << 64;
    unsigned __int128 sum = low + (unsigned __int128)digits;
    total->count++;
    total->word[0] = (uint64_t)sum;
    total->word[1] = (uint64_t)(sum >> 64);
    if (form == TOTAL_LONG)
        total->word[2] += (uint64_t)(sum < low) - (uint64_t)(digits < 0);
}

void total_merge(struct total *into, const struct total *from, enum total_form form);

/*
 * The sum at its scale, which is SCALE (TOTAL_ANY: the largest of those added). False when it needs
 * more than 38 digits.
 */
bool total_sum(const struct total *total, enum total_form form, int scale, struct decimal *sum);

/* The sum by the count, which is not 0: rounded half up, away from zero, to max(6, that scale)
 * digits. False as above. */
bool total_average(const struct total *total, enum total_form form, int scale,
                   struct decimal *average);

/* Appends the total as JSON: [count, scale, sum of the digits]; and reads such a one back. */
void total_write(const struct total *total, enum total_form form, struct buffer *out);
bool total_read(struct slice json, enum total_form form, struct total *total);

#endif
