#include "decimal.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many digits always fit in 64 bits, so that the common number needs no 128-bit arithmetic. */
enum { SHORT_DIGITS = 18 };

static const uint64_t short_power[SHORT_DIGITS + 1] = {
    1ULL,
    10ULL,
    100ULL,
    1000ULL,
    10000ULL,
    100000ULL,
    1000000ULL,
    10000000ULL,
    100000000ULL,
    1000000000ULL,
    10000000000ULL,
    100000000000ULL,
    1000000000000ULL,
    10000000000000ULL,
    100000000000000ULL,
    1000000000000000ULL,
    10000000000000000ULL,
    100000000000000000ULL,
    1000000000000000000ULL,
};

__int128 decimal_power(int exponent)
{
    __int128 power = 1;
    for (; exponent > SHORT_DIGITS; exponent -= SHORT_DIGITS)
        power *= (__int128)short_power[SHORT_DIGITS];
    return power * (__int128)short_power[exponent];
}

static unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

/* The parts of a JSON number: -WHOLE.FRACTION e EXPONENT. */
struct parts {
    bool negative;
    struct slice whole, fraction;
    int64_t exponent;
};

static struct slice take_digits(const char **p, const char *end)
{
    const char *from = *p;
    while (*p < end && digit_of(**p) <= 9)
        (*p)++;
    return (struct slice){from, (size_t)(*p - from)};
}

/* The exponent behind an "e". Beyond EXPONENT_LIMIT its exact value makes no difference. */
static bool take_exponent(const char **p, const char *end, int64_t *exponent)
{
    const int64_t EXPONENT_LIMIT = INT64_C(1000000000000000);
    bool negative = *p < end && **p == '-';
    if (negative || (*p < end && **p == '+'))
        (*p)++;
    struct slice digits = take_digits(p, end);
    int64_t value = 0;
    for (size_t i = 0; i < digits.length && value < EXPONENT_LIMIT; i++)
        value = value * 10 + (int64_t)digit_of(digits.at[i]);
    *exponent = negative ? -value : value;
    return digits.length > 0;
}

static bool split_number(struct slice text, struct parts *parts)
{
    const char *p = text.at;
    const char *end = text.at + text.length;
    *parts = (struct parts){.negative = p < end && *p == '-'};
    if (parts->negative)
        p++;
    parts->whole = take_digits(&p, end);
    if (parts->whole.length == 0 || (parts->whole.length > 1 && parts->whole.at[0] == '0'))
        return false;
    if (p < end && *p == '.') {
        p++;
        parts->fraction = take_digits(&p, end);
        if (parts->fraction.length == 0)
            return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (!take_exponent(&p, end, &parts->exponent))
            return false;
    }
    return p == end;
}

/* Digit I of whole and fraction together. */
static unsigned digit_at(const struct parts *parts, size_t i)
{
    size_t whole = parts->whole.length;
    return digit_of(i < whole ? parts->whole.at[i] : parts->fraction.at[i - whole]);
}

/* Any length and exponent: only the digits from the first to the last that is not 0 matter. */
static enum decimal_status parse_long(const struct parts *parts, int precision, int scale,
                                      __int128 *out)
{
    size_t last = parts->whole.length + parts->fraction.length;
    size_t first = 0;
    while (first < last && digit_at(parts, first) == 0)
        first++;
    *out = 0;
    if (first == last)
        return DECIMAL_OK;
    while (digit_at(parts, last - 1) == 0)
        last--;
    /* the power of ten behind the point (from 0 on: before it) that a digit at index 0 stands for
     */
    int64_t top = (int64_t)parts->whole.length - 1 + parts->exponent;
    if (top - (int64_t)first >= precision - scale)
        return DECIMAL_TOO_LARGE;
    int64_t lowest = top - (int64_t)(last - 1);
    if (lowest < -scale)
        return DECIMAL_TOO_FINE;
    __int128 digits = 0;
    for (size_t i = first; i < last; i++)
        digits = digits * 10 + digit_at(parts, i);
    digits *= decimal_power((int)lowest + scale);
    *out = parts->negative ? -digits : digits;
    return DECIMAL_OK;
}

/*
 * The common case: no exponent, no more fraction than the scale, all in 64 bits. False when the
 * text is not of that kind (whatever else it is).
 */
static bool parse_short(struct slice text, int precision, int scale, struct decimal *out)
{
    const char *p = text.at;
    const char *end = text.at + text.length;
    if (text.length > SHORT_DIGITS)
        return false;
    bool negative = *p == '-';
    const char *whole = p += negative;
    uint64_t value = 0;
    unsigned digit;
    for (; p < end && (digit = digit_of(*p)) <= 9; p++)
        value = value * 10 + digit;
    int before = (int)(p - whole);
    if (before == 0 || (before > 1 && *whole == '0') || before + scale > SHORT_DIGITS)
        return false;
    if (precision - scale <= SHORT_DIGITS && value >= short_power[precision - scale])
        return false;
    int behind = 0;
    if (p < end) {
        behind = (int)(end - p) - 1;
        if (*p++ != '.' || behind == 0 || behind > scale)
            return false;
        for (; p < end && (digit = digit_of(*p)) <= 9; p++)
            value = value * 10 + digit;
    }
    int64_t digits = (int64_t)(value * short_power[scale - behind]);
    *out = (struct decimal){negative ? -digits : digits, scale};
    return p == end;
}

enum decimal_status decimal_parse(struct slice text, int precision, int scale, struct decimal *out)
{
    struct parts parts;
    struct decimal result = {0, scale};
    enum decimal_status status = DECIMAL_OK;
    if (text.length == 0)
        return DECIMAL_NOT_A_NUMBER;
    if (!parse_short(text, precision, scale, &result)) {
        if (!split_number(text, &parts))
            return DECIMAL_NOT_A_NUMBER;
        status = parse_long(&parts, precision, scale, &result.digits);
        result.scale = scale;
    }
    if (status == DECIMAL_OK)
        *out = result;
    return status;
}

/* Writes VALUE's digits so that they end before END, at least WIDTH of them; returns the first. */
static char *write_digits(char *end, uint64_t value, int width)
{
    char *p = end;
    for (; value != 0 || width > 0; value /= 10, width--)
        *--p = (char)('0' + value % 10);
    return p;
}

const char *decimal_format(struct decimal value, char out[DECIMAL_TEXT])
{
    unsigned __int128 rest = (unsigned __int128)value.digits;
    if (value.digits < 0)
        rest = -rest;
    char text[DECIMAL_TEXT];
    char *end = text + sizeof(text);
    char *p = end;
    int width = value.scale + 1; /* a digit before the point, always */
    while (rest > UINT64_MAX) {
        p = write_digits(p, (uint64_t)(rest % short_power[SHORT_DIGITS]), SHORT_DIGITS);
        rest /= short_power[SHORT_DIGITS];
    }
    p = write_digits(p, (uint64_t)rest, width - (int)(end - p));
    size_t before = (size_t)(end - p - value.scale);
    char *o = out;
    if (value.digits < 0)
        *o++ = '-';
    memcpy(o, p, before);
    o += before;
    if (value.scale > 0) {
        *o++ = '.';
        memcpy(o, p + before, (size_t)value.scale);
        o += value.scale;
    }
    *o = '\0';
    return out;
}

static int compare_digits(__int128 a, __int128 b)
{
    return (a > b) - (a < b);
}

/* A has the smaller scale: it is brought to B's unless that makes it larger than any 128 bits. */
static int compare_scaled(struct decimal a, struct decimal b)
{
    const __int128 most = (__int128)(~(unsigned __int128)0 >> 1);
    __int128 power = decimal_power(b.scale - a.scale);
    if (a.digits > most / power)
        return 1;
    if (a.digits < -most / power)
        return -1;
    return compare_digits(a.digits * power, b.digits);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    if (a.scale == b.scale)
        return compare_digits(a.digits, b.digits);
    return a.scale < b.scale ? compare_scaled(a, b) : -compare_scaled(b, a);
}
