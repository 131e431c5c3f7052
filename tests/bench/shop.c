/*
 * shop: writes a made-up shop as four NDJSON files with the columns of the first-touch pipeline.
 *
 *     shop --events 2000 --orders 200 --customers 50 --campaigns 6 DIR
 *
 * The same options give the same bytes. Events and orders arrive slightly out of order, never by
 * more than half of --lag-ms, so that none is late under a lag of --lag-ms. A shop has people who
 * only look, people who only buy, orders without a customer and events without a campaign.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, LONGEST_LINE = 512 };

static const int64_t shop_opens_ms = INT64_C(1735689600000); /* 2025-01-01T00:00:00Z */
static const uint64_t day_ms = 86400000;

struct shop {
    uint64_t events, orders, customers, campaigns, days, seed, lag_ms;
    const char *directory;
};

/* A file being written: the bytes not yet written, and where to blame a failure. */
struct output {
    int fd;
    size_t length;
    char path[PATH_MAX];
    char bytes[BUFFER];
};

static struct output output;

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int status, const char *format,
                                                                 ...)
{
    va_list arguments;

    fputs("shop: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* Randomness: a counter with a good mixer, so that every seed is a good one. */

static uint64_t random_state;

static uint64_t random_next(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Uniform in 0 .. N-1; N > 0 and below 2^32. */
static uint64_t random_below(uint64_t n)
{
    return (random_next() >> 32) * n >> 32;
}

static bool random_percent(unsigned percent)
{
    return random_below(100) < percent;
}

/* The lower ones more often: a few customers and campaigns make most of the traffic. */
static uint64_t random_skewed(uint64_t n)
{
    uint64_t a = random_below(n), b = random_below(n);

    return a < b ? a : b;
}

static void output_open(const char *directory, const char *name)
{
    int length = snprintf(output.path, sizeof output.path, "%s/%s", directory, name);

    if (length < 0 || (size_t)length >= sizeof output.path)
        fail(2, "%s: the name is too long", directory);
    output.fd = open(output.path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (output.fd < 0)
        fail(3, "%s: cannot open: %s", output.path, strerror(errno));
}

static void output_flush(void)
{
    size_t done = 0;

    while (done < output.length) {
        ssize_t n = write(output.fd, output.bytes + done, output.length - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail(3, "%s: cannot write: %s", output.path, strerror(errno));
        done += (size_t)n;
    }
    output.length = 0;
}

static void output_close(void)
{
    output_flush();
    if (close(output.fd) != 0)
        fail(3, "%s: cannot close: %s", output.path, strerror(errno));
}

/* Every line begins here: after it there is room for a longest line, so putters need not check. */
static void output_begin_line(void)
{
    if (output.length > BUFFER - LONGEST_LINE)
        output_flush();
}

static void put(const char *text)
{
    size_t length = strlen(text);

    memcpy(output.bytes + output.length, text, length);
    output.length += length;
}

/* VALUE with at least WIDTH digits. */
static void put_number(uint64_t value, int width)
{
    char digits[20];
    int at = (int)sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || (int)sizeof digits - at < width);
    memcpy(output.bytes + output.length, digits + at, sizeof digits - (size_t)at);
    output.length += sizeof digits - (size_t)at;
}

static void put_customer_id(uint64_t customer)
{
    put("c");
    put_number(customer, 6);
}

/*
 * The time of record I of N: evenly paced over the days, most a little late, some much, none by
 * more than half the lag.
 */
static int64_t arrival_time(const struct shop *shop, uint64_t i, uint64_t n)
{
    uint64_t span_ms = shop->days * day_ms;
    uint64_t pace = (uint64_t)((unsigned __int128)span_ms * i / n);
    uint64_t most = random_percent(10) ? shop->lag_ms / 2 : shop->lag_ms / 16;

    return shop_opens_ms + (int64_t)pace - (int64_t)random_below(most + 1);
}

/* One customer in 20 never buys, another one in 20 never shows up before buying. */
static uint64_t customer_who_looks(const struct shop *shop)
{
    return random_skewed(shop->customers - shop->customers / 20);
}

static uint64_t customer_who_buys(const struct shop *shop)
{
    uint64_t aloof = shop->customers / 20;

    return aloof + random_skewed(shop->customers - aloof);
}

static const char *event_type(void)
{
    static const char *const types[] = {"page_view", "page_view", "click",   "email_open",
                                        "page_view", "search",    "ad_view", "add_to_cart"};

    return types[random_below(sizeof types / sizeof types[0])];
}

static void write_event(const struct shop *shop, uint64_t i)
{
    output_begin_line();
    put("{\"event_id\":\"e");
    put_number(i, 7);
    put("\",\"customer_id\":\"");
    put_customer_id(customer_who_looks(shop));
    put("\",\"event_type\":\"");
    put(event_type());
    put("\",\"campaign_id\":");
    if (shop->campaigns == 0 || random_percent(10)) {
        put("null");
    } else {
        put("\"");
        put_number(1 + random_skewed(shop->campaigns), 1);
        put("\"");
    }
    put(",\"event_ts\":");
    put_number((uint64_t)arrival_time(shop, i, shop->events), 1);
    put("}\n");
}

static void write_order(const struct shop *shop, uint64_t i)
{
    uint64_t cents = 199 + random_skewed(random_percent(10) ? 90000 : 12000);

    output_begin_line();
    put("{\"order_id\":\"o");
    put_number(i, 7);
    put("\",\"customer_id\":");
    if (random_percent(3)) {
        put("null");
    } else {
        put("\"");
        put_customer_id(customer_who_buys(shop));
        put("\"");
    }
    put(",\"total_amount\":");
    put_number(cents / 100, 1);
    put(".");
    put_number(cents % 100, 2);
    put(",\"order_ts\":");
    put_number((uint64_t)arrival_time(shop, i, shop->orders), 1);
    put("}\n");
}

static void write_customer(const struct shop *shop, uint64_t i)
{
    static const char *const segments[] = {"New", "Occasional", "Loyal", "VIP"};
    static const char *const channels[] = {"organic_search", "paid_search", "social",
                                           "referral",       "email",       "store"};
    static const char *const countries[] = {"FR", "DE", "ES", "IT", "NL", "GB"};

    (void)shop;
    output_begin_line();
    put("{\"customer_id\":\"");
    put_customer_id(i);
    put("\",\"email\":\"");
    put_customer_id(i);
    put("@example.com\",\"phone\":\"+33");
    put_number(600000000 + random_below(200000000), 9);
    put("\",\"segment\":\"");
    put(segments[random_skewed(4)]);
    put("\",\"acquisition_channel\":\"");
    put(channels[random_below(6)]);
    put("\",\"country\":\"");
    put(countries[random_skewed(6)]);
    put(random_percent(60) ? "\",\"opt_in\":true" : "\",\"opt_in\":false");
    put(",\"last_purchase_ts\":");
    if (random_percent(15))
        put("null");
    else
        put_number((uint64_t)shop_opens_ms - random_below(365) * day_ms - random_below(day_ms), 1);
    put("}\n");
}

static void write_campaign(const struct shop *shop, uint64_t i)
{
    static const char *const names[] = {
        "Winter sale",      "Newsletter",      "Brand search",    "Retargeting",
        "Friends referral", "Instagram video", "Loyalty mailing", "Price comparison",
    };
    const uint64_t count = sizeof names / sizeof names[0];

    output_begin_line();
    put("{\"id\":");
    put_number(i + 1, 1);
    put(",\"name\":\"");
    put(names[i % count]);
    if (shop->campaigns > count) {
        put(" ");
        put_number(i / count + 1, 1);
    }
    put("\"}\n");
}

/* Each file has its own random numbers: changing how many orders there are leaves the events alone.
 */
static void write_file(const struct shop *shop, const char *name, uint64_t count,
                       void (*write_record)(const struct shop *, uint64_t))
{
    random_state = shop->seed;
    for (const char *letter = name; *letter != '\0'; letter++)
        random_state = random_next() + (unsigned char)*letter;
    output_open(shop->directory, name);
    for (uint64_t i = 0; i < count; i++)
        write_record(shop, i);
    output_close();
}

static const char usage[] =
    "usage: shop [--events N] [--orders N] [--customers N] [--campaigns N] [--days N]\n"
    "            [--seed S] [--lag-ms N] DIR\n"
    "\n"
    "Writes event.ndjson, sale_order.ndjson, customer.ndjson and campaign.ndjson into DIR, which\n"
    "must exist. The defaults are the benchmark's: 5000000 events, 500000 orders, 200000\n"
    "customers, 500 campaigns, 30 days, seed 1, and a lag of 10000 ms under which none is late.\n";

/* The whole of TEXT as a number from LEAST to MOST. */
static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least ||
        value > most)
        fail(2, "--%s: \"%s\" is not a number from %" PRIu64 " to %" PRIu64, option, text, least,
             most);
    return value;
}

static void parse_options(int argc, char **argv, struct shop *shop)
{
    enum { COUNTS = 7 };
    static const struct option options[] = {
        {"events", required_argument, NULL, 0},
        {"orders", required_argument, NULL, 1},
        {"customers", required_argument, NULL, 2},
        {"campaigns", required_argument, NULL, 3},
        {"days", required_argument, NULL, 4},
        {"seed", required_argument, NULL, 5},
        {"lag-ms", required_argument, NULL, 6},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct {
        uint64_t *value, least, most;
    } limits[COUNTS] = {
        {&shop->events, 0, 1000000000},    {&shop->orders, 0, 1000000000},
        {&shop->customers, 1, 1000000000}, {&shop->campaigns, 0, 1000000},
        {&shop->days, 1, 36500},           {&shop->seed, 0, UINT64_MAX},
        {&shop->lag_ms, 0, 86400000},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(fflush(stdout) == 0 ? 0 : 3);
        }
        if (option < 0 || option >= COUNTS)
            exit(2); /* getopt_long has said why */
        *limits[option].value =
            parse_number(options[option].name, optarg, limits[option].least, limits[option].most);
    }
}

int main(int argc, char **argv)
{
    struct shop shop = {.events = 5000000,
                        .orders = 500000,
                        .customers = 200000,
                        .campaigns = 500,
                        .days = 30,
                        .seed = 1,
                        .lag_ms = 10000};

    parse_options(argc, argv, &shop);
    if (argc - optind != 1) {
        fputs(usage, stderr);
        return 2;
    }
    shop.directory = argv[optind];
    write_file(&shop, "event.ndjson", shop.events, write_event);
    write_file(&shop, "sale_order.ndjson", shop.orders, write_order);
    write_file(&shop, "customer.ndjson", shop.customers, write_customer);
    write_file(&shop, "campaign.ndjson", shop.campaigns, write_campaign);
    return 0;
}
