#include "arithmetic.h"

static unsigned __int128 size_of(__int128 digits)
{
    return digits < 0 ? -(unsigned __int128)digits : (unsigned __int128)digits;
}

/* A magnitude and a sign as a decimal; false above 38 digits. */
static bool make(unsigned __int128 size, bool negative, int scale, struct decimal *out)
{
    if (size >= (unsigned __int128)decimal_power(DECIMAL_MAX_PRECISION))
        return false;
    *out = (struct decimal){negative ? -(__int128)size : (__int128)size, scale};
    return true;
}

/* SIZE * 10^EXPONENT, which may be anything; false when 128 bits do not hold it. */
static bool shift(unsigned __int128 size, int exponent, unsigned __int128 *out)
{
    const unsigned __int128 most = ~(unsigned __int128)0;
    unsigned __int128 power = (unsigned __int128)decimal_power(exponent);
    if (size > most / power)
        return false;
    *out = size * power;
    return true;
}

static bool widen(struct decimal a, int scale, struct decimal *out)
{
    unsigned __int128 size;
    return shift(size_of(a.digits), scale - a.scale, &size) && make(size, a.digits < 0, scale, out);
}

/*
 * COARSE + FINE, which has SCALE and COARSE less. COARSE alone may need more digits there than the
 * sum has: so first what is in front of COARSE's last digit is added up, then the rest of FINE.
 */
static bool add_finer(struct decimal coarse, struct decimal fine, int scale, struct decimal *out)
{
    __int128 power = decimal_power(scale - coarse.scale), rest = fine.digits % power;
    __int128 front = coarse.digits + fine.digits / power;
    unsigned __int128 size, least = (unsigned __int128)decimal_power(DECIMAL_MAX_PRECISION);
    if (!shift(size_of(front), scale - coarse.scale, &size) || size >= 2 * least)
        return false;
    if (front == 0)
        return make(size_of(rest), rest < 0, scale, out);
    bool together = rest == 0 || (front < 0) == (rest < 0);
    size = together ? size + size_of(rest) : size - size_of(rest);
    return make(size, front < 0, scale, out);
}

bool arithmetic_add(struct decimal a, struct decimal b, struct decimal *out)
{
    if (a.scale < b.scale)
        return add_finer(a, b, b.scale, out);
    if (b.scale < a.scale)
        return add_finer(b, a, a.scale, out);
    __int128 sum = a.digits + b.digits; /* of two below 10^38: fits */
    return make(size_of(sum), sum < 0, a.scale, out);
}

bool arithmetic_subtract(struct decimal a, struct decimal b, struct decimal *out)
{
    return arithmetic_add(a, (struct decimal){-b.digits, b.scale}, out);
}

bool arithmetic_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
    const unsigned __int128 most = ~(unsigned __int128)0;
    unsigned __int128 x = size_of(a.digits), y = size_of(b.digits);
    if (x != 0 && y > most / x)
        return false;
    return make(x * y, (a.digits < 0) != (b.digits < 0), a.scale + b.scale, out);
}

/* REST * 10 by SIZE, where REST < SIZE < 10^38: the digit, and what is left in REST. Ten times a
 * rest may need more than 128 bits, so it is added up. */
static unsigned next_digit(unsigned __int128 *rest, unsigned __int128 size)
{
    unsigned __int128 sum = 0;
    unsigned digit = 0;
    for (int i = 0; i < 10; i++) {
        sum += *rest;
        if (sum >= size) {
            sum -= size;
            digit++;
        }
    }
    *rest = sum;
    return digit;
}

/* Division by hand, digit by digit, for what is too long for 128 bits. */
static bool divide_long(unsigned __int128 x, unsigned __int128 y, int digits,
                        unsigned __int128 *quotient, unsigned __int128 *rest)
{
    const unsigned __int128 limit = (unsigned __int128)decimal_power(DECIMAL_MAX_PRECISION);
    *quotient = x / y;
    *rest = x % y;
    for (int i = 0; i < digits; i++) {
        if (*quotient >= limit / 10)
            return false;
        *quotient = *quotient * 10 + next_digit(rest, y);
    }
    return true;
}

bool arithmetic_divide(struct decimal a, struct decimal b, int scale, struct decimal *out)
{
    unsigned __int128 x = size_of(a.digits), y = size_of(b.digits), quotient, rest, shifted;
    int digits = scale - a.scale + b.scale;
    if (digits <= DECIMAL_MAX_PRECISION && shift(x, digits, &shifted)) {
        quotient = shifted / y;
        rest = shifted % y;
    } else if (!divide_long(x, y, digits, &quotient, &rest)) {
        return false;
    }
    quotient += rest >= y - rest;
    return make(quotient, (a.digits < 0) != (b.digits < 0), scale, out);
}

bool arithmetic_remainder(struct decimal a, struct decimal b, struct decimal *out)
{
    unsigned __int128 x = size_of(a.digits), y = size_of(b.digits);
    int scale = a.scale > b.scale ? a.scale : b.scale;
    if (b.scale < scale && !shift(y, scale - b.scale, &y)) {
        *out = a; /* so large is B that it does not go once */
        return true;
    }
    x %= y;
    for (int i = a.scale; i < scale; i++)
        next_digit(&x, y);
    return make(x, a.digits < 0, scale, out);
}

bool arithmetic_round(struct decimal a, int scale, struct decimal *out)
{
    if (scale >= a.scale)
        return widen(a, scale, out);
    unsigned __int128 size = size_of(a.digits);
    unsigned __int128 power = (unsigned __int128)decimal_power(a.scale - scale);
    unsigned __int128 rest = size % power;
    return make(size / power + (rest >= power - rest), a.digits < 0, scale, out);
}

struct decimal arithmetic_floor(struct decimal a)
{
    __int128 power = decimal_power(a.scale), whole = a.digits / power;
    return (struct decimal){whole - (a.digits % power < 0), 0};
}

struct decimal arithmetic_ceil(struct decimal a)
{
    __int128 power = decimal_power(a.scale), whole = a.digits / power;
    return (struct decimal){whole + (a.digits % power > 0), 0};
}

struct decimal arithmetic_strip(struct decimal a)
{
    while (a.scale > 0 && a.digits % 10 == 0) {
        a.digits /= 10;
        a.scale--;
    }
    return a;
}
