#include "type.h"

#include "check.h"

static struct type type_named(const char *name)
{
    struct type type = {.kind = TYPE_ANY};
    bool good = type_parse(name, &type);
    if (!good)
        fprintf(stderr, "%s is no type\n", name);
    CHECK(good);
    return type;
}

static struct json_value value_of(const char *json)
{
    struct json_value value;
    struct json_error error;
    const char *end = json + strlen(json);
    const char *behind = json_scan_value(json, end, 0, &value, &error);
    if (behind != end)
        fprintf(stderr, "%s is no JSON\n", json);
    CHECK(behind == end);
    return value;
}

/* "" when JSON is of the type NAME, or else why not. */
static const char *complaint(const char *name, const char *json)
{
    struct type type = type_named(name);
    struct json_value value = value_of(json);
    const char *why = "";
    bool good = type_accepts(&type, &value, &why);
    return good == (why[0] == '\0') ? why : "answer and reason differ";
}

#define ACCEPTS(type, json) CHECK_TEXT(complaint(type, json), "")
#define REFUSES(type, json, why) CHECK_TEXT(complaint(type, json), why)

/* JSON as a sink shows it, or why not. */
static const char *rendered(const char *name, const char *json)
{
    static char out[256];
    struct type type = type_named(name);
    struct json_value value = value_of(json);
    struct buffer buffer = {0};
    const char *why = "";
    buffer_append_text(&buffer, "[");
    bool good = type_render(&type, &value, &buffer, &why);
    if (good)
        snprintf(out, sizeof(out), "%.*s", (int)buffer.length - 1, buffer.at + 1);
    else
        snprintf(out, sizeof(out), "%s%s", why, buffer.length == 1 ? "" : " (and appended)");
    buffer_free(&buffer);
    return out;
}

static void names_survive(void)
{
    const char *const names[] = {"any",
                                 "string",
                                 "int",
                                 "boolean",
                                 "date",
                                 "json",
                                 "timestamp",
                                 "decimal(10,2)",
                                 "decimal(1,0)",
                                 "decimal(38,38)",
                                 "decimal(38,0)",
                                 "timestamp(s)",
                                 "timestamp(us)",
                                 "timestamp(ns)",
                                 "timestamp(rfc3339)",
                                 "timestamp(UTC)",
                                 "timestamp(Europe/Paris)",
                                 "timestamp(America/Argentina/ComodRivadavia)"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct type type = type_named(names[i]);
        char text[TYPE_TEXT];
        CHECK_TEXT(type_format(&type, text), names[i]);
    }
    struct type ms = type_named("timestamp(ms)");
    char text[TYPE_TEXT];
    CHECK(ms.kind == TYPE_TIMESTAMP && ms.form == TIMESTAMP_MS);
    CHECK_TEXT(type_format(&ms, text), "timestamp");
}

static void names_mean_what_they_say(void)
{
    struct type type = type_named("decimal(12,4)");
    CHECK(type.kind == TYPE_DECIMAL && type.precision == 12 && type.scale == 4);
    type = type_named("timestamp(Europe/Paris)");
    CHECK(type.kind == TYPE_TIMESTAMP && type.form == TIMESTAMP_LOCAL);
    CHECK_TEXT(type.zone, "Europe/Paris");
    CHECK(type_named("timestamp(s)").form == TIMESTAMP_S);
    CHECK(type_named("timestamp(us)").form == TIMESTAMP_US);
    CHECK(type_named("timestamp(ns)").form == TIMESTAMP_NS);
    CHECK(type_named("timestamp(rfc3339)").form == TIMESTAMP_RFC3339);
    CHECK(type_named("any").kind == TYPE_ANY);
    CHECK(type_named("json").kind == TYPE_JSON);
}

static void other_names_are_refused(void)
{
    const char *const bad[] = {"",
                               "varchar",
                               "String",
                               "string ",
                               " string",
                               "strings",
                               "int64",
                               "decimal",
                               "decimal()",
                               "decimal(10)",
                               "decimal(10,)",
                               "decimal(,2)",
                               "decimal(10,2",
                               "decimal(10,2))",
                               "decimal(10,2) ",
                               "decimal(10;2)",
                               "decimal(-1,0)",
                               "decimal(0,0)",
                               "decimal(39,0)",
                               "decimal(100,2)",
                               "decimal(10,11)",
                               "decimal(010,2)",
                               "decimal(10,02)",
                               "decimal(+9,2)",
                               "timestamp(",
                               "timestamp()",
                               "timestamp(ms",
                               "timestamp(ms) ",
                               "timestamp(ms))",
                               "timestamp(Ms)",
                               "timestamp(RFC3339)",
                               "timestamp(Mars/Olympus)",
                               "timestamp(Europe)",
                               "timestamp(/Europe/Paris)",
                               "timestamp(../Europe/Paris)",
                               "timestamp (ms)",
                               "date()",
                               "timestamp(A/zone/name/that/is/longer/than/it/may/be/at/all)"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct type type = {.kind = TYPE_JSON, .precision = 77};
        bool good = type_parse(bad[i], &type);
        if (good)
            fprintf(stderr, "\"%s\" was not refused\n", bad[i]);
        CHECK(!good && type.kind == TYPE_JSON && type.precision == 77);
    }
}

static void any_and_json_take_everything(void)
{
    const char *const values[] = {"\"\"", "1.5", "true", "[1,{}]", "{\"a\":null}"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        ACCEPTS("any", values[i]);
        ACCEPTS("json", values[i]);
    }
}

static void strings_booleans_and_dates(void)
{
    ACCEPTS("string", "\"\"");
    ACCEPTS("string", "\"a\\nb\"");
    REFUSES("string", "7", "is not a string");
    REFUSES("string", "[\"a\"]", "is not a string");
    ACCEPTS("boolean", "true");
    ACCEPTS("boolean", "false");
    REFUSES("boolean", "\"true\"", "is not true or false");
    REFUSES("boolean", "1", "is not true or false");
    const char *no_date = "is not a date like 2025-01-31";
    ACCEPTS("date", "\"2025-01-31\"");
    ACCEPTS("date", "\"2024-02-29\"");
    ACCEPTS("date", "\"0000-02-29\"");
    ACCEPTS("date", "\"9999-12-31\"");
    ACCEPTS("date", "\"2025\\u002d01-31\"");
    REFUSES("date", "\"2025-02-29\"", no_date);
    REFUSES("date", "\"2025-1-31\"", no_date);
    REFUSES("date", "\"2025-01-31T00:00:00Z\"", no_date);
    REFUSES("date", "\"20250131\"", no_date);
    REFUSES("date", "\"\"", no_date);
    REFUSES("date", "20250131", no_date);
}

static void integers_are_of_64_bits(void)
{
    ACCEPTS("int", "0");
    ACCEPTS("int", "-0");
    ACCEPTS("int", "9223372036854775807");
    ACCEPTS("int", "-9223372036854775808");
    REFUSES("int", "9223372036854775808", "is out of range for int");
    REFUSES("int", "-9223372036854775809", "is out of range for int");
    REFUSES("int", "18446744073709551616", "is out of range for int");
    REFUSES("int", "1.0", "is not an integer");
    REFUSES("int", "1e3", "is not an integer");
    REFUSES("int", "99999999999999999999.0", "is not an integer");
    REFUSES("int", "\"7\"", "is not an integer");
    REFUSES("int", "true", "is not an integer");
    struct json_value value = value_of("-1234567890123");
    int64_t number = 0;
    const char *why;
    CHECK(type_int(&value, &number, &why) && number == -1234567890123);
}

static void decimals_are_never_rounded(void)
{
    ACCEPTS("decimal(10,2)", "99999999.99");
    ACCEPTS("decimal(10,2)", "1e2");
    ACCEPTS("decimal(2,1)", "0.10");
    ACCEPTS("decimal(10,2)", "\"12.30\"");
    ACCEPTS("decimal(10,2)", "\"\\u0031.5\"");
    ACCEPTS("decimal(38,0)", "18446744073709551616");
    REFUSES("decimal(2,1)", "0.11", "has more digits than its scale");
    REFUSES("decimal(10,2)", "\"0.001\"", "has more digits than its scale");
    REFUSES("decimal(10,2)", "100000000", "is out of range for its precision");
    REFUSES("decimal(10,2)", "\"12,30\"", "is not a number");
    REFUSES("decimal(10,2)", "\"\"", "is not a number");
    REFUSES("decimal(10,2)", "\" 1\"", "is not a number");
    REFUSES("decimal(10,2)", "true", "is not a number");
    REFUSES("decimal(10,2)", "[1]", "is not a number");
}

static void timestamps_are_as_declared(void)
{
    ACCEPTS("timestamp", "1735689600000");
    ACCEPTS("timestamp", "-1");
    ACCEPTS("timestamp(s)", "1735689600");
    ACCEPTS("timestamp(rfc3339)", "\"2025-01-01T00:00:00\\u002b01:00\"");
    ACCEPTS("timestamp(Europe/Paris)", "\"2025-01-01 00:00:00\"");
    REFUSES("timestamp", "1735689600000.5", "is not an integer of epoch milliseconds");
    REFUSES("timestamp", "\"1735689600000\"", "is not an integer of epoch milliseconds");
    REFUSES("timestamp", "9223372036854775808", "is out of range for timestamp");
    REFUSES("timestamp(s)", "9223372036854776", "is out of range for timestamp");
    REFUSES("timestamp(s)", "1e9", "is not an integer of epoch seconds");
    REFUSES("timestamp(us)", "true", "is not an integer of epoch microseconds");
    REFUSES("timestamp(ns)", "{}", "is not an integer of epoch nanoseconds");
    REFUSES("timestamp(rfc3339)", "1735689600000", "is not an RFC 3339 timestamp");
    REFUSES("timestamp(rfc3339)", "\"2025-01-01 00:00:00\"", "is not an RFC 3339 timestamp");
    REFUSES("timestamp(Europe/Paris)", "\"2025-01-01T00:00:00Z\"",
            "is not a timestamp like 2025-01-31 23:59:59");
    struct type type = type_named("timestamp(Europe/Paris)");
    struct json_value value = value_of("\"2025-03-30 00:00:00\"");
    int64_t ms = 0;
    const char *why;
    CHECK(type_timestamp(&type, &value, &ms, &why) && ms == 1743289200000);
}

static void sinks_show(void)
{
    CHECK_TEXT(rendered("timestamp", "1735689600000"), "\"2025-01-01T00:00:00.000Z\"");
    CHECK_TEXT(rendered("timestamp(s)", "-1"), "\"1969-12-31T23:59:59.000Z\"");
    CHECK_TEXT(rendered("timestamp(Europe/Paris)", "\"2025-10-26 02:30:00.1239\""),
               "\"2025-10-26T00:30:00.123Z\"");
    CHECK_TEXT(rendered("timestamp(rfc3339)", "\"2025-01-01T01:00:00+01:00\""),
               "\"2025-01-01T00:00:00.000Z\"");
    CHECK_TEXT(rendered("decimal(10,2)", "12.3"), "12.30");
    CHECK_TEXT(rendered("decimal(10,2)", "\"-1E+2\""), "-100.00");
    CHECK_TEXT(rendered("decimal(5,0)", "7"), "7");
    CHECK_TEXT(rendered("int", "-7"), "-7");
    CHECK_TEXT(rendered("string", "\"a\\u00e9\\n\""), "\"a\\u00e9\\n\"");
    CHECK_TEXT(rendered("any", "1.500"), "1.500");
    CHECK_TEXT(rendered("json", "{\"a\": [1]}"), "{\"a\": [1]}");
    CHECK_TEXT(rendered("boolean", "false"), "false");
    CHECK_TEXT(rendered("date", "\"2025-01-31\""), "\"2025-01-31\"");
    CHECK_TEXT(rendered("date", "null"), "null");
    CHECK_TEXT(rendered("decimal(10,2)", "null"), "null");
    CHECK_TEXT(rendered("timestamp", "1.5"), "is not an integer of epoch milliseconds");
    CHECK_TEXT(rendered("decimal(3,2)", "12.3"), "is out of range for its precision");
    CHECK_TEXT(rendered("string", "7"), "is not a string");
    struct type type = type_named("int");
    struct json_value missing = {NULL, 0, JSON_MISSING, 0};
    struct buffer buffer = {0};
    const char *why;
    CHECK(type_render(&type, &missing, &buffer, &why));
    CHECK(slice_is(buffer_slice(&buffer), "null"));
    buffer_free(&buffer);
}

int main(void)
{
    names_survive();
    names_mean_what_they_say();
    other_names_are_refused();
    any_and_json_take_everything();
    strings_booleans_and_dates();
    integers_are_of_64_bits();
    decimals_are_never_rounded();
    timestamps_are_as_declared();
    sinks_show();
    return check_result();
}
