#include "fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "fast.h"

/* A value of KIND whose text of LENGTH bytes has FAST_PADDING bytes behind it, and no more. */
static struct json_value value_of(const char *text, size_t length, enum json_kind kind)
{
    char *copy = malloc(length + FAST_PADDING);
    memcpy(copy, text, length);
    memset(copy + length, '!', FAST_PADDING);
    return (struct json_value){copy, (uint32_t)length, (uint8_t)kind,
                               kind == JSON_STRING && memchr(text, '\\', length)};
}

static struct json_value text_value(const char *text, enum json_kind kind)
{
    return value_of(text, strlen(text), kind);
}

static void free_values(struct json_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)values[i].at);
}

/* Lengths around each step of the length's own size: 1 byte to 127, 2 to 16383, 3 behind. */
static void unpacks_what_it_packs(void)
{
    static const size_t lengths[] = {0,   1,   2,   15,    16,    17,    126,    127,
                                     128, 129, 255, 16382, 16383, 16384, 100000, 2097152};
    enum { COUNT = sizeof lengths / sizeof lengths[0] };
    struct json_value values[COUNT];
    struct slice texts[COUNT];
    size_t expected = 0;
    for (size_t i = 0; i < COUNT; i++) {
        char *text = malloc(lengths[i] + 1);
        memset(text, (int)('a' + i), lengths[i]);
        values[i] = value_of(text, lengths[i], JSON_STRING);
        free(text);
        expected +=
            lengths[i] + 1 + (lengths[i] > 127) + (lengths[i] > 16383) + (lengths[i] > 2097151);
    }
    CHECK(fields_size(values, COUNT) == expected);
    char *packed = malloc(expected + FAST_PADDING);
    CHECK(fields_pack(packed, values, COUNT) == packed + expected);
    CHECK(fields_unpack(packed, texts, COUNT) == packed + expected);
    for (size_t i = 0; i < COUNT; i++)
        CHECK(slice_equal(texts[i], json_text(&values[i])));
    free(packed);
    free_values(values, COUNT);
}

static void packs_missing_values(void)
{
    struct json_value values[] = {{0}, text_value("null", JSON_NULL), {0}};
    char packed[32 + FAST_PADDING];
    struct slice texts[3];
    CHECK(fields_size(values, 3) == 3); /* null is kept as what is missing */
    CHECK(fields_pack(packed, values, 3) == packed + 3);
    CHECK(fields_unpack(packed, texts, 3) == packed + 3);
    CHECK(texts[0].length == 0 && texts[1].length == 0 && texts[2].length == 0);
    CHECK(fields_size(NULL, 0) == 0);
    CHECK(fields_pack(packed, NULL, 0) == packed);
    free_values(values, 3);
}

static void rows_come_back_from_their_lines(void)
{
    static const char text[5 + FAST_PADDING] = "\"a,]\"", list[5 + FAST_PADDING] = "[1,2]";
    struct slice texts[] = {{text, 5}, {0}, {list, 5}};
    struct json_value values[3];
    struct buffer line = {0};
    int64_t time_ms;
    fields_write(&line, -5, texts, 3);
    CHECK(slice_is(buffer_slice(&line), "[-5,\"a,]\",null,[1,2]]\n"));
    struct slice whole = {line.at, line.length - 1};
    buffer_reserve(&line, FAST_PADDING);
    CHECK(fields_read(whole, &time_ms, values, 3) && time_ms == -5);
    CHECK(slice_is(json_text(&values[0]), "\"a,]\"") && values[1].kind == JSON_NULL);
    CHECK(values[2].kind == JSON_ARRAY);
    CHECK(!fields_read(whole, &time_ms, values, 2));
    CHECK(!fields_read((struct slice){whole.at, whole.length - 1}, &time_ms, values, 3));
    line.length = 0;
    fields_write(&line, INT64_MIN, texts, 1);
    CHECK(slice_is(buffer_slice(&line), "[null,\"a,]\"]\n"));
    CHECK(fields_read((struct slice){line.at, line.length - 1}, &time_ms, values, 1));
    CHECK(time_ms == INT64_MIN);
    static const int64_t times[] = {0,
                                    7,
                                    999,
                                    1000,
                                    1001,
                                    1099,
                                    1999,
                                    1767225600123,
                                    1767225600987,
                                    1767225601000,
                                    -1767225600123,
                                    INT64_MAX,
                                    1005};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char expected[64];
        line.length = 0;
        fields_write(&line, times[i], texts, 0);
        snprintf(expected, sizeof expected, "[%lld]\n", (long long)times[i]);
        CHECK(slice_is(buffer_slice(&line), expected));
    }
    buffer_free(&line);
}

static void knows_kept_values_again(void)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        bool escaped;
    } kept[] = {
        {"", JSON_MISSING, false},           {"null", JSON_NULL, false},
        {"true", JSON_TRUE, false},          {"false", JSON_FALSE, false},
        {"0", JSON_NUMBER, false},           {"-1.5e3", JSON_NUMBER, false},
        {"\"\"", JSON_STRING, false},        {"\"true\"", JSON_STRING, false},
        {"\"a\\nb\"", JSON_STRING, true},    {"[\"\\n\"]", JSON_ARRAY, false},
        {"{\"\\n\":1}", JSON_OBJECT, false},
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct json_value value = fields_value(slice_of(kept[i].text));
        CHECK(value.kind == kept[i].kind);
        CHECK(value.escaped == kept[i].escaped);
        CHECK(slice_is(json_text(&value), kept[i].text));
    }
}

/* The key of the COUNT values, all of them in their order, or "(null)". */
static struct slice key_of(const struct json_value *values, size_t count, struct buffer *scratch)
{
    static const size_t index[] = {0, 1, 2, 3};
    struct slice key;
    return fields_key(values, index, count, scratch, &key) ? key : slice_of("(null)");
}

static void one_value_is_its_decoded_text(void)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        const char *key;
    } one[] = {
        {"7", JSON_NUMBER, "7"},           {"\"7\"", JSON_STRING, "7"},
        {"7.0", JSON_NUMBER, "7.0"},       {"\"007\"", JSON_STRING, "007"},
        {"\"\\u0037\"", JSON_STRING, "7"}, {"\"a\\n\"", JSON_STRING, "a\n"},
        {"\"\"", JSON_STRING, ""},         {"true", JSON_TRUE, "true"},
        {"null", JSON_NULL, "(null)"},     {"\"null\"", JSON_STRING, "null"},
        {"", JSON_MISSING, "(null)"},
    };
    struct buffer scratch = {0};
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
        struct json_value value = text_value(one[i].text, one[i].kind);
        CHECK(slice_is(key_of(&value, 1, &scratch), one[i].key));
        free_values(&value, 1);
    }
    buffer_free(&scratch);
}

/* Whether the keys that A and B, of two strings each, make are equal. */
static bool equal_keys(const char *const a[2], const char *const b[2])
{
    struct buffer left = {0}, right = {0};
    struct json_value x[] = {text_value(a[0], JSON_STRING), text_value(a[1], JSON_STRING)};
    struct json_value y[] = {text_value(b[0], JSON_STRING), text_value(b[1], JSON_STRING)};
    bool equal = slice_equal(key_of(x, 2, &left), key_of(y, 2, &right));
    free_values(x, 2);
    free_values(y, 2);
    buffer_free(&left);
    buffer_free(&right);
    return equal;
}

/* Where one value ends and the next begins is part of a key. */
static void several_values_are_told_apart(void)
{
    CHECK(equal_keys((const char *[]){"\"a\"", "\"b\""}, (const char *[]){"\"a\"", "\"b\""}));
    CHECK(equal_keys((const char *[]){"\"\\u0061\"", "\"b\""}, (const char *[]){"\"a\"", "\"b\""}));
    CHECK(!equal_keys((const char *[]){"\"ab\"", "\"\""}, (const char *[]){"\"a\"", "\"b\""}));
    CHECK(!equal_keys((const char *[]){"\"\"", "\"ab\""}, (const char *[]){"\"a\"", "\"b\""}));
    CHECK(!equal_keys((const char *[]){"\"b\"", "\"a\""}, (const char *[]){"\"a\"", "\"b\""}));
    struct buffer scratch = {0};
    struct json_value values[] = {text_value("\"a\"", JSON_STRING), text_value("null", JSON_NULL)};
    CHECK(slice_is(key_of(values, 2, &scratch), "(null)"));
    CHECK(slice_is(key_of(values, 1, &scratch), "a"));
    free_values(values, 2);
    buffer_free(&scratch);
}

static void a_key_comes_apart_again(void)
{
    struct buffer scratch = {0};
    struct slice texts[4];
    struct json_value values[] = {text_value("\"a\\n\"", JSON_STRING), text_value("7", JSON_NUMBER),
                                  text_value("\"\"", JSON_STRING),
                                  text_value("[1,\"b\"]", JSON_ARRAY)};
    fields_key_texts(key_of(values, 4, &scratch), texts, 4);
    CHECK(slice_is(texts[0], "a\n") && slice_is(texts[1], "7"));
    CHECK(slice_is(texts[2], "") && slice_is(texts[3], "[1,\"b\"]"));
    fields_key_texts(key_of(values, 1, &scratch), texts, 1);
    CHECK(slice_is(texts[0], "a\n"));
    free_values(values, 4);
    buffer_free(&scratch);
}

int main(void)
{
    unpacks_what_it_packs();
    packs_missing_values();
    rows_come_back_from_their_lines();
    knows_kept_values_again();
    one_value_is_its_decoded_text();
    several_values_are_told_apart();
    a_key_comes_apart_again();
    return check_result();
}
