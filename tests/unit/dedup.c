#include "dedup.h"

#include <stdlib.h>

#include "check.h"

/*
 * Random records come in out of order by up to DISORDER, and what is judged is held against all
 * records sorted, each looked up in a list of the keys that were kept. What must be waiting and
 * remembered is counted in the same lists. Now and then it dies, and another goes on with its news.
 */
enum { MOST = 20000, DISORDER = 40, KEYS = 400 };

struct record {
    int64_t time_ms;
    int key; /* -1: it has none */
    char line[64];
    bool is_duplicate;
};

static struct record record[MOST], sorted[MOST];
static int64_t kept_ms[KEYS];

static int in_full(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return strcmp(x->line, y->line);
}

/* Judges all of SORTED the simple way. */
static void judge_all(int count, int64_t within_ms)
{
    for (int i = 0; i < KEYS; i++)
        kept_ms[i] = INT64_MIN;
    for (int i = 0; i < count; i++) {
        struct record *one = &sorted[i];
        int64_t *kept = one->key >= 0 ? &kept_ms[one->key] : NULL;
        one->is_duplicate = kept && *kept != INT64_MIN &&
                            (within_ms == DEDUP_FOREVER || one->time_ms <= *kept + within_ms);
        if (kept && !one->is_duplicate)
            *kept = one->time_ms;
    }
}

/* How many keys a record behind WATERMARK_MS could still be a duplicate of. */
static size_t remembered(int judged, int64_t watermark_ms, int64_t within_ms)
{
    size_t count = 0;
    for (int i = 0; i < KEYS; i++) {
        bool is_new = false;
        for (int j = judged - 1; j >= 0 && !is_new; j--) {
            if (sorted[j].key != i || sorted[j].is_duplicate)
                continue;
            is_new = true;
            count += within_ms == DEDUP_FOREVER || sorted[j].time_ms + within_ms > watermark_ms;
        }
    }
    return count;
}

/* The key of NUMBER; some are long, that of 0 is empty. */
static struct slice key_of(int number, char text[200])
{
    int length = sprintf(text, "%0*d", number % 7 ? 1 : 150, number);
    return (struct slice){text, number == 0 ? 0 : (size_t)length};
}

static void make_records(int count, int keys, int times)
{
    for (int i = 0; i < count; i++) {
        record[i].time_ms = (int64_t)i * times / count - times / 2 + rand() % DISORDER;
        record[i].key = rand() % 20 ? rand() % keys : -1;
        /* lines of one time are now and then the same, and now and then one begins the other */
        snprintf(record[i].line, sizeof record[i].line, "%d %d%.*s", record[i].key, rand() % 3,
                 rand() % 2 * 30, "..............................");
    }
    memcpy(sorted, record, (size_t)count * sizeof *record);
    qsort(sorted, (size_t)count, sizeof *sorted, in_full);
}

static int take_judged(struct dedup *dedup, int judged, int64_t watermark_ms)
{
    struct judged got;
    while (dedup_next(dedup, watermark_ms, &got)) {
        const struct record *expected = &sorted[judged++];
        size_t length = strlen(expected->line);
        CHECK(expected->time_ms <= watermark_ms);
        CHECK(got.line.length == length + 1 && got.line.at[length] == '\n' &&
              memcmp(got.line.at, expected->line, length) == 0);
        CHECK(got.is_duplicate == expected->is_duplicate);
    }
    return judged;
}

/* ---- what a disk would hold, and a new process would make of it ---- */

struct news {
    int64_t time_ms;
    bool is_kept;
    char text[200]; /* the line or the key */
    size_t length;
};

struct moment {
    int64_t watermark_ms, within_ms;
};

static struct news disk[2 * MOST];
static size_t on_disk;

static void write_news(int64_t time_ms, bool is_kept, struct slice text)
{
    struct news *news = &disk[on_disk++];
    *news = (struct news){.time_ms = time_ms, .is_kept = is_kept, .length = text.length};
    memcpy(news->text, text.at, text.length);
}

static void write_waiting(void *context, int64_t time_ms, const struct slice *key,
                          struct slice line)
{
    const struct moment *moment = context;
    CHECK(time_ms > moment->watermark_ms);
    CHECK(!key || key->at);
    write_news(time_ms, false, line);
}

static void write_kept(void *context, int64_t time_ms, struct slice key)
{
    const struct moment *moment = context;
    CHECK(time_ms <= moment->watermark_ms);
    CHECK(moment->within_ms == DEDUP_FOREVER || time_ms + moment->within_ms > moment->watermark_ms);
    write_news(time_ms, true, key);
}

static void save(struct dedup *dedup, int64_t watermark_ms, int64_t within_ms)
{
    static const struct dedup_news news = {write_waiting, write_kept};
    dedup_news(dedup, &news, &(struct moment){watermark_ms, within_ms});
}

static struct dedup *restart(struct dedup *old, int64_t watermark_ms, int64_t within_ms)
{
    struct dedup *dedup = dedup_new(within_ms, true);
    for (size_t i = 0; i < on_disk; i++) {
        const struct news *news = &disk[i];
        struct slice text = {news->text, news->length};
        char key_text[200];
        int number = -1;
        if (news->is_kept) {
            if (within_ms == DEDUP_FOREVER || news->time_ms + within_ms > watermark_ms)
                dedup_keep(dedup, news->time_ms, text);
            continue;
        }
        sscanf(news->text, "%d", &number);
        struct slice key = key_of(number, key_text);
        if (news->time_ms > watermark_ms)
            dedup_add(dedup, news->time_ms, number >= 0 ? &key : NULL, text);
    }
    dedup_news(dedup, NULL, NULL);
    CHECK(dedup_waiting(dedup) == dedup_waiting(old));
    CHECK(dedup_kept(dedup) == dedup_kept(old));
    dedup_free(old);
    return dedup;
}

static void agrees_with_lists(int count, int keys, int times, int64_t within_ms)
{
    char text[200];
    struct dedup *dedup = dedup_new(within_ms, true);
    on_disk = 0;
    int judged = 0;
    make_records(count, keys, times);
    judge_all(count, within_ms);
    for (int i = 0; i < count; i++) {
        struct slice key = key_of(record[i].key, text);
        dedup_add(dedup, record[i].time_ms, record[i].key >= 0 ? &key : NULL,
                  slice_of(record[i].line));
        int64_t next_ms = (int64_t)(i + 1) * times / count - times / 2;
        if (rand() % 10 > 0)
            continue;
        judged = take_judged(dedup, judged, next_ms - 1);
        CHECK(judged == count || sorted[judged].time_ms >= next_ms);
        CHECK(dedup_waiting(dedup) == (size_t)(i + 1 - judged));
        if (rand() % 100 == 0)
            CHECK(dedup_kept(dedup) == remembered(judged, next_ms - 1, within_ms));
        if (rand() % 20 > 0)
            continue;
        save(dedup, next_ms - 1, within_ms);
        if (rand() % 5 == 0)
            dedup = restart(dedup, next_ms - 1, within_ms);
    }
    CHECK(take_judged(dedup, judged, INT64_MAX - 1) == count);
    CHECK(dedup_waiting(dedup) == 0);
    dedup_free(dedup);
}

/* What is judged here was worked out by hand. */
static void reaches_to_the_edge(void)
{
    struct dedup *dedup = dedup_new(10, false);
    struct slice key = slice_of("k");
    struct judged judged;
    static const int64_t times[] = {100, 0, 21, 10, 11, 22, 110};
    /* 0 is kept, 10 its duplicate, 11 kept, 21 its duplicate, 22 kept, 100 kept, 110 its duplicate
     */
    static const bool duplicates[] = {false, true, false, true, false, false, true};
    for (size_t i = 0; i < 7; i++)
        dedup_add(dedup, times[i], &key, slice_of("line"));
    for (size_t i = 0; i < 7; i++)
        CHECK(dedup_next(dedup, 200, &judged) && judged.is_duplicate == duplicates[i]);
    CHECK(!dedup_next(dedup, 200, &judged));
    CHECK(dedup_kept(dedup) == 0);
    dedup_free(dedup);
}

static void forgets_at_the_watermark(void)
{
    struct dedup *dedup = dedup_new(10, false);
    struct slice key = slice_of("k");
    struct judged judged;
    dedup_add(dedup, 5, &key, slice_of("line"));
    CHECK(!dedup_next(dedup, 4, &judged));
    CHECK(dedup_next(dedup, 5, &judged) && !judged.is_duplicate);
    CHECK(!dedup_next(dedup, 5, &judged));
    CHECK(!dedup_next(dedup, 14, &judged));
    CHECK(dedup_kept(dedup) == 1); /* one at 15 could come */
    CHECK(!dedup_next(dedup, 15, &judged));
    CHECK(dedup_kept(dedup) == 0);
    dedup_free(dedup);
}

/* With lines from small to larger than any piece of memory that is used again. */
static void frees_what_it_holds(void)
{
    struct buffer line = {0};
    struct slice key = slice_of("k");
    struct judged judged;
    struct dedup *dedup = dedup_new(DEDUP_FOREVER, false);
    for (int i = 0; i < 40; i++) {
        for (int j = 0; j < 5000; j++)
            buffer_append_char(&line, 'x');
        dedup_add(dedup, i, &key, buffer_slice(&line));
    }
    for (int i = 0; i < 20; i++)
        CHECK(dedup_next(dedup, 100, &judged) && judged.is_duplicate == (i > 0) &&
              judged.line.length == (size_t)(i + 1) * 5000 + 1);
    CHECK(dedup_waiting(dedup) == 20);
    dedup_free(dedup);
    dedup_free(NULL);
    buffer_free(&line);
}

int main(void)
{
    srand(7);
    reaches_to_the_edge();
    forgets_at_the_watermark();
    frees_what_it_holds();
    agrees_with_lists(2000, 5, 500, 0);
    agrees_with_lists(5000, 3, 20000, 10);
    agrees_with_lists(MOST, KEYS, 20000, 1);
    agrees_with_lists(MOST, KEYS, 20000, 700);
    agrees_with_lists(MOST, KEYS, 300, 50);
    agrees_with_lists(MOST, KEYS, 20000, DEDUP_FOREVER);
    return check_result();
}
