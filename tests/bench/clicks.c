/*
 * clicks: writes what is clicked in a made-up shop, and what it sells, as the two NDJSON files of
 * the clickstream pipeline.
 *
 *     clicks --events 2000 --products 100 --users 80 DIR
 *
 * The same options give the same bytes. People look about in sessions of ten events or so, one each
 * half a minute; a third of the events are about a product, and most tell who it is. Websites write
 * null for what they do not know, the app leaves it out. Each product is there without a time
 * first, and then in versions, as prices and now and then a category change. Events and versions
 * come slightly out of order, never by more than half of --lag-ms, so that none is late under a lag
 * of
 * --lag-ms.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "making.h"

struct clicks {
    uint64_t events, products, versions, users, days, seed, lag_ms;
    const char *directory;
};

enum page_kind { HOME, CATEGORY, PRODUCT, SEARCH, CART, CHECKOUT, OUTSIDE, NO_PAGE };

struct page {
    enum page_kind kind;
    uint64_t number;   /* of the product, the category, the query, the place outside */
    uint64_t campaign; /* that led here; 0: none */
};

/* Somebody who looks about, from the first event to the last. */
struct visit {
    uint64_t session, anonymous, user; /* 0: not known */
    uint64_t events_left, events_until_login;
    uint64_t product; /* the last one seen */
    struct page page, referrer;
    bool is_app;
    const char *device, *browser, *country;
};

/* What a product always is. */

enum { CATEGORIES = 8, SUBCATEGORIES = 4 };

static const char *const categories[CATEGORIES] = {"shoes",  "outdoor",     "kitchen", "books",
                                                   "garden", "electronics", "toys",    "beauty"};
static const char *const subcategories[CATEGORIES][SUBCATEGORIES] = {
    {"sneakers", "boots", "sandals", "slippers"},
    {"tents", "backpacks", "stoves", "lamps"},
    {"knives", "pans", "kettles", "mugs"},
    {"novels", "cookbooks", "atlases", "comics"},
    {"seeds", "spades", "hoses", "gloves"},
    {"headphones", "chargers", "cameras", "keyboards"},
    {"puzzles", "blocks", "kites", "dolls"},
    {"soaps", "creams", "brushes", "perfumes"}};
static const char *const qualities[] = {"light",   "classic", "everyday", "premium",
                                        "compact", "vintage", "ultra",    "organic"};
static const char *const brands[] = {"Norda",    "Velmo",      "Kitsu", "Albero",
                                     "Fjellrev", "Otto & Ida", "Pampa", "Quill",
                                     "Sol",      "Tern",       "Umbra", "Caf\xc3\xa9"};

static const char *category_of(uint64_t product)
{
    return categories[product % CATEGORIES];
}

static const char *subcategory_of(uint64_t product)
{
    return subcategories[product % CATEGORIES][product / CATEGORIES % SUBCATEGORIES];
}

static const char *quality_of(uint64_t product)
{
    return qualities[product / 32 % 8];
}

static void put_product_id(uint64_t product)
{
    put("p");
    put_number(product, 5);
}

/* Pages. */

static const char *const queries[] = {
    "running shoes", "tent 2 person",   "gift",  "coffee mug",    "knife set", "usb c charger",
    "atlas",         "organic tomato",  "boots", "cr\xc3\xa8me",  "kite",      "monitor 27\\\" 4k",
    "lego",          "head phones bt5", "soap",  "garden gloves", "novel",     "pan induction"};

static void put_query(uint64_t query, const char *space)
{
    for (const char *letter = queries[query]; *letter != '\0'; letter++) {
        const char text[2] = {*letter, '\0'};

        put(*letter == ' ' ? space : text);
    }
}

static void put_outside(uint64_t number)
{
    static const char *const places[] = {"https://www.google.com/", "https://duckduckgo.com/",
                                         "https://m.facebook.com/", "https://l.instagram.com/",
                                         "android-app://com.google.android.gm/"};

    put(places[number]);
}

static void put_campaign(uint64_t campaign)
{
    static const char *const campaigns[] = {"newsletter&utm_medium=email&utm_campaign=winter-sale",
                                            "google&utm_medium=cpc&utm_campaign=brand&gclid=",
                                            "instagram&utm_medium=social&utm_campaign=spring-look"};

    put("?utm_source=");
    put(campaigns[campaign % 3]);
    if (campaign % 3 == 1)
        put_hex(campaign * UINT64_C(0x9e3779b97f4a7c15), 16);
}

static void put_path(const struct page *page)
{
    if (page->kind == CATEGORY) {
        put("c/");
        put(category_of(page->number));
        put("/");
        put(subcategory_of(page->number));
    } else if (page->kind == PRODUCT) {
        put("p/");
        put(quality_of(page->number));
        put("-");
        put(subcategory_of(page->number));
        put("-");
        put_number(page->number, 5);
    } else if (page->kind == SEARCH) {
        put("search?q=");
        put_query(page->number, "+");
    } else if (page->kind == CART) {
        put("cart");
    } else if (page->kind == CHECKOUT) {
        put("checkout/payment");
    }
}

static void put_page(const struct page *page, bool is_app)
{
    if (page->kind == OUTSIDE) {
        put_outside(page->number);
        return;
    }
    put(is_app ? "app://shop.example/" : "https://www.shop.example/");
    put_path(page);
    if (page->campaign != 0)
        put_campaign(page->campaign);
}

/* Visits. */

static struct page landing_page(const struct clicks *clicks)
{
    struct page page = {.kind = random_percent(40)   ? HOME
                                : random_percent(50) ? CATEGORY
                                                     : PRODUCT,
                        .number = random_skewed(clicks->products)};

    if (random_percent(40))
        page.campaign = 1 + random_below(1 << 20);
    return page;
}

/* Half are logged in, a few log in later, a few are on a device that nobody has marked. */
static void begin_login(const struct clicks *clicks, struct visit *visit)
{
    uint64_t user = 1 + random_skewed(clicks->users), dice = random_below(100);

    visit->user = dice < 60 ? user : 0;
    visit->anonymous = dice < 5 || dice == 99 ? 0 : user * UINT64_C(0x9e3779b97f4a7c15);
    visit->events_until_login = dice < 60 || random_percent(95) ? 0 : 1 + random_below(10);
}

static void begin_visit(const struct clicks *clicks, struct visit *visit)
{
    static const char *const countries[] = {"FR", "DE", "ES", "IT", "NL", "GB", "US", "BR"};
    static const char *const browsers[] = {"Chrome", "Safari", "Firefox", "Edge"};
    uint64_t dice = random_below(100);

    *visit = (struct visit){.session = random_next(),
                            .events_left = 1 + random_skewed(28),
                            .product = random_skewed(clicks->products),
                            .is_app = random_percent(25),
                            .country = countries[random_skewed(8)],
                            .page = landing_page(clicks),
                            .referrer = {.kind = NO_PAGE}};
    visit->device = dice < 38 && !visit->is_app ? "desktop" : dice < 92 ? "mobile" : "tablet";
    visit->browser = visit->is_app ? "App 7.4.1" : browsers[random_skewed(4)];
    if (visit->is_app)
        visit->page.campaign = 0;
    else if (random_percent(70))
        visit->referrer = (struct page){.kind = OUTSIDE, .number = random_skewed(5)};
    begin_login(clicks, visit);
}

static void go_to(struct visit *visit, enum page_kind kind, uint64_t number)
{
    visit->referrer = visit->page;
    visit->page = (struct page){.kind = kind, .number = number};
    if (kind == PRODUCT)
        visit->product = number;
}

static void view_page(const struct clicks *clicks, struct visit *visit)
{
    uint64_t dice = random_below(100);

    if (dice < 32)
        go_to(visit, PRODUCT, random_skewed(clicks->products));
    else if (dice < 80)
        go_to(visit, CATEGORY, random_below(clicks->products));
    else
        go_to(visit, dice < 90 ? HOME : CART, 0);
}

/* An event: its type, and whether it is about the visit's product, or the query of its page. */
struct step {
    const char *type;
    bool has_product, has_query;
};

static struct step next_step(const struct clicks *clicks, struct visit *visit)
{
    static const char *const others[] = {"scroll", "impression", "video_play", "share", "logout"};
    uint64_t dice = random_below(100);
    struct step step = {.type = RANDOM_OF(others)};

    if (dice < 50) {
        view_page(clicks, visit);
        step.type = "page_view";
    } else if (dice < 58) {
        go_to(visit, SEARCH, random_below(sizeof queries / sizeof queries[0]));
        step.type = "search";
    } else if (dice < 80) {
        step.type = "click";
    } else if (dice < 90) {
        step.type = dice < 86 ? "add_to_cart" : dice < 88 ? "remove_from_cart" : "purchase";
        if (dice >= 88)
            go_to(visit, CHECKOUT, 0);
    }
    step.has_product = visit->page.kind == PRODUCT || (dice >= 80 && dice < 90);
    step.has_query = dice >= 50 && dice < 58;
    return step;
}

/* What is not known is null, or with LEFT_OUT nothing. */

static void put_unknown(const char *name, bool left_out)
{
    if (left_out)
        return;
    put(",\"");
    put(name);
    put("\":null");
}

static void put_text(const char *name, const char *text)
{
    put(",\"");
    put(name);
    put("\":\"");
    put(text);
    put("\"");
}

static void put_ids(const struct visit *visit)
{
    put("{\"event_id\":\"");
    put_hex(random_next(), 8);
    put("-");
    put_hex(random_next(), 4);
    put("-4");
    put_hex(random_next(), 3);
    put("-8");
    put_hex(random_next(), 3);
    put("-");
    put_hex(random_next(), 12);
    put("\",\"session_id\":\"s-");
    put_hex(visit->session, 16);
    put("\"");
    if (visit->user != 0) {
        put(",\"user_id\":\"u-");
        put_number(visit->user, 7);
        put("\"");
    } else {
        put_unknown("user_id", visit->is_app);
    }
    if (visit->anonymous != 0) {
        put(",\"anonymous_id\":\"a-");
        put_hex(visit->anonymous, 16);
        put("\"");
    } else {
        put_unknown("anonymous_id", visit->is_app);
    }
}

static void put_pages(const struct visit *visit)
{
    put(",\"page_url\":\"");
    put_page(&visit->page, visit->is_app);
    put("\"");
    if (visit->referrer.kind == NO_PAGE) {
        put_unknown("referrer_url", visit->is_app);
        return;
    }
    put(",\"referrer_url\":\"");
    put_page(&visit->referrer, visit->is_app);
    put("\"");
}

static void put_subject(const struct visit *visit, struct step step)
{
    if (step.has_product) {
        put(",\"product_id\":\"");
        put_product_id(visit->product);
        put("\"");
    } else {
        put_unknown("product_id", visit->is_app);
    }
    if (step.has_query) {
        put(",\"search_query\":\"");
        put_query(visit->page.number, " ");
        put("\"");
    } else {
        put_unknown("search_query", visit->is_app);
    }
}

static void write_event(const struct clicks *clicks, struct visit *visit, uint64_t i)
{
    struct step step = next_step(clicks, visit);

    begin_line();
    put_ids(visit);
    put_text("event_type", step.type);
    put_pages(visit);
    put_subject(visit, step);
    put_text("device_type", visit->device);
    put_text("browser", visit->browser);
    put_text("country", visit->country);
    put(",\"timestamp\":");
    put_number((uint64_t)arrival_time(i, clicks->events, clicks->days, clicks->lag_ms), 1);
    put("}\n");
}

/* As many visits go on at a time as make each have an event in half a minute. */
static void write_events(const struct clicks *clicks)
{
    uint64_t count = 2 + clicks->events * 30000 / (clicks->days * day_ms);
    struct visit *visits = calloc(count, sizeof visits[0]);

    if (visits == NULL)
        fail(3, "no memory for %" PRIu64 " visits", count);
    file_open(clicks->directory, "clickstream.ndjson", clicks->seed);
    for (uint64_t i = 0; i < clicks->events; i++) {
        struct visit *visit = &visits[random_below(count)];

        if (visit->events_left == 0)
            begin_visit(clicks, visit);
        write_event(clicks, visit, i);
        visit->events_left--;
        if (visit->events_until_login > 0 && --visit->events_until_login == 0)
            visit->user = 1 + random_skewed(clicks->users);
    }
    file_close();
    free(visits);
}

/* UPDATED_AT 0: a first version, without a time. */
static void write_version(uint64_t product, int64_t updated_at)
{
    uint64_t change = updated_at == 0 ? 100 : random_below(100);

    begin_line();
    put("{\"product_id\":\"");
    put_product_id(product);
    put("\",\"name\":\"");
    put(quality_of(product));
    put(" ");
    put(subcategory_of(product));
    put(change < 2 ? " NEW " : " ");
    put_number(product, 1);
    put("\"");
    put_text("category", category_of(change < 4 ? product + 1 : product));
    put_text("subcategory", subcategory_of(product));
    put(",\"price\":");
    put_amount(199 + random_skewed(random_percent(10) ? 90000 : 12000));
    put_text("brand", brands[product % (sizeof brands / sizeof brands[0])]);
    if (updated_at != 0) {
        put(",\"updated_at\":");
        put_number((uint64_t)updated_at, 1);
    }
    put("}\n");
}

static void write_products(const struct clicks *clicks)
{
    file_open(clicks->directory, "products.ndjson", clicks->seed);
    for (uint64_t i = 0; i < clicks->products; i++)
        write_version(i, 0);
    for (uint64_t i = 0; i < clicks->versions; i++)
        write_version(random_below(clicks->products),
                      arrival_time(i, clicks->versions, clicks->days, clicks->lag_ms));
    file_close();
}

static const char usage[] =
    "usage: clicks [--events N] [--products N] [--versions N] [--users N] [--days N]\n"
    "              [--seed S] [--lag-ms N] DIR\n"
    "\n"
    "Writes clickstream.ndjson and products.ndjson into DIR, which must exist. The defaults are "
    "the\n"
    "benchmark's: 5000000 events, 10000 products with 30000 versions besides the first, 200000\n"
    "users, 1 day, seed 1, and a lag of 10000 ms under which none is late.\n";

int main(int argc, char **argv)
{
    struct clicks clicks = {.events = 5000000,
                            .products = 10000,
                            .versions = 30000,
                            .users = 200000,
                            .days = 1,
                            .seed = 1,
                            .lag_ms = 10000};
    const struct count_option options[] = {
        {"events", &clicks.events, 0, 1000000000},
        {"products", &clicks.products, 1, 100000000},
        {"versions", &clicks.versions, 0, 1000000000},
        {"users", &clicks.users, 1, 1000000000},
        {"days", &clicks.days, 1, 36500},
        {"seed", &clicks.seed, 0, UINT64_MAX},
        {"lag-ms", &clicks.lag_ms, 0, 86400000},
    };

    clicks.directory =
        parse_counts(argc, argv, usage, options, (int)(sizeof options / sizeof options[0]));
    write_events(&clicks);
    write_products(&clicks);
    return 0;
}
