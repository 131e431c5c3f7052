/*
 * Moments in time. Inside, a moment is int64_t milliseconds since 1970-01-01T00:00:00Z; before it
 * they are negative. Outside, it is a number in a declared unit or a text in a declared form.
 */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum timestamp_form {
    TIMESTAMP_MS, /* epoch milliseconds: the form when nothing is declared */
    TIMESTAMP_S,
    TIMESTAMP_US,
    TIMESTAMP_NS,
    TIMESTAMP_RFC3339, /* 2025-01-01T00:00:00[.fraction](Z|+hh:mm); "T" may be "t" or a space */
    TIMESTAMP_LOCAL,   /* 2025-01-01 00:00:00[.fraction] in a zone; the space may be a "T" */
};

/* Stands for +infinity in the last watermark: 2^53 - 1, the largest integer that every JSON reader
 * keeps. */
#define TIMESTAMP_FOREVER INT64_C(9007199254740991)

enum { TIMESTAMP_TEXT = 40 };

/* A day whose clocks are not changed. */
#define DAY_MS INT64_C(86400000)

/*
 * An epoch number in FORM (S, MS, US or NS) to milliseconds, rounding down (floor, also before
 * 1970). False when TEXT is not a JSON integer or the result does not fit.
 */
bool timestamp_from_number(struct slice text, enum timestamp_form form, int64_t *ms);

/*
 * A text without its quotes in FORM (RFC3339 or LOCAL) to milliseconds, rounding down. ZONE is an
 * IANA name for LOCAL ("Europe/Paris", "UTC"), unused for RFC3339; zone_instant (zone.h) says what
 * a time is that exists twice or not at all. False when the text is not of that form or names no
 * real date (2025-02-30, hour 24); second 60 is accepted as the first of the next minute.
 */
bool timestamp_from_text(struct slice text, enum timestamp_form form, const char *zone,
                         int64_t *ms);

/*
 * RFC 3339 in UTC with milliseconds, "2025-01-01T00:00:00.000Z", for years 0000 to 9999; outside
 * them the year has a sign and at least six digits (ISO 8601 expanded). Returns OUT.
 */
const char *timestamp_format(int64_t ms, char out[TIMESTAMP_TEXT]);

/* A date, "2025-01-31" and nothing else, as days since 1970-01-01. False when it is none. */
bool timestamp_date_from_text(struct slice text, int64_t *days);

/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12, day 1..31 (not checked). */
int64_t timestamp_days(int64_t year, unsigned month, unsigned day);

struct date {
    int64_t year;
    unsigned month, day; /* 1..12, 1..31 */
};

/* The date that is DAYS days behind 1970-01-01. */
struct date timestamp_date(int64_t days);

/* Number of days in MONTH (1..12) of YEAR. */
unsigned timestamp_month_days(int64_t year, unsigned month);

#endif
