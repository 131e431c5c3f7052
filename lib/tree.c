#include "tree.h"

#include <jansson.h>
#include <stdlib.h>

#include "error.h"

/* What every decimal of so many digits keeps on its way through libjansson's double. */
enum { DIGITS_KEPT = 15, EXPONENT_DIGITS_KEPT = 2 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the number in P..END, valid JSON, comes out of a double as it went in. */
static bool is_kept(const char *p, const char *end)
{
    int digits = 0, exponent_digits = 0;
    bool fraction = false, exponent = false;

    for (; p < end; p++) {
        exponent = exponent || *p == 'e' || *p == 'E';
        fraction = fraction || *p == '.' || exponent;
        if (is_digit(*p) && exponent)
            exponent_digits++;
        else if (is_digit(*p) && (digits || *p != '0'))
            digits++;
    }
    return !fraction || (digits <= DIGITS_KEPT && exponent_digits <= EXPONENT_DIGITS_KEPT);
}

static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p + 1 : end;
}

/* The first number in valid JSON that a double would round, or NULL. */
static const char *find_rounded(struct slice text)
{
    const char *p = text.at, *end = text.at + text.length, *start;

    while (p < end) {
        start = p;
        if (*p == '"') {
            p = string_end(p, end);
            continue;
        }
        if (*p++ != '-' && !is_digit(*start))
            continue;
        while (p < end && (is_digit(*p) || strchr("+-.eE", *p)))
            p++;
        if (!is_kept(start, p))
            return start;
    }
    return NULL;
}

static void explain_rounded(struct slice text, const char *at, struct buffer *why)
{
    const char *line_start = text.at;
    int line = 1;

    for (const char *p = text.at; p < at; p++)
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    buffer_printf(why, "line %d, column %td: a number of more than %d digits: put it in quotes",
                  line, at - line_start + 1, DIGITS_KEPT);
}

/* libjansson quotes what stands there, whatever that is. */
static void explain_error(json_error_t *error, struct buffer *why)
{
    for (char *p = error->text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    buffer_printf(why, "line %d, column %d: %s", error->line, error->column, error->text);
}

/* libjansson takes most lack of memory for a mistake in the text: so it never hears of any. */
static void *allocate(size_t size)
{
    return memory_resize(NULL, size, 1);
}

struct json_t *tree_read(struct slice text, struct buffer *why)
{
    json_error_t error;
    json_set_alloc_funcs(allocate, free);
    json_t *tree = json_loadb(text.at ? text.at : "", text.length, JSON_REJECT_DUPLICATES, &error);
    const char *rounded;

    if (!tree) {
        explain_error(&error, why);
        return NULL;
    }
    rounded = find_rounded(text);
    if (!rounded)
        return tree;
    explain_rounded(text, rounded, why);
    json_decref(tree);
    return NULL;
}

void tree_free(struct json_t *tree)
{
    json_decref(tree);
}

bool tree_is_object(const struct json_t *value)
{
    return json_is_object(value);
}

bool tree_is_array(const struct json_t *value)
{
    return json_is_array(value);
}

bool tree_is_null(const struct json_t *value)
{
    return json_is_null(value);
}

bool tree_is_boolean(const struct json_t *value)
{
    return json_is_boolean(value);
}

bool tree_is_true(const struct json_t *value)
{
    return json_is_true(value);
}

bool tree_is_fraction(const struct json_t *value)
{
    return json_is_real(value);
}

bool tree_integer(const struct json_t *value, int64_t *number)
{
    if (!json_is_integer(value))
        return false;
    *number = json_integer_value(value);
    return true;
}

const char *tree_text(const struct json_t *value)
{
    return json_string_value(value);
}

size_t tree_count(const struct json_t *value)
{
    return json_is_object(value) ? json_object_size(value) : json_array_size(value);
}

struct json_t *tree_element(const struct json_t *array, size_t index)
{
    return json_array_get(array, index);
}

struct json_t *tree_member(const struct json_t *object, const char *name)
{
    return json_object_get(object, name);
}

const char *tree_next(struct json_t *object, const char *name)
{
    if (!name)
        return json_object_iter_key(json_object_iter(object));
    return json_object_iter_key(json_object_iter_next(object, json_object_key_to_iter(name)));
}

void tree_write(const struct json_t *value, struct buffer *out)
{
    char *text =
        json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(DIGITS_KEPT));

    if (!text)
        fail(EXIT_SYSTEM, "out of memory");
    buffer_append_text(out, text);
    free(text);
}
