/*
 * An argument of ft-ingest, which says what is read for a stream:
 *
 *     event=PATH          lines, or the messages of one partition
 *     event:3=PATH        messages of partition 3 of the stream's topic
 *     event:0-3,7=PATH    of several
 */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include <stddef.h>
#include <stdint.h>

struct argument {
    char *stream;
    int32_t *partition; /* rising; NULL: none is said */
    size_t partition_count;
    const char *path; /* points into the text; NULL: there is none */
};

/* Parses TEXT. A mistake is exit 2; a missing path is the caller's to judge. */
struct argument argument_parse(const char *text);
void argument_free(struct argument *argument);

#endif
