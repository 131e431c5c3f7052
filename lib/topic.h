/*
 * What Kafka takes for the name of a topic: letters, digits, dots, underscores and hyphens.
 */
#ifndef TOPIC_H
#define TOPIC_H

#include <stdbool.h>

enum { TOPIC_MOST = 249 }; /* bytes */

static inline bool topic_has(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static inline bool topic_is_name(const char *text)
{
    int length = 0;
    while (length <= TOPIC_MOST && topic_has(text[length]))
        length++;
    return text[length] == '\0' && length > 0 && length <= TOPIC_MOST;
}

#endif
