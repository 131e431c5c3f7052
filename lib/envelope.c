#include "envelope.h"

#include <stdlib.h>

#include "error.h"
#include "fast.h"
#include "key_text.h"

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
    struct taken *taken;
    const char **columns;
    size_t count;
    ptrdiff_t time_column;
    struct buffer front;
};

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
    struct taken taken = {.part = part_of(take->column),
                          .column = take->name,
                          .type = key_text_type(contract->schema, take->name)};
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
    envelope->time_column = -1;
    envelope->count = take ? take->count : 0;
    envelope->taken = memory_new(envelope->count, sizeof *envelope->taken);
    envelope->columns = memory_new(envelope->count, sizeof *envelope->columns);
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
    free(envelope->taken);
    free(envelope->columns);
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

/* ---- columns in front ---- */

static bool append_key_column(struct envelope *envelope, const struct taken *taken,
                              struct slice key)
{
    const char *why;
    if (key_text_append(&envelope->front, key, &taken->type, &why))
        return true;
    if (!key_text_is_text(key))
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
                   struct key_problem *problem)
{
    envelope->front.length = 0;
    for (size_t i = 0; i < envelope->count; i++) {
        struct taken *taken = &envelope->taken[i];
        buffer_append(&envelope->front, buffer_slice(&taken->name));
        taken->start = envelope->front.length;
        *problem = (struct key_problem){taken->column, "the key of the message is no text",
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
