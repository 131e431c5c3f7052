#include "duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    int64_t ms;
};

/* From the largest to the smallest. */
static const struct unit units[] = {
    {"w", INT64_C(604800000)},
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

bool duration_parse(const char *text, int64_t *ms)
{
    int64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *p - '0', &value))
            return false;
    if (p == text)
        return false;
    const struct unit *unit = find_unit(p);
    if (!unit || __builtin_mul_overflow(value, unit->ms, &value))
        return false;
    *ms = value;
    return true;
}

/* The word at *TEXT as a duration with a sign or none; *TEXT is then behind it and its spaces. */
static bool parse_signed(const char **text, int64_t *ms)
{
    char word[DURATION_TEXT];
    bool negative = **text == '-';
    const char *begin = *text + (negative || **text == '+');
    size_t length = strcspn(begin, " ");
    if (length >= sizeof word)
        return false;
    memcpy(word, begin, length);
    word[length] = '\0';
    if (!duration_parse(word, ms))
        return false;
    *ms = negative ? -*ms : *ms;
    *text = begin + length + strspn(begin + length, " ");
    return true;
}

bool duration_parse_between(const char *text, int64_t *from_ms, int64_t *to_ms)
{
    int64_t from, to;
    text += strspn(text, " ");
    if (!parse_signed(&text, &from) || strncasecmp(text, "and ", 4) != 0)
        return false;
    text += 4;
    text += strspn(text, " ");
    if (!parse_signed(&text, &to) || *text)
        return false;
    *from_ms = from;
    *to_ms = to;
    return true;
}

/* Weeks are read but not written: people say 7d, 14d, 28d. */
const char *duration_format(int64_t ms, char out[DURATION_TEXT])
{
    const struct unit *unit = find_unit(ms == 0 ? "s" : "d");
    while (ms % unit->ms != 0)
        unit++;
    snprintf(out, DURATION_TEXT, "%" PRId64 "%s", ms / unit->ms, unit->name);
    return out;
}
