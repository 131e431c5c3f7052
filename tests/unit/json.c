#include "json.h"

#include <stdlib.h>

#include "check.h"

/* BYTES at the very end of memory of their own: whoever reads behind them is caught by ASan. */
static char *alone(struct slice bytes)
{
    char *copy = malloc(bytes.length + (bytes.length == 0));
    if (bytes.length > 0)
        memcpy(copy, bytes.at, bytes.length);
    return copy;
}

/* The kind of the value that all of TEXT is, or -1; then *ERROR says why, *AT where. */
static int scan(struct slice text, const char **reason, ptrdiff_t *at)
{
    char *copy = alone(text);
    struct json_value value = {0};
    struct json_error error = {0};
    const char *end = copy + text.length;
    const char *behind = json_scan_value(copy, end, 0, &value, &error);
    int kind = behind == end ? value.kind : -1;
    if (behind)
        CHECK(value.at == copy && value.length == (size_t)(behind - copy));
    *reason = behind ? "text behind" : error.reason;
    *at = behind ? behind - copy : error.at - copy;
    free(copy);
    return kind;
}

static int kind_of(const char *text)
{
    const char *reason;
    ptrdiff_t at;
    return scan(slice_of(text), &reason, &at);
}

static void accepts_what_is_json(void)
{
    static const struct {
        const char *text;
        enum json_kind kind;
    } good[] = {
        {"null", JSON_NULL},
        {"true", JSON_TRUE},
        {"false", JSON_FALSE},
        {"0", JSON_NUMBER},
        {"-0", JSON_NUMBER},
        {"7", JSON_NUMBER},
        {"-12", JSON_NUMBER},
        {"1234567890123456789012345678901234567890", JSON_NUMBER},
        {"0.0", JSON_NUMBER},
        {"-0.5", JSON_NUMBER},
        {"10.0100", JSON_NUMBER},
        {"1e5", JSON_NUMBER},
        {"1E5", JSON_NUMBER},
        {"1e+5", JSON_NUMBER},
        {"1E-5", JSON_NUMBER},
        {"0e0", JSON_NUMBER},
        {"0E+00", JSON_NUMBER},
        {"1.5e007", JSON_NUMBER},
        {"1e999999999", JSON_NUMBER},
        {"\"\"", JSON_STRING},
        {"\"a\"", JSON_STRING},
        {"\"a b c d e f g h i j k l m n o p\"", JSON_STRING},
        {"\"\x7f\"", JSON_STRING},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_STRING},
        {"\"\\u0001\\u001f\\u0020\\uFFFF\\uffff\\uAbCd\"", JSON_STRING},
        {"\"\\ud800\\udc00\"", JSON_STRING},
        {"\"\\uDBFF\\uDFFF\"", JSON_STRING},
        {"\"\\\\u0000\"", JSON_STRING}, /* an escaped backslash, then letters */
        {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9b\x92\"", JSON_STRING},
        {"\"\xef\xbb\xbf\"", JSON_STRING},
        {"[]", JSON_ARRAY},
        {"[ ]", JSON_ARRAY},
        {"[1]", JSON_ARRAY},
        {"[ 1 , \"a\" , null ]", JSON_ARRAY},
        {"[[],[[]]]", JSON_ARRAY},
        {"[\t\n\r 1]", JSON_ARRAY},
        {"{}", JSON_OBJECT},
        {"{ }", JSON_OBJECT},
        {"{\"\":0}", JSON_OBJECT},
        {"{\"a\":1,\"b\":2}", JSON_OBJECT},
        {"{ \"a\" : 1 , \"b\" : [ ] }", JSON_OBJECT},
        {"{\"a\":{\"a\":{\"a\":1}}}", JSON_OBJECT},
        {"{\"a\":[{\"a\":1},{\"a\":2}]}", JSON_OBJECT},
        {"{\"a\":1,\"A\":2}", JSON_OBJECT},
        /* e with acute in one code point, and in two: different names */
        {"{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", JSON_OBJECT},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int kind = kind_of(good[i].text);
        if (kind != (int)good[i].kind)
            fprintf(stderr, "%s is of kind %d\n", good[i].text, kind);
        CHECK(kind == (int)good[i].kind);
    }
}

static const struct bad {
    const char *text, *reason;
    ptrdiff_t at;
} bad[] = {
    {"", "a value is missing", 0},
    {"nul", "not a JSON value", 0},
    {"nulL", "not a JSON value", 0},
    {"True", "bad number", 0},
    {"tru", "not a JSON value", 0},
    {"falsy", "not a JSON value", 0},
    {"nullx", "text behind", 4},
    {"NaN", "bad number", 0},
    {"Infinity", "bad number", 0},
    {"-Infinity", "bad number", 0},
    {"'a'", "bad number", 0},
    {"+1", "bad number", 0},
    {"-", "bad number", 0},
    {"--1", "bad number", 0},
    {"- 1", "bad number", 0},
    {"01", "bad number", 0},
    {"-01", "bad number", 0},
    {"00", "bad number", 0},
    {".5", "bad number", 0},
    {"1.", "bad number", 0},
    {"1.e5", "bad number", 0},
    {"1e", "bad number", 0},
    {"1e+", "bad number", 0},
    {"1e+-2", "bad number", 0},
    {"1.5.5", "text behind", 3},
    {"1e5.5", "text behind", 3},
    {"0x10", "text behind", 1},
    {"1_000", "text behind", 1},
    {"1 ", "text behind", 1},
    {"\xef\xbc\x91", "bad number", 0}, /* a digit one, but full-width */
    {"\"", "unterminated string", 0},
    {"\"abc", "unterminated string", 0},
    {"\"\\", "unterminated string", 1},
    {"\"\\\"", "unterminated string", 0},
    {"\"a\nb\"", "control character in a string", 2},
    {"\"\t\"", "control character in a string", 1},
    {"\"\x1f\"", "control character in a string", 1},
    {"\"\\a\"", "bad escape", 1},
    {"\"\\x41\"", "bad escape", 1},
    {"\"\\'\"", "bad escape", 1},
    {"\"\\U0041\"", "bad escape", 1},
    {"\"\\u\"", "bad escape", 1},
    {"\"\\u12\"", "bad escape", 1},
    {"\"\\u123\"", "bad escape", 1},
    {"\"\\u123g\"", "bad escape", 1},
    {"\"\\u 123\"", "bad escape", 1},
    {"\"\\u-123\"", "bad escape", 1},
    {"\"\\u0000\"", "the escape \\u0000", 1},
    {"\"ab\\ud800\"", "unpaired surrogate", 3},
    {"\"\\udc00\"", "unpaired surrogate", 1},
    {"\"\\ud800x\"", "unpaired surrogate", 1},
    {"\"\\ud800\\n\"", "unpaired surrogate", 1},
    {"\"\\ud800\\ud800\"", "unpaired surrogate", 1},
    {"\"\\udc00\\ud800\"", "unpaired surrogate", 1},
    {"\"\\ud800\\u0041\"", "unpaired surrogate", 1},
    {"\"\\ud800\\udc0\"", "unpaired surrogate", 1},
    {"\"\xff\"", "invalid UTF-8", 1},
    {"\"\x80\"", "invalid UTF-8", 1},
    {"\"a\xc3\"", "invalid UTF-8", 2},
    {"\"\xc0\x80\"", "invalid UTF-8", 1},
    {"\"\xed\xa0\x80\"", "invalid UTF-8", 1},
    {"\"\xe9\"", "invalid UTF-8", 1}, /* Latin-1 */
    {"[", "a value is missing", 1},
    {"[1", "unterminated array", 2},
    {"[1,", "a value is missing", 3},
    {"[1,]", "bad number", 3},
    {"[,1]", "bad number", 1},
    {"[1,,2]", "bad number", 3},
    {"[1 2]", "expected , or ] in an array", 3},
    {"[1:2]", "expected , or ] in an array", 2},
    {"[1}", "expected , or ] in an array", 2},
    {"[]]", "text behind", 2},
    {"]", "bad number", 0},
    {"[\v1]", "bad number", 1},
    {"[\xc2\xa0]", "bad number", 1}, /* a space that does not break */
    {"{", "unterminated object", 1},
    {"{\"a\"", "expected : behind a member name", 4},
    {"{\"a\":", "a value is missing", 5},
    {"{\"a\":1", "unterminated object", 6},
    {"{\"a\":1,", "unterminated object", 7},
    {"{\"a\":1,}", "expected a member name", 7},
    {"{,}", "expected a member name", 1},
    {"{a:1}", "expected a member name", 1},
    {"{'a':1}", "expected a member name", 1},
    {"{1:1}", "expected a member name", 1},
    {"{null:1}", "expected a member name", 1},
    {"{\"a\" 1}", "expected : behind a member name", 5},
    {"{\"a\"=1}", "expected : behind a member name", 4},
    {"{\"a\"::1}", "bad number", 5},
    {"{\"a\":}", "bad number", 5},
    {"{\"a\":1 \"b\":2}", "expected , or } in an object", 7},
    {"{\"a\":1]", "expected , or } in an object", 6},
    {"{\"a\":1,,\"b\":2}", "expected a member name", 7},
    {"{\"a\":1}}", "text behind", 7},
    {"{}{}", "text behind", 2},
    {"// a\n1", "bad number", 0},
    {"[1]/**/", "text behind", 3},
    {"{\"a\":1,\"a\":1}", "a member twice in one object", 7},
    {"{\"a\":1,\"b\":2,\"\\u0061\":3}", "a member twice in one object", 13},
    {"{\"\":1,\"\":2}", "a member twice in one object", 6},
    {"[{\"x\":{\"a\":1,\"a\":1}}]", "a member twice in one object", 13},
    {"{\"\\ud83d\\uded2\":1,\"\xf0\x9f\x9b\x92\":2}", "a member twice in one object", 18},
};

static void refuses_what_is_not(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *reason;
        ptrdiff_t at;
        CHECK(scan(slice_of(bad[i].text), &reason, &at) == -1);
        CHECK_TEXT(reason, bad[i].reason);
        if (at != bad[i].at)
            fprintf(stderr, "%s: at %td, not %td\n", bad[i].text, at, bad[i].at);
        CHECK(at == bad[i].at);
    }
}

static void refuses_raw_nul(void)
{
    static const char in_string[] = "\"a\0b\"", behind[] = "1\0", escaped[] = "\"\\\0\"";
    const char *reason;
    ptrdiff_t at;
    CHECK(scan((struct slice){in_string, 5}, &reason, &at) == -1 && at == 2);
    CHECK_TEXT(reason, "control character in a string");
    CHECK(scan((struct slice){behind, 2}, &reason, &at) == -1 && at == 1);
    CHECK(scan((struct slice){escaped, 4}, &reason, &at) == -1 && at == 1);
    CHECK_TEXT(reason, "bad escape");
}

/* Whatever a good text is cut to, it is refused and nothing behind it is read. */
static void refuses_every_beginning(void)
{
    const char *const whole[] = {
        "{\"a\":[true,false,null,-1.5e+7,\"\\ud83d\\uded2\\n\xf0\x9f\x9b\x92\"],\"b\":{\"c\":{}}}",
        "[\"\xc3\xa9\",\"\xe2\x82\xac\",[[[]]]]", "\"\\u00e9\""};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        const char *reason;
        ptrdiff_t at;
        size_t length = strlen(whole[i]);
        CHECK(kind_of(whole[i]) >= 0);
        for (size_t cut = 0; cut < length; cut++)
            CHECK(scan((struct slice){whole[i], cut}, &reason, &at) == -1);
    }
}

/* DEPTH arrays, or objects, in each other. */
static char *nested(int depth, bool objects)
{
    struct buffer text = {0};
    for (int i = 0; i < depth; i++)
        buffer_append_text(&text, objects ? "{\"a\":" : "[");
    if (objects)
        buffer_append_text(&text, "0");
    for (int i = 0; i < depth; i++)
        buffer_append_char(&text, objects ? '}' : ']');
    buffer_append_char(&text, '\0');
    return text.at;
}

static void nests_256_deep(void)
{
    for (int objects = 0; objects < 2; objects++) {
        char *deepest = nested(256, objects), *deeper = nested(257, objects);
        const char *reason;
        ptrdiff_t at;
        CHECK(kind_of(deepest) == (objects ? JSON_OBJECT : JSON_ARRAY));
        CHECK(scan(slice_of(deeper), &reason, &at) == -1);
        CHECK_TEXT(reason, "nested deeper than 256");
        CHECK(at == (objects ? 256 * 5 : 256));
        free(deepest);
        free(deeper);
    }
}

/* What code point the LENGTH bytes at S would be, had they the form of one character; else -1. */
static long code_point(const unsigned char *s, int length)
{
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0}, mask[] = {0, 0, 0xe0, 0xf0, 0xf8};
    if ((s[0] & mask[length]) != lead[length])
        return -1;
    long point = s[0] & ~mask[length];
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return -1;
        point = point << 6 | (s[i] & 0x3f);
    }
    return point;
}

/* A character by arithmetic: the shortest form, in range, no surrogate. */
static bool is_character(const unsigned char *s, int length)
{
    static const long least[] = {0, 0, 0x80, 0x800, 0x10000};
    long point = code_point(s, length);
    return point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static void knows_utf8(void)
{
    static const unsigned char third[] = {0x00, 0x7f, 0x80, 0x8f, 0x90,
                                          0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    unsigned wrong = 0;
    for (unsigned first = 0x80; first < 0x100; first++)
        for (unsigned second = 0; second < 0x100; second++) {
            unsigned char s[4] = {(unsigned char)first, (unsigned char)second, 0, 0};
            wrong += json_is_utf8((struct slice){(char *)s, 2}) != is_character(s, 2);
            for (size_t i = 0; i < sizeof third; i++) {
                s[2] = third[i];
                bool two_and_one = is_character(s, 2) && s[2] < 0x80;
                wrong += json_is_utf8((struct slice){(char *)s, 3}) !=
                         (is_character(s, 3) || two_and_one);
                s[3] = 0xbf;
                wrong += json_is_utf8((struct slice){(char *)s, 4}) != is_character(s, 4);
                s[3] = 0x7f;
                wrong += json_is_utf8((struct slice){(char *)s, 4}) !=
                         (is_character(s, 3) || two_and_one);
            }
        }
    CHECK(wrong == 0);
    CHECK(json_is_utf8((struct slice){NULL, 0}));
    CHECK(json_is_utf8(slice_of("plain")));
    CHECK(json_is_utf8((struct slice){"\0", 1}));
}

/* A surrogate pair is one character; each half alone is refused, whatever its number. */
static void pairs_surrogates(void)
{
    const char *reason;
    ptrdiff_t at;
    char text[32];
    for (unsigned unit = 0xd700; unit <= 0xe0ff; unit++) {
        snprintf(text, sizeof text, "\"\\u%04x\"", unit);
        bool alone_is_good = unit < 0xd800 || unit > 0xdfff;
        CHECK((scan(slice_of(text), &reason, &at) == JSON_STRING) == alone_is_good);
        snprintf(text, sizeof text, "\"\\ud83d\\u%04X\"", unit);
        CHECK((kind_of(text) == JSON_STRING) == (unit >= 0xdc00 && unit <= 0xdfff));
        snprintf(text, sizeof text, "\"\\u%04X\\udc00\"", unit);
        CHECK((kind_of(text) == JSON_STRING) == (unit >= 0xd800 && unit <= 0xdbff));
    }
}

/* TEXT decoded, as a C string in OUT. */
static const char *decoded(const char *text, char out[256])
{
    struct buffer scratch = {0};
    struct json_value value;
    struct json_error error;
    if (!json_scan_value(text, text + strlen(text), 0, &value, &error))
        return "(refused)";
    struct slice bytes = json_decode(&value, &scratch);
    CHECK(bytes.length < 256);
    memcpy(out, bytes.at, bytes.length);
    out[bytes.length] = '\0';
    buffer_free(&scratch);
    return out;
}

static void decodes(void)
{
    char out[256];
    CHECK_TEXT(decoded("\"\"", out), "");
    CHECK_TEXT(decoded("\"abc\"", out), "abc");
    CHECK_TEXT(decoded("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", out), "\"\\/\b\f\n\r\t");
    CHECK_TEXT(decoded("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDED2\"", out),
               "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x9b\x92");
    CHECK_TEXT(decoded("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", out),
               "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
    CHECK_TEXT(decoded("\"\\ud800\\udc00\\udbff\\udfff\"", out),
               "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    CHECK_TEXT(decoded("\"a\\\\u0041\"", out), "a\\u0041");
    CHECK_TEXT(decoded("\"\xc3\xa9\\n\xc3\xa9\"", out), "\xc3\xa9\n\xc3\xa9");
    CHECK_TEXT(decoded("1.50", out), "1.50");
    CHECK_TEXT(decoded("18446744073709551616", out), "18446744073709551616");
    CHECK_TEXT(decoded("true", out), "true");
    CHECK_TEXT(decoded("[1, \"\\n\"]", out), "[1, \"\\n\"]");
}

static void decodes_in_place_without_escapes(void)
{
    struct buffer scratch = {0};
    const char text[] = "\"plain\"";
    struct json_value value = {text, 7, JSON_STRING, 0};
    CHECK(json_decode(&value, &scratch).at == text + 1);
    CHECK(scratch.at == NULL);
    CHECK(json_decode(&(struct json_value){0}, &scratch).length == 0);
}

static const char *quoted(struct slice bytes, struct buffer *out)
{
    out->length = 0;
    json_quote(out, bytes);
    buffer_append_char(out, '\0');
    return out->at;
}

static void quotes(void)
{
    struct buffer out = {0};
    CHECK_TEXT(quoted(slice_of(""), &out), "\"\"");
    CHECK_TEXT(quoted(slice_of("a/b \xc3\xa9\x7f"), &out), "\"a/b \xc3\xa9\x7f\"");
    CHECK_TEXT(quoted(slice_of("\"\\"), &out), "\"\\\"\\\\\"");
    CHECK_TEXT(quoted((struct slice){"\x01\x1f\n", 3}, &out), "\"\\u0001\\u001f\\u000a\"");
    buffer_free(&out);
}

/* Any text that is UTF-8 without NUL comes back as it was. */
static void reads_what_it_quotes(void)
{
    static const char *const parts[] = {"a",  "\"", "\\",       "\n",           "\x01",
                                        "\t", "/",  "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9b\x92",
                                        "u",  "0",  "\x7f"};
    struct buffer out = {0}, scratch = {0}, text = {0};
    srand(7);
    for (int round = 0; round < 2000; round++) {
        struct json_value value;
        struct json_error error;
        text.length = 0;
        buffer_reserve(&text, 1);
        for (int i = rand() % 40; i > 0; i--)
            buffer_append_text(&text, parts[(size_t)rand() % (sizeof parts / sizeof parts[0])]);
        quoted(buffer_slice(&text), &out);
        const char *end = out.at + out.length - 1;
        CHECK(json_scan_value(out.at, end, 0, &value, &error) == end);
        CHECK(slice_equal(json_decode(&value, &scratch), buffer_slice(&text)));
    }
    buffer_free(&out);
    buffer_free(&scratch);
    buffer_free(&text);
}

static const char *shown(struct slice bytes, struct buffer *out)
{
    out->length = 0;
    json_quote_for_message(out, bytes);
    buffer_append_char(out, '\0');
    return out->at;
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void shows_64_bytes_in_messages(void)
{
    struct buffer out = {0};
    CHECK_TEXT(shown(slice_of(""), &out), "");
    CHECK_TEXT(shown(slice_of("a \"b\" \\ \xc3\xa9"), &out), "a \"b\" \\ \xc3\xa9");
    CHECK_TEXT(shown((struct slice){"a\0\t\x1f\x7f", 5}, &out), "a\\x00\\x09\\x1f\\x7f");
    CHECK_TEXT(shown(slice_of("\xe9t\xe9"), &out), "\\xe9t\\xe9");
    CHECK_TEXT(shown(slice_of(SIXTY "abcd"), &out), SIXTY "abcd");
    CHECK_TEXT(shown(slice_of(SIXTY "abcde"), &out), SIXTY "abcd...");
    CHECK_TEXT(shown(slice_of(SIXTY "abc\xc3\xa9"), &out), SIXTY "abc...");
    CHECK_TEXT(shown(slice_of(SIXTY "ab\xc3\xa9"), &out), SIXTY "ab\xc3\xa9");
    CHECK_TEXT(shown(slice_of(SIXTY "ab\xc3\xa9z"), &out), SIXTY "ab\xc3\xa9...");
    CHECK_TEXT(shown(slice_of(SIXTY "a\xf0\x9f\x9b\x92"), &out), SIXTY "a...");
    CHECK_TEXT(shown(slice_of(SIXTY "abc\xf0"), &out), SIXTY "abc\\xf0");
    buffer_free(&out);
}

struct visit {
    struct buffer told;
    struct buffer scratch;
};

static void note(void *context, const struct json_value *name, const struct json_value *value)
{
    struct visit *visit = context;
    buffer_append(&visit->told, json_decode(name, &visit->scratch));
    buffer_append_text(&visit->told, "=");
    buffer_append(&visit->told, json_text(value));
    buffer_append_text(&visit->told, ";");
}

static void tells_members_in_order(void)
{
    struct visit visit = {0};
    struct json_error error;
    const char text[] = "{\"b\":1, \"\\u0061\" : {\"x\":[2]},\"\":\"\" } rest";
    const char *behind = json_scan_object(text, text + sizeof text - 1, 0, note, &visit, &error);
    CHECK(behind == strstr(text, " rest"));
    buffer_append_char(&visit.told, '\0');
    CHECK_TEXT(visit.told.at, "b=1;a={\"x\":[2]};=\"\";");
    buffer_free(&visit.told);
    buffer_free(&visit.scratch);
}

/* An object of COUNT members, the last of them named as TWIN when that is one. */
static struct buffer large_object(int count, int twin)
{
    struct buffer text = {0};
    buffer_append_char(&text, '{');
    for (int i = 0; i < count; i++)
        buffer_printf(&text, "%s\"m%d\":%d", i ? "," : "", i == count - 1 && twin >= 0 ? twin : i,
                      i);
    buffer_append_char(&text, '}');
    return text;
}

static void finds_twins_in_objects_of_any_size(void)
{
    static const int sizes[] = {2, 15, 16, 17, 18, 100, 5000};
    const char *reason;
    ptrdiff_t at;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buffer good = large_object(sizes[i], -1);
        CHECK(scan(buffer_slice(&good), &reason, &at) == JSON_OBJECT);
        buffer_free(&good);
        for (int twin = 0; twin < sizes[i] - 1; twin += sizes[i] / 7 + 1) {
            struct buffer twins = large_object(sizes[i], twin);
            CHECK(scan(buffer_slice(&twins), &reason, &at) == -1);
            CHECK_TEXT(reason, "a member twice in one object");
            buffer_free(&twins);
        }
    }
}

/* What a refused object leaves behind must not be taken for members of the next one. */
static void forgets_refused_objects(void)
{
    CHECK(kind_of("{\"a\":1,\"b\":{\"c\":1,\"d\":[{\"e\":x}]}}") == -1);
    CHECK(kind_of("{\"a\":1}") == JSON_OBJECT);
    CHECK(kind_of("{\"c\":1,\"b\":{\"a\":1}}") == JSON_OBJECT);
}

int main(void)
{
    accepts_what_is_json();
    refuses_what_is_not();
    refuses_raw_nul();
    refuses_every_beginning();
    nests_256_deep();
    knows_utf8();
    pairs_surrogates();
    decodes();
    decodes_in_place_without_escapes();
    quotes();
    reads_what_it_quotes();
    shows_64_bytes_in_messages();
    tells_members_in_order();
    finds_twins_in_objects_of_any_size();
    forgets_refused_objects();
    return check_result();
}
