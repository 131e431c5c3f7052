#include "spans.h"

#include <stdint.h>

#include "check.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

/* That MS is in one span, [START_MS, END_MS). */
static void check_span(struct spans *spans, int64_t ms, int64_t start_ms, int64_t end_ms)
{
    const struct span *span;
    CHECK(spans_of(spans, ms, &span) == 1);
    CHECK(span->start_ms == start_ms);
    CHECK(span->end_ms == end_ms);
}

static void windows_round_down(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, 30 * MINUTE_MS, NULL);
    check_span(spans, -1, -1800000, 0);
    check_span(spans, -1800000, -1800000, 0);
    check_span(spans, -1800001, -3600000, -1800000);
    check_span(spans, 0, 0, 1800000);
    check_span(spans, 1799999, 0, 1800000);
    check_span(spans, 1800000, 1800000, 3600000);
    check_span(spans, 1735689600123, 1735689600000, 1735691400000);
    spans_free(spans);
}

static void the_epoch_begins_a_window_of_any_size(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, 7 * HOUR_MS, NULL);
    check_span(spans, 0, 0, 25200000);
    check_span(spans, 25200000, 25200000, 50400000);
    check_span(spans, -1, -25200000, 0);
    spans_free(spans);
    spans = spans_new(SPANS_TUMBLE, 1, NULL);
    check_span(spans, -5, -5, -4);
    spans_free(spans);
}

/* Golden: 2025-03-30 has 23 hours, 2025-10-26 has 25. */
static void days_of_paris(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, DAY_MS, "Europe/Paris");
    check_span(spans, 1743289200000, 1743289200000, 1743372000000);
    check_span(spans, 1743371999999, 1743289200000, 1743372000000);
    check_span(spans, 1743372000000, 1743372000000, 1743458400000);
    check_span(spans, 1761429600000, 1761429600000, 1761519600000);
    check_span(spans, 1761519599999, 1761429600000, 1761519600000);
    check_span(spans, 1743289199999, 1743202800000, 1743289200000);
    spans_free(spans);
}

/* Day 20177, 2025-03-30, is the third of its seven: 20174 is 7 * 2882, 2025-03-27. */
static void several_days_are_counted_from_1970(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, 7LL * DAY_MS, "Europe/Paris");
    check_span(spans, 1743289200000, 1743030000000, 1743631200000);
    spans_free(spans);
    spans = spans_new(SPANS_TUMBLE, 2LL * DAY_MS, "Asia/Kolkata");
    check_span(spans, -19800000, -19800000, 2LL * DAY_MS - 19800000);
    check_span(spans, -19800001, -2LL * DAY_MS - 19800000, -19800000);
    spans_free(spans);
}

/* Six hours of time that goes by: the last window of 23 hours has five, and that of 25 one. */
static void parts_of_days_end_with_them(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, 6 * HOUR_MS, "Europe/Paris");
    check_span(spans, 1743289200000, 1743289200000, 1743310800000);
    check_span(spans, 1743371999999, 1743354000000, 1743372000000);
    check_span(spans, 1743372000000, 1743372000000, 1743393600000);
    check_span(spans, 1761519599999, 1761516000000, 1761519600000);
    spans_free(spans);
}

/* Half an hour off: hours of Kolkata begin where its clocks are full. */
static void hours_of_kolkata(void)
{
    struct spans *spans = spans_new(SPANS_TUMBLE, HOUR_MS, "Asia/Kolkata");
    check_span(spans, 1735669800000, 1735669800000, 1735673400000);
    check_span(spans, 1735669799999, 1735666200000, 1735669800000);
    spans_free(spans);
}

static void sizes_for_zones(void)
{
    CHECK(spans_fit_days(1));
    CHECK(spans_fit_days(MINUTE_MS));
    CHECK(spans_fit_days(12 * HOUR_MS));
    CHECK(spans_fit_days(DAY_MS));
    CHECK(spans_fit_days(14LL * DAY_MS));
    CHECK(!spans_fit_days(7 * HOUR_MS));
    CHECK(!spans_fit_days(36 * HOUR_MS));
    CHECK(!spans_fit_days(DAY_MS + 1));
}

static void a_record_opens_a_session(void)
{
    struct spans *spans = spans_new(SPANS_SESSION, 30 * MINUTE_MS, "Europe/Paris");
    check_span(spans, 5, 5, 1800005);
    check_span(spans, -5, -5, 1799995);
    CHECK(spans_merge(spans));
    spans_free(spans);
}

static void when_results_are_due(void)
{
    struct span span = {100, 200};
    struct spans *tumble = spans_new(SPANS_TUMBLE, 100, NULL);
    struct spans *session = spans_new(SPANS_SESSION, 100, NULL);
    CHECK(spans_due(tumble, span) == 199);
    CHECK(spans_due(session, span) == 200);
    CHECK(!spans_merge(tumble));
    spans_free(tumble);
    spans_free(session);
}

int main(void)
{
    windows_round_down();
    the_epoch_begins_a_window_of_any_size();
    days_of_paris();
    several_days_are_counted_from_1970();
    parts_of_days_end_with_them();
    hours_of_kolkata();
    sizes_for_zones();
    a_record_opens_a_session();
    when_results_are_due();
    return check_result();
}
