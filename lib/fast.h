/*
 * The few inner loops that decide the speed: comparing with known text, finding the end of a string
 * or a number. Sixteen bytes a step, for what stands in lines is short: most take one step, and no
 * branch depends on a length. (SSE2, which every x86-64 has; plain loops elsewhere.)
 *
 * Those with an END may read, but never heed, up to FAST_PADDING bytes beyond it, and so may
 * fast_same beyond LENGTH: lines have that much room behind them.
 */
#ifndef FAST_H
#define FAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FAST_PADDING = 16 };

/* memcmp(A, B, LENGTH) == 0. */
static inline bool fast_same(const char *a, const char *b, size_t length)
{
#ifdef __SSE2__
    for (; length > 16; length -= 16, a += 16, b += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)a), y = _mm_loadu_si128((const __m128i *)b);
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) != 0xffff)
            return false;
    }
    __m128i x = _mm_loadu_si128((const __m128i *)a), y = _mm_loadu_si128((const __m128i *)b);
    unsigned differ = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) ^ 0xffff;
    return (differ & ((1u << length) - 1)) == 0;
#else
    return memcmp(a, b, length) == 0;
#endif
}

/*
 * The quote that ends the string whose text begins at P, when all before it is plain ASCII; else
 * NULL: an escape, a control character, what is not ASCII, or END comes first.
 */
static inline const char *fast_string_end(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');
    for (; p < end; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        __m128i special =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        /* as signed bytes, both control characters and what is not ASCII are below the space */
        special = _mm_or_si128(special, _mm_cmplt_epi8(bytes, space));
        unsigned found = (unsigned)_mm_movemask_epi8(special);
        if (found == 0)
            continue;
        p += __builtin_ctz(found);
        return p < end && *p == '"' ? p : NULL;
    }
    return NULL;
#else
    while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= ' ')
        p++;
    return p < end && *p == '"' ? p : NULL;
#endif
}

/* The first byte at or behind P that is not a digit, or END. */
static inline const char *fast_digits_end(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8('9');
    for (; p < end; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)p);
        __m128i other = _mm_or_si128(_mm_cmplt_epi8(bytes, zero), _mm_cmpgt_epi8(bytes, nine));
        unsigned found = (unsigned)_mm_movemask_epi8(other);
        if (found == 0)
            continue;
        p += __builtin_ctz(found);
        break;
    }
    return p < end ? p : end;
#else
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
#endif
}

/* The value of eight digits: pairs, then fours, then all eight, side by side in one word. */
static inline uint64_t fast_eight_digits(const char *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;
    memcpy(&word, p, sizeof word);
    word -= UINT64_C(0x3030303030303030);
    word = word * 10 + (word >> 8);
    word = ((word & UINT64_C(0x00ff00ff00ff00ff)) * 100) +
           ((word >> 16) & UINT64_C(0x00ff00ff00ff00ff));
    word = ((word & UINT64_C(0x0000ffff0000ffff)) * 10000) +
           ((word >> 32) & UINT64_C(0x0000ffff0000ffff));
    return word & UINT64_C(0xffffffff);
#else
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value * 10 + (uint64_t)(p[i] - '0');
    return value;
#endif
}

/* Whether the eight bytes at P are digits: their high halves are 3, and stay so when 6 is added. */
static inline bool fast_are_eight_digits(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), three = UINT64_C(0x3030303030303030);
    return (word & high) == three && ((word + UINT64_C(0x0606060606060606)) & high) == three;
}

/*
 * COUNT bytes that should be digits as their value; false when one is not, or when COUNT is not 8
 * to 16: then somebody slower must look. Two words of eight digits: the first, and what is behind
 * it with zeros in front.
 */
static inline bool fast_integer(const char *p, size_t count, uint64_t *value)
{
    static const uint32_t power[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    if (count < 8 || count > 16 || !fast_are_eight_digits(p) ||
        !fast_are_eight_digits(p + count - 8))
        return false;
    char last[8] = "00000000";
    size_t behind = count - 8;
    memcpy(last, p + count - 8, sizeof last);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word, zeros = UINT64_C(0x3030303030303030);
    unsigned seen = 8 * (8 - (unsigned)behind); /* bits of digits that the first word has */
    memcpy(&word, last, sizeof word);
    if (seen == 64)
        word = zeros;
    else if (seen > 0)
        word = (word >> seen << seen) | (zeros >> (64 - seen));
    memcpy(last, &word, sizeof last);
#else
    for (size_t i = 0; i < 8 - behind; i++)
        last[i] = '0';
#endif
    *value = fast_eight_digits(p) * power[behind] + fast_eight_digits(last);
    return true;
}

/* memcpy for lengths that are mostly short, when FAST_PADDING bytes behind both ends are ours. */
static inline void fast_copy(char *to, const char *from, size_t length)
{
#ifdef __SSE2__
    for (size_t i = 0; i < length; i += 16)
        _mm_storeu_si128((__m128i *)(to + i), _mm_loadu_si128((const __m128i *)(from + i)));
#else
    memcpy(to, from, length);
#endif
}

#endif
