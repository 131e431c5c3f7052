/*
 * Time zones: what the clocks on the walls of a place show, by the system's time zone data. A local
 * time is what they show, as if it were UTC: milliseconds, or days, since 1970-01-01.
 *
 * A zone is its IANA name ("Europe/Paris"), which must exist; NULL is UTC. What was asked once is
 * remembered, so that most answers take a few nanoseconds, also when zones alternate.
 */
#ifndef ZONE_H
#define ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether ZONE is known to the system. Not NULL. */
bool zone_exists(const char *zone);

/* By how much the clocks are ahead of UTC at the moment MS. */
int64_t zone_offset_ms(const char *zone, int64_t ms);

/*
 * The moment at which the clocks show LOCAL_MS. One that they show twice is the earlier moment; one
 * that a change skips is the moment as far behind the change as it is inside the gap (what mktime
 * and java.time do).
 */
int64_t zone_instant(const char *zone, int64_t local_ms);

/*
 * Days are told apart by their first midnights: a day begins when the clocks first show it, or a
 * later one, and ends where the next begins. So every moment is in exactly one day, also when the
 * clocks go back over midnight, and a day that a change skips has no moment at all.
 */
int64_t zone_midnight(const char *zone, int64_t day);

/* The day that the moment MS is in. */
int64_t zone_day(const char *zone, int64_t ms);

#endif
