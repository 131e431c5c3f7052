#include "key_text.h"

#include "fast.h"

struct type key_text_type(const struct schema *schema, const char *column)
{
    ptrdiff_t index = schema_find(schema, column);
    return index < 0 ? (struct type){.kind = TYPE_ANY} : schema->column[index].type;
}

bool key_text_is_text(struct slice bytes)
{
    return json_is_utf8(bytes) && (bytes.length == 0 || !memchr(bytes.at, '\0', bytes.length));
}

static bool is_of(const struct type *type, const struct json_value *value, const char **why)
{
    if (type->kind == TYPE_ANY)
        return value->kind < JSON_ARRAY && !json_is_null(value);
    return type_accepts(type, value, why);
}

/* Whether KEY is a value of TYPE as it stands, which a line can hold. */
static bool is_value(struct slice key, const struct type *type, const char **why)
{
    struct json_value value;
    struct json_error error;
    const char *end = key.at + key.length;
    if (key.length == 0 || (type->kind == TYPE_STRING && *key.at != '"'))
        return false;
    return json_scan_value(key.at, end, 0, &value, &error) == end && !json_is_null(&value) &&
           is_of(type, &value, why) && !memchr(key.at, '\n', key.length);
}

/* Whether the text that stands quoted behind START of OUT is a value of TYPE. */
static bool is_text_of(const struct buffer *out, size_t start, const struct type *type,
                       const char **why)
{
    struct json_value value = {.at = out->at + start,
                               .length = (uint32_t)(out->length - start),
                               .kind = JSON_STRING,
                               .escaped =
                                   memchr(out->at + start, '\\', out->length - start) != NULL};
    return type->kind == TYPE_STRING || is_of(type, &value, why);
}

bool key_text_append(struct buffer *out, struct slice key, const struct type *type,
                     const char **why)
{
    size_t start = out->length;
    if (is_value(key, type, why)) {
        buffer_append(out, key);
        return true;
    }
    *why = "is no text";
    if (!key_text_is_text(key))
        return false;
    json_quote(out, key);
    buffer_reserve(out, FAST_PADDING);
    if (is_text_of(out, start, type, why))
        return true;
    out->length = start;
    return false;
}
