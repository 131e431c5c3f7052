/*
 * Exact decimals: a 128-bit integer and a scale. value = digits / 10^scale, up to 38 digits.
 * A decimal never passes through a double.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum { DECIMAL_MAX_PRECISION = 38, DECIMAL_TEXT = 48 };

struct decimal {
    __int128 digits; /* may be negative */
    int scale;       /* 0 .. 38 */
};

enum decimal_status {
    DECIMAL_OK,
    DECIMAL_NOT_A_NUMBER, /* not a JSON number from first to last byte */
    DECIMAL_TOO_FINE,     /* non-zero digits beyond the scale */
    DECIMAL_TOO_LARGE,    /* more than precision - scale digits before the point */
};

/*
 * Reads a JSON number's own spelling (exponents too) as decimal(PRECISION, SCALE), never rounding.
 * 1 <= PRECISION <= 38, 0 <= SCALE <= PRECISION. On OK *OUT has exactly SCALE.
 * Zeros are never too fine or too large: 0e99, 1.5000 at scale 1 are fine.
 */
enum decimal_status decimal_parse(struct slice text, int precision, int scale, struct decimal *out);

/* Writes with exactly VALUE.scale digits behind the point: "12.30", "-0.05", "7". Returns OUT. */
const char *decimal_format(struct decimal value, char out[DECIMAL_TEXT]);

/* 10^EXPONENT, EXPONENT from 0 to 38. */
__int128 decimal_power(int exponent);

/* <0, 0, >0, whatever the two scales are. */
int decimal_compare(struct decimal a, struct decimal b);

#endif
