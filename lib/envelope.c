#include "envelope.h"

#include <stdlib.h>

#include "error.h"
#include "fast.h"

enum part { KEY, PARTITION, OFFSET, TOPIC, TIME, PARTS };

static const char *const part_names[PARTS] = {"key", "partition", "offset", "topic", "time"};

/* A column that is taken, and where its value stands in the front. */
struct taken {
    enum part part;
    const char *column;
    struct buffer name; /* ,"NAME": */
    struct type type;
    size_t start, length;
};

struct envelope {
    const struct stream_contract *contract;
    struct taken *taken;
    const char **columns;
    size_t count;
    ptrdiff_t time_column;
    struct buffer front, tombstone;
    struct json_value *key; /* while the key is read as an object: the columns of the key */
    struct buffer decoded;
};

static const struct type any = {.kind = TYPE_ANY};

static struct type type_of(const struct stream_contract *contract, const char *column)
{
    ptrdiff_t index = schema_find(contract->schema, column);
    return index < 0 ? any : contract->schema->column[index].type;
}

static enum part part_of(const char *name)
{
    for (enum part part = KEY; part < PARTS; part++)
        if (strcmp(part_names[part], name) == 0)
            return part;
    fail(EXIT_USAGE, "--take: a message has no %s (it has key, partition, offset, topic, time)",
         name);
}

static struct taken taken_as(const struct take *take, const struct stream_contract *contract)
{
    struct taken taken = {
        .part = part_of(take->column), .column = take->name, .type = type_of(contract, take->name)};
    if (taken.type.kind == TYPE_ANY)
        taken.type.kind = TYPE_STRING; /* a key is text, also where it looks like a number */
    buffer_append_char(&taken.name, ',');
    json_quote(&taken.name, slice_of(take->name));
    buffer_append_char(&taken.name, ':');
    return taken;
}

/* A broker's time is in ms, whatever the contract says of the column. */
static void check_time(const struct stream_contract *contract, const struct taken *taken)
{
    if (taken->part == TIME && contract->time_type.form != TIMESTAMP_MS)
        fail(EXIT_USAGE,
             "--take: the time of a message is in ms, and column %s of stream %s is not",
             taken->column, contract->schema->stream);
}

struct envelope *envelope_new(const struct take_list *take, const struct stream_contract *contract)
{
    const struct schema *schema = contract->schema;
    struct envelope *envelope = memory_new(1, sizeof *envelope);
    *envelope = (struct envelope){.contract = contract, .time_column = -1};
    envelope->count = take ? take->count : 0;
    envelope->taken = memory_new(envelope->count, sizeof *envelope->taken);
    envelope->columns = memory_new(envelope->count, sizeof *envelope->columns);
    envelope->key = memory_new(schema->key_count, sizeof *envelope->key);
    for (size_t i = 0; i < envelope->count; i++) {
        envelope->taken[i] = taken_as(&take->at[i], contract);
        envelope->columns[i] = take->at[i].name;
        if (!schema->timed || strcmp(take->at[i].name, schema->time_column) != 0)
            continue;
        check_time(contract, &envelope->taken[i]);
        envelope->time_column = (ptrdiff_t)i;
    }
    return envelope;
}

void envelope_free(struct envelope *envelope)
{
    if (!envelope)
        return;
    for (size_t i = 0; i < envelope->count; i++)
        buffer_free(&envelope->taken[i].name);
    buffer_free(&envelope->front);
    buffer_free(&envelope->tombstone);
    buffer_free(&envelope->decoded);
    free(envelope->taken);
    free(envelope->columns);
    free(envelope->key);
    free(envelope);
}

const char *const *envelope_columns(const struct envelope *envelope, size_t *count)
{
    *count = envelope->count;
    return envelope->columns;
}

ptrdiff_t envelope_time_column(const struct envelope *envelope)
{
    return envelope->time_column;
}

/* ---- keys as values ---- */

static bool is_text(struct slice bytes)
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

/* Appends KEY as a value of TYPE. False with *WHY, and nothing appended, when it is none. */
static bool append_key(struct buffer *out, struct slice key, const struct type *type,
                       const char **why)
{
    size_t start = out->length;
    if (is_value(key, type, why)) {
        buffer_append(out, key);
        return true;
    }
    *why = "is no text";
    if (!is_text(key))
        return false;
    json_quote(out, key);
    buffer_reserve(out, FAST_PADDING);
    if (is_text_of(out, start, type, why))
        return true;
    out->length = start;
    return false;
}

/* ---- columns in front ---- */

static bool append_key_column(struct envelope *envelope, const struct taken *taken,
                              struct slice key)
{
    const char *why;
    if (append_key(&envelope->front, key, &taken->type, &why))
        return true;
    if (!is_text(key))
        return false;
    json_quote(&envelope->front, key); /* who checks the contract will say what is wrong with it */
    return true;
}

static bool append_part(struct envelope *envelope, const struct taken *taken,
                        const struct message *message)
{
    char digits[INTEGER_TEXT];
    int64_t number = message->offset;
    if (taken->part == KEY && message->key_bytes >= 0)
        return append_key_column(envelope, taken, message->key);
    if (taken->part == TOPIC) {
        json_quote(&envelope->front, message->topic);
        return true;
    }
    if (taken->part == PARTITION)
        number = message->partition;
    else if (taken->part == TIME)
        number = message->time_ms;
    bool is_null = taken->part == KEY || (taken->part == TIME && number < 0);
    buffer_append(&envelope->front, is_null ? slice_of("null") : slice_of_integer(number, digits));
    return true;
}

bool envelope_fill(struct envelope *envelope, const struct message *message,
                   struct envelope_problem *problem)
{
    envelope->front.length = 0;
    for (size_t i = 0; i < envelope->count; i++) {
        struct taken *taken = &envelope->taken[i];
        buffer_append(&envelope->front, buffer_slice(&taken->name));
        taken->start = envelope->front.length;
        *problem = (struct envelope_problem){taken->column, "the key of the message is no text",
                                             (struct slice){0}};
        if (!append_part(envelope, taken, message))
            return false;
        taken->length = envelope->front.length - taken->start;
    }
    buffer_reserve(&envelope->front, FAST_PADDING);
    return true;
}

struct slice envelope_front(const struct envelope *envelope)
{
    return buffer_slice(&envelope->front);
}

struct json_value envelope_value(const struct envelope *envelope, size_t column)
{
    const struct taken *taken = &envelope->taken[column];
    const char *at = envelope->front.at + taken->start;
    struct json_value value = {.kind = JSON_MISSING};
    struct json_error error;
    json_scan_value(at, at + taken->length, 0, &value, &error);
    return value;
}

/* ---- tombstones ---- */

static bool is_taken(const struct envelope *envelope, const char *column)
{
    for (size_t i = 0; i < envelope->count; i++)
        if (strcmp(envelope->columns[i], column) == 0)
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
    struct envelope *envelope = context;
    const struct schema *schema = envelope->contract->schema;
    struct slice text = json_decode(name, &envelope->decoded);
    for (size_t i = 0; i < schema->key_count; i++)
        if (slice_is(text, schema->key[i]))
            envelope->key[i] = *value;
}

/* The key is an object with a member for each of the stream's key columns. */
static bool append_object(struct envelope *envelope, struct envelope_problem *problem)
{
    const struct schema *schema = envelope->contract->schema;
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct json_value *value = &envelope->key[i];
        struct type type = type_of(envelope->contract, schema->key[i]);
        if (is_taken(envelope, schema->key[i]))
            continue;
        *problem = (struct envelope_problem){schema->key[i], "is not in the key of a tombstone",
                                             (struct slice){0}};
        if (json_is_null(value))
            return false;
        problem->value = json_text(value);
        if (type.kind != TYPE_ANY && !type_accepts(&type, value, &problem->why))
            return false;
        append_name(&envelope->tombstone, schema->key[i]);
        buffer_append(&envelope->tombstone, json_text(value));
    }
    return true;
}

static bool append_text(struct envelope *envelope, struct slice key,
                        struct envelope_problem *problem)
{
    const struct schema *schema = envelope->contract->schema;
    struct type type = type_of(envelope->contract, schema->key[0]);
    *problem = (struct envelope_problem){schema->key[0], NULL, key};
    append_name(&envelope->tombstone, schema->key[0]);
    return append_key(&envelope->tombstone, key, &type, &problem->why);
}

/* How many columns of the key the tombstone's own key must say. */
static size_t count_needed(const struct envelope *envelope)
{
    const struct schema *schema = envelope->contract->schema;
    size_t needed = 0;
    for (size_t i = 0; i < schema->key_count; i++)
        needed += !is_taken(envelope, schema->key[i]);
    return needed;
}

static bool append_deleted(struct envelope *envelope, const struct message *message,
                           struct envelope_problem *problem)
{
    struct slice key = message->key;
    struct json_error error;
    *problem =
        (struct envelope_problem){NULL, "it is a tombstone without a key", (struct slice){0}};
    if (message->key_bytes < 0)
        return false;
    memset(envelope->key, 0, envelope->contract->schema->key_count * sizeof *envelope->key);
    const char *end = key.at + key.length;
    if (key.length > 0 && *key.at == '{' &&
        json_scan_object(key.at, end, 0, take_member, envelope, &error) == end)
        return append_object(envelope, problem);
    if (envelope->contract->schema->key_count == 1)
        return append_text(envelope, key, problem);
    problem->why = "it is a tombstone whose key is no object with the columns of the key";
    return false;
}

bool envelope_tombstone(struct envelope *envelope, const struct message *message,
                        struct slice *record, struct envelope_problem *problem)
{
    struct buffer *out = &envelope->tombstone;
    *problem = (struct envelope_problem){NULL, "it is a tombstone, and rows cannot be deleted here",
                                         (struct slice){0}};
    if (!envelope->contract->schema->upsert)
        return false;
    out->length = 0;
    buffer_append_text(out, "{\"_op\":\"delete\"");
    if (count_needed(envelope) > 0 && !append_deleted(envelope, message, problem))
        return false;
    buffer_append_char(out, '}');
    buffer_reserve(out, FAST_PADDING);
    *record = buffer_slice(out);
    return true;
}
