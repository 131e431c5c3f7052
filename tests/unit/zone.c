/* Expected moments are of Python's zoneinfo: the first second whose local date is the day. */
#include "zone.h"

#include <stdlib.h>

#include "check.h"

enum { HOUR_MS = 3600000, DAY_MS = 86400000 };

static void utc_has_no_offset(void)
{
    CHECK(zone_offset_ms(NULL, 1743296400000) == 0);
    CHECK(zone_offset_ms("UTC", 1743296400000) == 0);
    CHECK(zone_instant(NULL, -1) == -1);
    CHECK(zone_day(NULL, -1) == -1);
    CHECK(zone_day("UTC", 0) == 0);
    CHECK(zone_day("UTC", DAY_MS - 1) == 0);
    CHECK(zone_midnight(NULL, -1) == -DAY_MS);
}

/* At 01:00 UTC on 2025-03-30 from +1 h to +2 h, and back at 01:00 UTC on 2025-10-26. */
static void offsets_change_at_the_millisecond(void)
{
    CHECK(zone_offset_ms("Europe/Paris", 1743296399999) == HOUR_MS);
    CHECK(zone_offset_ms("Europe/Paris", 1743296400000) == 2 * HOUR_MS);
    CHECK(zone_offset_ms("Europe/Paris", 1761440399999) == 2 * HOUR_MS);
    CHECK(zone_offset_ms("Europe/Paris", 1761440400000) == HOUR_MS);
    CHECK(zone_offset_ms("Asia/Kolkata", -1) == 19800000);
    CHECK(zone_offset_ms("Europe/Paris", -2038176561000) == 561000); /* 1905: 9 min 21 s */
}

/* Lisbon left its own sun for that of Greenwich at the first second of 1912. */
static void offsets_change_at_a_midnight_of_utc(void)
{
    CHECK(zone_offset_ms("Europe/Lisbon", -1830384000001) == -2205000);
    CHECK(zone_offset_ms("Europe/Lisbon", -1830384000000) == 0);
    CHECK(zone_midnight("Europe/Lisbon", -21186) == -1830468195000);
    CHECK(zone_midnight("Europe/Lisbon", -21185) == -1830384000000);
    CHECK(zone_midnight("Europe/Lisbon", -21184) == -1830297600000);
}

static void instants_of_hours_that_are_skipped_or_exist_twice(void)
{
    /* 02:30 is skipped on 2025-03-30: 03:30; and exists twice on 2025-10-26: the first */
    CHECK(zone_instant("Europe/Paris", 1743301800000) == 1743298200000);
    CHECK(zone_instant("Europe/Paris", 1761445800000) == 1761438600000);
    CHECK(zone_instant("Europe/Paris", 1761445800999) == 1761438600999);
    CHECK(zone_instant("Asia/Kolkata", -1) == -19800001);
    CHECK(zone_instant("Pacific/Apia", 1325246400000) == 1325282400000); /* 2011-12-30 12:00 */
}

/* That DAY begins at FIRST_S and the next at BEHIND_S, and has all that is between. */
static void check_day(const char *zone, int64_t day, int64_t first_s, int64_t behind_s)
{
    CHECK(zone_midnight(zone, day) == first_s * 1000);
    CHECK(zone_midnight(zone, day + 1) == behind_s * 1000);
    CHECK(zone_day(zone, first_s * 1000 - 1) < day);
    CHECK(zone_day(zone, first_s * 1000) == day);
    CHECK(zone_day(zone, (first_s + behind_s) * 500) == day);
    CHECK(zone_day(zone, behind_s * 1000 - 1) == day);
    CHECK(zone_day(zone, behind_s * 1000) > day);
}

static void days_of_23_24_and_25_hours(void)
{
    check_day("Europe/Paris", 20177, 1743289200, 1743372000);
    check_day("Europe/Paris", 20387, 1761429600, 1761519600);
    check_day("Asia/Kolkata", 20089, 1735669800, 1735756200);
    check_day("Asia/Kolkata", -3653, -315639000, -315639000 + 86400);
}

/* In Sao Paulo 2018-11-04 began at 01:00, and 2018-02-17 had its last hour twice. */
static void midnight_that_is_skipped(void)
{
    check_day("America/Sao_Paulo", 17838, 1541214000, 1541300400);
    check_day("America/Sao_Paulo", 17839, 1541300400, 1541383200);
    check_day("America/Sao_Paulo", 17579, 1518832800, 1518922800);
    check_day("America/Sao_Paulo", 17580, 1518922800, 1519009200);
}

/* In Toronto the clocks of 1919-03-30 went from 23:30 to 00:30. */
static void midnight_in_the_middle_of_a_gap(void)
{
    check_day("America/Toronto", -18540, -1601838000, -1601753400);
    check_day("America/Toronto", -18539, -1601753400, -1601668800);
}

/* In Havana the clocks of 2025-11-02 go from 01:00 back to 00:00. */
static void midnight_that_comes_twice(void)
{
    check_day("America/Havana", 20393, 1761969600, 1762056000);
    check_day("America/Havana", 20394, 1762056000, 1762146000);
}

/* In St John's those of 2006-10-29 went from 00:01 back to 23:01, which belongs to the 29th. */
static void clocks_that_go_back_over_midnight(void)
{
    check_day("America/St_Johns", 13449, 1162002600, 1162089000);
    check_day("America/St_Johns", 13450, 1162089000, 1162179000);
    CHECK(zone_day("America/St_Johns", 1162090800000) == 13450); /* they show 23:30 of the 28th */
}

/* Apia had no 2011-12-30. */
static void day_that_never_was(void)
{
    check_day("Pacific/Apia", 15337, 1325152800, 1325239200);
    CHECK(zone_midnight("Pacific/Apia", 15338) == zone_midnight("Pacific/Apia", 15339));
    check_day("Pacific/Apia", 15339, 1325239200, 1325325600);
}

/* Hour by hour through a hundred years: no moment is outside of its day. */
static void days_are_a_partition(const char *zone)
{
    int64_t last = INT64_MIN;
    for (int64_t ms = -1577923200000; ms < 1735689600000; ms += HOUR_MS) {
        int64_t day = zone_day(zone, ms);
        CHECK(day >= last);
        CHECK(zone_midnight(zone, day) <= ms);
        CHECK(zone_midnight(zone, day + 1) > ms);
        last = day;
    }
}

static void zones_may_alternate(void)
{
    for (int again = 0; again < 3; again++) {
        CHECK(zone_offset_ms("America/New_York", 1751644800000) == -4 * HOUR_MS);
        CHECK(zone_offset_ms("Asia/Kolkata", 1751644800000) == 19800000);
        CHECK(zone_day("America/New_York", 1751599800000) == 20272);
        CHECK(zone_day("Asia/Kolkata", 1751599800000) == 20273);
    }
}

static void names(void)
{
    CHECK(zone_exists("UTC"));
    CHECK(zone_exists("Europe/Paris"));
    CHECK(zone_exists("America/Argentina/Buenos_Aires"));
    const char *const bad[] = {"",
                               "Europe",
                               "Europe/Atlantis",
                               "/usr/share/zoneinfo/Europe/Paris",
                               "../zoneinfo/Europe/Paris",
                               "Europe/../Europe/Paris",
                               ":Europe/Paris",
                               "right/Europe/Paris",
                               "zone.tab",
                               "europe,paris",
                               "CET-1CEST",
                               "Europe/Paris "};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!zone_exists(bad[i]));
}

int main(void)
{
    setenv("TZ", "Asia/Tokyo", 1); /* what the process was told before has no say */
    utc_has_no_offset();
    offsets_change_at_the_millisecond();
    offsets_change_at_a_midnight_of_utc();
    instants_of_hours_that_are_skipped_or_exist_twice();
    days_of_23_24_and_25_hours();
    midnight_that_is_skipped();
    midnight_in_the_middle_of_a_gap();
    midnight_that_comes_twice();
    clocks_that_go_back_over_midnight();
    day_that_never_was();
    days_are_a_partition("Europe/Paris");
    days_are_a_partition("America/St_Johns");
    days_are_a_partition("America/Havana");
    days_are_a_partition("Pacific/Apia");
    zones_may_alternate();
    names();
    return check_result();
}
