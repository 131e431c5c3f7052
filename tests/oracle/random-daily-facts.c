/*
 * random-daily-facts SEED DIR [CLICKS]: writes the nasty input of the daily-facts pipeline, as
 * product_clicked.ndjson and order_completed.ndjson: as random-shop, and besides clicks a session's
 * gap after another, to the millisecond; midnights of four zones, among them such on which clocks
 * are changed; days on which nothing was worth anything.
 *
 * The same seed gives the same bytes; what the right answer is, daily-facts.sql knows.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "records.h"

static const int64_t gap_ms = 30 * 60000;
static struct records clicks, orders;

static int any_user(void)
{
    if (one_in(10))
        return one_in(2) ? -1 : -2;
    return one_in(2) ? random_below(2) : random_below(9);
}

/* When it is midnight, or clocks are changed, in UTC, Paris, Sao Paulo, Kolkata, St. John's. */
static int64_t day_edge(int64_t now)
{
    static const int minutes[] = {0, 22 * 60, 23 * 60, 60, 120, 180, 18 * 60 + 30, 150, 151, 210};
    int64_t edge = now - now % day_ms + minutes[random_below(10)] * minute_ms;

    return (edge < now ? edge + day_ms : edge) + random_below(3) - 1;
}

static int64_t pause_ms(void)
{
    switch (random_below(10)) {
    case 0:
        return 0;
    case 1:
        return random_below(3);
    case 2:
        return 9999 + random_below(3);
    case 3:
        return gap_ms + random_below(3) - 1;
    case 4:
        return random_time(3 * hour_ms);
    case 5:
        return one_in(4) ? random_time(3 * day_ms) : random_time(hour_ms);
    default:
        return random_time(2 * minute_ms);
    }
}

/* A click of the same user about as much later as a session goes on. */
static void add_successor(struct record click)
{
    int64_t ts = click.ts + gap_ms + random_below(3) - 1;
    struct record *next = add_record(&clicks, ts, random_below(400), click.who);

    if (one_in(3))
        next->arrival += delay_ms(&clicks);
}

static void make_clicks(int64_t start, int count)
{
    int64_t now = start;

    for (int i = 0; i < count; i++) {
        struct record *click = add_record(&clicks, now, i, any_user());
        struct record copy = *click;

        click->arrival += delay_ms(&clicks);
        while (one_in(14)) /* the very click again, soon or late; it counts again */
            add_copy(&clicks, copy)->arrival += delay_ms(&clicks);
        while (one_in(5))
            add_successor(clicks.at[clicks.count - 1]);
        if (one_in(30))
            add_stragglers(&clicks, copy);
        now = one_in(10) ? day_edge(now) : now + pause_ms();
    }
}

static void make_orders(int count)
{
    for (int i = 0; i < count; i++) {
        struct record click = clicks.at[random_below(clicks.count)];
        int64_t ts = click.ts + (one_in(2) ? random_below(3) - 1 : random_time(hour_ms));
        int id = one_in(12) ? random_below(i + 1) : i;
        struct record *order = add_record(&orders, ts, id, any_user());
        struct record copy = *order;

        order->arrival += delay_ms(&orders);
        while (one_in(14))
            add_copy(&orders, copy)->arrival += delay_ms(&orders);
        if (one_in(20))
            add_stragglers(&orders, copy);
    }
}

/* A few around 1970-01-01: days and sessions go on below zero. */
static void make_prehistory(void)
{
    for (int i = 0; i < 8; i++) {
        int64_t ts = i % 3 - 1 + (one_in(2) ? 0 : -random_time(2 * hour_ms));

        add_record(&clicks, ts, 500 + i, i % 4);
        add_record(&clicks, ts - gap_ms + i % 3 - 1, 600 + i, i % 4);
        add_record(&orders, ts - random_time(day_ms), 500 + i, i % 3);
    }
}

static void write_click(struct object *object, const struct record *click)
{
    static const char *const wrongs[][2] = {{"user_id", "7"},        {"user_id", "true"},
                                            {"user_id", "[\"u1\"]"}, {"product_id", "1e3"},
                                            {"product_id", "{}"},    {"_op", "\"delete\""}};
    uint64_t state = random_detour(click->look);
    const char *const *wrong = wrongs[random_below(6)];

    if (click->fault == FAULT_COLUMN)
        add(object, wrong[0], "%s", wrong[1]);
    if (click->fault != FAULT_COLUMN || wrong[0][0] != 'u')
        add_id(object, "user_id", 'u', click->who);
    if (click->fault != FAULT_COLUMN || wrong[0][0] != 'p')
        add_id(object, "product_id", 'p', random_below(7) - 2);
    if (one_in(20))
        add(object, "window_start", "0");
    random_return(state);
    add_record_time(object, "event_time", click);
}

/* A decimal(18,2) in one of its spellings; a wrong one has too many digits, or is none. */
static void add_value(struct object *object, bool wrong)
{
    static const char *const values[] = {"9999999999999999.99",
                                         "9999999999999999.99",
                                         "-9999999999999999.99",
                                         "\"1234567890123456.7\"",
                                         "1e15",
                                         "-1.000e-2",
                                         "0.005e1"};
    static const char *const wrongs[] = {
        "1e16", "10000000000000000", "12.345", "\"12,50\"", "false", "0.005", "\"\"", "[1]"};

    if (wrong)
        add(object, "total_value", "%s", wrongs[random_below(8)]);
    else if (one_in(8))
        add(object, "total_value", "%s", values[random_below(7)]);
    else
        add_amount(object, "total_value", false);
}

static void write_order(struct object *object, const struct record *order)
{
    uint64_t state = random_detour(order->look + MAX_RECORDS);
    /* of some days, no order says what it was worth */
    bool worthless = order->ts / day_ms % 4 == 0 && !one_in(12);
    bool wrong = order->fault == FAULT_COLUMN;

    add_record_id(object, "order_id", 'o', order);
    add_id(object, "user_id", 'u', order->who);
    if (wrong || !worthless)
        add_value(object, wrong);
    else if (one_in(2))
        add(object, "total_value", "null");
    random_return(state);
    add_record_time(object, "event_time", order);
}

/* Shortly before clocks are changed somewhere, mostly. */
static int64_t begin_ms(void)
{
    static const int64_t starts[] = {
        INT64_C(1743197400000), /* 2025-03-28: Paris goes forward on the 30th */
        INT64_C(1761337800000), /* 2025-10-24: Paris goes back on the 26th */
        INT64_C(1518739200000), /* 2018-02-16: Sao Paulo goes back over midnight on the 18th */
        INT64_C(1541203200000), /* 2018-11-03: Sao Paulo has no midnight on the 4th */
        INT64_C(1162000800000), /* 2006-10-28: St. John's goes back over midnight on the 29th */
        INT64_C(1735689600000), /* 2025-01-01 */
    };
    int which = random_below(6);

    return starts[which] + random_time(6 * hour_ms);
}

int main(int argc, char **argv)
{
    int count;

    if (argc < 3 || argc > 4) {
        fputs("usage: random-daily-facts SEED DIR [CLICKS]\n", stderr);
        return 2;
    }
    odd_begin("random-daily-facts", argv[1]);
    count = argc == 4 ? atoi(argv[3]) : 150 + random_below(100);
    begin_records(&clicks, 10 * second_ms, 400, any_user);
    begin_records(&orders, 30 * second_ms, 400, any_user);
    if (one_in(3))
        make_prehistory();
    make_clicks(begin_ms(), count);
    make_orders(count / 2);
    add_faults(&clicks);
    add_faults(&orders);
    write_records(argv[2], "product_clicked.ndjson", &clicks, write_click);
    write_records(argv[2], "order_completed.ndjson", &orders, write_order);
    return 0;
}
