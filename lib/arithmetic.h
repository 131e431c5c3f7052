/*
 * Arithmetic on decimals, exact but where it says that it rounds: then half up, away from zero.
 * Each function is false when the result needs more than 38 digits; none changes *OUT then.
 */
#ifndef ARITHMETIC_H
#define ARITHMETIC_H

#include <stdbool.h>

#include "decimal.h"

/* The scale of a sum, or a difference, is the larger one; that of a product the sum of both, which
 * is at most 38. */
bool arithmetic_add(struct decimal a, struct decimal b, struct decimal *out);
bool arithmetic_subtract(struct decimal a, struct decimal b, struct decimal *out);
bool arithmetic_multiply(struct decimal a, struct decimal b, struct decimal *out);

/* A / B, rounded to SCALE (at least A's). B is not 0. */
bool arithmetic_divide(struct decimal a, struct decimal b, int scale, struct decimal *out);

/* What is left of A when B (not 0) was taken from it as often as it goes: of A's sign, and of the
 * larger scale. */
bool arithmetic_remainder(struct decimal a, struct decimal b, struct decimal *out);

/* Rounded to SCALE; a larger scale than A has only adds zeros. */
bool arithmetic_round(struct decimal a, int scale, struct decimal *out);

/* The next integer at or below, at or above: of scale 0. Cannot fail. */
struct decimal arithmetic_floor(struct decimal a);
struct decimal arithmetic_ceil(struct decimal a);

/* The same worth without zeros at the end of its fraction. */
struct decimal arithmetic_strip(struct decimal a);

#endif
