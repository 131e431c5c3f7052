/*
 * shop: writes a made-up shop as four NDJSON files with the columns of the first-touch pipeline.
 *
 *     shop --events 2000 --orders 200 --customers 50 --campaigns 6 DIR
 *
 * The same options give the same bytes. Events and orders arrive slightly out of order, never by
 * more than half of --lag-ms, so that none is late under a lag of --lag-ms. A shop has people who
 * only look, people who only buy, orders without a customer and events without a campaign.
 */
#include "making.h"

struct shop {
    uint64_t events, orders, customers, campaigns, days, seed, lag_ms;
    const char *directory;
};

static void put_customer_id(uint64_t customer)
{
    put("c");
    put_number(customer, 6);
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

    return RANDOM_OF(types);
}

static void write_event(const struct shop *shop, uint64_t i)
{
    begin_line();
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
    put_number((uint64_t)arrival_time(i, shop->events, shop->days, shop->lag_ms), 1);
    put("}\n");
}

static void write_order(const struct shop *shop, uint64_t i)
{
    uint64_t cents = 199 + random_skewed(random_percent(10) ? 90000 : 12000);

    begin_line();
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
    put_amount(cents);
    put(",\"order_ts\":");
    put_number((uint64_t)arrival_time(i, shop->orders, shop->days, shop->lag_ms), 1);
    put("}\n");
}

static void write_customer(const struct shop *shop, uint64_t i)
{
    static const char *const segments[] = {"New", "Occasional", "Loyal", "VIP"};
    static const char *const channels[] = {"organic_search", "paid_search", "social",
                                           "referral",       "email",       "store"};
    static const char *const countries[] = {"FR", "DE", "ES", "IT", "NL", "GB"};

    (void)shop;
    begin_line();
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
        put_number((uint64_t)opening_ms - random_below(365) * day_ms - random_below(day_ms), 1);
    put("}\n");
}

static void write_campaign(const struct shop *shop, uint64_t i)
{
    static const char *const names[] = {
        "Winter sale",      "Newsletter",      "Brand search",    "Retargeting",
        "Friends referral", "Instagram video", "Loyalty mailing", "Price comparison",
    };
    const uint64_t count = sizeof names / sizeof names[0];

    begin_line();
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

static void write_file(const struct shop *shop, const char *name, uint64_t count,
                       void (*write_record)(const struct shop *, uint64_t))
{
    file_open(shop->directory, name, shop->seed);
    for (uint64_t i = 0; i < count; i++)
        write_record(shop, i);
    file_close();
}

static const char usage[] =
    "usage: shop [--events N] [--orders N] [--customers N] [--campaigns N] [--days N]\n"
    "            [--seed S] [--lag-ms N] DIR\n"
    "\n"
    "Writes event.ndjson, sale_order.ndjson, customer.ndjson and campaign.ndjson into DIR, which\n"
    "must exist. The defaults are the benchmark's: 5000000 events, 500000 orders, 200000\n"
    "customers, 500 campaigns, 30 days, seed 1, and a lag of 10000 ms under which none is late.\n";

int main(int argc, char **argv)
{
    struct shop shop = {.events = 5000000,
                        .orders = 500000,
                        .customers = 200000,
                        .campaigns = 500,
                        .days = 30,
                        .seed = 1,
                        .lag_ms = 10000};
    const struct count_option options[] = {
        {"events", &shop.events, 0, 1000000000},
        {"orders", &shop.orders, 0, 1000000000},
        {"customers", &shop.customers, 1, 1000000000},
        {"campaigns", &shop.campaigns, 0, 1000000},
        {"days", &shop.days, 1, 36500},
        {"seed", &shop.seed, 0, UINT64_MAX},
        {"lag-ms", &shop.lag_ms, 0, 86400000},
    };

    shop.directory =
        parse_counts(argc, argv, usage, options, (int)(sizeof options / sizeof options[0]));
    write_file(&shop, "event.ndjson", shop.events, write_event);
    write_file(&shop, "sale_order.ndjson", shop.orders, write_order);
    write_file(&shop, "customer.ndjson", shop.customers, write_customer);
    write_file(&shop, "campaign.ndjson", shop.campaigns, write_campaign);
    return 0;
}
