#include "touches.h"

#include <stdlib.h>

#include "check.h"
#include "fast.h"

/*
 * Random touches and questions in an order that is legal, against a list of all touches gone
 * through each time. Touches come in out of order by up to DISORDER; questions come in the order of
 * their times, when the watermark has reached them.
 */
enum { FIELDS = 3, MOST = 20000, DISORDER = 40 };

struct kept {
    int key;
    int64_t time_ms;
    char id[16];    /* decoded, with a quote in it now and then */
    size_t padding; /* length of the third field */
};

static struct kept kept[MOST];
static size_t kept_count;

/* The key of customer NUMBER; every third is longer than what is queued. */
static struct slice key_of(int number, char text[128])
{
    int length = sprintf(text, "c%d", number);
    if (number % 3 == 0)
        length += sprintf(text + length, "-%0*d", number % 2 ? 60 : 44, number);
    return (struct slice){text, (size_t)length};
}

/* FIELD as a JSON string in memory with room behind it, as in a line. */
static struct json_value string_of(struct slice text, struct buffer *memory)
{
    memory->length = 0;
    json_quote(memory, text);
    size_t length = memory->length;
    buffer_reserve(memory, FAST_PADDING);
    return (struct json_value){memory->at, (uint32_t)length, JSON_STRING,
                               memchr(memory->at, '\\', length) != NULL};
}

static void add(struct touches *touches, const struct kept *touch)
{
    struct buffer memory[FIELDS] = {0}, padding = {0};
    struct json_value fields[FIELDS];
    char key[128], time[32];
    buffer_reserve(&padding, touch->padding + 1);
    memset(padding.at, 'p', touch->padding);
    padding.length = touch->padding;
    snprintf(time, sizeof time, "%lld", (long long)touch->time_ms);
    fields[0] = string_of(slice_of(time), &memory[0]);
    fields[1] = string_of(slice_of(touch->id), &memory[1]);
    fields[2] = string_of(buffer_slice(&padding), &memory[2]);
    touches_add(touches, key_of(touch->key, key), touch->time_ms, fields);
    for (int i = 0; i < FIELDS; i++)
        buffer_free(&memory[i]);
    buffer_free(&padding);
}

static const struct kept *first_by_list(int key, int64_t from_ms, int64_t to_ms)
{
    const struct kept *first = NULL;
    for (size_t i = 0; i < kept_count; i++) {
        const struct kept *touch = &kept[i];
        if (touch->key != key || touch->time_ms < from_ms || touch->time_ms > to_ms)
            continue;
        if (!first || touch->time_ms < first->time_ms ||
            (touch->time_ms == first->time_ms && strcmp(touch->id, first->id) < 0))
            first = touch;
    }
    return first;
}

static bool same_text(struct slice text, const char *expected)
{
    struct buffer memory = {0};
    struct json_value value = string_of(slice_of(expected), &memory);
    bool same = slice_equal(text, json_text(&value));
    buffer_free(&memory);
    return same;
}

/* Asks for KEY; whether the answer is the list's. */
static bool asks_right(struct touches *touches, int key, int64_t from_ms, int64_t to_ms)
{
    const struct kept *expected = first_by_list(key, from_ms, to_ms);
    struct slice fields[FIELDS];
    char text[128], time[32];
    int64_t time_ms;
    if (!touches_first(touches, key_of(key, text), from_ms, to_ms, &time_ms, fields))
        return expected == NULL;
    if (!expected || time_ms != expected->time_ms)
        return false;
    snprintf(time, sizeof time, "%lld", (long long)time_ms);
    return same_text(fields[0], time) && same_text(fields[1], expected->id) &&
           fields[2].length == expected->padding + 2;
}

struct plan {
    int keys;
    int64_t window_ms;
    int touches_per_ms; /* 0: one every few ms */
    size_t longest;     /* of the third field */
    bool announce;
};

static void add_random(struct touches *touches, const struct plan *plan, int64_t now_ms)
{
    struct kept *touch = &kept[kept_count];
    *touch = (struct kept){.key = rand() % plan->keys,
                           .time_ms = now_ms - rand() % DISORDER,
                           .padding = (size_t)rand() % (plan->longest + 1)};
    /* Escapes sort by what they mean: "\"" (22) is before "0" (30), though \ (5c) is behind it. */
    snprintf(touch->id, sizeof touch->id, "%s%zu", rand() % 2 ? "\"" : "", kept_count % 1000);
    add(touches, touch);
    kept_count++;
}

static uint64_t count_from(int64_t horizon_ms)
{
    uint64_t count = 0;
    for (size_t i = 0; i < kept_count; i++)
        count += kept[i].time_ms >= horizon_ms;
    return count;
}

/* Every few milliseconds the watermark moves, and what it completes is asked for. */
static void agrees_with_a_list(const struct plan *plan)
{
    const size_t key_field = 1;
    struct touches *touches = touches_new(FIELDS, &key_field, 1, false);
    int64_t now_ms = -500, asked_ms = now_ms - DISORDER;
    unsigned wrong = 0;
    kept_count = 0;
    while (kept_count + 200 < MOST && now_ms < 4000) {
        now_ms += rand() % 3;
        for (int i = plan->touches_per_ms ? plan->touches_per_ms : rand() % 2; i > 0; i--)
            add_random(touches, plan, now_ms);
        if (rand() % 4 > 0)
            continue;
        int64_t watermark_ms = now_ms - DISORDER; /* later touches are later than this */
        for (; asked_ms <= watermark_ms; asked_ms += rand() % 4) {
            char text[128];
            int key = rand() % plan->keys;
            if (plan->announce)
                touches_announce(touches, key_of(key, text));
            wrong += !asks_right(touches, key, asked_ms - plan->window_ms, asked_ms);
        }
        touches_expire(touches, watermark_ms - plan->window_ms);
        CHECK(touches_count(touches) >= count_from(watermark_ms - plan->window_ms));
        if (rand() % 50 > 0)
            continue;
        touches_sweep(touches);
        CHECK(touches_count(touches) == count_from(watermark_ms - plan->window_ms));
    }
    CHECK(wrong == 0);
    CHECK(kept_count > 500);
    touches_free(touches);
}

static void answers_at_both_ends(void)
{
    struct touches *touches = touches_new(FIELDS, NULL, 0, false);
    kept_count = 0;
    kept[kept_count++] = (struct kept){1, 1000, "a", 0};
    kept[kept_count++] = (struct kept){1, 2000, "b", 0};
    for (size_t i = 0; i < kept_count; i++)
        add(touches, &kept[i]);
    CHECK(asks_right(touches, 1, 500, 999));
    CHECK(asks_right(touches, 1, 500, 1000));
    CHECK(asks_right(touches, 1, 1000, 1000));
    CHECK(asks_right(touches, 2, 0, 9999)); /* a key nobody has seen */
    CHECK(asks_right(touches, 1, 1001, 1999));
    CHECK(asks_right(touches, 1, 1001, 2000));
    CHECK(asks_right(touches, 1, 2000, 2000)); /* the same one again */
    CHECK(asks_right(touches, 1, 2001, 9999));
    touches_free(touches);
}

/* A horizon before any touch, times before 1970, and nothing at all. */
static void takes_any_time(void)
{
    struct touches *touches = touches_new(FIELDS, NULL, 0, false);
    touches_expire(touches, INT64_MIN);
    touches_sweep(touches);
    CHECK(touches_count(touches) == 0);
    kept_count = 0;
    kept[kept_count++] = (struct kept){3, -9007199254740991, "old", 0};
    kept[kept_count++] = (struct kept){3, 9007199254740991, "new", 0};
    for (size_t i = 0; i < kept_count; i++)
        add(touches, &kept[i]);
    CHECK(touches_count(touches) == 2);
    CHECK(asks_right(touches, 3, INT64_MIN, 0));
    touches_expire(touches, 0);
    CHECK(asks_right(touches, 3, 0, INT64_MAX));
    touches_sweep(touches);
    CHECK(touches_count(touches) == 1);
    touches_free(touches);
    touches_free(NULL);
}

/* With keys of several fields, the first that differs decides; with none named, all do. */
static void orders_by_all_of_the_key(void)
{
    const size_t key[] = {1, 0};
    struct buffer memory[2] = {0};
    struct slice fields[2];
    int64_t time_ms;
    for (size_t count = 0; count <= 2; count += 2) {
        struct touches *touches = touches_new(2, count ? key : NULL, count, false);
        static const char *const rows[][2] = {{"a", "z"}, {"b", "y"}, {"c", "y"}};
        for (size_t i = 0; i < 3; i++) {
            struct json_value values[] = {string_of(slice_of(rows[i][0]), &memory[0]),
                                          string_of(slice_of(rows[i][1]), &memory[1])};
            touches_add(touches, slice_of("k"), 5, values);
        }
        CHECK(touches_first(touches, slice_of("k"), 0, 9, &time_ms, fields));
        CHECK(slice_is(fields[0], count ? "\"b\"" : "\"a\""));
        touches_free(touches);
    }
    buffer_free(&memory[0]);
    buffer_free(&memory[1]);
}

struct told {
    int64_t time_ms[MOST];
    size_t count;
};

static void tell(void *context, int64_t time_ms, const struct slice *fields)
{
    struct told *told = context;
    char time[32];
    snprintf(time, sizeof time, "\"%lld\"", (long long)time_ms);
    CHECK(slice_is(fields[0], time));
    told->time_ms[told->count++] = time_ms;
}

/* Each is told once and in full, but for those that are too old by then; and counted as it is. */
static void tells_its_news(void)
{
    static struct told told;
    struct touches *touches = touches_new(FIELDS, NULL, 0, true);
    int64_t sum = 0, wanted = 0;
    for (int64_t time_ms = 0; time_ms < 9000; time_ms++) {
        int64_t odd_ms = time_ms ^ 1; /* not quite in order */
        add(touches, &(struct kept){(int)(time_ms % 7), odd_ms, "x", (size_t)(time_ms % 300)});
        if (time_ms % 1000 != 999)
            continue;
        touches_expire(touches, time_ms - 1500);
        CHECK(touches_untold(touches) == 1000);
        touches_news(touches, tell, &told);
        CHECK(touches_count(touches) == (uint64_t)(time_ms < 1500 ? time_ms + 1 : 1501));
    }
    for (size_t i = 0; i < told.count; i++)
        sum += told.time_ms[i];
    for (int64_t time_ms = 0; time_ms < 9000; time_ms++)
        wanted += time_ms;
    CHECK(told.count == 9000 && sum == wanted);
    touches_expire(touches, 20000);
    add(touches, &(struct kept){1, 19999, "old", 0});
    add(touches, &(struct kept){1, 20000, "new", 0});
    touches_news(touches, tell, &told);
    CHECK(told.count == 9001 && told.time_ms[9000] == 20000);
    touches_news(touches, tell, &told);
    CHECK(told.count == 9001);
    touches_free(touches);
}

int main(void)
{
    srand(2);
    agrees_with_a_list(&(struct plan){.keys = 5, .window_ms = 100, .longest = 20});
    agrees_with_a_list(&(struct plan){.keys = 1, .window_ms = 7, .longest = 0});
    agrees_with_a_list(
        &(struct plan){.keys = 300, .window_ms = 60, .touches_per_ms = 3, .longest = 2000});
    agrees_with_a_list(&(struct plan){
        .keys = 40, .window_ms = 500, .touches_per_ms = 2, .longest = 9000, .announce = true});
    agrees_with_a_list(&(struct plan){.keys = 9, .window_ms = 0, .longest = 300000});
    answers_at_both_ends();
    takes_any_time();
    orders_by_all_of_the_key();
    tells_its_news();
    return check_result();
}
