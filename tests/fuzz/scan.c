/*
 * Fuzzes the scanner against libjansson. Each line of the input must be accepted by both or refused
 * by both, and the columns that are found must mean the same to both; and a layout that has seen
 * the input's other lines must answer as one that has seen nothing.
 *
 * Differences, each documented and excused here, and no others:
 *  - numbers: libjansson refuses integers beyond 64 bits and reals beyond a double; to us a number
 *    is its spelling. Such a line is compared again with its numbers made short.
 *  - depth: we refuse more than 256 levels, libjansson more than 2048.
 *  - NUL: libjansson overlooks one behind a number. JSON has none anywhere.
 * Both refuse the escape \u0000, unpaired surrogates, control characters, members that stand twice.
 */
#include <assert.h>
#include <stdlib.h>

#include "fast.h"
#include "json.h"
#include "layout.h"

/* libjansson has names for kinds that are also ours. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 4, MOST_LINES = 64 };

static const char *const column[COLUMNS] = {"a", "id", "_ts", "\xc3\xa9"};
static const char *const reserved[] = {"_stream", "_ts", "_op"};

/* ---- what libjansson says ---- */

static json_t *load(struct slice text, json_error_t *error)
{
    return json_loadb(text.at, text.length, JSON_REJECT_DUPLICATES, error);
}

static int depth_of(json_t *value)
{
    int deepest = 0, depth;
    size_t i;
    const char *name;
    json_t *inner;
    if (json_typeof(value) == JANSSON_ARRAY) {
        json_array_foreach(value, i, inner) deepest =
            (depth = depth_of(inner)) > deepest ? depth : deepest;
        return deepest + 1;
    }
    if (json_typeof(value) != JANSSON_OBJECT)
        return 0;
    json_object_foreach(value, name, inner) deepest =
        (depth = depth_of(inner)) > deepest ? depth : deepest;
    return deepest + 1;
}

/*
 * LINE with every run of digits outside strings cut to two: what was a number by grammar still is
 * one, what was none is none, and none is too big for libjansson.
 */
static struct buffer shortened(struct slice line)
{
    struct buffer out = {0};
    bool in_string = false;
    int digits = 0;
    for (size_t i = 0; i < line.length; i++) {
        char c = line.at[i];
        digits = !in_string && c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits > 2)
            continue;
        buffer_append_char(&out, c);
        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\' && i + 1 < line.length)
            buffer_append_char(&out, line.at[++i]);
    }
    return out;
}

static bool loads_when_shortened(struct slice line)
{
    struct buffer copy = shortened(line);
    json_error_t error;
    json_t *object = load(buffer_slice(&copy), &error);
    bool good = object && json_typeof(object) == JANSSON_OBJECT;
    json_decref(object);
    buffer_free(&copy);
    return good;
}

/* ---- both ---- */

static void same_number(const struct json_value *ours, json_t *theirs)
{
    char *text = strndup(ours->at, ours->length), *end;
    if (json_typeof(theirs) == JSON_INTEGER) {
        assert(strtoll(text, &end, 10) == json_integer_value(theirs));
    } else {
        assert(json_typeof(theirs) == JSON_REAL);
        double value = strtod(text, &end);
        assert(value <= json_real_value(theirs) && value >= json_real_value(theirs));
    }
    assert(*end == '\0');
    free(text);
}

static void same_tree(struct slice text, json_t *theirs)
{
    json_error_t error;
    json_t *again = load(text, &error);
    assert(again && json_equal(again, theirs));
    json_decref(again);
}

static void same_value(const struct json_value *ours, json_t *theirs)
{
    static struct buffer scratch;
    if (!theirs) {
        assert(ours->kind == JSON_MISSING);
        return;
    }
    switch (ours->kind) {
    case JSON_NULL:
        assert(json_typeof(theirs) == JANSSON_NULL);
        break;
    case JSON_TRUE:
        assert(json_typeof(theirs) == JANSSON_TRUE);
        break;
    case JSON_FALSE:
        assert(json_typeof(theirs) == JANSSON_FALSE);
        break;
    case JSON_NUMBER:
        same_number(ours, theirs);
        break;
    case JSON_STRING: {
        struct slice text = {json_string_value(theirs), json_string_length(theirs)};
        assert(json_typeof(theirs) == JANSSON_STRING);
        assert(slice_equal(json_decode(ours, &scratch), text));
        assert(ours->escaped == (memchr(ours->at, '\\', ours->length) != NULL));
        break;
    }
    default:
        assert(ours->kind == JSON_ARRAY || ours->kind == JSON_OBJECT);
        assert(json_typeof(theirs) == (ours->kind == JSON_ARRAY ? JANSSON_ARRAY : JANSSON_OBJECT));
        same_tree(json_text(ours), theirs);
    }
}

/* THEIRS loses its reserved members. */
static void same_body(struct slice body, json_t *theirs)
{
    struct buffer text = {0};
    buffer_append_char(&text, '{');
    buffer_append(&text, body);
    buffer_append_char(&text, '}');
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        json_object_del(theirs, reserved[i]);
    same_tree(buffer_slice(&text), theirs);
    buffer_free(&text);
}

struct answer {
    bool good;
    struct json_value value[COLUMNS];
    struct buffer body;
    const char *reason;
};

static void ask(struct layout *layout, struct slice line, struct answer *answer)
{
    struct buffer scratch = {0};
    struct json_error error = {0};
    answer->body.length = 0;
    answer->good = layout_scan(layout, line, answer->value, &error);
    answer->reason = error.reason;
    if (answer->good)
        buffer_append(&answer->body, layout_body(layout, line, &scratch));
    else
        assert(error.reason && error.at >= line.at && error.at <= line.at + line.length);
    buffer_free(&scratch);
}

static void compare_with_libjansson(struct slice line, struct answer *ours)
{
    if (line.length > 0 && memchr(line.at, '\0', line.length)) {
        assert(!ours->good);
        return;
    }
    json_error_t error;
    json_t *theirs = load(line, &error);
    if (!theirs && json_error_code(&error) == json_error_numeric_overflow) {
        assert(ours->good == loads_when_shortened(line) ||
               strcmp(ours->reason, "nested deeper than 256") == 0);
        return;
    }
    bool good = theirs && json_typeof(theirs) == JANSSON_OBJECT && depth_of(theirs) <= 256;
    assert(ours->good == good);
    for (size_t i = 0; i < COLUMNS && good; i++)
        same_value(&ours->value[i], json_object_get(theirs, column[i]));
    if (good)
        same_body(buffer_slice(&ours->body), theirs);
    json_decref(theirs);
}

static void same_answer(const struct answer *a, const struct answer *b)
{
    assert(a->good == b->good);
    for (size_t i = 0; i < COLUMNS && a->good; i++) {
        assert(a->value[i].kind == b->value[i].kind);
        if (a->value[i].kind == JSON_MISSING)
            continue;
        assert(a->value[i].at == b->value[i].at && a->value[i].length == b->value[i].length);
        assert(a->value[i].escaped == b->value[i].escaped);
    }
}

/* ---- one input ---- */

static struct layout *whole, *wanted;

static void try_line(struct slice line, bool first_time)
{
    static struct answer fresh, learnt;
    struct layout *layout = layout_new(column, COLUMNS, LAYOUT_WHOLE);
    ask(layout, line, &fresh);
    layout_free(layout);
    if (first_time)
        compare_with_libjansson(line, &fresh);
    ask(whole, line, &learnt);
    same_answer(&fresh, &learnt);
    assert(!fresh.good || slice_equal(buffer_slice(&fresh.body), buffer_slice(&learnt.body)));
    ask(wanted, line, &learnt);
    if (fresh.good) /* else what is wrong may be where nobody looks any more */
        same_answer(&fresh, &learnt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice line[MOST_LINES];
    size_t count = 0;
    const char *p = (const char *)data, *end = p + size;
    while (p < end && count < MOST_LINES) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((newline ? newline : end) - p);
        char *copy = malloc(length + FAST_PADDING);
        memcpy(copy, p, length);
        memset(copy + length, "\"}9"[size % 3], FAST_PADDING);
        line[count++] = (struct slice){copy, length};
        p += length + 1;
    }
    whole = layout_new(column, COLUMNS, LAYOUT_WHOLE);
    wanted = layout_new(column, COLUMNS, LAYOUT_WANTED);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++)
            try_line(line[i], pass == 0);
    layout_free(whole);
    layout_free(wanted);
    for (size_t i = 0; i < count; i++)
        free((char *)line[i].at);
    return 0;
}
