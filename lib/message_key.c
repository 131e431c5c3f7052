#include "message_key.h"

#include <stdlib.h>

#include "error.h"
#include "fast.h"
#include "sink_rules.h"

struct message_key {
    const struct schema *schema;
    struct type *type;        /* by column of the key */
    ptrdiff_t *index;         /* of the row's values; -1: the schema is open */
    struct json_value *value; /* of a row of an open stream */
    struct buffer object, shown, decoded;
};

struct message_key *message_key_new(const struct schema *schema)
{
    struct message_key *key = memory_new(1, sizeof *key);
    if (schema->key_count == 0)
        fail(EXIT_USAGE, "--print-key: %s has no key", schema->stream);
    key->schema = schema;
    key->type = memory_new(schema->key_count, sizeof *key->type);
    key->index = memory_new(schema->key_count, sizeof *key->index);
    key->value = memory_new(schema->key_count, sizeof *key->value);
    for (size_t i = 0; i < schema->key_count; i++) {
        key->index[i] = schema_find(schema, schema->key[i]);
        key->type[i] = key->index[i] < 0 ? (struct type){.kind = TYPE_ANY}
                                         : schema->column[key->index[i]].type;
    }
    return key;
}

void message_key_free(struct message_key *key)
{
    if (!key)
        return;
    buffer_free(&key->object);
    buffer_free(&key->shown);
    buffer_free(&key->decoded);
    free(key->type);
    free(key->index);
    free(key->value);
    free(key);
}

static void take_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    struct message_key *key = context;
    struct slice text = json_decode(name, &key->decoded);
    for (size_t i = 0; i < key->schema->key_count; i++)
        if (slice_is(text, key->schema->key[i]))
            key->value[i] = *value;
}

static bool scan_body(struct message_key *key, struct slice body, const char **why)
{
    struct json_error error;
    struct slice object = sink_object(body, &key->object);
    memset(key->value, 0, key->schema->key_count * sizeof *key->value);
    *why = "is not JSON";
    return json_scan_object(object.at, object.at + object.length, 0, take_member, key, &error);
}

/* VALUE as a sink shows it, scanned again. */
static bool show(struct message_key *key, size_t column, const struct json_value *value,
                 struct json_value *shown, const char **why)
{
    struct json_error error;
    key->shown.length = 0;
    if (!type_render(&key->type[column], value, &key->shown, why))
        return false;
    buffer_reserve(&key->shown, FAST_PADDING);
    return json_scan_value(key->shown.at, key->shown.at + key->shown.length, 0, shown, &error);
}

/* Whether ft-ingest would take TEXT for what it is: a string. */
static bool is_plain(struct slice text)
{
    if (text.length == 0 || *text.at == '"' || *text.at == '{')
        return false;
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.at[i] < ' ')
            return false;
    return true;
}

static void append_text(struct message_key *key, const struct json_value *shown, struct buffer *out)
{
    struct slice text = json_decode(shown, &key->decoded);
    if (shown->kind == JSON_NULL)
        return;
    if (shown->kind != JSON_STRING || is_plain(text))
        buffer_append(out, text);
    else
        json_quote(out, text);
}

/* In one spelling, so that equal keys are equal. */
static void append_member(struct message_key *key, size_t column, const struct json_value *shown,
                          struct buffer *out)
{
    buffer_append_char(out, column ? ',' : '{');
    json_quote(out, slice_of(key->schema->key[column]));
    buffer_append_char(out, ':');
    if (shown->kind == JSON_STRING)
        json_quote(out, json_decode(shown, &key->decoded));
    else
        buffer_append(out, json_text(shown));
}

bool message_key_append(struct message_key *key, const struct sink_row *row, struct buffer *out,
                        const char **column, const char **why)
{
    size_t count = key->schema->key_count;
    *column = key->schema->key[0];
    if (key->index[0] < 0 && !scan_body(key, row->body, why))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json_value shown;
        *column = key->schema->key[i];
        if (!show(key, i, key->index[i] < 0 ? &key->value[i] : &row->value[key->index[i]], &shown,
                  why))
            return false;
        if (count == 1)
            append_text(key, &shown, out);
        else
            append_member(key, i, &shown, out);
    }
    if (count > 1)
        buffer_append_char(out, '}');
    return true;
}
