/* The expected moments were computed by GNU date -u and Python's zoneinfo. */
#include "timestamp.h"

#include <stdlib.h>

#include "check.h"

/* What no test expects: refused, refused but written. */
enum { REFUSED = -123456789, TOUCHED = -123456788, UNTOUCHED = 77 };

static int64_t outcome(bool good, int64_t ms)
{
    if (good)
        return ms;
    return ms == UNTOUCHED ? REFUSED : TOUCHED;
}

static int64_t number(const char *text, enum timestamp_form form)
{
    int64_t ms = UNTOUCHED;
    bool good = timestamp_from_number(slice_of(text), form, &ms);
    return outcome(good, ms);
}

static int64_t rfc3339(const char *text)
{
    int64_t ms = UNTOUCHED;
    bool good = timestamp_from_text(slice_of(text), TIMESTAMP_RFC3339, NULL, &ms);
    return outcome(good, ms);
}

static int64_t local(const char *text, const char *zone)
{
    int64_t ms = UNTOUCHED;
    bool good = timestamp_from_text(slice_of(text), TIMESTAMP_LOCAL, zone, &ms);
    return outcome(good, ms);
}

static void numbers_in_each_unit(void)
{
    CHECK(number("1735689600000", TIMESTAMP_MS) == 1735689600000);
    CHECK(number("1735689600", TIMESTAMP_S) == 1735689600000);
    CHECK(number("1735689600123456", TIMESTAMP_US) == 1735689600123);
    CHECK(number("1735689600123456789", TIMESTAMP_NS) == 1735689600123);
    CHECK(number("1735689584999", TIMESTAMP_MS) == 1735689600000 - 15000 - 1);
    CHECK(number("0", TIMESTAMP_MS) == 0);
    CHECK(number("0", TIMESTAMP_NS) == 0);
    CHECK(number("-0", TIMESTAMP_US) == 0);
    CHECK(number("999", TIMESTAMP_US) == 0);
    CHECK(number("1000", TIMESTAMP_US) == 1);
    CHECK(number("999999", TIMESTAMP_NS) == 0);
    CHECK(number("1000000", TIMESTAMP_NS) == 1);
}

static void numbers_round_down(void)
{
    CHECK(number("-1", TIMESTAMP_MS) == -1);
    CHECK(number("-1", TIMESTAMP_S) == -1000);
    CHECK(number("-1", TIMESTAMP_US) == -1);
    CHECK(number("-1000", TIMESTAMP_US) == -1);
    CHECK(number("-1001", TIMESTAMP_US) == -2);
    CHECK(number("-1", TIMESTAMP_NS) == -1);
    CHECK(number("-1000000", TIMESTAMP_NS) == -1);
    CHECK(number("-1000001", TIMESTAMP_NS) == -2);
}

static void numbers_end_at_64_bits(void)
{
    CHECK(number("9223372036854775807", TIMESTAMP_MS) == INT64_MAX);
    CHECK(number("9223372036854775808", TIMESTAMP_MS) == REFUSED);
    CHECK(number("-9223372036854775808", TIMESTAMP_MS) == INT64_MIN);
    CHECK(number("-9223372036854775809", TIMESTAMP_MS) == REFUSED);
    CHECK(number("9999999999999999999", TIMESTAMP_MS) == REFUSED);
    CHECK(number("18446744073709551617", TIMESTAMP_MS) == REFUSED);
    CHECK(number("9223372036854775", TIMESTAMP_S) == 9223372036854775000);
    CHECK(number("9223372036854776", TIMESTAMP_S) == REFUSED);
    CHECK(number("-9223372036854775", TIMESTAMP_S) == -9223372036854775000);
    CHECK(number("-9223372036854776", TIMESTAMP_S) == REFUSED);
    CHECK(number("18446744073709552", TIMESTAMP_S) == REFUSED); /* 384 after wrapping */
    CHECK(number("9223372036854775807999", TIMESTAMP_US) == INT64_MAX);
    CHECK(number("9223372036854775808000", TIMESTAMP_US) == REFUSED);
    CHECK(number("-9223372036854775808000", TIMESTAMP_US) == INT64_MIN);
    CHECK(number("-9223372036854775808001", TIMESTAMP_US) == REFUSED);
    CHECK(number("9223372036854775807999999", TIMESTAMP_NS) == INT64_MAX);
    CHECK(number("-9223372036854775808000000", TIMESTAMP_NS) == INT64_MIN);
    CHECK(number("-9223372036854775808000001", TIMESTAMP_NS) == REFUSED);
    CHECK(number("99999999999999999999999999999999", TIMESTAMP_NS) == REFUSED);
}

static void numbers_are_json_integers(void)
{
    const char *const bad[] = {"",    "-",  "+1", "01",  "-01",     "1.0",     "1e3",
                               "1E3", " 1", "1 ", "--1", "1-1",     "0x1",     "1_0",
                               "abc", ".",  "1a", "a1",  "123456a", "12345x7", "1234567890123x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        for (enum timestamp_form form = TIMESTAMP_MS; form <= TIMESTAMP_NS; form++)
            CHECK(number(bad[i], form) == REFUSED);
    int64_t ms;
    CHECK(!timestamp_from_number((struct slice){NULL, 0}, TIMESTAMP_MS, &ms));
    CHECK(timestamp_from_number((struct slice){"12", 1}, TIMESTAMP_MS, &ms) && ms == 1);
    CHECK(number("1735689600000", TIMESTAMP_RFC3339) == REFUSED);
    CHECK(number("1735689600000", TIMESTAMP_LOCAL) == REFUSED);
}

static void rfc3339_texts(void)
{
    CHECK(rfc3339("2025-01-01T00:00:00Z") == 1735689600000);
    CHECK(rfc3339("2025-01-01t00:00:00z") == 1735689600000);
    CHECK(rfc3339("2025-01-01 00:00:00Z") == 1735689600000);
    CHECK(rfc3339("2025-01-01T01:00:00+01:00") == 1735689600000);
    CHECK(rfc3339("2024-12-31T18:30:00-05:30") == 1735689600000);
    CHECK(rfc3339("2025-01-01T23:59:00+23:59") == 1735689600000);
    CHECK(rfc3339("2025-01-01T00:00:00-00:00") == 1735689600000);
    CHECK(rfc3339("2000-02-29T12:34:56Z") == 951827696000);
    CHECK(rfc3339("1900-03-01T00:00:00Z") == -2203891200000);
    CHECK(rfc3339("0000-01-01T00:00:00Z") == -62167219200000);
    CHECK(rfc3339("0000-02-29T00:00:00Z") == -62162121600000);
    CHECK(rfc3339("9999-12-31T23:59:59.999Z") == 253402300799999);
}

static void fractions_round_down(void)
{
    CHECK(rfc3339("2025-01-01T00:00:00.5Z") == 1735689600500);
    CHECK(rfc3339("2025-01-01T00:00:00.05Z") == 1735689600050);
    CHECK(rfc3339("2025-01-01T00:00:00.123Z") == 1735689600123);
    CHECK(rfc3339("2025-01-01T00:00:00.123999999999999999999+00:00") == 1735689600123);
    CHECK(rfc3339("2025-01-01T00:00:00.0009Z") == 1735689600000);
    CHECK(rfc3339("1969-12-31T23:59:59.9999Z") == -1);
    CHECK(rfc3339("1969-12-31T23:59:59.0001Z") == -1000);
    CHECK(local("2025-01-01 00:00:00.123456", "UTC") == 1735689600123);
}

static void leap_seconds_are_the_next_minute(void)
{
    CHECK(rfc3339("2016-12-31T23:59:60Z") == 1483228800000);
    CHECK(rfc3339("2017-01-01T00:59:60+01:00") == 1483228800000);
    CHECK(rfc3339("2016-12-31T23:59:61Z") == REFUSED);
    CHECK(local("2016-12-31 23:59:60", "UTC") == 1483228800000);
}

static void unreal_dates_are_refused(void)
{
    const char *const bad[] = {
        "2025-02-29T00:00:00Z",     "2025-02-30T00:00:00Z", "1900-02-29T00:00:00Z",
        "2025-04-31T00:00:00Z",     "2025-06-31T00:00:00Z", "2025-09-31T00:00:00Z",
        "2025-11-31T00:00:00Z",     "2025-01-32T00:00:00Z", "2025-00-01T00:00:00Z",
        "2025-13-01T00:00:00Z",     "2025-01-00T00:00:00Z", "2025-01-01T24:00:00Z",
        "2025-01-01T00:60:00Z",     "2025-01-01T00:00:99Z", "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00+01:60"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(rfc3339(bad[i]) == REFUSED);
    CHECK(rfc3339("2024-02-29T00:00:00Z") == 1709164800000);
    CHECK(rfc3339("2000-02-29T00:00:00Z") != REFUSED);
}

static void other_forms_are_refused(void)
{
    const char *const bad[] = {
        "",
        "2025-01-01",
        "2025-01-01T00:00Z",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00.1",
        "2025-01-01T00:00:00,5Z",
        "2025-01-01T00:00:00ZZ",
        "2025-01-01T00:00:00 Z",
        "2025-01-01T00:00:00+0100",
        "2025-01-01T00:00:00+01",
        "2025-01-01T00:00:00+01:0",
        "2025-01-01T00:00:00+01:00Z",
        "2025-01-01T00:00:00*01:00",
        "2025-01-01T00:00:00+0a:00",
        "2025-01-01_00:00:00Z",
        "2025/01/01T00:00:00Z",
        "2025-01-01T00-00-00Z",
        "25-01-01T00:00:00Z",
        "+2025-01-01T00:00:00Z",
        " 2025-01-01T00:00:00Z",
        "2025-1-01T00:00:00Z",
        "2025-01-01T00:00:0Z",
        "202a-01-01T00:00:00Z",
        "2025-01-01T-1:00:00Z",
        "1735689600000",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(rfc3339(bad[i]) == REFUSED);
    CHECK(local("2025-01-01 00:00:00Z", "UTC") == REFUSED);
    CHECK(local("2025-01-01 00:00:00.", "UTC") == REFUSED);
    CHECK(local("2025-01-01", "UTC") == REFUSED);
    int64_t ms;
    CHECK(!timestamp_from_text((struct slice){NULL, 0}, TIMESTAMP_RFC3339, NULL, &ms));
    CHECK(!timestamp_from_text(slice_of("2025-01-01T00:00:00Z"), TIMESTAMP_MS, NULL, &ms));
}

static void days_of_paris(void)
{
    CHECK(local("2025-03-30 00:00:00", "Europe/Paris") == 1743289200000);
    CHECK(local("2025-03-31T00:00:00", "Europe/Paris") == 1743372000000);
    CHECK(local("2025-10-26 00:00:00", "Europe/Paris") == 1761429600000);
    CHECK(local("2025-10-27 00:00:00", "Europe/Paris") == 1761519600000);
    CHECK(local("2025-07-01 12:00:00.789", "Europe/Paris") == 1751364000789);
    CHECK(local("2050-07-01 12:00:00", "Europe/Paris") == 2540282400000);
    CHECK(local("1905-06-01 00:00:00", "Europe/Paris") == -2038176561000);
}

/* 128 days lie between them: what was remembered of one must not answer for the other. */
static void summer_and_winter_alternate(void)
{
    for (int again = 0; again < 3; again++) {
        CHECK(local("2025-07-01 12:00:00", "Europe/Paris") == 1751364000000);
        CHECK(local("2025-11-06 12:00:00", "Europe/Paris") == 1762426800000);
    }
}

/* At 02:00 the clock of 2025-03-30 goes to 03:00. */
static void hour_that_is_skipped(void)
{
    CHECK(local("2025-03-30 01:59:59", "Europe/Paris") == 1743296399000);
    CHECK(local("2025-03-30 02:00:00", "Europe/Paris") == 1743296400000);
    CHECK(local("2025-03-30 02:30:00", "Europe/Paris") == 1743298200000);
    CHECK(local("2025-03-30 03:00:00", "Europe/Paris") == 1743296400000);
    CHECK(local("2025-03-30 03:30:00", "Europe/Paris") == 1743298200000);
    CHECK(local("2025-10-05 02:15:00", "Australia/Lord_Howe") == 1759592700000);
    CHECK(local("2025-10-05 02:45:00", "Australia/Lord_Howe") == 1759592700000);
    CHECK(local("2011-12-30 12:00:00", "Pacific/Apia") == 1325282400000);
    CHECK(local("2011-12-31 12:00:00", "Pacific/Apia") == 1325282400000);
}

/* At 03:00 the clock of 2025-10-26 goes back to 02:00. */
static void hour_that_exists_twice(void)
{
    for (int again = 0; again < 2; again++) {
        CHECK(local("2025-10-26 01:59:59", "Europe/Paris") == 1761436799000);
        CHECK(local("2025-10-26 02:00:00", "Europe/Paris") == 1761436800000);
        CHECK(local("2025-10-26 02:30:00", "Europe/Paris") == 1761438600000);
        CHECK(local("2025-10-26 03:00:00", "Europe/Paris") == 1761444000000);
        CHECK(local("2025-12-26 02:30:00", "Europe/Paris") == 1766712600000);
    }
    CHECK(local("2025-11-02 01:30:00", "America/New_York") == 1762061400000);
}

static void unknown_zones_are_refused(void)
{
    CHECK(local("2025-01-01 00:00:00", "Europe/Atlantis") == REFUSED);
    CHECK(local("2025-01-01 00:00:00", "") == REFUSED);
}

static void zones_may_alternate(void)
{
    for (int again = 0; again < 3; again++) {
        CHECK(local("2025-07-04 12:00:00", "America/New_York") == 1751644800000);
        CHECK(local("2025-07-04 12:00:00", "Asia/Kolkata") == 1751610600000);
        CHECK(local("2025-07-04 12:00:00", "UTC") == 1751630400000);
    }
}

/* All that the process was told before has no say. */
static void own_zone_does_not_matter(void)
{
    setenv("TZ", "Asia/Tokyo", 1);
    CHECK(local("2025-01-01 00:00:00", "UTC") == 1735689600000);
    CHECK(local("2025-07-01 12:00:00", "Europe/Paris") == 1751364000000);
}

static void writes_rfc3339(void)
{
    char text[TIMESTAMP_TEXT];
    CHECK_TEXT(timestamp_format(0, text), "1970-01-01T00:00:00.000Z");
    CHECK_TEXT(timestamp_format(-1, text), "1969-12-31T23:59:59.999Z");
    CHECK_TEXT(timestamp_format(1735689600000, text), "2025-01-01T00:00:00.000Z");
    CHECK_TEXT(timestamp_format(951827696007, text), "2000-02-29T12:34:56.007Z");
    CHECK_TEXT(timestamp_format(-62167219200000, text), "0000-01-01T00:00:00.000Z");
    CHECK_TEXT(timestamp_format(253402300799999, text), "9999-12-31T23:59:59.999Z");
    CHECK_TEXT(timestamp_format(253402300800000, text), "+010000-01-01T00:00:00.000Z");
    CHECK_TEXT(timestamp_format(-62167219200001, text), "-000001-12-31T23:59:59.999Z");
    CHECK_TEXT(timestamp_format(INT64_MAX, text), "+292278994-08-17T07:12:55.807Z");
    CHECK_TEXT(timestamp_format(INT64_MIN, text), "-292275055-05-16T16:47:04.192Z");
}

/* Counts the days one by one through two cycles of 400 years. */
static void calendar_has_no_hole(void)
{
    int64_t day = -719528; /* 0000-01-01 */
    for (int year = 0; year <= 800; year++)
        for (unsigned month = 1; month <= 12; month++)
            for (unsigned date = 1; date <= timestamp_month_days(year, month); date++, day++) {
                char text[TIMESTAMP_TEXT], expected[64];
                snprintf(expected, sizeof(expected), "%04d-%02u-%02uT00:00:00.000Z", year, month,
                         date);
                CHECK(timestamp_days(year, month, date) == day);
                CHECK_TEXT(timestamp_format(day * 86400000, text), expected);
            }
    CHECK(day == -426968); /* 0801-01-01 */
    CHECK(timestamp_days(1970, 1, 1) == 0);
    CHECK(timestamp_days(2026, 1, 1) == 20454);
    CHECK(timestamp_days(1, 1, 1) == -719162);
    CHECK(timestamp_days(-400, 3, 1) == -719468 - 146097);
    CHECK(timestamp_month_days(1900, 2) == 28);
    CHECK(timestamp_month_days(2000, 2) == 29);
    CHECK(timestamp_month_days(-4, 2) == 29);
}

static void dates_are_days(void)
{
    int64_t days;
    CHECK(timestamp_date_from_text(slice_of("1969-12-31"), &days) && days == -1);
    CHECK(timestamp_date_from_text(slice_of("2026-01-01"), &days) && days == 20454);
    CHECK(timestamp_date_from_text(slice_of("0001-01-01"), &days) && days == -719162);
    CHECK(timestamp_date_from_text(slice_of("2024-02-29"), &days));
    CHECK(!timestamp_date_from_text(slice_of("2025-02-29"), &days));
    CHECK(!timestamp_date_from_text(slice_of("2025-2-28"), &days));
    CHECK(!timestamp_date_from_text(slice_of("2025-02-28 "), &days));
    CHECK(!timestamp_date_from_text(slice_of(""), &days));
}

int main(void)
{
    own_zone_does_not_matter();
    numbers_in_each_unit();
    numbers_round_down();
    numbers_end_at_64_bits();
    numbers_are_json_integers();
    rfc3339_texts();
    fractions_round_down();
    leap_seconds_are_the_next_minute();
    unreal_dates_are_refused();
    other_forms_are_refused();
    days_of_paris();
    summer_and_winter_alternate();
    hour_that_is_skipped();
    hour_that_exists_twice();
    zones_may_alternate();
    unknown_zones_are_refused();
    writes_rfc3339();
    calendar_has_no_hole();
    dates_are_days();
    return check_result();
}
