#include "layout.h"

#include <stdlib.h>

#include "check.h"
#include "fast.h"

/*
 * TEXT as a line: FAST_PADDING bytes behind it, full of what must not be heeded, and not one more.
 */
static struct slice line_of(const char *text)
{
    static const char padding[] = "\"}},\"99\"}],:0}\"}";
    static char *last;
    size_t length = strlen(text);
    free(last);
    last = malloc(length + FAST_PADDING);
    memcpy(last, text, length);
    memcpy(last + length, padding, FAST_PADDING);
    return (struct slice){last, length};
}

enum { MOST_COLUMNS = 4 };

/* The values that LAYOUT finds in TEXT, each behind a blank: " 1 - \"x\"", - for a missing one. */
static const char *found(struct layout *layout, size_t columns, const char *text)
{
    static struct buffer out;
    struct json_value values[MOST_COLUMNS];
    struct json_error error = {0};
    out.length = 0;
    if (!layout_scan(layout, line_of(text), values, &error)) {
        buffer_append_text(&out, error.reason);
    } else {
        for (size_t i = 0; i < columns; i++) {
            buffer_append_char(&out, ' ');
            buffer_append(&out,
                          values[i].kind == JSON_MISSING ? slice_of("-") : json_text(&values[i]));
        }
    }
    buffer_append_char(&out, '\0');
    return out.at;
}

/* The body of TEXT; the layout sees it twice, so that its shape is known the second time. */
static const char *body(struct layout *layout, const char *text)
{
    static struct buffer out;
    struct json_value values[MOST_COLUMNS];
    struct json_error error;
    struct buffer scratch = {0}, first = {0};
    for (int i = 0; i < 2; i++) {
        struct slice line = line_of(text);
        CHECK(layout_scan(layout, line, values, &error));
        out.length = 0;
        buffer_append(&out, layout_body(layout, line, &scratch));
        buffer_append_char(&out, '\0');
        if (i == 0)
            buffer_append(&first, buffer_slice(&out));
    }
    CHECK_TEXT(out.at, first.at);
    buffer_free(&scratch);
    buffer_free(&first);
    return out.at;
}

static const char *const ab[] = {"a", "b"};

static void finds_columns_in_any_order(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(found(layout, 2, "{\"a\":1,\"b\":2}"), " 1 2");
        CHECK_TEXT(found(layout, 2, "{\"b\":\"x\",\"a\":[1, 2]}"), " [1, 2] \"x\"");
        CHECK_TEXT(found(layout, 2, "{\"c\":null,\"a\":{\"a\":7},\"d\":0}"), " {\"a\":7} -");
        CHECK_TEXT(found(layout, 2, "{\"c\":3}"), " - -");
        CHECK_TEXT(found(layout, 2, "{}"), " - -");
        CHECK_TEXT(found(layout, 2, "{ }"), " - -");
        CHECK_TEXT(found(layout, 2, " \t{ \"a\" : -1.50e3 , \"b\" : null }\r"), " -1.50e3 null");
        CHECK_TEXT(found(layout, 2, "{\"\\u0061\":\"\\u0062\",\"b\":\"\\\"\"}"),
                   " \"\\u0062\" \"\\\"\"");
    }
    layout_free(layout);
}

/* The second of each pair looks like the first nearly to its end. */
static void is_not_misled_by_a_known_shape(void)
{
    static const char *const pair[][4] = {
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1,\"c\":2}", " 1 -"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1}", " 1 -"},
        {"{\"a\":1}", " 1 -", "{\"a\":1,\"b\":2}", " 1 2"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1,\"b\":2,\"c\":3}", " 1 2"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":\"1,\\\"b\\\":2\",\"b\":3}", " \"1,\\\"b\\\":2\" 3"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1, \"b\":2}", " 1 2"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1,\"b\":2} ", " 1 2"},
        {"{\"a\":1,\"b\":2} ", " 1 2", "{\"a\":1,\"b\":2}", " 1 2"},
        {"{\"a\":{\"b\":1}}", " {\"b\":1} -", "{\"a\":{},\"b\":1}", " {} 1"},
        {"{\"a\":1}", " 1 -", "{\"a\":{\"x\":1,\"a\":2}}", " {\"x\":1,\"a\":2} -"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":1e5,\"b\":0}", " 1e5 0"},
        {"{\"a\":1,\"b\":2}", " 1 2", "{\"a\":12 ,\"b\":2}", " 12 2"},
    };
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        for (int depth = LAYOUT_WHOLE; depth <= LAYOUT_WANTED; depth++) {
            struct layout *layout = layout_new(ab, 2, (enum layout_depth)depth);
            for (int again = 0; again < 3; again++) {
                CHECK_TEXT(found(layout, 2, pair[i][0]), pair[i][1]);
                CHECK_TEXT(found(layout, 2, pair[i][2]), pair[i][3]);
            }
            layout_free(layout);
        }
    }
}

/* With a known shape or without: the door judges every byte. */
static void whole_refuses_what_is_wrong_anywhere(void)
{
    static const char *const wrong[][2] = {
        {"", "not a JSON object"},
        {"  ", "not a JSON object"},
        {"[1]", "not a JSON object"},
        {"7", "not a JSON object"},
        {"{", "unterminated object"},
        {"{\"a\":1,\"b\":2", "unterminated object"},
        {"{\"a\":1,\"b\":\"2", "unterminated string"},
        {"{\"a\":1,\"b\":", "a value is missing"},
        {"{\"a\":1,\"b\":}", "bad number"},
        {"{\"a\":1,\"b\":02}", "bad number"},
        {"{\"a\":-,\"b\":2}", "bad number"},
        {"{\"a\":1,\"b\":2}}", "text behind the object"},
        {"{\"a\":1,\"b\":2}{\"a\":1,\"b\":2}", "text behind the object"},
        {"{\"a\":1,\"b\":2}x", "text behind the object"},
        {"{\"a\":1 2,\"b\":2}", "expected , or } in an object"},
        {"{\"a\":12\"b\":2}", "expected , or } in an object"},
        {"{\"a\":1,\"b\":\"\\ud800\"}", "unpaired surrogate"},
        {"{\"a\":1,\"b\":\"\xff\"}", "invalid UTF-8"},
        {"{\"a\":1,\"b\":\"\x01\"}", "control character in a string"},
        {"{\"a\":1,\"a\":2}", "a member twice in one object"},
        {"{\"a\":1,\"b\":2,\"\\u0061\":2}", "a member twice in one object"},
        {"{\"a\":1,\"b\":{\"c\":1,\"c\":1}}", "a member twice in one object"},
    };
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct layout *fresh = layout_new(ab, 2, LAYOUT_WHOLE);
        CHECK_TEXT(found(fresh, 2, wrong[i][0]), wrong[i][1]);
        layout_free(fresh);
        CHECK_TEXT(found(layout, 2, "{\"a\":1,\"b\":2}"), " 1 2");
        CHECK_TEXT(found(layout, 2, wrong[i][0]), wrong[i][1]);
    }
    layout_free(layout);
}

/* Behind the last wanted column nothing is looked at, once the shape is known. */
static void wanted_stops_early(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WANTED);
    CHECK_TEXT(found(layout, 2, "{\"a\":1,\"b\":2,\"c\":3}"), " 1 2");
    CHECK_TEXT(found(layout, 2, "{\"a\":7,\"b\":8,\"c\":nonsense}"), " 7 8");
    CHECK_TEXT(found(layout, 2, "{\"a\":7,\"b\":8}"), " 7 8");
    /* but a line that was cut is not taken for a whole one */
    CHECK_TEXT(found(layout, 2, "{\"a\":7,\"b\":8,\"c\":"), "a value is missing");
    layout_free(layout);

    /* and a member that was missing is looked for to the end */
    layout = layout_new(ab, 2, LAYOUT_WANTED);
    CHECK_TEXT(found(layout, 2, "{\"a\":1,\"c\":3}"), " 1 -");
    CHECK_TEXT(found(layout, 2, "{\"a\":1,\"c\":3,\"b\":2}"), " 1 2");
    CHECK_TEXT(found(layout, 2, "{\"a\":1,\"c\":3}"), " 1 -");
    CHECK_TEXT(found(layout, 2, "{\"a\":1,\"c\":nonsense}"), "not a JSON value");
    layout_free(layout);
}

/* More shapes than are kept, in turn. */
static void takes_turns_with_many_shapes(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    for (int round = 0; round < 50; round++) {
        char text[64], expected[64];
        int shape = round % 11;
        snprintf(text, sizeof text, "{\"s%d\":0,\"%s\":%d,\"%s\":%d}", shape, ab[shape & 1], round,
                 ab[!(shape & 1)], round + 1);
        snprintf(expected, sizeof expected, " %d %d", round + (shape & 1), round + !(shape & 1));
        CHECK_TEXT(found(layout, 2, text), expected);
    }
    layout_free(layout);
}

/* Lines from 2 bytes on: what is compared in words must not run behind them. */
static void reads_short_lines(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    for (int again = 0; again < 3; again++) {
        CHECK_TEXT(found(layout, 2, "{}"), " - -");
        CHECK_TEXT(found(layout, 2, "{\"a\":1}"), " 1 -");
        CHECK_TEXT(found(layout, 2, "{\"a\":\"\"}"), " \"\" -");
        CHECK_TEXT(found(layout, 2, "{\"b\":12345678}"), " - 12345678");
        CHECK_TEXT(found(layout, 2, "{\"a\":1"), "unterminated object");
        CHECK_TEXT(found(layout, 2, "{\"a\":"), "a value is missing");
        CHECK_TEXT(found(layout, 2, "{\"a"), "unterminated string");
        CHECK_TEXT(found(layout, 2, "{"), "unterminated object");
    }
    layout_free(layout);
}

/* Strings and numbers of every length, at every offset modulo 16, the same as by general rule. */
static void reads_values_of_every_length(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    for (int length = 0; length < 70; length++) {
        char text[256], expected[256], value[80];
        memset(value, '7', (size_t)length);
        value[length] = '\0';
        snprintf(text, sizeof text, "{\"a\":\"%s\",\"b\":1%s}", value, value);
        snprintf(expected, sizeof expected, " \"%s\" 1%s", value, value);
        CHECK_TEXT(found(layout, 2, text), expected);
        snprintf(text, sizeof text, "{\"a\":\"%s\\n\",\"b\":1%s.5}", value, value);
        snprintf(expected, sizeof expected, " \"%s\\n\" 1%s.5", value, value);
        CHECK_TEXT(found(layout, 2, text), expected);
        snprintf(text, sizeof text, "{\"a\":\"%s\x02\",\"b\":1}", value);
        CHECK_TEXT(found(layout, 2, text), "control character in a string");
        snprintf(text, sizeof text, "{\"a\":\"%s\xc3\xa9\",\"b\":1}", value);
        snprintf(expected, sizeof expected, " \"%s\xc3\xa9\" 1", value);
        CHECK_TEXT(found(layout, 2, text), expected);
    }
    layout_free(layout);
}

/* COUNT members m0, m1, ... */
static char *wide(int count)
{
    struct buffer text = {0};
    for (int i = 0; i < count; i++)
        buffer_printf(&text, "%s\"m%d\":%d", i ? "," : "{", i, i);
    buffer_append_text(&text, "}");
    buffer_append_char(&text, '\0');
    return text.at;
}

static void reads_objects_of_any_width(void)
{
    static const int counts[] = {1, 15, 16, 17, 1023, 1024, 1025, 3000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *text = wide(counts[i]), name[16], expected[16];
        snprintf(name, sizeof name, "m%d", counts[i] - 1);
        snprintf(expected, sizeof expected, " %d -", counts[i] - 1);
        struct layout *layout = layout_new((const char *const[]){name, "x"}, 2, LAYOUT_WHOLE);
        for (int again = 0; again < 3; again++)
            CHECK_TEXT(found(layout, 2, text), expected);
        CHECK_TEXT(found(layout, 2, "{\"x\":1}"), " - 1");
        layout_free(layout);
        free(text);
    }
}

static void takes_no_columns_too(void)
{
    struct layout *layout = layout_new(NULL, 0, LAYOUT_WANTED);
    CHECK_TEXT(found(layout, 0, "{\"_stream\":\"x\",\"a\":1}"), "");
    CHECK_TEXT(found(layout, 0, "{\"_stream\":\"x\",\"b\":2}"), "");
    CHECK_TEXT(body(layout, "{\"_stream\":\"x\",\"a\":2}"), "\"a\":2");
    CHECK_TEXT(body(layout, "{\"a\":2,\"_stream\":\"x\"}"), "\"a\":2");
    layout_free(layout);
}

static const struct {
    const char *line, *body;
} bodies[] = {
    {"{\"_stream\":\"x\",\"_ts\":1,\"a\":2}", "\"a\":2"},
    {"{\"_stream\":\"x\",\"a\":2}", "\"a\":2"},
    {"{\"_stream\":\"x\",\"_ts\":1,\"_op\":\"delete\",\"a\":2,\"b\":3}", "\"a\":2,\"b\":3"},
    {"{\"_ts\":1,\"_stream\":\"x\",\"a\":2}", "\"a\":2"},
    {"{\"_ts\":1,\"a\":2}", "\"a\":2"},
    {"{\"_stream\":\"x\",\"_ts\":1}", ""},
    {"{\"_stream\":\"x\"}", ""},
    {"{\"_ts\":1}", ""},
    {"{\"_ts\":1,\"_stream\":\"x\"}", ""},
    {"{\"_op\":\"delete\",\"_stream\":\"x\"}", ""},
    {"{}", ""},
    {"{ }", ""},
    {"{\"a\":1}", "\"a\":1"},
    {"{\"a\":1,\"_stream\":\"x\"}", "\"a\":1"},
    {"{\"a\":1,\"_ts\":5,\"b\":2}", "\"a\":1,\"b\":2"},
    {"{\"_stream\":\"x\",\"a\":1,\"_ts\":5,\"b\":2}", "\"a\":1,\"b\":2"},
    {"{\"a\":1,\"_stream\":\"x\",\"_ts\":5}", "\"a\":1"},
    {"{\"_ts\":5,\"a\":1,\"_stream\":\"x\",\"b\":2,\"_op\":\"delete\"}", "\"a\":1,\"b\":2"},
    {"{\"\\u005fstream\":\"x\",\"_t\\u0073\":1,\"a\":2}", "\"a\":2"},
    {"{\"_stream\":\"}{,\",\"_ts\":1,\"a\":\"}\"}", "\"a\":\"}\""},
    {"{\"_streams\":1,\"_tS\":2,\"_\":3}", "\"_streams\":1,\"_tS\":2,\"_\":3"},
    {"{\"_stream\":\"x\",\"_ts\":1,\"a\": 1.50 ,\"b\":[ 1 ]}", "\"a\": 1.50 ,\"b\":[ 1 ]"},
    {"{\"_stream\":\"x\",\"o\":{\"_ts\":1}}", "\"o\":{\"_ts\":1}"},
};

static void takes_the_body_out(void)
{
    static const char *const wanted[][2] = {
        {"a", "b"}, {"_ts", "a"}, {"_stream", "_ts"}, {"_op", "_ts"}, {"x", "y"}};
    for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
        for (int depth = LAYOUT_WHOLE; depth <= LAYOUT_WANTED; depth++)
            for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
                struct layout *layout = layout_new(wanted[w], 2, (enum layout_depth)depth);
                CHECK_TEXT(body(layout, bodies[i].line), bodies[i].body);
                layout_free(layout);
            }
}

/* One layout for all of them, so that each is met with the others' shapes in mind. */
static void takes_bodies_of_mixed_shapes_out(void)
{
    static const char *const whole[] = {"_ts", "a"};
    struct layout *layout = layout_new(whole, 2, LAYOUT_WHOLE);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
            CHECK_TEXT(body(layout, bodies[i].line), bodies[i].body);
    layout_free(layout);
}

/* White space inside a body is anybody's; around it, it is not part of it in any shape. */
static void takes_the_body_out_of_spaced_lines(void)
{
    struct layout *layout = layout_new(ab, 2, LAYOUT_WHOLE);
    CHECK(strncmp(body(layout, " { \"_stream\" : \"x\" , \"a\" : 1 } "), "\"a\" : 1", 7) == 0);
    CHECK(strncmp(body(layout, "{\t\"a\":1\t}\r"), "\"a\":1", 5) == 0);
    layout_free(layout);
}

int main(void)
{
    finds_columns_in_any_order();
    is_not_misled_by_a_known_shape();
    whole_refuses_what_is_wrong_anywhere();
    wanted_stops_early();
    takes_turns_with_many_shapes();
    reads_short_lines();
    reads_values_of_every_length();
    reads_objects_of_any_width();
    takes_no_columns_too();
    takes_the_body_out();
    takes_bodies_of_mixed_shapes_out();
    takes_the_body_out_of_spaced_lines();
    return check_result();
}
