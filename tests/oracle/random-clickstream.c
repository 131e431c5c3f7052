/*
 * random-clickstream SEED DIR [EVENTS]: writes the nasty input of the clickstream pipeline, as
 * clickstream.ndjson and products.ndjson: as random-shop, and besides products whose versions come
 * late, twice, at one time, or are deleted; events at the very time of a version; events at the
 * very ends of windows of 5 and 30 minutes; nulls wherever there may be one.
 *
 * The same seed gives the same bytes; what the right answer is, clickstream.sql knows.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "records.h"

static struct records events, versions;
static int products, sessions;

static int any_product(void)
{
    if (one_in(6))
        return one_in(2) ? -1 : -2;
    /* some are known to nobody */
    return one_in(2) ? random_below(3) : random_below(products + 2);
}

static int nobody(void)
{
    return 0;
}

/* From one event to the next. Many stand in one window, and now and then it is quiet. */
static int64_t pause_ms(void)
{
    switch (random_below(14)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return 1;
    case 3:
        return 9999 + random_below(3);
    case 4:
        return random_time(10 * minute_ms);
    case 5:
        return one_in(4) ? random_time(2 * day_ms) : random_time(5 * minute_ms);
    case 6:
    case 7:
    case 8:
        return random_time(40 * second_ms);
    default:
        return random_time(3 * second_ms);
    }
}

/* The next end of a window behind NOW, a millisecond before it, or one after it. */
static int64_t window_edge(int64_t now)
{
    int64_t size_ms = one_in(3) ? 30 * minute_ms : 5 * minute_ms;

    return now - now % size_ms + size_ms + random_below(3) - 1;
}

static void make_events(int64_t start, int count)
{
    int64_t now = start;

    for (int i = 0; i < count; i++) {
        int product = any_product();
        int id = one_in(12) ? random_below(i + 1) : i;
        struct record *event = add_record(&events, now, id, product);
        struct record copy = *event;

        event->arrival += delay_ms(&events);
        while (one_in(14)) /* the very event again, soon or late; it counts again */
            add_copy(&events, copy)->arrival += delay_ms(&events);
        if (one_in(30))
            add_stragglers(&events, *event);
        now = one_in(12) ? window_edge(now) : now + pause_ms();
    }
}

/* A few around 1970-01-01: windows go on below zero. */
static void make_prehistory(void)
{
    for (int i = 0; i < 8; i++) {
        int64_t ts = one_in(2) ? 0 : -random_time(hour_ms);

        add_record(&events, ts + i % 3 - 1, 500 + i, i % 4);
        add_record(&versions, ts + i % 2, i % 3, 0);
    }
}

/* A version at the time of some event or close to it, mostly of the event's product. */
static void add_version(void)
{
    struct record event = events.at[random_below(events.count)];
    int product = event.who < 0 || one_in(4) ? random_below(products) : event.who;
    int64_t ts = event.ts + (one_in(3) ? random_time(hour_ms) - hour_ms / 2 : random_below(3) - 1);
    struct record *version = add_record(&versions, ts, product, 0);

    version->arrival += delay_ms(&versions);
    while (one_in(4)) /* two at one time: the later line is the one */
        add_record(&versions, ts, product, 0)->arrival += delay_ms(&versions);
    if (one_in(20))
        add_stragglers(&versions, *version);
}

/* A row without a time is what a product always was, as long as it comes first. */
static void add_timeless(int64_t arrival)
{
    struct record *record = add_record(&versions, 0, random_below(products), 0);

    record->arrival = arrival;
    record->fault = one_in(2) ? FAULT_NO_TIME : FAULT_NULL_TIME;
}

static void make_versions(int count)
{
    for (int i = one_in(4) ? 0 : 2 * products; i > 0; i--)
        add_timeless(INT64_MIN / 2);
    for (int i = 0; i < count; i++)
        add_version();
    for (int i = random_below(4); i > 0; i--)
        add_timeless(versions.at[random_below(versions.count)].arrival);
}

/* One of TEXTS, or null, or nothing. */
static void add_text(struct object *object, const char *name, const char *const *texts, int count)
{
    int which = random_below(count + 2);

    if (which == count)
        add(object, name, "null");
    else if (which < count)
        add_string(object, name, texts[which]);
}

static const char *const pages[] = {
    "/",      "/caf\xc3\xa9", "/a?b=\"c\"&d=\\",       "/\xf0\x9f\x98\x80", "",
    "/p/1\t", "/ ",           "https://example.com/#1"};
static const char *const queries[] = {"shoes", "SHOES", "\xe6\x97\xa5\xe6\x9c\xac", "'; --", ""};

/* What a session has always, and who is in it mostly. */
static void add_session_columns(struct object *object, int session)
{
    static const char *const devices[] = {"desktop", "mobile", "tablet"};
    static const char *const browsers[] = {"Firefox", "Safari \"17\"", "lynx"};
    static const char *const countries[] = {"FR", "BR", "IN", "fr"};
    int user = session % 3 == 0 ? -1 - random_below(2) : session % 5;
    int anonymous = session % 4 == 0 ? -1 - random_below(2) : session % 7;
    uint64_t state;

    if (one_in(6))
        user = random_below(8) - 2;
    if (one_in(8))
        anonymous = random_below(9) - 2;
    add_id(object, "user_id", 'u', user);
    add_id(object, "anonymous_id", 'a', anonymous);
    state = random_detour(one_in(8) ? (uint64_t)random_below(100) : (uint64_t)session);
    add_text(object, "device_type", devices, 3);
    add_text(object, "browser", browsers, 3);
    add_text(object, "country", countries, 4);
    random_return(state);
}

static void add_event_type(struct object *object)
{
    static const char *const types[] = {"page_view", "click",    "add_to_cart", "remove_from_cart",
                                        "purchase",  "search",   "page_view",   "click",
                                        "page_view", "PURCHASE", "search ",     "",
                                        "logout"};

    if (one_in(4))
        add_text(object, "event_type", types, 13);
    else
        add_string(object, "event_type", types[random_below(9)]);
}

/* What the contract does not allow. */
static void add_wrong_column(struct object *object)
{
    static const char *const wrongs[][2] = {{"referrer_url", "7"},
                                            {"referrer_url", "true"},
                                            {"referrer_url", "{\"url\":\"/\"}"},
                                            {"referrer_url", "[\"/\"]"},
                                            {"session_id", "null"},
                                            {"session_id", "7"},
                                            {"event_type", "1"},
                                            {"event_type", "[\"click\"]"}};
    int which = random_below(9);

    if (which < 8) /* 8: no session_id at all */
        add(object, wrongs[which][0], "%s", wrongs[which][1]);
    if (which < 6)
        add_event_type(object);
    if (which < 4 || which == 6 || which == 7)
        add_string(object, "session_id", "s1");
}

/* Members that would be columns of what is made, were they declared; and one that is reserved. */
static void add_traps(struct object *object)
{
    if (one_in(20))
        add(object, "user_identifier", "\"trap\"");
    if (one_in(20))
        add(object, "product_name", "\"trap\"");
    if (one_in(20))
        add(object, "window_start", "0");
    if (one_in(100))
        add(object, "_op", one_in(3) ? "null" : "\"delete\"");
}

static void write_event(struct object *object, const struct record *event)
{
    uint64_t state = random_detour(event->look);
    int session = one_in(2) ? random_below(3) : random_below(sessions);

    add_record_id(object, "event_id", 'e', event);
    if (event->fault == FAULT_COLUMN) {
        add_wrong_column(object);
    } else {
        add_id(object, "session_id", 's', session);
        add_event_type(object);
        add_text(object, "referrer_url", pages, 8);
    }
    add_session_columns(object, session);
    add_text(object, "page_url", pages, 8);
    add_text(object, "search_query", queries, 5);
    add_id(object, "product_id", 'p', event->who);
    add_traps(object);
    random_return(state);
    add_record_time(object, "timestamp", event);
}

static void add_product_columns(struct object *object, bool wrong)
{
    static const char *const names[] = {"Shoe", "shoe", "\"Shoe\"", "\xe9\x9d\xb4", "", "S\\hoe"};
    /* U+FF61 is before U+1F600, but not in UTF-16; Z is before a */
    static const char *const categories[] = {"shoes",
                                             "Zoo",
                                             "\xef\xbd\xa1",
                                             "\xf0\x9f\x98\x80",
                                             "\xc3\x89t\xc3\xa9",
                                             "a\"b",
                                             "a\tb",
                                             "10",
                                             "9",
                                             ""};
    int which = wrong ? random_below(3) : -1;

    if (which == 0)
        add(object, "name", one_in(2) ? "7" : "{}");
    else
        add_text(object, "name", names, 6);
    if (which == 1)
        add(object, "category", one_in(2) ? "[\"shoes\"]" : "true");
    else
        add_text(object, "category", categories, 10);
    add_text(object, "subcategory", names, 6);
    add_amount(object, "price", which == 2);
    add_text(object, "brand", names, 6);
}

static void write_version(struct object *object, const struct record *version)
{
    uint64_t state = random_detour(version->look + MAX_RECORDS);

    if (version->fault == FAULT_NO_ID || version->fault == FAULT_NULL_ID ||
        version->fault == FAULT_NUMBER_ID)
        add_record_id(object, "product_id", 'p', version);
    else
        add_id(object, "product_id", 'p', version->id);
    if (one_in(7))
        add(object, "_op", one_in(8) ? "\"update\"" : "\"delete\"");
    else
        add_product_columns(object, version->fault == FAULT_COLUMN);
    random_return(state);
    add_record_time(object, "updated_at", version);
}

int main(int argc, char **argv)
{
    int count;

    if (argc < 3 || argc > 4) {
        fputs("usage: random-clickstream SEED DIR [EVENTS]\n", stderr);
        return 2;
    }
    odd_begin("random-clickstream", argv[1]);
    count = argc == 4 ? atoi(argv[3]) : 200 + random_below(150);
    products = argc == 4 ? 40 : 4 + random_below(8);
    sessions = count / 20 + 1;
    begin_records(&events, 10 * second_ms, 400, any_product);
    begin_records(&versions, 10 * second_ms, products, nobody);
    if (one_in(3))
        make_prehistory();
    make_events(INT64_C(1735689600000) + random_time(day_ms), count);
    make_versions(argc == 4 ? 2000 : 40 + random_below(40));
    add_faults(&events);
    add_faults(&versions);
    write_records(argv[2], "clickstream.ndjson", &events, write_event);
    write_records(argv[2], "products.ndjson", &versions, write_version);
    return 0;
}
