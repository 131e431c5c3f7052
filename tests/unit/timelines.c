#include "timelines.h"

#include <stdlib.h>

#include "check.h"
#include "fast.h"
#include "hash.h"

/*
 * Random rows, and moments that time comes to, against a list of all rows gone through each time.
 * A row's fields are its number and some padding.
 */
enum { FIELDS = 2, KEYS = 12, MOST = 3000, REACH = 30 };

struct kept {
    int key;
    int64_t time_ms;
    bool is_end, told;
};

static struct kept kept[MOST];
static size_t kept_count;
static int64_t now_ms, from_ms; /* of ALL: rows before FROM_MS were let go of */
static bool latest;

static struct slice key_of(int number, char text[80])
{
    int length = sprintf(text, "key %0*d", number % 3 ? 2 : 60, number);
    return (struct slice){text, (size_t)length};
}

static struct json_value number_of(size_t number, size_t digits, struct buffer *memory)
{
    memory->length = 0;
    buffer_printf(memory, "%0*zu", (int)digits, number);
    size_t length = memory->length;
    buffer_reserve(memory, FAST_PADDING);
    return (struct json_value){memory->at, (uint32_t)length, JSON_NUMBER, false};
}

static void add(struct timelines *timelines, struct kept row)
{
    static struct buffer memory[FIELDS];
    char key[80];
    size_t digits = rand() % 50 ? (size_t)rand() % 100 : 100000; /* some are larger than a pool's */
    struct json_value fields[FIELDS] = {number_of(kept_count, 1, &memory[0]),
                                        number_of(0, digits, &memory[1])};
    timelines_add(timelines, key_of(row.key, key), row.time_ms, fields, row.is_end);
    kept[kept_count++] = row;
}

/* Whether the row at A has been followed by that at B. */
static bool is_before(size_t a, size_t b)
{
    return kept[a].time_ms < kept[b].time_ms || (kept[a].time_ms == kept[b].time_ms && a < b);
}

static bool is_here(size_t index)
{
    const struct kept *row = &kept[index];
    if (row->time_ms > now_ms)
        return true;
    if (!latest)
        return row->time_ms >= from_ms;
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i].key == row->key && kept[i].time_ms <= now_ms && is_before(index, i))
            return false;
    return !row->is_end;
}

/* The row of KEY that follows upon PREVIOUS (MOST: the first), or MOST. */
static size_t next_by_list(int key, size_t previous)
{
    size_t next = MOST;
    for (size_t i = 0; i < kept_count; i++) {
        if (kept[i].key != key || kept[i].time_ms > now_ms || !is_here(i))
            continue;
        if (previous != MOST && !is_before(previous, i))
            continue;
        if (next == MOST || is_before(i, next))
            next = i;
    }
    return next;
}

static size_t number_in(const struct slice *fields)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.*s", (int)fields[0].length, fields[0].at);
    return (size_t)strtoul(digits, NULL, 10);
}

static void finds_what_the_list_has(const struct timelines *timelines, int key)
{
    char text[80];
    struct slice fields[FIELDS];
    size_t expected = next_by_list(key, MOST);
    const struct timed_row *row = timelines_first(timelines, key_of(key, text));
    for (; row && expected != MOST; row = timelines_next(row)) {
        timelines_fields(timelines, row, fields);
        CHECK(number_in(fields) == expected);
        CHECK(timelines_time(row) == kept[expected].time_ms);
        expected = next_by_list(key, expected);
    }
    CHECK(!row && expected == MOST);
}

static void counts_what_the_list_has(const struct timelines *timelines)
{
    uint64_t rows = 0, keys = 0;
    bool seen[KEYS] = {0};
    for (size_t i = 0; i < kept_count; i++) {
        if (!is_here(i))
            continue;
        rows++;
        keys += !seen[kept[i].key];
        seen[kept[i].key] = true;
    }
    CHECK(timelines_count(timelines) == rows);
    CHECK(timelines_keys(timelines) == keys);
}

/* Rows are told in the order of their numbers: CONTEXT is the next that can be. */
static void tells_all(void *context, int64_t time_ms, bool is_end, const struct slice *fields)
{
    size_t *next = context, number = number_in(fields);
    while (*next < number)
        CHECK(!is_here((*next)++));
    CHECK(*next == number && is_here(number));
    CHECK(kept[number].time_ms == time_ms && kept[number].is_end == is_end);
    (*next)++;
}

static void tells_news(void *context, int64_t time_ms, bool is_end, const struct slice *fields)
{
    size_t *next = context, number = number_in(fields);
    (void)time_ms;
    (void)is_end;
    while (*next < number) {
        CHECK(kept[*next].told || !is_here(*next));
        (*next)++;
    }
    CHECK(*next == number && is_here(number) && !kept[number].told);
    (*next)++;
}

static void tells_what_the_list_has(struct timelines *timelines)
{
    size_t next = 0;
    timelines_each(timelines, tells_all, &next);
    while (next < kept_count)
        CHECK(!is_here(next++));
    if (rand() % 3)
        return;
    next = 0;
    timelines_news(timelines, rand() % 2 ? tells_news : NULL, &next);
    for (size_t i = next; i < kept_count && next > 0; i++)
        CHECK(kept[i].told || !is_here(i));
    for (size_t i = 0; i < kept_count; i++)
        kept[i].told = true;
}

/* Time goes on; what was let go of is what is said to be. */
static void go_on(struct timelines *timelines)
{
    uint64_t before = timelines_count(timelines), gone;
    now_ms += rand() % REACH;
    gone = timelines_advance(timelines, now_ms);
    if (!latest && rand() % 2) {
        from_ms += rand() % (now_ms + 2 - from_ms > 0 ? now_ms + 2 - from_ms : 1);
        gone += timelines_forget(timelines, from_ms);
    }
    CHECK(timelines_count(timelines) == before - gone);
}

static void keeps_what_the_list_has(bool of_latest, int keys)
{
    enum timelines_kind kind = of_latest ? TIMELINES_LATEST : TIMELINES_ALL;
    struct timelines *timelines = timelines_new(kind, FIELDS);
    latest = of_latest;
    kept_count = 0;
    now_ms = from_ms = -100;
    for (int key = 0; key < keys && latest; key += 2)
        add(timelines, (struct kept){.key = key, .time_ms = INT64_MIN});
    timelines_advance(timelines, now_ms);
    while (kept_count < MOST - 20) {
        for (int i = rand() % 20; i > 0; i--)
            add(timelines, (struct kept){.key = rand() % keys,
                                         .time_ms = now_ms + 1 + rand() % REACH,
                                         .is_end = latest && rand() % 4 == 0});
        if (rand() % 2)
            go_on(timelines);
        if (rand() % 8)
            continue;
        finds_what_the_list_has(timelines, rand() % keys);
        counts_what_the_list_has(timelines);
        tells_what_the_list_has(timelines);
    }
    timelines_free(timelines);
}

/* Rows that come though time has passed them: legal in an upsert stream that a filter makes. */
static void late_rows_take_effect_when_they_are_newer(void)
{
    struct timelines *timelines = timelines_new(TIMELINES_LATEST, FIELDS);
    char text[80];
    latest = true;
    kept_count = 0;
    add(timelines, (struct kept){.key = 1, .time_ms = 10});
    CHECK(timelines_advance(timelines, 20) == 0);
    add(timelines, (struct kept){.key = 1, .time_ms = 5});
    CHECK(timelines_advance(timelines, 20) == 1);
    CHECK(timelines_time(timelines_first(timelines, key_of(1, text))) == 10);
    add(timelines, (struct kept){.key = 1, .time_ms = 15});
    CHECK(timelines_advance(timelines, 20) == 1);
    CHECK(timelines_time(timelines_first(timelines, key_of(1, text))) == 15);
    CHECK(timelines_count(timelines) == 1);
    timelines_free(timelines);
}

static void nothing_is_in_an_empty_one(void)
{
    struct timelines *timelines = timelines_new(TIMELINES_ALL, FIELDS);
    const uint64_t hash = hash_bytes(slice_of("key"));
    CHECK(timelines_advance(timelines, INT64_MAX) == 0);
    CHECK(timelines_forget(timelines, INT64_MAX) == 0);
    timelines_prefetch(timelines, &hash, 1);
    CHECK(timelines_first(timelines, slice_of("key")) == NULL);
    CHECK(timelines_count(timelines) == 0 && timelines_keys(timelines) == 0);
    timelines_free(timelines);
    timelines_free(NULL);
}

int main(void)
{
    srand(4);
    nothing_is_in_an_empty_one();
    late_rows_take_effect_when_they_are_newer();
    for (int keys = 1; keys <= KEYS; keys += 4) {
        keeps_what_the_list_has(true, keys);
        keeps_what_the_list_has(false, keys);
    }
    return check_result();
}
