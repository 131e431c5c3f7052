#include "argument.h"

#include <stdbool.h>
#include <stdlib.h>

#include "bytes.h"
#include "command.h"
#include "error.h"

/* More than any topic has: a slip of the finger is no reason to run out of memory. */
enum { PARTITIONS_MOST = 100000 };

/* The number at *P, and steps behind it. */
static bool read_number(const char **p, const char *end, int32_t *number)
{
    int64_t value = 0;
    const char *start = *p;
    for (; *p < end && **p >= '0' && **p <= '9' && value <= INT32_MAX; (*p)++)
        value = value * 10 + (**p - '0');
    *number = (int32_t)value;
    return *p > start && value <= INT32_MAX;
}

/* FIRST, or FIRST-LAST. */
static bool read_range(const char **p, const char *end, int32_t *first, int32_t *last)
{
    if (!read_number(p, end, first))
        return false;
    *last = *first;
    if (*p == end || **p != '-')
        return true;
    (*p)++;
    return read_number(p, end, last) && *last >= *first && *last - *first < PARTITIONS_MOST;
}

static bool read_partitions(struct argument *argument, const char *p, const char *end)
{
    int32_t first, last;
    while (read_range(&p, end, &first, &last)) {
        size_t count = argument->partition_count + (size_t)(last - first) + 1;
        bool rises = argument->partition_count == 0 ||
                     argument->partition[argument->partition_count - 1] < first;
        if (!rises || count > PARTITIONS_MOST)
            return false;
        argument->partition = memory_resize(argument->partition, count, sizeof(int32_t));
        for (int32_t number = first; argument->partition_count < count; number++)
            argument->partition[argument->partition_count++] = number;
        if (p == end)
            return true;
        if (*p++ != ',')
            return false;
    }
    return false;
}

struct argument argument_parse(const char *text)
{
    const char *equals = strchr(text, '='), *end = equals ? equals : text + strlen(text);
    const char *colon = memchr(text, ':', (size_t)(end - text));
    struct argument argument = {.path = equals ? equals + 1 : NULL};
    if (equals && equals[1] == '\0')
        fail(EXIT_USAGE, "argument %s is not STREAM=PATH (see --help)", text);
    argument.stream = memory_text((struct slice){text, (size_t)((colon ? colon : end) - text)});
    command_stream("STREAM=PATH", argument.stream);
    if (colon && !read_partitions(&argument, colon + 1, end))
        fail(EXIT_USAGE, "argument %s: behind the colon are partitions, rising, such as 0-3 or 0,2",
             text);
    return argument;
}

void argument_free(struct argument *argument)
{
    free(argument->stream);
    free(argument->partition);
}
