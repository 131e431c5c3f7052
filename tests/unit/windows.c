#include "windows.h"

#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "columns.h"
#include "fields.h"

/* Windows of SUM(10 / n) and COUNT(*) by one value: a record whose n is 0 cannot be added. */
static struct fixture {
    struct spans *spans;
    struct aggregates *aggregates;
    struct expression *sum, *count;
    struct windows *windows;
    struct columns columns;
    struct arena *arena;
    struct json_value value[1];
    struct evaluation evaluation;
    struct buffer shown; /* KEY:START-END=COUNT, for each window shown */
} now;

static void begin(enum spans_kind kind, int64_t size_ms)
{
    struct schema *schema = schema_new("hit");
    now = (struct fixture){.spans = spans_new(kind, size_ms, NULL),
                           .aggregates = aggregates_new(),
                           .arena = arena_new()};
    struct scope scope = {.option = "--select",
                          .schema = schema,
                          .columns = &now.columns,
                          .aggregates = now.aggregates};
    now.count = expression_parse(&scope, "COUNT(*)");
    now.sum = expression_parse(&scope, "SUM(10 / n)");
    now.windows = windows_new(now.spans, now.aggregates, 1, true);
    now.evaluation = (struct evaluation){.column = now.value, .arena = now.arena};
    schema_free(schema);
}

static void end(void)
{
    windows_free(now.windows);
    expression_free(now.count);
    expression_free(now.sum);
    aggregates_free(now.aggregates);
    spans_free(now.spans);
    columns_free(&now.columns);
    arena_free(now.arena);
    buffer_free(&now.shown);
}

/* TEXT is JSON, and "" a null. */
static struct slice packed(const char *text)
{
    static char bytes[256], padded[256];
    snprintf(padded, sizeof padded, "%s", text);
    struct json_value value = fields_value(slice_of(padded));
    size_t size = fields_size(&value, 1);
    fields_pack(bytes, &value, 1);
    return (struct slice){bytes, size};
}

static bool add_number(const char *key, int64_t ms, const char *number)
{
    char text[64];
    snprintf(text, sizeof text, "%s", number);
    now.value[0] = fields_value((struct slice){text, strlen(number)});
    arena_reset(now.arena);
    return windows_add(now.windows, packed(key), ms, &now.evaluation);
}

static bool add(const char *key, int64_t ms)
{
    return add_number(key, ms, "1");
}

static void show(void *context, const struct window *window)
{
    (void)context;
    struct value result[2];
    struct slice key;
    const char *why;
    fields_unpack(window->key.at, &key, 1);
    CHECK(aggregates_results(now.aggregates, window->accumulators, now.arena, result, &why));
    struct buffer count = {0};
    value_write(&result[0], &count);
    buffer_printf(&now.shown, "%s%.*s:%lld-%lld=%.*s", now.shown.length > 0 ? " " : "",
                  (int)key.length, key.at, (long long)window->span.start_ms,
                  (long long)window->span.end_ms, (int)count.length, count.at);
    buffer_free(&count);
}

static const char *taken(void)
{
    static char text[4096];
    snprintf(text, sizeof text, "%.*s", (int)now.shown.length,
             now.shown.length > 0 ? now.shown.at : "");
    now.shown.length = 0;
    return text;
}

static const char *fired(int64_t watermark_ms)
{
    windows_fire(now.windows, watermark_ms, show, NULL);
    return taken();
}

static const char *news(void)
{
    windows_news(now.windows, show, NULL);
    return taken();
}

static void windows_fire_at_their_last_millisecond(void)
{
    begin(SPANS_TUMBLE, 10);
    CHECK(add("1", 5) && add("1", 10) && add("1", 9));
    CHECK(windows_count(now.windows) == 2);
    CHECK_TEXT(fired(8), "");
    CHECK_TEXT(fired(9), "1:0-10=2");
    CHECK_TEXT(fired(18), "");
    CHECK(windows_count(now.windows) == 1);
    CHECK_TEXT(fired(INT64_MAX), "1:10-20=1");
    CHECK(windows_count(now.windows) == 0);
    end();
}

/* By end, start, and the decoded key: null, "", "A" (twice spelled), "a", "é"; 10 before 9. */
static void windows_fire_in_order(void)
{
    begin(SPANS_TUMBLE, 10);
    CHECK(add("\"\xc3\xa9\"", 1) && add("\"a\"", 1) && add("9", 1) && add("", 1) && add("\"\"", 1));
    CHECK(add("\"abcdefgh2\"", 1) && add("\"abcdefgh10\"", 1) && add("10", 1));
    CHECK(add("\"\\t\"", 1) && add("\"A\"", 11) && add("\"z\"", -1));
    CHECK_TEXT(fired(100), "\"z\":-10-0=1 :0-10=1 \"\":0-10=1 \"\\t\":0-10=1 10:0-10=1 9:0-10=1 "
                           "\"a\":0-10=1 \"abcdefgh10\":0-10=1 \"abcdefgh2\":0-10=1 "
                           "\"\xc3\xa9\":0-10=1 \"A\":10-20=1");
    end();
}

/* Where nobody declared a type, 7 and "7" are two keys with one text; arrival must not decide. */
static void keys_of_one_text_have_an_order(void)
{
    for (int turn = 0; turn < 2; turn++) {
        begin(SPANS_TUMBLE, 10);
        CHECK(add(turn ? "7" : "\"7\"", 1) && add(turn ? "\"7\"" : "7", 1));
        CHECK_TEXT(fired(100), "7:0-10=1 \"7\":0-10=1");
        end();
    }
}

static void sessions_join_at_the_gap(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(add("1", 0) && add("1", 10) && add("1", 21));
    CHECK_TEXT(fired(19), "");
    CHECK_TEXT(fired(20), "1:0-20=2");
    CHECK_TEXT(fired(31), "1:21-31=1");
    end();
}

/* At W = 19 a record at 20 is on time, and the session has not been told of. */
static void a_record_at_the_end_joins(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(add("1", 10));
    CHECK_TEXT(fired(19), "");
    CHECK(add("1", 20));
    CHECK_TEXT(fired(29), "");
    CHECK_TEXT(fired(30), "1:10-30=2");
    end();
}

static void one_record_makes_one_session_of_two(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(add("1", 20) && add("1", 0) && add("1", 40) && add("2", 10));
    CHECK(windows_count(now.windows) == 4);
    CHECK(add("1", 10));
    CHECK(windows_count(now.windows) == 3);
    CHECK(add("1", 30));
    CHECK_TEXT(fired(49), "2:10-20=1");
    CHECK_TEXT(fired(50), "1:0-50=5");
    CHECK(windows_count(now.windows) == 0);
    end();
}

static void earlier_records_begin_a_session_sooner(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(add("1", 5) && add("1", 4) && add("1", -6));
    CHECK_TEXT(fired(15), "1:-6-15=3");
    end();
}

static void what_cannot_be_added_changes_nothing(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(!add_number("1", 5, "0"));
    CHECK_TEXT(now.evaluation.why, "division by zero");
    CHECK(windows_count(now.windows) == 0);
    CHECK(add("1", 0));
    CHECK(!add_number("1", 5, "0"));
    CHECK(!add_number("1", 50, "0"));
    CHECK_TEXT(news(), "1:0-10=1");
    CHECK_TEXT(fired(1000), "1:0-10=1");
    end();
    begin(SPANS_TUMBLE, 10);
    CHECK(!add_number("1", 5, "0"));
    CHECK(windows_count(now.windows) == 0);
    CHECK(add("1", 5) && !add_number("1", 5, "0"));
    CHECK_TEXT(fired(1000), "1:0-10=1");
    end();
}

static void windows_behind_all_time_are_refused(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(!add("1", INT64_C(9007199254740990)));
    CHECK_TEXT(now.evaluation.why, "its window ends out of range");
    CHECK(now.evaluation.culprit == -1);
    CHECK(add("1", INT64_C(9007199254740981)));
    CHECK_TEXT(fired(INT64_C(9007199254740991)), "1:9007199254740981-9007199254740991=1");
    end();
}

static void news_are_told_once(void)
{
    begin(SPANS_TUMBLE, 10);
    CHECK(add("1", 1) && add("2", 1) && add("3", 11) && add("3", 12));
    CHECK_TEXT(fired(9), "1:0-10=1 2:0-10=1");
    CHECK_TEXT(news(), "3:10-20=2");
    CHECK_TEXT(news(), "");
    CHECK(add("3", 13));
    windows_news(now.windows, NULL, NULL);
    CHECK_TEXT(news(), "");
    windows_each(now.windows, show, NULL);
    CHECK_TEXT(taken(), "3:10-20=3");
    end();
}

static void what_went_into_another_is_no_news(void)
{
    begin(SPANS_SESSION, 10);
    CHECK(add("1", 0) && add("1", 20) && add("2", 0) && add("1", 10));
    CHECK_TEXT(news(), "1:0-30=3 2:0-10=1");
    CHECK_TEXT(fired(100), "2:0-10=1 1:0-30=3");
    end();
}

static bool put(const char *key, int64_t start_ms, int64_t end_ms, const char *number)
{
    struct buffer text = {0};
    void *accumulators = memory_new(1, aggregates_size(now.aggregates));
    for (int i = 0; i < atoi(number); i++) {
        now.value[0] = fields_value(slice_of("1"));
        CHECK(aggregates_add(now.aggregates, accumulators, &now.evaluation));
    }
    aggregates_write(now.aggregates, accumulators, &text);
    aggregates_clear(now.aggregates, accumulators);
    free(accumulators);
    bool good =
        windows_put(now.windows, packed(key), (struct span){start_ms, end_ms}, buffer_slice(&text));
    buffer_free(&text);
    return good;
}

static void what_is_taken_back_replaces_what_it_covers(void)
{
    begin(SPANS_TUMBLE, 10);
    CHECK(put("1", 0, 10, "3") && put("1", 0, 10, "5") && put("2", 0, 10, "1"));
    CHECK(windows_count(now.windows) == 2);
    CHECK_TEXT(news(), "");
    CHECK(add("1", 3));
    CHECK_TEXT(fired(9), "1:0-10=6 2:0-10=1");
    CHECK(!windows_put(now.windows, packed("1"), (struct span){0, 10}, slice_of("[1]")));
    end();
    begin(SPANS_SESSION, 10);
    CHECK(put("1", 0, 10, "1") && put("1", 15, 25, "1") && put("1", 40, 50, "1"));
    CHECK(put("1", 0, 12, "2") && put("1", 0, 25, "4"));
    CHECK(windows_count(now.windows) == 2);
    CHECK(add("1", 32));
    CHECK_TEXT(fired(25), "1:0-25=4");
    CHECK_TEXT(fired(50), "1:32-50=2");
    end();
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The sessions of all TIMES, worked out with all of them at hand. */
static void expect_sessions(const int64_t *times, size_t count, int64_t gap_ms, char *out,
                            size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t first = 0, i = 1; i <= count; i++) {
        if (i < count && times[i] - times[i - 1] <= gap_ms)
            continue;
        length += (size_t)snprintf(out + length, size - length, "%s1:%lld-%lld=%zu",
                                   length > 0 ? " " : "", (long long)times[first],
                                   (long long)(times[i - 1] + gap_ms), i - first);
        first = i;
    }
}

static void sessions_do_not_depend_on_arrival(void)
{
    enum { TIMES = 60, GAP = 10 };
    uint64_t random = 1;
    for (int round = 0; round < 300; round++) {
        int64_t times[TIMES];
        char expected[4096];
        begin(SPANS_SESSION, GAP);
        for (size_t i = 0; i < TIMES; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            times[i] = (int64_t)(random >> 33) % (round * 3 + 10) - 20;
            CHECK(add("1", times[i]));
        }
        qsort(times, TIMES, sizeof *times, compare_times);
        expect_sessions(times, TIMES, GAP, expected, sizeof expected);
        CHECK_TEXT(fired(100000), expected);
        end();
    }
}

int main(void)
{
    windows_fire_at_their_last_millisecond();
    windows_fire_in_order();
    keys_of_one_text_have_an_order();
    sessions_join_at_the_gap();
    a_record_at_the_end_joins();
    one_record_makes_one_session_of_two();
    earlier_records_begin_a_session_sooner();
    what_cannot_be_added_changes_nothing();
    windows_behind_all_time_are_refused();
    news_are_told_once();
    what_went_into_another_is_no_news();
    what_is_taken_back_replaces_what_it_covers();
    sessions_do_not_depend_on_arrival();
    return check_result();
}
