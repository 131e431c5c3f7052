/*
 * Durations as users write them: an integer and a unit, "500ms", "10s", "30m", "1h", "7d", "2w".
 * Inside, a duration is int64_t milliseconds.
 */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stdint.h>

enum { DURATION_TEXT = 32 };

/*
 * Parses the whole of TEXT into *MS. False (and *MS untouched) when it is not digits followed by
 * one of ms s m h d w, or does not fit. Negative durations are not durations here.
 */
bool duration_parse(const char *text, int64_t *ms);

/*
 * Parses the whole of TEXT, such as "-30m AND 0s", as two durations, each with a sign or none. AND
 * is not case-sensitive. False (and nothing touched) when it is not that.
 */
bool duration_parse_between(const char *text, int64_t *from_ms, int64_t *to_ms);

/* Writes MS (>= 0) in the largest unit that is exact ("90m", "7d") and returns OUT. */
const char *duration_format(int64_t ms, char out[DURATION_TEXT]);

#endif
