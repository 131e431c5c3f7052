/*
 * Checks for unit tests. A test is a program: it checks, and main returns check_result().
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_count, check_failures;

/* Goes on when EXPRESSION is false, but says where that was and remembers it. */
#define CHECK(expression) check_that((expression), #expression, __FILE__, __LINE__)

/* The same for two C strings, showing both. */
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)

static inline void check_that(bool good, const char *expression, const char *file, int line)
{
    check_count++;
    if (good)
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: %s\n", file, line, expression);
}

static inline void check_text(const char *actual, const char *expected, const char *expression,
                              const char *file, int line)
{
    check_count++;
    if (strcmp(actual, expected) == 0)
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", file, line, expression, actual, expected);
}

/* The exit status: 0 when every check was good. */
static inline int check_result(void)
{
    if (check_failures > 0)
        fprintf(stderr, "%d of %d checks failed\n", check_failures, check_count);
    return check_failures > 0;
}

#endif
