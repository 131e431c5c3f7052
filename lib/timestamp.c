#include "timestamp.h"

#include <string.h>

#include "fast.h"
#include "floor.h"
#include "zone.h"

enum {
    DAY_S = 86400,
    CYCLE_DAYS = 146097, /* 400 Gregorian years */
    EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
    CLOCK_TEXT = 19,     /* 2025-01-01T00:00:00 */
    NO_NUMBER = 100,
};

/* The calendar. A year is thought to begin in March, so that a leap day is its last. */

int64_t timestamp_days(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month > 2 ? year : year - 1;
    unsigned m = month > 2 ? month - 3 : month + 9;
    int64_t leap_days = floor_divide(y, 4) - floor_divide(y, 100) + floor_divide(y, 400);
    return y * 365 + leap_days + (153 * m + 2) / 5 + day - 1 - EPOCH_DAYS;
}

unsigned timestamp_month_days(int64_t year, unsigned month)
{
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

struct date timestamp_date(int64_t days)
{
    int64_t cycle = floor_divide(days + EPOCH_DAYS, CYCLE_DAYS);
    unsigned rest = (unsigned)(days + EPOCH_DAYS - cycle * CYCLE_DAYS);
    /* the last century of a cycle and the last year of four are a day longer: hence "< 4" */
    unsigned century = rest / 36524 < 4 ? rest / 36524 : 3;
    rest -= century * 36524;
    unsigned four = rest / 1461;
    rest -= four * 1461;
    unsigned year = rest / 365 < 4 ? rest / 365 : 3;
    rest -= year * 365;
    unsigned m = (5 * rest + 2) / 153;
    struct date date = {cycle * 400 + century * 100 + four * 4 + year, m + 3,
                        rest - (153 * m + 2) / 5 + 1};
    if (date.month > 12) {
        date.month -= 12;
        date.year++;
    }
    return date;
}

/* Numbers. */

/* COUNT (at most 19) digits at P, so that they fit. */
static bool read_digits(const char *p, size_t count, uint64_t *out)
{
    uint64_t value = 0;
    for (; count >= 8; count -= 8, p += 8) {
        if (!fast_are_eight_digits(p))
            return false;
        value = value * 100000000 + fast_eight_digits(p);
    }
    for (; count > 0; count--, p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool timestamp_from_number(struct slice text, enum timestamp_form form, int64_t *ms)
{
    uint64_t plain;
    if (form == TIMESTAMP_MS && fast_integer(text.at, text.length, &plain) && text.at[0] != '0') {
        *ms = (int64_t)plain; /* what an epoch in milliseconds looks like */
        return true;
    }
    if (form > TIMESTAMP_NS || text.length == 0)
        return false;
    bool negative = text.at[0] == '-';
    const char *p = text.at + negative;
    size_t count = text.length - negative;
    if (count == 0 || (*p == '0' && count > 1))
        return false;
    /* the digits finer than a millisecond are cut off as text: the others may fit where all do not
     */
    size_t finer = form == TIMESTAMP_US ? 3 : form == TIMESTAMP_NS ? 6 : 0;
    size_t kept = count > finer ? count - finer : 0;
    uint64_t value, rest;
    if (kept > 19 || !read_digits(p, kept, &value) || !read_digits(p + kept, count - kept, &rest))
        return false;
    if (negative && rest > 0)
        value++;
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    if (form == TIMESTAMP_S) {
        if (value > limit / 1000)
            return false;
        value *= 1000;
    }
    if (value > limit)
        return false;
    *ms = (int64_t)(negative ? -value : value);
    return true;
}

/* Texts. */

/* NO_NUMBER when they are not two digits. */
static unsigned read_two(const char *p)
{
    unsigned tens = (unsigned)(unsigned char)p[0] - '0';
    unsigned ones = (unsigned)(unsigned char)p[1] - '0';
    return tens > 9 || ones > 9 ? NO_NUMBER : tens * 10 + ones;
}

/* The CLOCK_TEXT bytes at P, as if they were UTC, in epoch seconds. */
static bool read_clock(const char *p, int64_t *seconds)
{
    if (p[4] != '-' || p[7] != '-' || p[13] != ':' || p[16] != ':' ||
        (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
        return false;
    unsigned century = read_two(p), year = read_two(p + 2);
    unsigned month = read_two(p + 5), day = read_two(p + 8);
    unsigned hour = read_two(p + 11), minute = read_two(p + 14), second = read_two(p + 17);
    if (century == NO_NUMBER || year == NO_NUMBER || hour > 23 || minute > 59 || second > 60)
        return false;
    year += century * 100;
    if (month < 1 || month > 12 || day < 1 || day > timestamp_month_days(year, month))
        return false;
    *seconds = timestamp_days(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    return true;
}

/* Takes a fraction, if one begins TEXT, in whole milliseconds. False when no digit is behind "." */
static bool take_fraction(struct slice *text, unsigned *ms)
{
    *ms = 0;
    if (text->length == 0 || text->at[0] != '.')
        return true;
    size_t i = 1;
    unsigned digit, weight = 100;
    for (; i < text->length && (digit = (unsigned)(unsigned char)text->at[i] - '0') <= 9; i++) {
        *ms += digit * weight;
        weight /= 10;
    }
    text->at += i;
    text->length -= i;
    return i > 1;
}

/* "Z" or "+hh:mm" in seconds. */
static bool read_offset(struct slice text, int64_t *offset)
{
    *offset = 0;
    if (text.length == 1)
        return *text.at == 'Z' || *text.at == 'z';
    if (text.length != 6 || (text.at[0] != '+' && text.at[0] != '-') || text.at[3] != ':')
        return false;
    unsigned hours = read_two(text.at + 1), minutes = read_two(text.at + 4);
    if (hours > 23 || minutes > 59)
        return false;
    *offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (text.at[0] == '-')
        *offset = -*offset;
    return true;
}

bool timestamp_from_text(struct slice text, enum timestamp_form form, const char *zone, int64_t *ms)
{
    int64_t seconds, offset;
    unsigned fraction;
    if (text.length < CLOCK_TEXT || !read_clock(text.at, &seconds))
        return false;
    struct slice rest = {text.at + CLOCK_TEXT, text.length - CLOCK_TEXT};
    if (!take_fraction(&rest, &fraction))
        return false;
    if (form == TIMESTAMP_RFC3339) {
        if (!read_offset(rest, &offset))
            return false;
        seconds -= offset;
    } else {
        if (form != TIMESTAMP_LOCAL || rest.length > 0)
            return false;
        if (!zone_exists(zone))
            return false;
        seconds = zone_instant(zone, seconds * 1000) / 1000;
    }
    *ms = seconds * 1000 + fraction;
    return true;
}

bool timestamp_date_from_text(struct slice text, int64_t *days)
{
    char midnight[] = "YYYY-MM-DD 00:00:00";
    int64_t ms;
    if (text.length != 10)
        return false;
    memcpy(midnight, text.at, 10);
    if (!timestamp_from_text(slice_of(midnight), TIMESTAMP_LOCAL, "UTC", &ms))
        return false;
    *days = floor_divide(ms, DAY_MS);
    return true;
}

/* VALUE in WIDTH digits (the low ones) at P; returns the byte behind them. */
static char *write_number(char *p, uint64_t value, int width)
{
    for (int i = width; i-- > 0; value /= 10)
        p[i] = (char)('0' + value % 10);
    return p + width;
}

static char *write_year(char *p, int64_t year)
{
    if (year >= 0 && year <= 9999)
        return write_number(p, (uint64_t)year, 4);
    uint64_t size = (uint64_t)(year < 0 ? -year : year);
    int width = 6;
    for (uint64_t bound = 1000000; size >= bound; bound *= 10)
        width++;
    *p++ = year < 0 ? '-' : '+';
    return write_number(p, size, width);
}

const char *timestamp_format(int64_t ms, char out[TIMESTAMP_TEXT])
{
    int64_t days = floor_divide(ms, DAY_MS);
    uint64_t rest = (uint64_t)floor_modulo(ms, DAY_MS);
    struct date date = timestamp_date(days);
    char *p = write_year(out, date.year);
    *p++ = '-';
    p = write_number(p, date.month, 2);
    *p++ = '-';
    p = write_number(p, date.day, 2);
    *p++ = 'T';
    p = write_number(p, rest / 3600000, 2);
    *p++ = ':';
    p = write_number(p, rest / 60000 % 60, 2);
    *p++ = ':';
    p = write_number(p, rest / 1000 % 60, 2);
    *p++ = '.';
    p = write_number(p, rest % 1000, 3);
    *p++ = 'Z';
    *p = '\0';
    return out;
}
