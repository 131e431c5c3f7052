#include "total.h"

#include <string.h>

/* Without sign: 64-bit words, the low one first. Nothing here can need more: 2^57 values of 38
 * digits at scale 38 are below 2^310. */
enum { WORDS = TOTAL_ANY };

struct size {
    uint64_t word[WORDS];
};

static void size_negate(uint64_t word[WORDS])
{
    uint64_t carry = 1;
    for (int i = 0; i < WORDS; i++) {
        word[i] = ~word[i] + carry;
        carry = carry && word[i] == 0;
    }
}

static void size_add(uint64_t into[], const uint64_t from[], int words)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < words; i++) {
        carry += (unsigned __int128)into[i] + from[i];
        into[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void size_multiply(struct size *size, uint64_t factor)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (unsigned __int128)size->word[i] * factor;
        size->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

/* Returns what is left. */
static uint64_t size_divide(struct size *size, uint64_t divisor)
{
    unsigned __int128 rest = 0;
    for (int i = WORDS - 1; i >= 0; i--) {
        rest = rest << 64 | size->word[i];
        size->word[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint64_t)rest;
}

/* Powers of ten that 64 bits hold, one after the other: multiplied, or divided by. */
static uint64_t next_power(int *exponent)
{
    enum { STEP_DIGITS = 18 };
    int step = *exponent < STEP_DIGITS ? *exponent : STEP_DIGITS;
    *exponent -= step;
    return (uint64_t)decimal_power(step);
}

static void size_shift_up(struct size *size, int exponent)
{
    while (exponent > 0)
        size_multiply(size, next_power(&exponent));
}

static void size_shift_down(struct size *size, int exponent)
{
    while (exponent > 0)
        size_divide(size, next_power(&exponent));
}

static struct size size_of(__int128 digits)
{
    unsigned __int128 size = digits < 0 ? -(unsigned __int128)digits : (unsigned __int128)digits;
    return (struct size){{(uint64_t)size, (uint64_t)(size >> 64)}};
}

/* The size of a total's sum; whether it is negative. */
static struct size size_of_total(const struct total *total, enum total_form form, bool *negative)
{
    struct size size;
    *negative = total->word[form - 1] >> 63 != 0;
    memset(&size, *negative ? 0xff : 0, sizeof size);
    memcpy(size.word, total->word, (size_t)form * sizeof(uint64_t));
    if (*negative)
        size_negate(size.word);
    return size;
}

static bool size_to_decimal(const struct size *size, bool negative, int scale, struct decimal *out)
{
    const unsigned __int128 half = UINT64_C(10000000000000000000); /* 10^19 */
    unsigned __int128 digits = size->word[0] | (unsigned __int128)size->word[1] << 64;
    if ((size->word[2] | size->word[3] | size->word[4]) != 0 || digits >= half * half)
        return false;
    *out = (struct decimal){negative ? -(__int128)digits : (__int128)digits, scale};
    return true;
}

void total_add_any(struct total *total, struct decimal value)
{
    struct size size = size_of(value.digits);
    size_shift_up(&size, DECIMAL_MAX_PRECISION - value.scale);
    if (value.digits < 0)
        size_negate(size.word);
    size_add(total->word, size.word, TOTAL_ANY);
    total->count++;
    if ((uint64_t)value.scale > total->scale)
        total->scale = (uint64_t)value.scale & 0xff;
}

void total_merge(struct total *into, const struct total *from, enum total_form form)
{
    into->count += from->count;
    if (from->scale > into->scale)
        into->scale = from->scale;
    size_add(into->word, from->word, (int)form);
}

bool total_sum(const struct total *total, enum total_form form, int scale, struct decimal *sum)
{
    bool negative;
    struct size size = size_of_total(total, form, &negative);
    if (form == TOTAL_ANY) {
        scale = total->scale;
        size_shift_down(&size, DECIMAL_MAX_PRECISION - scale); /* leaves nothing */
    }
    return size_to_decimal(&size, negative, scale, sum);
}

/* (2 SIZE + DIVISOR) / (2 DIVISOR), for DIVISOR = COUNT * 10^EXPONENT; steps of a division that
 * leave their rest behind give what one would. */
static void divide_rounding(struct size *size, uint64_t count, int exponent)
{
    struct size divisor = {{count}};
    size_shift_up(&divisor, exponent);
    size_multiply(size, 2);
    size_add(size->word, divisor.word, WORDS);
    size_divide(size, 2);
    size_divide(size, count);
    size_shift_down(size, exponent);
}

bool total_average(const struct total *total, enum total_form form, int scale,
                   struct decimal *average)
{
    enum { LEAST_SCALE = 6 };
    bool negative;
    struct size size = size_of_total(total, form, &negative);
    int from = form == TOTAL_ANY ? DECIMAL_MAX_PRECISION : scale;
    int to = form == TOTAL_ANY ? total->scale : scale;
    if (to < LEAST_SCALE)
        to = LEAST_SCALE;
    size_shift_up(&size, to - from);
    divide_rounding(&size, total->count, from - to);
    return size_to_decimal(&size, negative, to, average);
}

void total_write(const struct total *total, enum total_form form, struct buffer *out)
{
    enum { DIGITS = 20 * WORDS };
    char text[DIGITS], *end = text + sizeof text, *p = end;
    bool negative;
    struct size size = size_of_total(total, form, &negative), none = {{0}};
    do
        *--p = (char)('0' + size_divide(&size, 10));
    while (memcmp(&size, &none, sizeof size) != 0);
    buffer_printf(out, "[%ju,%d,%s", (uintmax_t)total->count, (int)total->scale,
                  negative ? "-" : "");
    buffer_append(out, (struct slice){p, (size_t)(end - p)});
    buffer_append_char(out, ']');
}

/* A number at *P, and what ends it. */
static bool read_number(const char **p, const char *end, char behind, struct size *size,
                        bool *negative)
{
    const char *from = *p;
    *size = (struct size){{0}};
    *negative = from < end && *from == '-';
    const char *digit = from += *negative;
    for (; digit < end && *digit >= '0' && *digit <= '9'; digit++) {
        struct size value = {{(uint64_t)(*digit - '0')}};
        size_multiply(size, 10);
        size_add(size->word, value.word, WORDS);
    }
    if (digit == from || digit == end || *digit != behind)
        return false;
    *p = digit + 1;
    return true;
}

bool total_read(struct slice json, enum total_form form, struct total *total)
{
    const char *p = json.at, *end = p + json.length;
    struct size count, scale, sum;
    bool minus[3];
    if (p == end || *p++ != '[' || !read_number(&p, end, ',', &count, &minus[0]) ||
        !read_number(&p, end, ',', &scale, &minus[1]) ||
        !read_number(&p, end, ']', &sum, &minus[2]) || p != end)
        return false;
    if (minus[0] || minus[1] || count.word[0] >> 56 != 0 || scale.word[0] > DECIMAL_MAX_PRECISION)
        return false;
    if (minus[2])
        size_negate(sum.word);
    total->count = count.word[0] & ((UINT64_C(1) << 56) - 1);
    total->scale = scale.word[0] & 0xff;
    memcpy(total->word, sum.word, (size_t)form * sizeof(uint64_t));
    return true;
}
