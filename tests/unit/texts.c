#include "texts.h"

#include <stdlib.h>

#include "check.h"

/* A model: numbers whose texts are in the set or not. */
enum { NUMBERS = 5000, LONGEST = 1000 };

/* Different for each number, of lengths from 0 to LONGEST: below and above one byte of length. */
static struct slice text_of(size_t number, char text[LONGEST + 32])
{
    if (number == 0)
        return (struct slice){NULL, 0};
    int length = snprintf(text, 32, "%zu", number);
    size_t more = number % 97 == 0 ? LONGEST : number % 11;
    memset(text + length, 0, more); /* a member may have any bytes */
    return (struct slice){text, (size_t)length + more};
}

/* A member is not followed by a NUL. */
static size_t number_of(struct slice member)
{
    size_t number = 0;
    for (size_t i = 0; i < member.length && member.at[i] != 0; i++)
        number = number * 10 + (size_t)(member.at[i] - '0');
    return number;
}

static void check_members(const struct texts *set, const bool *present, size_t count)
{
    char text[LONGEST + 32];
    size_t cursor = 0, seen = 0, wrong = 0;
    struct slice member;
    CHECK(texts_count(set) == count);
    while (texts_next(set, &cursor, &member)) {
        size_t number = number_of(member);
        wrong += !present[number] || !slice_equal(member, text_of(number, text));
        seen++;
    }
    CHECK(seen == count);
    CHECK(wrong == 0);
}

static void the_empty_set_has_nothing(void)
{
    struct slice member;
    size_t cursor = 0;
    CHECK(texts_count(NULL) == 0);
    CHECK(!texts_next(NULL, &cursor, &member));
    free(texts_sorted(NULL));
    texts_free(NULL);
}

/* Of each size from one to thousands: what was there is known, what was not is new. */
static void keeps_each_text_once(void)
{
    static bool present[NUMBERS];
    char text[LONGEST + 32];
    struct texts *set = NULL;
    size_t count = 0;
    unsigned wrong = 0, random = 1;
    for (int step = 0; step < 4 * NUMBERS; step++) {
        random = random * 1103515245u + 12345u;
        size_t number = (random >> 8) % (step < 200 ? 20 : NUMBERS);
        wrong += texts_add(&set, text_of(number, text)) == present[number];
        count += !present[number];
        present[number] = true;
        if (step < 200 || step % 1000 == 0)
            check_members(set, present, count);
    }
    CHECK(wrong == 0);
    check_members(set, present, count);
    texts_free(set);
}

static struct texts *some(size_t from, size_t to, size_t step, bool *present, size_t *count)
{
    char text[LONGEST + 32];
    struct texts *set = NULL;
    for (size_t number = from; number < to; number += step) {
        texts_add(&set, text_of(number, text));
        *count += !present[number];
        present[number] = true;
    }
    return set;
}

static void check_merge(size_t first, size_t second)
{
    static bool present[NUMBERS];
    memset(present, 0, sizeof present);
    size_t count = 0;
    struct texts *into = some(0, first * 2, 2, present, &count);
    struct texts *from = some(0, second * 3, 3, present, &count);
    texts_merge(&into, from);
    check_members(into, present, count);
    texts_free(into);
}

static void a_merged_set_has_what_both_had(void)
{
    const size_t sizes[] = {0, 1, 5, 8, 9, 1000};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            check_merge(sizes[i], sizes[j]);
}

static void sorts_by_bytes(void)
{
    const char *const text[] = {"b", "", "ab", "a", "\xc3\xa4", "b", "a"};
    const char *const sorted[] = {"", "a", "ab", "b", "\xc3\xa4"};
    struct texts *set = NULL;
    for (size_t i = 0; i < 7; i++)
        CHECK(texts_add(&set, slice_of(text[i])) == (i < 5));
    struct slice *member = texts_sorted(set);
    CHECK(texts_count(set) == 5);
    for (size_t i = 0; i < 5; i++)
        CHECK(slice_is(member[i], sorted[i]));
    free(member);
    texts_free(set);
}

int main(void)
{
    the_empty_set_has_nothing();
    keeps_each_text_once();
    a_merged_set_has_what_both_had();
    sorts_by_bytes();
    return check_result();
}
