/*
 * Division that rounds down, also below zero, where C rounds towards it: time has no middle.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdint.h>

/* The largest integer that is not above A / B; B > 0. */
static inline int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* What is left then, from 0 to B - 1. */
static inline int64_t floor_modulo(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

#endif
