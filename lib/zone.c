#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "error.h"
#include "floor.h"
#include "timestamp.h"

enum {
    DAY_S = 86400,
    DAYS = 64,
    NAME_SIZE = 64,
};

/* A day of UTC. No zone ever changed its clocks twice in one, nor in two that follow each other. */
struct utc_day {
    bool known;
    int64_t day;
    int64_t change; /* the epoch second from which on the offset is another */
    int64_t before, behind;
};

/* A zone that was asked for, and what is known of it. They are few, and stay. */
struct zone {
    struct zone *next;
    char name[NAME_SIZE];
    struct utc_day day[DAYS];
    int64_t local_day, from_ms, to_ms; /* the last answer of zone_day; at first of no moment */
};

static struct zone *zones;

bool zone_exists(const char *zone)
{
    if (strcmp(zone, "UTC") == 0)
        return true;
    for (const struct zone *known = zones; known; known = known->next)
        if (strcmp(known->name, zone) == 0)
            return true;
    /* right/... counts leap seconds, which an epoch does not */
    if (zone[0] == '\0' || zone[0] == '/' || zone[0] == ':' || strlen(zone) >= NAME_SIZE ||
        strstr(zone, "..") || strncmp(zone, "right/", 6) == 0)
        return false;
    const char *root = getenv("TZDIR");
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/%s",
                          root && root[0] != '\0' ? root : "/usr/share/zoneinfo", zone);
    if (length < 0 || (size_t)length >= sizeof(path))
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char magic[4];
    bool exists = fread(magic, 1, 4, file) == 4 && memcmp(magic, "TZif", 4) == 0;
    fclose(file);
    return exists;
}

/* The one asked for last comes first. */
static struct zone *zone_of(const char *name)
{
    if (zones && strcmp(zones->name, name) == 0)
        return zones;
    struct zone **link = &zones;
    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    struct zone *zone = *link;
    if (zone) {
        *link = zone->next;
    } else {
        if (!zone_exists(name))
            fail(EXIT_USAGE, "there is no time zone %s", name);
        zone = memory_new(1, sizeof *zone);
        strcpy(zone->name, name);
    }
    zone->next = zones;
    zones = zone;
    return zone;
}

/* The C library works in one zone. It is asked about a day only once. */
static void enter(const struct zone *zone)
{
    static const struct zone *entered;
    if (entered == zone)
        return;
    if (setenv("TZ", zone->name, 1) != 0)
        fail_errno(EXIT_SYSTEM, "cannot set the time zone %s", zone->name);
    tzset();
    entered = zone;
}

static int64_t ask(int64_t second)
{
    time_t at = (time_t)second;
    struct tm local;
    return localtime_r(&at, &local) ? local.tm_gmtoff : 0;
}

static void learn(const struct zone *zone, struct utc_day *utc, int64_t day)
{
    enter(zone);
    int64_t low = day * DAY_S, high = low + DAY_S;
    *utc = (struct utc_day){
        .known = true, .day = day, .change = high, .before = ask(low), .behind = ask(high)};
    if (utc->before == utc->behind)
        return;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (ask(middle) == utc->before)
            low = middle;
        else
            high = middle;
    }
    utc->change = high;
}

static const struct utc_day *utc_day(struct zone *zone, int64_t day)
{
    struct utc_day *utc = &zone->day[(uint64_t)day % DAYS];
    if (!utc->known || utc->day != day)
        learn(zone, utc, day);
    return utc;
}

/* Seconds by which ZONE is ahead of UTC at an epoch second. */
static int64_t offset_at(struct zone *zone, int64_t second)
{
    const struct utc_day *utc = utc_day(zone, floor_divide(second, DAY_S));
    return second < utc->change ? utc->before : utc->behind;
}

static bool is_utc(const char *zone)
{
    return !zone || strcmp(zone, "UTC") == 0;
}

int64_t zone_offset_ms(const char *zone, int64_t ms)
{
    return is_utc(zone) ? 0 : offset_at(zone_of(zone), floor_divide(ms, 1000)) * 1000;
}

/*
 * mktime would do, were its answer for an hour that exists twice not dependent on the calls before.
 * Clocks that have changed show a time by the offset before the change, by the one behind it, by
 * both (the first is earlier) or by neither (the first, again, is what the header promises).
 */
static int64_t instant_of(struct zone *zone, int64_t local)
{
    int64_t before = offset_at(zone, local - DAY_S), behind = offset_at(zone, local + DAY_S);
    if (before != behind && offset_at(zone, local - before) != before &&
        offset_at(zone, local - behind) == behind)
        return local - behind;
    return local - before;
}

int64_t zone_instant(const char *zone, int64_t local_ms)
{
    if (is_utc(zone))
        return local_ms;
    int64_t local = floor_divide(local_ms, 1000);
    return instant_of(zone_of(zone), local) * 1000 + (local_ms - local * 1000);
}

/* The change of the clocks at SECOND or less than a day before. */
static int64_t change_before(struct zone *zone, int64_t second)
{
    const struct utc_day *utc = utc_day(zone, floor_divide(second, DAY_S));
    if (utc->before == utc->behind || utc->change > second)
        utc = utc_day(zone, utc->day - 1);
    return utc->change;
}

/* The first second at which the clocks show DAY or a later one. */
static int64_t midnight_of(struct zone *zone, int64_t day)
{
    int64_t local = day * DAY_S, second = instant_of(zone, local);
    if (second + offset_at(zone, second) == local)
        return second;
    return change_before(zone, second); /* it skips this midnight */
}

int64_t zone_midnight(const char *zone, int64_t day)
{
    return is_utc(zone) ? day * DAY_MS : midnight_of(zone_of(zone), day) * 1000;
}

int64_t zone_day(const char *name, int64_t ms)
{
    if (is_utc(name))
        return floor_divide(ms, DAY_MS);
    struct zone *zone = zone_of(name);
    if (ms >= zone->from_ms && ms < zone->to_ms)
        return zone->local_day;
    int64_t second = floor_divide(ms, 1000);
    int64_t day = floor_divide(second + offset_at(zone, second), DAY_S);
    /* clocks that went back over midnight show the day before, and days that are skipped are over
     */
    while (midnight_of(zone, day + 1) <= second)
        day++;
    zone->local_day = day;
    zone->from_ms = midnight_of(zone, day) * 1000;
    zone->to_ms = midnight_of(zone, day + 1) * 1000;
    return day;
}
