/*
 * Units of time as people count them: hours are hours, but days, weeks and months are those of a
 * place, whose clocks change.
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum calendar_unit {
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK, /* begins on Monday */
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNITS,
};

/* "HOUR" or "hour". UNITS when it is none. */
enum calendar_unit calendar_unit(struct slice name);

/*
 * The beginning of the unit that MS is in; ZONE as in zone.h. From a day on, that is the first
 * moment of its first day; below, what the clocks show goes back to the full unit. False when MS is
 * further than 270,000 years from 1970.
 */
bool calendar_truncate(const char *zone, enum calendar_unit unit, int64_t ms, int64_t *out);

/*
 * How many whole units A is behind B; negative when it is before it. Up to hours by the time that
 * goes by between them, from days on by what the clocks show. False as above.
 */
bool calendar_difference(const char *zone, enum calendar_unit unit, int64_t a, int64_t b,
                         int64_t *out);

/* The local day of MS, as days since 1970-01-01. False as above. */
bool calendar_day(const char *zone, int64_t ms, int64_t *day);

#endif
