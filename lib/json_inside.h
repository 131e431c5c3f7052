/* What json.c (finding values) and json_text.c (their text) share. Nobody else includes it. */
#ifndef JSON_INSIDE_H
#define JSON_INSIDE_H

#include "json.h"

/*
 * The length of the well-formed UTF-8 sequence at P (2 to 4), or 0. Table 3-7 of the Unicode
 * Standard: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
int json_utf8_length(const char *p, const char *end);

/* The code unit of the \uXXXX at P, or -1. */
int json_unicode_escape(const char *p, const char *end);

static inline bool json_is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static inline bool json_is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

#endif
