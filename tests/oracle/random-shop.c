/*
 * random-shop SEED DIR: writes a small and nasty shop for tests, as event.ndjson,
 * sale_order.ndjson, customer.ndjson and campaign.ndjson with the first-touch pipeline's columns.
 *
 * Each line is a JSON object, but everything else that can go wrong does, now and then: ties,
 * duplicates, disorder within and beyond a lag of 10 s, touches at the very edges of a window of 7
 * days, quiet gaps, one id in several spellings, members nobody knows, records to be rejected. The
 * same seed gives the same bytes; what the right answer is, first-touch.sql knows.
 *
 * Two events with the same id at the same time say the same: nothing decides between them.
 */
#include <inttypes.h>

#include "records.h"

static const int64_t lag_ms = 10000, window_ms = INT64_C(7) * 86400000;
static struct records orders, events;
static int customers, campaigns;

static int any_customer(void)
{
    if (one_in(12))
        return one_in(2) ? -1 : -2;
    /* The first few often, so that they have many touches; some beyond the table: no row. */
    return one_in(2) ? random_below(4) : random_below(customers + 3);
}

/* From one order to the next: at once, within a burst, or after a quiet time of up to days. */
static int64_t pause_ms(void)
{
    switch (random_below(12)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return 1;
    case 3:
    case 4:
        return random_time(2 * second_ms);
    case 5:
    case 6:
        return random_time(15 * second_ms);
    case 7:
        return random_time(10 * minute_ms);
    case 8:
        return one_in(5) ? random_time(9 * day_ms) : random_time(hour_ms);
    case 9:
        return lag_ms + random_below(3) - 1;
    default:
        return random_time(6 * hour_ms);
    }
}

static void make_orders(int64_t start)
{
    int count = 90 + random_below(60);
    int64_t now = start;

    for (int i = 0; i < count; i++) {
        int id = one_in(10) ? random_below(i + 1) : i;
        struct record *order = add_record(&orders, now, id, any_customer());
        struct record copy = *order;

        order->arrival += delay_ms(&orders);
        if (one_in(14)) /* the very line again, soon or late */
            add_copy(&orders, copy)->arrival += delay_ms(&orders);
        if (one_in(14)) /* its order_id at another time or for another customer */
            add_record(&orders, copy.ts + random_time(hour_ms) - hour_ms / 2, copy.id,
                       any_customer());
        if (one_in(25))
            add_stragglers(&orders, *order);
        now += pause_ms();
    }
}

/* Touches of one order: around both edges of its window, far outside, and anywhere inside. */
static void make_touches(struct record order)
{
    const int64_t edges[] = {0, 1, -1, -window_ms, -window_ms - 1, -window_ms + 1};
    int customer = order.who < 0 ? any_customer() : order.who;
    int count = random_below(4);

    for (int i = 0; i < count; i++) {
        int64_t ts = order.ts;

        if (one_in(2))
            ts += edges[random_below(6)];
        else
            ts += day_ms - random_time(10 * day_ms);
        add_record(&events, ts, random_below(400), customer)->arrival += delay_ms(&events);
        while (one_in(5)) /* ties, that the event_id's bytes decide */
            add_record(&events, ts, random_below(400), customer)->arrival += delay_ms(&events);
    }
}

static void make_events(void)
{
    for (int i = 0; i < orders.count; i++)
        make_touches(orders.at[i]);
    for (int i = 0, count = events.count; i < count; i++) {
        struct record event = events.at[i];

        if (one_in(20)) /* the very event again */
            add_copy(&events, event)->arrival += delay_ms(&events);
        if (one_in(20)) /* its event_id at another time, perhaps for another customer */
            add_record(&events, event.ts + random_time(2 * day_ms) - day_ms, event.id,
                       one_in(2) ? any_customer() : event.who);
        if (one_in(40))
            add_stragglers(&events, event);
    }
}

/* A few of each in the first days of 1970 and before: time goes on below zero. */
static void make_prehistory(void)
{
    for (int i = 0; i < 6; i++) {
        int64_t ts = random_below(3) - 1 + (one_in(2) ? 0 : -random_time(2 * day_ms));

        add_record(&orders, ts, 500 + i, random_below(3));
        add_record(&events, ts - random_below(3), 500 + i, random_below(3));
        add_record(&events, ts - window_ms + random_below(3) - 1, 600 + i, random_below(3));
    }
}

/* What a touch says follows from its id's text and its time alone: see the top. */
static uint64_t touch_hash(const struct record *event)
{
    char text[MAX_VALUE];
    uint64_t hash = (uint64_t)event->ts;

    id_text('e', event->id, text);
    for (const char *p = text; *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static void add_touch_columns(struct object *object, const struct record *event)
{
    static const char *const types[] = {"click", "view", "purchase", "email_open", "caf\xc3\xa9"};
    uint64_t mix = touch_hash(event);
    int type = (int)(mix >> 33) % 7, campaign = (int)(mix >> 41 & 0xffff) % (campaigns + 4) - 1;
    bool wrong = event->fault == FAULT_COLUMN;
    char text[16];

    if (wrong && one_in(2))
        add(object, "event_type", one_in(2) ? "{\"type\":\"click\"}" : "true");
    else if (type < 5)
        add_string(object, "event_type", types[type]);
    else if (type == 5)
        add(object, "event_type", "null");
    snprintf(text, sizeof text, campaign == campaigns + 1 ? "00%d" : "%d", campaign);
    if (wrong)
        add(object, "campaign_id", "%d", campaign);
    else if (campaign >= 0)
        add_string(object, "campaign_id", text);
    else if (type % 2 == 0)
        add(object, "campaign_id", "null");
}

static void write_event(struct object *object, const struct record *event)
{
    add_record_id(object, "event_id", 'e', event);
    add_id(object, "customer_id", 'c', event->who);
    add_touch_columns(object, event);
    add_record_time(object, "event_ts", event);
}

static void write_order(struct object *object, const struct record *order)
{
    add_record_id(object, "order_id", 'o', order);
    add_id(object, "customer_id", 'c', order->who);
    add_amount(object, "total_amount", order->fault == FAULT_COLUMN);
    add_record_time(object, "order_ts", order);
}

/* Tables. */

static void add_customer_columns(struct object *object, bool wrong)
{
    static const char *const segments[] = {"New", "Loyal", "V.I.P.", "caf\xc3\xa9 \"au lait\"", ""};
    static const char *const channels[] = {"seo", "paid", "t\xc3\xa9l\xc3\xa9phone", "mail\\post"};
    static const char *const wrongs[][2] = {
        {"segment", "7"},
        {"opt_in", "\"yes\""},
        {"last_purchase_ts", "18446744073709551616"},
        {"last_purchase_ts", "1.5"},
    };
    int which = wrong ? random_below(4) : -1;

    if (wrong)
        add(object, wrongs[which][0], "%s", wrongs[which][1]);
    add(object, "email", "\"a%d@example.com\"", random_below(100));
    if (which != 0 && !one_in(8))
        add_string(object, "segment", segments[random_below(5)]);
    if (one_in(8))
        add(object, "acquisition_channel", "null");
    else
        add_string(object, "acquisition_channel", channels[random_below(4)]);
    if (which != 1)
        add(object, "opt_in", one_in(2) ? "true" : "false");
    if (which < 2)
        add(object, "last_purchase_ts", one_in(3) ? "null" : "1735689600000");
}

/* One change of the table: a row, a deletion, or something wrong. */
static void write_customer(struct object *object, int customer)
{
    int what = random_below(40);

    if (what == 0)
        add(object, "customer_id", "null");
    else if (what == 1)
        add(object, "customer_id", "%d", customer);
    else if (what != 2)
        add_id(object, "customer_id", 'c', customer);
    if (what == 3)
        add(object, "_op", one_in(2) ? "\"update\"" : "7");
    if (what >= 4 && what < 8) {
        add(object, "_op", "\"delete\"");
        return;
    }
    add_customer_columns(object, what == 8 || what == 9);
    if (what == 10)
        add(object, "_ts", "1735689600000");
}

static void write_customers(const char *directory)
{
    struct style style;
    FILE *file = open_file(directory, "customer.ndjson", &style);
    int count = 2 * customers;

    for (int i = 0; i < count; i++) {
        struct object object = {.count = 0};

        write_customer(&object, i < customers ? i : random_below(customers));
        add_strangers(&object);
        write_object(file, &object, style);
        end_line(file, style, i == count - 1);
    }
    close_file(file, "customer.ndjson");
}

static void write_campaign(struct object *object, int campaign)
{
    static const char *const names[] = {
        "Spring sale", "\xc3\x89t\xc3\xa9", "\"Quoted\"", "\xf0\x9f\x8e\x81 gift", "",
        "back\\slash"};
    static const char *const wrong_ids[] = {"\"1\"", "1.0", "1e0", "null", "36893488147419103232"};

    if (one_in(12))
        add(object, "id", "%s", wrong_ids[random_below(5)]);
    else if (!one_in(30))
        add(object, "id", "%d", campaign);
    if (one_in(12)) {
        add(object, "_op", "\"delete\"");
        return;
    }
    if (one_in(15))
        add(object, "name", one_in(2) ? "null" : "5");
    else if (!one_in(15))
        add_string(object, "name", names[random_below(6)]);
}

static void write_campaigns(const char *directory)
{
    struct style style;
    FILE *file = open_file(directory, "campaign.ndjson", &style);
    int count = campaigns == 0 ? 0 : campaigns + random_below(6);

    for (int i = 0; i < count; i++) {
        struct object object = {.count = 0};

        write_campaign(&object, i < campaigns ? i : random_below(campaigns));
        add_strangers(&object);
        write_object(file, &object, style);
        end_line(file, style, i == count - 1);
    }
    close_file(file, "campaign.ndjson");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: random-shop SEED DIR\n", stderr);
        return 2;
    }
    odd_begin("random-shop", argv[1]);
    begin_records(&orders, lag_ms, 400, any_customer);
    begin_records(&events, lag_ms, 400, any_customer);
    customers = 12 + random_below(16);
    campaigns = one_in(12) ? 0 : 4 + random_below(8);
    if (one_in(3))
        make_prehistory();
    make_orders(INT64_C(1735689600000) + random_time(day_ms));
    make_events();
    add_faults(&orders);
    add_faults(&events);
    write_records(argv[2], "event.ndjson", &events, write_event);
    write_records(argv[2], "sale_order.ndjson", &orders, write_order);
    write_customers(argv[2]);
    write_campaigns(argv[2]);
    return 0;
}
