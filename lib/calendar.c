#include "calendar.h"

#include <strings.h>

#include "floor.h"
#include "timestamp.h"
#include "zone.h"

#define HOUR_MS INT64_C(3600000)
#define FURTHEST_MS INT64_C(8640000000000000)

static const int64_t length_ms[] = {
    [UNIT_MILLISECOND] = 1, [UNIT_SECOND] = 1000, [UNIT_MINUTE] = 60000,
    [UNIT_HOUR] = HOUR_MS,  [UNIT_DAY] = DAY_MS,  [UNIT_WEEK] = 7 * DAY_MS,
};

static const int months[] = {[UNIT_MONTH] = 1, [UNIT_QUARTER] = 3, [UNIT_YEAR] = 12};

enum calendar_unit calendar_unit(struct slice name)
{
    static const char *const names[] = {"MILLISECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                        "WEEK",        "MONTH",  "QUARTER", "YEAR"};
    enum calendar_unit unit = 0;
    while (unit < UNITS && (strlen(names[unit]) != name.length ||
                            strncasecmp(names[unit], name.at, name.length) != 0))
        unit++;
    return unit;
}

static bool is_near(int64_t ms)
{
    return ms >= -FURTHEST_MS && ms <= FURTHEST_MS;
}

/* The first day of the unit that DAY is in. */
static int64_t first_day(enum calendar_unit unit, int64_t day)
{
    if (unit == UNIT_DAY)
        return day;
    if (unit == UNIT_WEEK)
        return day - floor_modulo(day + 3, 7); /* 1970-01-01 was a Thursday */
    struct date date = timestamp_date(day);
    unsigned length = (unsigned)months[unit];
    return timestamp_days(date.year, (date.month - 1) / length * length + 1, 1);
}

bool calendar_truncate(const char *zone, enum calendar_unit unit, int64_t ms, int64_t *out)
{
    if (!is_near(ms))
        return false;
    if (unit >= UNIT_DAY)
        *out = zone_midnight(zone, first_day(unit, zone_day(zone, ms)));
    else
        *out = ms - floor_modulo(ms + zone_offset_ms(zone, ms), length_ms[unit]);
    return true;
}

/* Whole months from local time B to local time A. */
static int64_t months_between(int64_t a, int64_t b)
{
    int64_t a_rest = floor_modulo(a, DAY_MS), b_rest = floor_modulo(b, DAY_MS);
    struct date x = timestamp_date((a - a_rest) / DAY_MS);
    struct date y = timestamp_date((b - b_rest) / DAY_MS);
    int64_t count = (x.year - y.year) * 12 + (int64_t)x.month - (int64_t)y.month;
    a_rest += (int64_t)x.day * DAY_MS;
    b_rest += (int64_t)y.day * DAY_MS;
    if (count > 0 && a_rest < b_rest)
        return count - 1;
    return count < 0 && a_rest > b_rest ? count + 1 : count;
}

bool calendar_difference(const char *zone, enum calendar_unit unit, int64_t a, int64_t b,
                         int64_t *out)
{
    if (!is_near(a) || !is_near(b))
        return false;
    if (unit >= UNIT_DAY) {
        a += zone_offset_ms(zone, a);
        b += zone_offset_ms(zone, b);
    }
    *out = unit >= UNIT_MONTH ? months_between(a, b) / months[unit] : (a - b) / length_ms[unit];
    return true;
}

bool calendar_day(const char *zone, int64_t ms, int64_t *day)
{
    if (!is_near(ms))
        return false;
    *day = zone_day(zone, ms);
    return true;
}
