#include "aggregate.h"

#include <stdlib.h>

#include "check.h"
#include "fast.h"

/* What the records of these tests have; u is what nobody declared. */
static const char schema_line[] =
    "{\"_stream\":\"_schema\",\"stream\":\"s\",\"kind\":\"append\",\"columns\":[[\"t\",\"string\"],"
    "[\"i\",\"int\"],[\"d\",\"decimal(10,2)\"],[\"w\",\"decimal(38,10)\"],[\"b\",\"boolean\"],"
    "[\"day\",\"date\"],[\"m\",\"timestamp\"],[\"r\",\"timestamp(rfc3339)\"],[\"j\",\"json\"],["
    "\"u\",\"any\"]]}\n";

enum { MOST = 12 };

/* Some aggregates, and the accumulators of one group. */
struct group {
    struct schema *schema;
    struct columns columns;
    struct aggregates *aggregates;
    struct expression *expression[MOST];
    size_t count;
    void *accumulators;
    struct arena *arena;
    struct evaluation evaluation;
    struct buffer text; /* of what is shown last */
};

static struct group group_new(const char *const expression[])
{
    const char *why;
    struct group group = {.arena = arena_new(), .aggregates = aggregates_new()};
    group.schema = schema_read(slice_of(schema_line), &why);
    CHECK(group.schema != NULL);
    struct scope scope = {.option = "--select",
                          .schema = group.schema,
                          .columns = &group.columns,
                          .aggregates = group.aggregates};
    for (; expression[group.count]; group.count++)
        group.expression[group.count] = expression_parse(&scope, expression[group.count]);
    group.accumulators = memory_new(1, aggregates_size(group.aggregates));
    return group;
}

static void group_free(struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        expression_free(group->expression[i]);
    aggregates_clear(group->aggregates, group->accumulators);
    free(group->accumulators);
    aggregates_free(group->aggregates);
    columns_free(&group->columns);
    schema_free(group->schema);
    arena_free(group->arena);
    buffer_free(&group->text);
}

struct finder {
    const struct columns *columns;
    struct json_value *value;
};

static void find_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    struct finder *finder = context;
    for (size_t i = 0; i < finder->columns->count; i++)
        if (slice_is((struct slice){name->at + 1, name->length - 2u}, finder->columns->name[i]))
            finder->value[i] = *value;
}

/* Adds RECORD, a JSON object, to ACCUMULATORS. */
static bool add_to(struct group *group, void *accumulators, const char *record)
{
    char line[1024] = "";
    struct json_value value[MOST] = {{0}};
    struct finder finder = {&group->columns, value};
    struct json_error error;
    size_t length = strlen(record);
    CHECK(length + FAST_PADDING < sizeof line);
    memcpy(line, record, length);
    CHECK(json_scan_object(line, line + length, 0, find_member, &finder, &error) != NULL);
    arena_reset(group->arena);
    group->evaluation = (struct evaluation){.column = value, .arena = group->arena};
    bool added = aggregates_add(group->aggregates, accumulators, &group->evaluation);
    memset(line, '#', sizeof line); /* nothing may point there now */
    arena_reset(group->arena);
    return added;
}

static bool add(struct group *group, const char *record)
{
    return add_to(group, group->accumulators, record);
}

/* What the expressions come to, as JSON with spaces between; or why one does not. */
static const char *results_of(struct group *group, const void *accumulators)
{
    struct value values[MOST], value;
    const char *why = "";
    arena_reset(group->arena);
    if (!aggregates_results(group->aggregates, accumulators, group->arena, values, &why))
        return why;
    group->text.length = 0;
    struct evaluation evaluation = {.aggregate = values, .arena = group->arena};
    for (size_t i = 0; i < group->count; i++) {
        if (i > 0)
            buffer_append_char(&group->text, ' ');
        if (!expression_value(group->expression[i], &evaluation, &value))
            return evaluation.why;
        value_write(&value, &group->text);
    }
    buffer_append_char(&group->text, '\0');
    return group->text.at;
}

static const char *results(struct group *group)
{
    return results_of(group, group->accumulators);
}

static const char *written(struct group *group, const void *accumulators)
{
    group->text.length = 0;
    aggregates_write(group->aggregates, accumulators, &group->text);
    buffer_append_char(&group->text, '\0');
    return group->text.at;
}

#define EXPRESSIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What EXPRESSIONS come to over RECORDS (up to an empty one). */
static void check_results(const char *const expressions[], const char *const records[],
                          const char *expected)
{
    struct group group = group_new(expressions);
    for (size_t i = 0; records[i]; i++)
        CHECK(add(&group, records[i]));
    CHECK_TEXT(results(&group), expected);
    group_free(&group);
}

#define RECORDS EXPRESSIONS

static void all_but_count_of_rows_skip_null(void)
{
    check_results(EXPRESSIONS("COUNT(*)", "COUNT(i)", "COUNT(DISTINCT i)", "SUM(i)", "AVG(i)",
                              "MIN(i)", "MAX(i)", "COLLECT(DISTINCT i)"),
                  RECORDS("{\"i\":3}", "{\"i\":null}", "{}", "{\"i\":-4}", "{\"i\":3}"),
                  "5 3 2 2 0.666667 -4 3 [-4,3]");
}

static void of_nothing_there_is_zero_null_or_an_empty_list(void)
{
    const char *const expressions[] = {
        "COUNT(*)", "COUNT(i)",        "COUNT(DISTINCT i)", "SUM(i)", "AVG(d)",
        "MIN(t)",   "SUM(DISTINCT i)", "AVG(DISTINCT u)",   "MAX(u)", "COLLECT(DISTINCT t)",
        NULL};
    check_results(expressions, (const char *const[]){NULL},
                  "0 0 0 null null null null null null []");
    check_results(expressions, RECORDS("{\"i\":null}"), "1 0 0 null null null null null null []");
}

static void sums_and_averages_are_exact(void)
{
    check_results(EXPRESSIONS("SUM(d)", "AVG(d)", "SUM(w)", "AVG(w)"),
                  RECORDS("{\"d\":10.10,\"w\":0.0000000001}", "{\"d\":0.2,\"w\":2}",
                          "{\"d\":99999999.99,\"w\":1234567890123456789012345678}"),
                  "100000010.29 33333336.763333 1234567890123456789012345680.0000000001 "
                  "411522630041152263004115226.6666666667");
    check_results(EXPRESSIONS("SUM(d * i)", "SUM(CASE WHEN t = 'a' THEN 1 ELSE 0 END)"),
                  RECORDS("{\"d\":0.10,\"i\":3,\"t\":\"a\"}", "{\"d\":-0.01,\"i\":7,\"t\":\"b\"}",
                          "{\"d\":5.00,\"i\":null,\"t\":\"a\"}", "{}"),
                  "0.23 2");
}

static void distinct_takes_each_value_once(void)
{
    check_results(EXPRESSIONS("COUNT(DISTINCT d)", "SUM(DISTINCT d)", "AVG(DISTINCT d)",
                              "MIN(DISTINCT d)", "MAX(DISTINCT d)", "COLLECT(DISTINCT d)"),
                  RECORDS("{\"d\":1.5}", "{\"d\":1.50}", "{\"d\":\"1.5\"}", "{\"d\":15e-1}",
                          "{\"d\":0}", "{\"d\":-0.0}", "{\"d\":-2}"),
                  "3 -0.50 -0.166667 -2.00 1.50 [-2.00,0.00,1.50]");
    check_results(EXPRESSIONS("COUNT(DISTINCT u)", "SUM(DISTINCT u)", "AVG(DISTINCT u)",
                              "MIN(DISTINCT u)", "MAX(DISTINCT u)", "COLLECT(DISTINCT u)"),
                  RECORDS("{\"u\":1.5}", "{\"u\":1.50}", "{\"u\":15e-1}", "{\"u\":0}",
                          "{\"u\":-0.0}", "{\"u\":-2}", "{\"u\":2e2}"),
                  "4 199.5 49.875000 -2 200 [-2,0,1.5,200]");
    check_results(EXPRESSIONS("COUNT(DISTINCT t)", "COUNT(DISTINCT b)", "COUNT(DISTINCT LOWER(t))",
                              "COUNT(DISTINCT m)", "COUNT(DISTINCT day)"),
                  RECORDS("{\"t\":\"A\",\"b\":true,\"m\":0,\"day\":\"2025-01-31\"}",
                          "{\"t\":\"\\u0041\",\"b\":false,\"m\":-0,\"day\":\"2025-02-01\"}",
                          "{\"t\":\"a\",\"b\":true,\"m\":1,\"day\":\"2025-01-31\"}", "{\"t\":\"\"}",
                          "{\"t\":null}"),
                  "3 2 2 2 2");
}

static void a_moment_is_one_however_it_is_spelled(void)
{
    check_results(EXPRESSIONS("COUNT(DISTINCT r)", "COLLECT(DISTINCT r)", "MAX(r)"),
                  RECORDS("{\"r\":\"1970-01-01T00:00:01Z\"}",
                          "{\"r\":\"1970-01-01T01:00:01.000+01:00\"}",
                          "{\"r\":\"1970-01-01T00:00:00.002Z\"}", "{\"r\":null}"),
                  "2 [1000,2] 1000");
}

/* A text and a number are two values, whatever they look like. */
static void of_an_undeclared_column_kinds_stay_apart(void)
{
    check_results(EXPRESSIONS("COUNT(DISTINCT u)", "COLLECT(DISTINCT u)", "COUNT(u)"),
                  RECORDS("{\"u\":1}", "{\"u\":\"1\"}", "{\"u\":true}", "{\"u\":\"true\"}",
                          "{\"u\":1.0}", "{\"u\":[1,2]}", "{\"u\":\"\"}", "{\"u\":null}"),
                  "6 [\"\",\"1\",1,[1,2],\"true\",true] 7");
}

static void collects_in_the_order_of_code_points(void)
{
    check_results(EXPRESSIONS("COLLECT(DISTINCT t)"),
                  RECORDS("{\"t\":\"b\"}", "{\"t\":\"a\\\"\"}", "{\"t\":\"a!\"}", "{\"t\":\"a\"}",
                          "{\"t\":\"a\\u005c\"}", "{\"t\":\"\\u00e4\"}", "{\"t\":\"Z\"}",
                          "{\"t\":\"\xf0\x9f\x98\x80\"}", "{\"t\":\"\\uffee\"}", "{\"t\":\"a\\n\"}",
                          "{\"t\":\"\"}", "{\"t\":\"\xc3\xa4\"}"),
                  "[\"\",\"Z\",\"a\",\"a\\u000a\",\"a!\",\"a\\\"\",\"a\\\\\",\"b\",\"\xc3\xa4\","
                  "\"\xef\xbf\xae\",\"\xf0\x9f\x98\x80\"]");
    check_results(EXPRESSIONS("COLLECT(DISTINCT i)"),
                  RECORDS("{\"i\":10}", "{\"i\":9}", "{\"i\":-1}", "{\"i\":100}"), "[-1,10,100,9]");
}

static void extremes_are_of_each_kind(void)
{
    check_results(EXPRESSIONS("MIN(t)", "MAX(t)", "MIN(d)", "MAX(w)", "MIN(b)", "MAX(b)",
                              "MIN(day)", "MAX(day)", "MIN(m)", "MAX(m)"),
                  RECORDS("{\"t\":\"bb\",\"d\":-1,\"w\":1e27,\"b\":true,\"day\":\"2025-01-31\","
                          "\"m\":-5}",
                          "{\"t\":\"b\",\"d\":-1.01,\"w\":-1e27,\"b\":false,\"day\":\"1969-12-31\","
                          "\"m\":7}",
                          "{\"t\":\"\xc3\xa4 is a longer text\"}", "{}"),
                  "\"b\" \"\xc3\xa4 is a longer text\" -1.01 "
                  "1000000000000000000000000000.0000000000 false true \"1969-12-31\" "
                  "\"2025-01-31\" -5 7");
}

/* Numbers that nobody declared keep the digits of the longest, in whatever order they come. */
static void undeclared_numbers_have_the_largest_scale(void)
{
    const char *const expressions[] = {"SUM(u)", "AVG(u)", "MIN(u)", "MAX(u)", NULL};
    check_results(expressions, RECORDS("{\"u\":1}", "{\"u\":2}"), "3 1.500000 1 2");
    check_results(expressions, RECORDS("{\"u\":1.0}", "{\"u\":2.25}", "{\"u\":1.000}"),
                  "4.250 1.416667 1.000 2.25");
    check_results(expressions, RECORDS("{\"u\":1.000}", "{\"u\":2.25}", "{\"u\":1.0}"),
                  "4.250 1.416667 1.000 2.25");
    check_results(expressions, RECORDS("{\"u\":2.25}", "{\"u\":1}", "{\"u\":2.250}"),
                  "5.500 1.833333 1 2.250");
    check_results(expressions, RECORDS("{\"u\":18446744073709551616}", "{\"u\":0.00000001}"),
                  "18446744073709551616.00000001 9223372036854775808.00000001 0.00000001 "
                  "18446744073709551616");
}

static void a_sum_is_judged_at_its_end(void)
{
    check_results(EXPRESSIONS("SUM(i)"),
                  RECORDS("{\"i\":9223372036854775807}", "{\"i\":9223372036854775807}",
                          "{\"i\":-9223372036854775807}"),
                  "9223372036854775807");
    check_results(EXPRESSIONS("AVG(i)"),
                  RECORDS("{\"i\":9223372036854775807}", "{\"i\":9223372036854775807}"),
                  "9223372036854775807.000000");
    check_results(EXPRESSIONS("SUM(i)"), RECORDS("{\"i\":9223372036854775807}", "{\"i\":1}"),
                  "SUM is out of range for int");
    check_results(EXPRESSIONS("SUM(DISTINCT i)"),
                  RECORDS("{\"i\":-9223372036854775808}", "{\"i\":-1}"),
                  "SUM is out of range for int");
    check_results(EXPRESSIONS("SUM(w)"),
                  RECORDS("{\"w\":9999999999999999999999999999}", "{\"w\":1}"),
                  "SUM needs more than 38 digits");
}

static void check_refused(const char *expression, const char *record, const char *why,
                          ptrdiff_t culprit)
{
    struct group group = group_new(EXPRESSIONS("COUNT(*)", expression));
    CHECK(!add(&group, record));
    CHECK_TEXT(group.evaluation.why, why);
    CHECK(group.evaluation.culprit == culprit);
    CHECK(strncmp(results(&group), "0 ", 2) == 0);
    group_free(&group);
}

static void what_cannot_be_aggregated_is_refused(void)
{
    check_refused("SUM(u)", "{\"u\":\"1\"}", "is not a number", 0);
    check_refused("AVG(u)", "{\"u\":[1]}", "is not a number", 0);
    check_refused("SUM(DISTINCT u)", "{\"u\":true}", "is not a number", 0);
    check_refused("AVG(COALESCE(u, u))", "{\"u\":\"1\"}", "what is summed is not a number", -1);
    check_refused("MIN(u)", "{\"u\":{}}", "has no order", 0);
    check_refused("MAX(u)", "{\"u\":[]}", "has no order", 0);
    check_refused("SUM(10 / i)", "{\"i\":0}", "division by zero", -1);
    check_refused("COUNT(i)", "{\"i\":1.5}", "is not an integer", 0);
    check_refused("COUNT(DISTINCT i)", "{\"i\":\"x\"}", "is not an integer", 0);
}

/* The last argument has no value: what stands before it is as it was. */
static void a_record_is_added_as_a_whole_or_not_at_all(void)
{
    struct group group = group_new(EXPRESSIONS("COUNT(*)", "COUNT(DISTINCT t)", "SUM(i)", "MIN(t)",
                                               "AVG(u)", "COLLECT(DISTINCT t)", "SUM(10 / i)"));
    CHECK(add(&group, "{\"t\":\"b\",\"i\":2,\"u\":1}"));
    CHECK(!add(&group, "{\"t\":\"a\",\"i\":0,\"u\":7}"));
    CHECK_TEXT(results(&group), "1 1 2 \"b\" 1.000000 [\"b\"] 5.000000");
    group_free(&group);
}

/* Whether the values that came before were of another kind must not depend on the order. */
static void two_kinds_have_no_extreme(void)
{
    check_results(EXPRESSIONS("MIN(u)"), RECORDS("{\"u\":1}", "{\"u\":\"a\"}", "{\"u\":2}"),
                  "MIN of values of more than one kind");
    check_results(EXPRESSIONS("MAX(u)"), RECORDS("{\"u\":\"a\"}", "{\"u\":true}"),
                  "MAX of values of more than one kind");
    check_results(EXPRESSIONS("MAX(u)"), RECORDS("{\"u\":\"a\"}", "{\"u\":null}"), "\"a\"");
}

static void equal_ones_are_kept_once(void)
{
    struct group group = group_new(
        EXPRESSIONS("SUM(i)", "SUM( i )", "SUM(i) + 1", "COUNT(*)", "COUNT ( * )", "SUM(d)"));
    CHECK(aggregates_count(group.aggregates) == 3);
    CHECK(aggregates_size(group.aggregates) == 24 + 8 + 24);
    CHECK(add(&group, "{\"i\":5,\"d\":0.01}"));
    CHECK_TEXT(results(&group), "5 5 6 1 1 0.01");
    group_free(&group);
}

static void check_type(const char *expression, const char *type)
{
    char text[TYPE_TEXT];
    struct group group = group_new(EXPRESSIONS(expression));
    CHECK_TEXT(type_format(expression_type(group.expression[0]), text), type);
    group_free(&group);
}

static void types_follow_from_those_of_the_arguments(void)
{
    check_type("COUNT(*)", "int");
    check_type("COUNT(DISTINCT j)", "int");
    check_type("SUM(i)", "int");
    check_type("SUM(d)", "decimal(38,2)");
    check_type("SUM(w)", "decimal(38,10)");
    check_type("SUM(u)", "any");
    check_type("AVG(i)", "decimal(38,6)");
    check_type("AVG(d)", "decimal(38,6)");
    check_type("AVG(w)", "decimal(38,10)");
    check_type("AVG(u)", "any");
    check_type("MIN(t)", "string");
    check_type("MAX(d)", "decimal(10,2)");
    check_type("MAX(m)", "timestamp");
    check_type("MIN(u)", "any");
    check_type("COLLECT(DISTINCT i)", "json");
    check_type("COLLECT(DISTINCT u)", "json");
}

/* Straight, without the expressions that would end the program. */
static const char *objection_to(enum aggregate_function function, bool distinct, const char *text)
{
    struct group group = group_new(EXPRESSIONS("COUNT(*)"));
    struct scope scope = {.option = "--select", .schema = group.schema, .columns = &group.columns};
    struct aggregates *aggregates = aggregates_new();
    size_t index;
    struct type type;
    const char *why = aggregates_use(aggregates, function, distinct, expression_parse(&scope, text),
                                     slice_of("the same"), &index, &type);
    CHECK(aggregates_count(aggregates) == (why ? 0 : 1));
    aggregates_free(aggregates);
    group_free(&group);
    return why ? why : "";
}

static void says_what_cannot_be_aggregated(void)
{
    CHECK_TEXT(objection_to(AGGREGATE_SUM, false, "t"), "needs a number");
    CHECK_TEXT(objection_to(AGGREGATE_AVG, true, "m"), "needs a number");
    CHECK_TEXT(objection_to(AGGREGATE_SUM, false, "u"), "");
    CHECK_TEXT(objection_to(AGGREGATE_MIN, false, "j"), "needs values that have an order");
    CHECK_TEXT(objection_to(AGGREGATE_MAX, false, "t"), "");
    CHECK_TEXT(objection_to(AGGREGATE_COLLECT, false, "t"), "needs DISTINCT");
    CHECK_TEXT(objection_to(AGGREGATE_COLLECT, true, "t"), "");
}

static const char *const everything[] = {
    "COUNT(*)", "COUNT(DISTINCT t)", "SUM(i)", "AVG(u)", "MIN(u)", "MAX(t)",
    "SUM(w)",   "SUM(DISTINCT u)",   "MAX(d)", "MIN(b)", "MAX(m)", "COLLECT(DISTINCT t)"};

static void reads_what_it_wrote(void)
{
    const char *const expressions[] = {everything[0], everything[1], everything[2],  everything[3],
                                       everything[4], everything[5], everything[6],  everything[7],
                                       everything[8], everything[9], everything[10], NULL};
    struct group group = group_new(expressions);
    void *back = memory_new(1, aggregates_size(group.aggregates));
    const char empty[] = "[0,[],[0,0,0],[0,0,0],\"\",\"\",[0,0,0],[],\"\",\"\",\"\"]";
    CHECK_TEXT(written(&group, group.accumulators), empty);
    CHECK(aggregates_read(group.aggregates, slice_of(empty), back));
    CHECK_TEXT(written(&group, back), empty);
    CHECK(add(&group, "{\"t\":\"b\\\"\",\"i\":-7,\"u\":1.50,\"w\":4e27,\"d\":0.1,\"b\":true,"
                      "\"m\":1}"));
    CHECK(add(&group, "{\"t\":\"a\\n\",\"i\":-8,\"u\":2,\"w\":4e27,\"d\":-0.1,\"b\":false,"
                      "\"m\":-1}"));
    CHECK_TEXT(results(&group), "2 2 -15 1.750000 1.50 \"b\\\"\" "
                                "8000000000000000000000000000.0000000000 3.5 0.10 false 1");
    const char full[] =
        "[2,[\"a\\u000a\",\"b\\\"\"],[2,0,-15],[2,2,350000000000000000000000000000000000000],"
        "\"1.50n\",\"b\\\"t\",[2,0,80000000000000000000000000000000000000],[1.5,2],\"0.10n\","
        "\"0b\",\"1m\"]";
    CHECK_TEXT(written(&group, group.accumulators), full);
    aggregates_clear(group.aggregates, back);
    CHECK(aggregates_read(group.aggregates, slice_of(full), back));
    CHECK_TEXT(results_of(&group, back), "2 2 -15 1.750000 1.50 \"b\\\"\" "
                                         "8000000000000000000000000000.0000000000 3.5 0.10 "
                                         "false 1");
    aggregates_clear(group.aggregates, back);
    CHECK_TEXT(written(&group, back), empty);
    free(back);
    group_free(&group);
}

static void remembers_on_disk_that_kinds_were_mixed(void)
{
    struct group group = group_new(EXPRESSIONS("MIN(u)"));
    CHECK(add(&group, "{\"u\":1}"));
    CHECK(add(&group, "{\"u\":\"a\"}"));
    CHECK_TEXT(written(&group, group.accumulators), "[\"?\"]");
    aggregates_clear(group.aggregates, group.accumulators);
    CHECK(aggregates_read(group.aggregates, slice_of("[\"?\"]"), group.accumulators));
    CHECK(add(&group, "{\"u\":1}"));
    CHECK_TEXT(results(&group), "MIN of values of more than one kind");
    group_free(&group);
}

static void reads_nothing_else(void)
{
    static const char *const bad[] = {
        "",
        "[",
        "{}",
        "[]",
        "[1,[],[0,0,0]]",
        "[1,[],[0,0,0],\"\",\"\"]",
        "[1,[],[0,0,0],\"\"]]",
        "[-1,[],[0,0,0],\"\"]",
        "[\"1\",[],[0,0,0],\"\"]",
        "[1,{},[0,0,0],\"\"]",
        "[1,[\"a\"],[0,0],\"\"]",
        "[1,[\"a\"],[0,0,0],\"t\"",
        "[1,[\"a\"],[0,0,0],\"at",
        "[1,[\"a\",],[0,0,0],7]",
        "[1,[\"a\"],[0,0,0],\"1x\"]",
        "[1,[\"a\"],[0,0,0],\"n\"]",
        "[1,[\"a\"],[0,0,0],\"xn\"]",
        "[1,[\"a\"],[0,0,0],\"1.5d\"]",
        "[1,[\"a\"],[0,0,0],\"9223372036854775808m\"]",
    };
    struct group group =
        group_new(EXPRESSIONS("COUNT(*)", "COUNT(DISTINCT t)", "SUM(i)", "MAX(u)"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256] = "";
        memcpy(text, bad[i], strlen(bad[i]));
        bool read = aggregates_read(group.aggregates, (struct slice){text, strlen(bad[i])},
                                    group.accumulators);
        if (read)
            fprintf(stderr, "%s was read\n", bad[i]);
        CHECK(!read);
        CHECK_TEXT(written(&group, group.accumulators), "[0,[],[0,0,0],\"\"]");
    }
    group_free(&group);
}

enum { PARTS = 4, RECORDS_OF_A_TRIAL = 40 };

static void random_record(unsigned *random, char record[256])
{
    static const char *const u[] = {"1", "1.0", "-3.25", "\"x\"", "null", "1e3", "0.001"};
    unsigned r = *random = *random * 1103515245u + 12345u;
    r >>= 8;
    /* texts are rare, so that some trials have numbers alone */
    snprintf(record, 256,
             "{\"t\":\"%c%s\",\"i\":%d,\"d\":%d.%02d,\"w\":%u,\"b\":%s,\"m\":%u,\"u\":%s}",
             (int)('a' + r % 5), r % 3 ? "" : "\\n", (int)(r % 1000) - 500, (int)(r % 7) - 3,
             (int)(r % 90 + 10), r, r % 2 ? "true" : "false", r % 99,
             r % 400 == 0 ? "true" : u[r % 7 == 3 ? 4 : r % 7]);
}

/* The parts may be merged in any order; or written, read back, and merged. */
static void merged_parts_are_the_whole(void)
{
    const char *const expressions[] = {"COUNT(u)", "COUNT(DISTINCT t)",
                                       "SUM(i)",   "MIN(u)",
                                       "MAX(t)",   "MAX(u)",
                                       "MIN(d)",   "MIN(b)",
                                       "MAX(m)",   "COLLECT(DISTINCT t)",
                                       "MIN(t)",   NULL};
    unsigned random = 3;
    for (int trial = 0; trial < 200; trial++) {
        struct group group = group_new(expressions);
        void *part[PARTS];
        for (int i = 0; i < PARTS; i++)
            part[i] = memory_new(1, aggregates_size(group.aggregates));
        for (int i = 0; i < trial % RECORDS_OF_A_TRIAL; i++) {
            char record[256];
            random_record(&random, record);
            CHECK(add(&group, record));
            CHECK(add_to(&group, part[random >> 16 & 3], record));
        }
        for (int i = PARTS - 1; i > 0; i--) {
            void *from = part[i], *into = part[trial % i];
            char text[4096] = "";
            snprintf(text, sizeof text, "%s", written(&group, from));
            aggregates_clear(group.aggregates, from);
            CHECK(aggregates_read(group.aggregates, slice_of(text), from));
            aggregates_merge(group.aggregates, into, from);
            CHECK_TEXT(written(&group, from),
                       "[0,[],[0,0,0],\"\",\"\",\"\",\"\",\"\",\"\",[],\"\"]");
        }
        char whole[4096];
        snprintf(whole, sizeof whole, "%s", results(&group));
        CHECK_TEXT(results_of(&group, part[0]), whole);
        snprintf(whole, sizeof whole, "%s", written(&group, group.accumulators));
        CHECK_TEXT(written(&group, part[0]), whole);
        for (int i = 0; i < PARTS; i++) {
            aggregates_clear(group.aggregates, part[i]);
            free(part[i]);
        }
        group_free(&group);
    }
}

int main(void)
{
    all_but_count_of_rows_skip_null();
    of_nothing_there_is_zero_null_or_an_empty_list();
    sums_and_averages_are_exact();
    distinct_takes_each_value_once();
    a_moment_is_one_however_it_is_spelled();
    of_an_undeclared_column_kinds_stay_apart();
    collects_in_the_order_of_code_points();
    extremes_are_of_each_kind();
    undeclared_numbers_have_the_largest_scale();
    a_sum_is_judged_at_its_end();
    what_cannot_be_aggregated_is_refused();
    a_record_is_added_as_a_whole_or_not_at_all();
    two_kinds_have_no_extreme();
    equal_ones_are_kept_once();
    types_follow_from_those_of_the_arguments();
    says_what_cannot_be_aggregated();
    reads_what_it_wrote();
    remembers_on_disk_that_kinds_were_mixed();
    reads_nothing_else();
    merged_parts_are_the_whole();
    return check_result();
}
