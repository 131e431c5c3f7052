#include <stdlib.h>

#include "hash.h"
#include "json_inside.h"

/*
 * What a byte is inside a string: plain (goes on), or something to look at. This is the careful
 * way, which judges every byte; lines of a known shape take the quick one (fast.h).
 */
enum { PLAIN, QUOTE, BACKSLASH, CONTROL, MULTIBYTE };

static const uint8_t byte_class[256] = {
    [0x00 ... 0x1f] = CONTROL,
    ['"'] = QUOTE,
    ['\\'] = BACKSLASH,
    [0x80 ... 0xff] = MULTIBYTE,
};

static const char *refuse(struct json_error *error, const char *reason, const char *at)
{
    error->reason = reason;
    error->at = at;
    return NULL;
}

/* The byte behind the escape at P, or NULL. */
static const char *scan_escape(const char *p, const char *end, struct json_error *error)
{
    if (end - p < 2)
        return refuse(error, "unterminated string", p);
    if (p[1] != 'u')
        return strchr("\"\\/bfnrt", p[1]) && p[1] ? p + 2 : refuse(error, "bad escape", p);
    int unit = json_unicode_escape(p, end);
    if (unit < 0)
        return refuse(error, "bad escape", p);
    if (unit == 0)
        return refuse(error, "the escape \\u0000", p);
    if (json_is_low_surrogate(unit) ||
        (json_is_high_surrogate(unit) && !json_is_low_surrogate(json_unicode_escape(p + 6, end))))
        return refuse(error, "unpaired surrogate", p);
    return json_is_high_surrogate(unit) ? p + 12 : p + 6;
}

static const char *scan_string(const char *p, const char *end, struct json_value *value,
                               struct json_error *error)
{
    const char *start = p++;
    value->escaped = 0;
    while (true) {
        while (p < end && byte_class[(unsigned char)*p] == PLAIN)
            p++;
        if (p == end)
            return refuse(error, "unterminated string", start);
        switch (byte_class[(unsigned char)*p]) {
        case QUOTE:
            p++;
            value->at = start;
            value->length = (uint32_t)(p - start);
            value->kind = JSON_STRING;
            return p;
        case BACKSLASH:
            value->escaped = 1;
            p = scan_escape(p, end, error);
            if (!p)
                return NULL;
            break;
        case MULTIBYTE: {
            int length = json_utf8_length(p, end);
            if (length == 0)
                return refuse(error, "invalid UTF-8", p);
            p += length;
            break;
        }
        default:
            return refuse(error, "control character in a string", p);
        }
    }
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static const char *scan_number(const char *p, const char *end, struct json_value *value,
                               struct json_error *error)
{
    const char *start = p;
    if (*p == '-')
        p++;
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return refuse(error, "bad number", start);
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits)
            return refuse(error, "bad number", start);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits)
            return refuse(error, "bad number", start);
    }
    *value = (struct json_value){start, (uint32_t)(p - start), JSON_NUMBER, 0};
    return p;
}

static const char *scan_word(const char *p, const char *end, const char *word, enum json_kind kind,
                             struct json_value *value, struct json_error *error)
{
    size_t length = strlen(word);
    if ((size_t)(end - p) < length || memcmp(p, word, length) != 0)
        return refuse(error, "not a JSON value", p);
    *value = (struct json_value){p, (uint32_t)length, (uint8_t)kind, 0};
    return p + length;
}

const char *json_skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
}

static const char *scan_array(const char *p, const char *end, int depth, struct json_error *error)
{
    struct json_value element;
    p = json_skip_space(p + 1, end);
    if (p < end && *p == ']')
        return p + 1;
    while (true) {
        p = json_scan_value(p, end, depth + 1, &element, error);
        if (!p)
            return NULL;
        p = json_skip_space(p, end);
        if (p == end)
            return refuse(error, "unterminated array", p);
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return refuse(error, "expected , or ] in an array", p);
        p = json_skip_space(p + 1, end);
    }
}

/*
 * The member names of the objects that are open, innermost last, to find names that stand twice.
 * One stack for the process: it grows to the largest object seen and stays.
 */
struct name {
    uint64_t hash; /* of the decoded bytes */
    struct json_value text;
};

static struct {
    struct name *at;
    size_t count, capacity;
    struct buffer decoded, other;
} names;

static void push_name(const struct json_value *text)
{
    if (names.count == names.capacity) {
        names.capacity = names.capacity ? names.capacity * 2 : 64;
        names.at = memory_resize(names.at, names.capacity, sizeof *names.at);
    }
    uint64_t hash = hash_bytes(json_decode(text, &names.decoded));
    names.at[names.count++] = (struct name){hash, *text};
}

static bool same_name(const struct name *a, const struct name *b)
{
    return a->hash == b->hash &&
           slice_equal(json_decode(&a->text, &names.decoded), json_decode(&b->text, &names.other));
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const struct name *)a)->hash, y = ((const struct name *)b)->hash;
    return (x > y) - (x < y);
}

/* Takes the names above BASE off the stack; returns one that stands twice, or NULL. */
static const char *pop_names(size_t base)
{
    size_t count = names.count - base;
    if (count == 0)
        return NULL;
    struct name *name = names.at + base;
    names.count = base;
    if (count <= 16) { /* the usual object: comparing hashes beats sorting them */
        for (size_t i = 1; i < count; i++)
            for (size_t j = 0; j < i; j++)
                if (same_name(&name[i], &name[j]))
                    return name[i].text.at;
        return NULL;
    }
    qsort(name, count, sizeof *name, by_hash);
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j-- > 0 && name[j].hash == name[i].hash;)
            if (same_name(&name[i], &name[j]))
                return name[i].text.at;
    return NULL;
}

static const char *scan_members(const char *p, const char *end, int depth,
                                json_member_visitor *visit, void *context, struct json_error *error)
{
    while (true) {
        struct json_value name, value;
        if (p == end || *p != '"')
            return refuse(error, p == end ? "unterminated object" : "expected a member name", p);
        p = scan_string(p, end, &name, error);
        if (!p)
            return NULL;
        push_name(&name);
        p = json_skip_space(p, end);
        if (p == end || *p != ':')
            return refuse(error, "expected : behind a member name", p);
        p = json_scan_value(json_skip_space(p + 1, end), end, depth + 1, &value, error);
        if (!p)
            return NULL;
        if (visit)
            visit(context, &name, &value);
        p = json_skip_space(p, end);
        if (p == end)
            return refuse(error, "unterminated object", p);
        if (*p == '}')
            return p + 1;
        if (*p != ',')
            return refuse(error, "expected , or } in an object", p);
        p = json_skip_space(p + 1, end);
    }
}

const char *json_scan_object(const char *p, const char *end, int depth, json_member_visitor *visit,
                             void *context, struct json_error *error)
{
    size_t base = names.count;
    p = json_skip_space(p + 1, end);
    if (p < end && *p == '}')
        return p + 1;
    p = scan_members(p, end, depth, visit, context, error);
    const char *twice = pop_names(base);
    if (p && twice)
        return refuse(error, "a member twice in one object", twice);
    return p;
}

const char *json_scan_value(const char *p, const char *end, int depth, struct json_value *value,
                            struct json_error *error)
{
    const char *start = p;
    if (p == end)
        return refuse(error, "a value is missing", p);
    switch (*p) {
    case '"':
        return scan_string(p, end, value, error);
    case '{':
    case '[':
        if (depth >= JSON_MAX_DEPTH)
            return refuse(error, "nested deeper than 256", p);
        p = *p == '{' ? json_scan_object(p, end, depth, NULL, NULL, error)
                      : scan_array(p, end, depth, error);
        if (p)
            *value = (struct json_value){start, (uint32_t)(p - start),
                                         *start == '{' ? JSON_OBJECT : JSON_ARRAY, 0};
        return p;
    case 't':
        return scan_word(p, end, "true", JSON_TRUE, value, error);
    case 'f':
        return scan_word(p, end, "false", JSON_FALSE, value, error);
    case 'n':
        return scan_word(p, end, "null", JSON_NULL, value, error);
    default:
        return scan_number(p, end, value, error);
    }
}
