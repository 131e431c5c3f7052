#include "tombstone.h"

#include <stdlib.h>

#include "fast.h"

struct tombstone {
    const struct schema *schema;
    const char *const *taken;
    size_t count;
    struct json_value *key; /* by column, while the key is read as an object */
    struct buffer line, decoded;
};

struct tombstone *tombstone_new(const struct schema *schema, const char *const *taken, size_t count)
{
    struct tombstone *tombstone = memory_new(1, sizeof *tombstone);
    *tombstone = (struct tombstone){.schema = schema, .taken = taken, .count = count};
    tombstone->key = memory_new(schema->key_count, sizeof *tombstone->key);
    return tombstone;
}

void tombstone_free(struct tombstone *tombstone)
{
    if (!tombstone)
        return;
    buffer_free(&tombstone->line);
    buffer_free(&tombstone->decoded);
    free(tombstone->key);
    free(tombstone);
}

static bool is_taken(const struct tombstone *tombstone, const char *column)
{
    for (size_t i = 0; i < tombstone->count; i++)
        if (strcmp(tombstone->taken[i], column) == 0)
            return true;
    return false;
}

static void append_name(struct buffer *out, const char *column)
{
    buffer_append_char(out, ',');
    json_quote(out, slice_of(column));
    buffer_append_char(out, ':');
}

static void take_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    struct tombstone *tombstone = context;
    const struct schema *schema = tombstone->schema;
    struct slice text = json_decode(name, &tombstone->decoded);
    for (size_t i = 0; i < schema->key_count; i++)
        if (slice_is(text, schema->key[i]))
            tombstone->key[i] = *value;
}

/* The key is an object with a member for each of the stream's key columns. */
static bool append_object(struct tombstone *tombstone, struct key_problem *problem)
{
    const struct schema *schema = tombstone->schema;
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct json_value *value = &tombstone->key[i];
        struct type type = key_text_type(schema, schema->key[i]);
        if (is_taken(tombstone, schema->key[i]))
            continue;
        *problem = (struct key_problem){schema->key[i], "is not in the key of a tombstone",
                                        (struct slice){0}};
        if (json_is_null(value))
            return false;
        problem->value = json_text(value);
        if (type.kind != TYPE_ANY && !type_accepts(&type, value, &problem->why))
            return false;
        append_name(&tombstone->line, schema->key[i]);
        buffer_append(&tombstone->line, json_text(value));
    }
    return true;
}

static bool append_text(struct tombstone *tombstone, struct slice key, struct key_problem *problem)
{
    const struct schema *schema = tombstone->schema;
    struct type type = key_text_type(schema, schema->key[0]);
    *problem = (struct key_problem){schema->key[0], NULL, key};
    append_name(&tombstone->line, schema->key[0]);
    return key_text_append(&tombstone->line, key, &type, &problem->why);
}

/* How many columns of the key the tombstone's own key must say. */
static size_t count_needed(const struct tombstone *tombstone)
{
    const struct schema *schema = tombstone->schema;
    size_t needed = 0;
    for (size_t i = 0; i < schema->key_count; i++)
        needed += !is_taken(tombstone, schema->key[i]);
    return needed;
}

static bool append_deleted(struct tombstone *tombstone, const struct message *message,
                           struct key_problem *problem)
{
    struct slice key = message->key;
    struct json_error error;
    *problem = (struct key_problem){NULL, "it is a tombstone without a key", (struct slice){0}};
    if (message->key_bytes < 0)
        return false;
    memset(tombstone->key, 0, tombstone->schema->key_count * sizeof *tombstone->key);
    const char *end = key.at + key.length;
    if (key.length > 0 && *key.at == '{' &&
        json_scan_object(key.at, end, 0, take_member, tombstone, &error) == end)
        return append_object(tombstone, problem);
    if (tombstone->schema->key_count == 1)
        return append_text(tombstone, key, problem);
    problem->why = "it is a tombstone whose key is no object with the columns of the key";
    return false;
}

bool tombstone_record(struct tombstone *tombstone, const struct message *message,
                      struct slice *record, struct key_problem *problem)
{
    struct buffer *out = &tombstone->line;
    *problem = (struct key_problem){NULL, "it is a tombstone, and rows cannot be deleted here",
                                    (struct slice){0}};
    if (!tombstone->schema->upsert)
        return false;
    out->length = 0;
    buffer_append_text(out, "{\"_op\":\"delete\"");
    if (count_needed(tombstone) > 0 && !append_deleted(tombstone, message, problem))
        return false;
    buffer_append_char(out, '}');
    buffer_reserve(out, FAST_PADDING);
    *record = buffer_slice(out);
    return true;
}
