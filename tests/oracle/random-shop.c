/*
 * random-shop SEED DIR: writes a small and nasty shop for tests, as event.ndjson,
 * sale_order.ndjson, customer.ndjson and campaign.ndjson with the first-touch pipeline's columns.
 *
 * Each line is a JSON object, but everything else that can go wrong does, now and then: ties,
 * duplicates, disorder within and beyond a lag of 10 s, touches at the very edges of a window of 7
 * days, quiet gaps, one id in several spellings, members nobody knows, records to be rejected. The
 * same seed gives the same bytes; what the right answer is, first-touch.sql knows.
 *
 * Records are made in the order of their times and written in the order of their arrival. Two
 * events with the same id at the same time say the same: nothing decides between them.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RECORDS = 2048, MAX_MEMBERS = 16, MAX_VALUE = 256, IDS = 24 };

static const int64_t second_ms = 1000, minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;
static const int64_t lag_ms = 10000, window_ms = INT64_C(7) * 86400000;

/* What is wrong with a record, if anything. */
enum fault {
    FAULT_NONE,
    FAULT_NO_ID,
    FAULT_NULL_ID,
    FAULT_NUMBER_ID,
    FAULT_NO_TIME,
    FAULT_NULL_TIME,
    FAULT_TEXT_TIME,
    FAULT_FRACTION_TIME,
    FAULT_HUGE_TIME,
    FAULT_UNIT_S,
    FAULT_UNIT_US,
    FAULT_UNIT_NS,
    FAULT_RESERVED_TS,
    FAULT_RESERVED_STREAM,
    FAULT_COLUMN, /* a wrong value in another column */
    FAULTS,
};

/* An event or an order. IDs are indexes into what the id functions below spell. */
struct record {
    int64_t ts;
    int64_t arrival; /* the ts that a record of no delay would have in its place */
    int sequence;    /* as it was made: breaks ties of arrival */
    int id;
    int customer; /* -1: null, -2: no such member */
    enum fault fault;
};

struct records {
    struct record at[MAX_RECORDS];
    int count;
};

struct member {
    char text[2 * MAX_VALUE]; /* "name":value as spelled */
};

struct object {
    struct member member[MAX_MEMBERS];
    int count;
};

static struct records orders, events;
static int customers, campaigns;

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int status, const char *format,
                                                                 ...)
{
    va_list arguments;

    fputs("random-shop: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

static uint64_t random_state;

static uint64_t random_next(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static int random_below(int n)
{
    return (int)(random_next() % (uint64_t)n);
}

static int64_t random_time(int64_t below)
{
    return (int64_t)(random_next() % (uint64_t)below);
}

/* One time in N. */
static bool one_in(int n)
{
    return random_below(n) == 0;
}

/* Ids. The odd ones are few, so that each is met often. */

static const char *const odd_ids[IDS] = {
    "",
    "7",
    "007",
    "7.0",
    "C7",
    " c7",
    "c7 ",
    "quote\"d",
    "back\\slash",
    "a/b",
    "tab\there",
    "line\nbreak",
    "\x7f",
    "\x01",
    "\xc3\xa9",
    "e\xcc\x81",
    "\xc3\x9f",
    "\xef\xbd\xa1",
    "\xf0\x9f\x98\x80",
    "\xe6\x97\xa5\xe6\x9c\xac",
    "null",
    "{\"a\":1}",
    "c7\\u0037",
    "\xf0\x9f\x98\x80\xef\xbd\xa1",
};

/* The text of id NUMBER: a plain one with PREFIX, or for one in four an odd one. */
static void id_text(char prefix, int number, char out[MAX_VALUE])
{
    if (number % 4 == 3)
        snprintf(out, MAX_VALUE, "%s", odd_ids[(number / 4) % IDS]);
    else
        snprintf(out, MAX_VALUE, "%c%d", prefix, number);
}

/* The code point at *P, which moves behind it. */
static unsigned next_code_point(const unsigned char **p)
{
    unsigned first = *(*p)++;
    int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    unsigned code = more == 0 ? first : first & (0x3fU >> more);

    for (; more > 0; more--)
        code = code << 6 | (*(*p)++ & 0x3fU);
    return code;
}

static void append_escape(char **out, unsigned code)
{
    const char *format = one_in(2) ? "\\u%04x" : "\\u%04X";

    if (code >= 0x10000) {
        *out += sprintf(*out, format, 0xd800 + ((code - 0x10000) >> 10));
        code = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    *out += sprintf(*out, format, code);
}

/* TEXT as a JSON string: each character raw or escaped, some strings mostly escaped. */
static void spell_string(const char *text, char *out)
{
    static const char shorts[] = "\"\"\\\\//\tt\nn\rr\bb\ff";
    const unsigned char *p = (const unsigned char *)text;
    int escape_every = one_in(5) ? 2 : 1000;

    *out++ = '"';
    while (*p != '\0') {
        const unsigned char *start = p;
        unsigned code = next_code_point(&p);
        const char *found = code < 0x80 ? strchr(shorts, (int)code) : NULL;
        bool has_short = found != NULL && (found - shorts) % 2 == 0;
        bool must = code < 0x20 || code == '"' || code == '\\';

        if (has_short && (must || one_in(2)) && !one_in(4)) {
            *out++ = '\\';
            *out++ = found[1];
        } else if (must || one_in(escape_every)) {
            append_escape(&out, code);
        } else {
            memcpy(out, start, (size_t)(p - start));
            out += p - start;
        }
    }
    *out++ = '"';
    *out = '\0';
}

/* Objects: members are gathered, then written in some order with some white space. */

__attribute__((format(printf, 3, 4))) static void add(struct object *object, const char *name,
                                                      const char *format, ...)
{
    char *text = object->member[object->count++].text;
    int length = sprintf(text, "\"%s\":", name);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + length, sizeof object->member[0].text - (size_t)length, format, arguments);
    va_end(arguments);
}

static void add_string(struct object *object, const char *name, const char *value)
{
    char spelled[2 * MAX_VALUE];

    spell_string(value, spelled);
    add(object, name, "%s", spelled);
}

static void add_id(struct object *object, const char *name, char prefix, int number)
{
    char text[MAX_VALUE];

    id_text(prefix, number, text);
    add_string(object, name, text);
}

static void add_customer_id(struct object *object, int customer)
{
    if (customer == -1)
        add(object, "customer_id", "null");
    else if (customer >= 0)
        add_id(object, "customer_id", 'c', customer);
}

/* Members nobody knows, which must neither hurt nor change. */
static void add_strangers(struct object *object)
{
    static const char *const values[] = {
        "18446744073709551616",
        "9007199254740993",
        "0.1000",
        "-0",
        "1E+2",
        "123456789012345678901234567890.123456789",
        "{\"customer_id\":\"c1\",\"_ts\":[1,{\"event_ts\":null}]}",
        "[[],{},\"\\\\\\\"}\"]",
        "\"a,\\\"customer_id\\\":\\\"c2\\\"}\"",
        "true",
    };

    for (int i = one_in(3) ? random_below(3) : 0; i > 0; i--) {
        char name[16];

        snprintf(name, sizeof name, "x%d", i);
        add(object, name, "%s", values[random_below(10)]);
    }
}

static void shuffle(struct object *object)
{
    for (int i = object->count - 1; i > 0; i--) {
        int j = random_below(i + 1);
        struct member swap = object->member[i];

        object->member[i] = object->member[j];
        object->member[j] = swap;
    }
}

/* How the lines of one file are written: one seed in two is all regular. */
struct style {
    bool tidy, crlf;
};

static void write_object(FILE *file, struct object *object, struct style style)
{
    bool spaced = !style.tidy && one_in(8);

    if (!style.tidy && one_in(4))
        shuffle(object);
    fputs(spaced ? " { " : "{", file);
    for (int i = 0; i < object->count; i++) {
        if (i > 0)
            fputs(spaced ? "\t, " : ",", file);
        fputs(object->member[i].text, file);
    }
    fputs(spaced ? " } " : "}", file);
}

static void end_line(FILE *file, struct style style, bool last)
{
    bool crlf = style.crlf || (!style.tidy && one_in(16));

    if (last && one_in(3))
        return; /* a last line without its newline counts */
    fputs(crlf ? "\r\n" : "\n", file);
    if (!style.tidy && one_in(16))
        fputs(crlf ? "\r\n" : "\n", file);
}

static FILE *open_file(const char *directory, const char *name, struct style *style)
{
    char path[PATH_MAX];
    FILE *file;

    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        fail(2, "%s: the name is too long", directory);
    file = fopen(path, "w");
    if (file == NULL)
        fail(3, "%s: cannot open: %s", path, strerror(errno));
    style->tidy = one_in(2);
    style->crlf = !style->tidy && one_in(4);
    if (one_in(6))
        fputs("\xef\xbb\xbf", file);
    return file;
}

static void close_file(FILE *file, const char *name)
{
    bool bad = ferror(file) != 0;

    if (fclose(file) != 0 || bad)
        fail(3, "%s: cannot write: %s", name, strerror(errno));
}

/* Orders and events. */

/* Adds one that arrives at its time; the caller may delay it. */
static struct record *add_record(struct records *records, int64_t ts, int id, int customer)
{
    struct record *record;

    if (records->count == MAX_RECORDS)
        fail(1, "more than %d records", MAX_RECORDS);
    record = &records->at[records->count];
    *record = (struct record){
        .ts = ts, .arrival = ts, .sequence = records->count, .id = id, .customer = customer};
    records->count++;
    return record;
}

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

/* How much later than its time a record arrives: mostly not, some within the lag, some beyond. */
static int64_t delay_ms(void)
{
    switch (random_below(16)) {
    case 0:
    case 1:
    case 2:
        return random_time(lag_ms);
    case 3:
        return lag_ms + random_below(5) - 2;
    case 4:
        return one_in(3) ? random_time(3 * day_ms) : random_time(2 * lag_ms);
    default:
        return 0;
    }
}

/* Records right behind LEADER that its watermark (ts - lag - 1) just refuses or just admits. */
static void add_stragglers(struct records *records, struct record leader)
{
    for (int behind = -1; behind <= 2; behind++) {
        struct record *record;

        if (!one_in(2))
            continue;
        record =
            add_record(records, leader.ts - lag_ms - behind, random_below(400), any_customer());
        record->arrival = leader.arrival;
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

        order->arrival += delay_ms();
        if (one_in(14)) /* the very line again, soon or late */
            add_record(&orders, copy.ts, copy.id, copy.customer)->arrival += delay_ms();
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
    int customer = order.customer < 0 ? any_customer() : order.customer;
    int count = random_below(4);

    for (int i = 0; i < count; i++) {
        int64_t ts = order.ts;

        if (one_in(2))
            ts += edges[random_below(6)];
        else
            ts += day_ms - random_time(10 * day_ms);
        add_record(&events, ts, random_below(400), customer)->arrival += delay_ms();
        while (one_in(5)) /* ties, that the event_id's bytes decide */
            add_record(&events, ts, random_below(400), customer)->arrival += delay_ms();
    }
}

static void make_events(void)
{
    for (int i = 0; i < orders.count; i++)
        make_touches(orders.at[i]);
    for (int i = 0, count = events.count; i < count; i++) {
        struct record event = events.at[i];

        if (one_in(20)) /* the very event again */
            add_record(&events, event.ts, event.id, event.customer)->arrival += delay_ms();
        if (one_in(20)) /* its event_id at another time, perhaps for another customer */
            add_record(&events, event.ts + random_time(2 * day_ms) - day_ms, event.id,
                       one_in(2) ? any_customer() : event.customer);
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

/* A wrong record still moves the watermark when its time is right. */
static void make_faults(struct records *records)
{
    for (int i = 0, count = records->count; i < count; i++) {
        struct record *record;

        if (!one_in(12))
            continue;
        record = add_record(records, records->at[i].ts + random_time(lag_ms) - lag_ms / 4,
                            records->at[i].id, records->at[i].customer);
        record->fault = (enum fault)(FAULT_NO_ID + random_below(FAULTS - FAULT_NO_ID));
        if (record->fault >= FAULT_UNIT_S && record->fault <= FAULT_UNIT_NS &&
            record->ts < second_ms)
            record->fault = FAULT_NO_TIME; /* before 1970 no unit looks wrong */
        if (record->fault == FAULT_COLUMN || one_in(4))
            record->ts += random_time(30 * second_ms);
    }
}

static int by_arrival(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    if (x->arrival != y->arrival)
        return x->arrival < y->arrival ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void add_record_id(struct object *object, const char *name, char prefix,
                          const struct record *record)
{
    if (record->fault == FAULT_NULL_ID)
        add(object, name, "null");
    else if (record->fault == FAULT_NUMBER_ID)
        add(object, name, "%d", record->id);
    else if (record->fault != FAULT_NO_ID)
        add_id(object, name, prefix, record->id);
}

static void add_record_time(struct object *object, const char *name, const struct record *record)
{
    switch (record->fault) {
    case FAULT_NO_TIME:
        return;
    case FAULT_NULL_TIME:
        add(object, name, "null");
        return;
    case FAULT_TEXT_TIME:
        add(object, name, "\"soon\"");
        return;
    case FAULT_FRACTION_TIME:
        add(object, name, "%" PRId64 ".5", record->ts);
        return;
    case FAULT_HUGE_TIME:
        add(object, name, "%" PRId64 "00000000000", record->ts + INT64_C(1000000000000));
        return;
    case FAULT_UNIT_S:
        add(object, name, "%" PRId64, record->ts / 1000);
        return;
    case FAULT_UNIT_US:
        add(object, name, "%" PRId64, record->ts * 1000);
        return;
    case FAULT_UNIT_NS:
        add(object, name, "%" PRId64, record->ts * 1000000);
        return;
    default:
        add(object, name, "%" PRId64, record->ts);
    }
}

static void add_reserved(struct object *object, const struct record *record)
{
    if (record->fault == FAULT_RESERVED_TS)
        add(object, "_ts", "%" PRId64, record->ts);
    if (record->fault == FAULT_RESERVED_STREAM)
        add(object, "_stream", one_in(2) ? "\"_end\"" : "null");
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
    add_customer_id(object, event->customer);
    add_touch_columns(object, event);
    add_record_time(object, "event_ts", event);
}

/* An amount in one of its spellings; a wrong one has too many digits, or is none. */
static void add_amount(struct object *object, bool wrong)
{
    static const char *const amounts[] = {
        "12",    "12.3",   "12.34",        "1e2",       "\"12.30\"", "12.340000", "0",
        "-0.05", "-7.5E1", "99999999.99",  "1234.5e-1", "0.1e+1",    "\"3e1\"",   "0e99",
        "null",  "0.10",   "-99999999.99", "\"-0.5\"",  "0.00",      "100e-2",
    };
    static const char *const wrong_amounts[] = {
        "12.345",     "0.001",  "123456789.00", "1e8",  "\"abc\"", "true",
        "\"12.345\"", "100e-5", "{\"eur\":1}",  "[12]", "\"\"",    "-100000000",
    };

    if (wrong)
        add(object, "total_amount", "%s", wrong_amounts[random_below(12)]);
    else if (one_in(3))
        add(object, "total_amount", "%s", amounts[random_below(20)]);
    else if (!one_in(30))
        add(object, "total_amount", "%d.%02d", random_below(300), random_below(100));
}

static void write_order(struct object *object, const struct record *order)
{
    add_record_id(object, "order_id", 'o', order);
    add_customer_id(object, order->customer);
    add_amount(object, order->fault == FAULT_COLUMN);
    add_record_time(object, "order_ts", order);
}

static void write_records(const char *directory, const char *name, struct records *records,
                          void (*write_columns)(struct object *, const struct record *))
{
    struct style style;
    FILE *file = open_file(directory, name, &style);

    qsort(records->at, (size_t)records->count, sizeof records->at[0], by_arrival);
    for (int i = 0; i < records->count; i++) {
        struct object object = {.count = 0};

        write_columns(&object, &records->at[i]);
        add_reserved(&object, &records->at[i]);
        add_strangers(&object);
        write_object(file, &object, style);
        end_line(file, style, i == records->count - 1);
    }
    close_file(file, name);
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
        add_customer_id(object, customer);
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
    char *end;

    if (argc != 3) {
        fputs("usage: random-shop SEED DIR\n", stderr);
        return 2;
    }
    errno = 0;
    random_state = strtoull(argv[1], &end, 10);
    if (argv[1][0] < '0' || argv[1][0] > '9' || *end != '\0' || errno != 0)
        fail(2, "SEED: \"%s\" is not a number", argv[1]);
    customers = 12 + random_below(16);
    campaigns = one_in(12) ? 0 : 4 + random_below(8);
    if (one_in(3))
        make_prehistory();
    make_orders(INT64_C(1735689600000) + random_time(day_ms));
    make_events();
    make_faults(&orders);
    make_faults(&events);
    write_records(argv[2], "event.ndjson", &events, write_event);
    write_records(argv[2], "sale_order.ndjson", &orders, write_order);
    write_customers(argv[2]);
    write_campaigns(argv[2]);
    return 0;
}
