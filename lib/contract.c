#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract_column.h"
#include "duration.h"
#include "strict.h"
#include "topic.h"
#include "tree.h"

static const char *const file_members[] = {"streams", NULL};
static const char *const stream_members[] = {"description", "owner",   "kind", "key",
                                             "time",        "lag",     "idle", "topic",
                                             "freshness",   "columns", NULL};
static const char *const time_members[] = {"column", "unit", "missing", NULL};
static const char *const freshness_members[] = {"warn_after", "error_after", NULL};
static const char *const kinds[] = {"append", "upsert", NULL};
static const char *const missing_times[] = {"reject", "always", NULL};

/* The index of a column that is listed; -1 when none is. */
static ptrdiff_t find_listed(struct strict *reader, const struct schema *schema,
                             const struct json_t *value)
{
    ptrdiff_t column = schema_find(schema, tree_text(value));
    struct buffer list = {0};

    if (column >= 0 || schema->open)
        return column;
    schema_list_columns(schema, &list);
    buffer_append_char(&list, '\0');
    strict_mistake(reader, "%s is not a column: listed are %s", strict_shown(reader, value),
                   list.at);
}

/* A key column is required whether it is said or not; only the opposite may not be said. */
static void require_key(struct strict *reader, const struct json_t *object, ptrdiff_t column,
                        struct stream_contract *stream)
{
    const struct json_t *listed_column;

    if (column < 0)
        return;
    listed_column = tree_element(tree_member(object, "columns"), (size_t)column);
    if (tree_member(listed_column, "required") && !stream->rule[column].required) {
        strict_enter(reader, "columns");
        strict_enter_index(reader, (size_t)column);
        strict_mistake(strict_at(reader, "required"),
                       "false: \"%s\" is in the key, and key columns are required",
                       stream->schema->column[column].name);
    }
    stream->rule[column].required = true;
}

static void add_key(struct strict *reader, const struct json_t *value,
                    struct stream_contract *stream)
{
    struct schema *schema = stream->schema;
    const char *name = contract_column_name(reader, value);

    find_listed(reader, schema, value);
    for (size_t i = 0; i < schema->key_count; i++)
        if (strcmp(schema->key[i], name) == 0)
            strict_mistake(reader, "%s is in the key already, as key[%zu]",
                           strict_shown(reader, value), i);
    schema_add_key(schema, name);
}

static void read_key(struct strict *reader, const struct json_t *object,
                     struct stream_contract *stream)
{
    const struct json_t *key = tree_member(object, "key");
    size_t stream_path = strict_enter(reader, "key");

    if (key && !tree_text(key) && (!tree_is_array(key) || tree_count(key) == 0))
        strict_mistake(reader, "%s is not the name of a column or a list of them",
                       strict_shown(reader, key));
    if (tree_text(key))
        add_key(reader, key, stream);
    for (size_t i = 0; i < tree_count(key); i++) {
        size_t outside = strict_enter_index(reader, i);
        add_key(reader, tree_element(key, i), stream);
        strict_leave(reader, outside);
    }
    strict_leave(reader, stream_path);
    for (size_t i = 0; i < stream->schema->key_count; i++)
        require_key(reader, object, schema_find(stream->schema, stream->schema->key[i]), stream);
}

/* A unit is what may stand in timestamp(...). */
static bool parse_unit(const char *unit, struct type *type)
{
    char text[TYPE_TEXT];
    int length = snprintf(text, sizeof text, "timestamp(%s)", unit);

    return length < (int)sizeof text && type_parse(text, type);
}

static bool is_number_form(enum timestamp_form form)
{
    return form != TIMESTAMP_RFC3339 && form != TIMESTAMP_LOCAL;
}

/* The reader stands at time.unit. COLUMN is the time column's type, NULL when none is listed. */
static void check_unit(struct strict *reader, const struct json_t *value, const struct type *column,
                       const struct type *unit)
{
    char text[TYPE_TEXT];

    if (!column || column->kind == TYPE_ANY)
        return;
    if (column->kind == TYPE_TIMESTAMP &&
        (column->form != unit->form || strcmp(column->zone, unit->zone) != 0))
        strict_mistake(reader, "%s contradicts the column's type, %s: leave it out",
                       strict_shown(reader, value), type_format(column, text));
    if (column->kind == TYPE_INT && !is_number_form(unit->form))
        strict_mistake(reader, "%s is not the unit of an int column: write s, ms, us or ns",
                       strict_shown(reader, value));
    if (column->kind == TYPE_STRING && is_number_form(unit->form))
        strict_mistake(reader,
                       "%s is not the unit of a string column: write rfc3339 or a time zone",
                       strict_shown(reader, value));
}

/* How the time column is read: its timestamp type says it, or else "unit" must. */
static struct type read_unit(struct strict *reader, const struct json_t *time,
                             const struct type *column)
{
    const char *text = strict_text(reader, time, "unit", LEGAL_UNIT);
    struct type unit;

    strict_enter(reader, "unit");
    if (!text && column && column->kind == TYPE_TIMESTAMP)
        return *column;
    if (!text && column && column->kind == TYPE_INT)
        strict_mistake(reader, "is missing, as the column's type is int: write s, ms, us or ns");
    if (!text)
        strict_mistake(reader, "is missing: write " LEGAL_UNIT);
    if (!parse_unit(text, &unit))
        strict_mistake(reader, "%s is not %s", strict_shown(reader, tree_member(time, "unit")),
                       LEGAL_UNIT);
    check_unit(reader, tree_member(time, "unit"), column, &unit);
    return unit;
}

/* The time column's type, NULL when no columns are listed. */
static const struct type *read_time_column(struct strict *reader, const struct json_t *time,
                                           struct schema *schema)
{
    size_t outside = strict_enter(reader, "column");
    const struct json_t *value = tree_member(time, "column");
    const struct type *type = NULL;
    const char *name;
    char text[TYPE_TEXT];
    ptrdiff_t column;

    if (!value)
        strict_mistake(reader, "is missing: write the name of the column that holds the time");
    name = contract_column_name(reader, value);
    column = find_listed(reader, schema, value);
    if (column >= 0)
        type = &schema->column[column].type;
    if (type && (type->kind == TYPE_DECIMAL || type->kind == TYPE_BOOLEAN ||
                 type->kind == TYPE_DATE || type->kind == TYPE_JSON))
        strict_mistake(reader, "%s is of type %s: a time is a timestamp, an int or a string",
                       strict_shown(reader, value), type_format(type, text));
    schema->time_column = memory_text(slice_of(name));
    strict_leave(reader, outside);
    return type;
}

static void read_time(struct strict *reader, const struct json_t *object,
                      struct stream_contract *stream)
{
    struct json_t *time = tree_member(object, "time");
    struct type unit;
    size_t outside;

    if (!time)
        return;
    outside = strict_enter(reader, "time");
    strict_object(reader, time, time_members);
    stream->schema->timed = true;
    stream->time_may_miss = strict_word(reader, time, "missing", missing_times, 0) == 1;
    unit = read_unit(reader, time, read_time_column(reader, time, stream->schema));
    stream->time_type = unit;
    strict_leave(reader, outside);
}

/* Facts have a time, versions of a row may lack one: those are true from the beginning. */
static void read_kind(struct strict *reader, const struct json_t *object,
                      const struct stream_contract *stream)
{
    struct schema *schema = stream->schema;
    bool facts = schema->timed && !stream->time_may_miss;

    schema->upsert = strict_word(reader, object, "kind", kinds, facts ? 0 : 1) == 1;
    if (!schema->upsert && stream->time_may_miss)
        strict_mistake(strict_at(reader, "kind"),
                       "\"append\" contradicts \"missing\": \"always\": facts have a time");
    if (!schema->upsert || schema->key_count)
        return;
    if (tree_member(object, "kind"))
        strict_mistake(strict_at(reader, "key"), "is missing: an upsert stream needs one");
    strict_mistake(strict_at(reader, "key"),
                   "is missing: a stream without time is upsert and needs one%s",
                   ", or write \"kind\": \"append\"");
}

static void refuse_without_time(struct strict *reader, const struct json_t *object,
                                const char *member)
{
    const struct json_t *value = tree_member(object, member);

    if (value)
        strict_mistake(strict_at(reader, member), "%s has no meaning in a stream without \"time\"",
                       strict_shown(reader, value));
}

static int64_t read_lag(struct strict *reader, const struct json_t *object)
{
    const struct json_t *value = tree_member(object, "lag");
    const char *text = tree_text(value);
    int64_t ms = 0;

    if (text && strcmp(text, "unbounded") == 0)
        return LAG_UNBOUNDED;
    if (value && (!text || !duration_parse(text, &ms)))
        strict_mistake(strict_at(reader, "lag"), "%s is not %s, or unbounded",
                       strict_shown(reader, value), STRICT_DURATION);
    return ms;
}

static void read_lateness(struct strict *reader, const struct json_t *object,
                          struct stream_contract *stream)
{
    if (!stream->schema->timed) {
        refuse_without_time(reader, object, "lag");
        refuse_without_time(reader, object, "idle");
    }
    stream->lag_ms = read_lag(reader, object);
    stream->idle_ms = strict_duration(reader, object, "idle", -1);
}

static void read_freshness(struct strict *reader, const struct json_t *object,
                           struct stream_contract *stream)
{
    struct json_t *freshness = tree_member(object, "freshness");
    size_t outside;

    if (!freshness)
        return;
    outside = strict_enter(reader, "freshness");
    strict_object(reader, freshness, freshness_members);
    if (tree_count(freshness) == 0)
        strict_mistake(reader, "{} says nothing: write warn_after, error_after or both");
    stream->warn_after_ms = strict_duration(reader, freshness, "warn_after", -1);
    stream->error_after_ms = strict_duration(reader, freshness, "error_after", -1);
    if (stream->error_after_ms >= 0 && stream->warn_after_ms > stream->error_after_ms)
        strict_mistake(strict_at(reader, "warn_after"), "%s is longer than error_after, %s",
                       strict_shown(reader, tree_member(freshness, "warn_after")),
                       strict_shown(reader, tree_member(freshness, "error_after")));
    strict_leave(reader, outside);
}

static void read_topic(struct strict *reader, const struct json_t *object,
                       struct stream_contract *stream)
{
    const char *topic = strict_text(reader, object, "topic", "the name of a topic");
    if (topic && !topic_is_name(topic))
        strict_mistake(
            strict_at(reader, "topic"),
            "%s is not the name of a topic: letters, digits, . _ and -, at most %d bytes",
            strict_shown(reader, tree_member(object, "topic")), TOPIC_MOST);
    stream->topic = topic ? memory_text(slice_of(topic)) : NULL;
}

static void read_stream(struct strict *reader, struct json_t *object,
                        struct stream_contract *stream)
{
    if (!schema_is_stream_name(stream->schema->stream))
        strict_mistake(reader,
                       "is not the name of a stream: a letter, then letters, digits and _, %s",
                       "at most 63 bytes");
    strict_object(reader, object, stream_members);
    strict_text(reader, object, "description", STRICT_PROSE);
    strict_text(reader, object, "owner", STRICT_PROSE);
    contract_read_columns(reader, object, stream);
    read_key(reader, object, stream);
    read_time(reader, object, stream);
    read_kind(reader, object, stream);
    read_lateness(reader, object, stream);
    read_topic(reader, object, stream);
    read_freshness(reader, object, stream);
}

static struct contract *read_streams(struct strict *reader, struct json_t *file)
{
    struct contract *contract = memory_new(1, sizeof *contract);
    struct json_t *streams = tree_member(file, "streams");

    strict_object(reader, file, file_members);
    strict_enter(reader, "streams");
    if (!streams)
        strict_mistake(reader, "is missing: write an object of streams by name");
    if (!tree_is_object(streams) || tree_count(streams) == 0)
        strict_mistake(reader, "%s is not an object of streams by name",
                       strict_shown(reader, streams));
    for (const char *name = tree_next(streams, NULL); name; name = tree_next(streams, name)) {
        size_t outside = strict_enter(reader, name);
        read_stream(reader, tree_member(streams, name), contract_add(contract, name));
        strict_leave(reader, outside);
    }
    return contract;
}

struct contract *contract_read(const char *path)
{
    struct strict reader = {0};
    struct contract *contract = read_streams(&reader, strict_open(&reader, path));

    strict_free(&reader);
    return contract;
}

struct contract *contract_new(void)
{
    return memory_new(1, sizeof(struct contract));
}

struct stream_contract *contract_add(struct contract *contract, const char *name)
{
    struct stream_contract *stream = memory_new(1, sizeof *stream);
    *stream = (struct stream_contract){
        .schema = schema_new(name),
        .idle_ms = -1,
        .warn_after_ms = -1,
        .error_after_ms = -1,
    };
    contract->stream =
        memory_resize(contract->stream, contract->stream_count + 1, sizeof *contract->stream);
    contract->stream[contract->stream_count++] = stream;
    return stream;
}

struct stream_contract *contract_add_schema(struct contract *contract, const struct schema *schema)
{
    struct type any = {.kind = TYPE_ANY};
    struct stream_contract *stream = contract_add(contract, schema->stream);
    for (size_t i = 0; i < schema->column_count; i++)
        schema_add_column(stream->schema, schema->column[i].name, &schema->column[i].type,
                          schema->column[i].pii);
    for (size_t i = 0; i < schema->key_count; i++) {
        schema_add_key(stream->schema, schema->key[i]);
        if (schema->open)
            schema_add_column(stream->schema, schema->key[i], &any, false);
    }
    stream->schema->open = schema->open; /* the key is checked; other columns may come */
    stream->rule = memory_new(stream->schema->column_count, sizeof *stream->rule);
    stream->schema->null_keys = schema->null_keys;
    for (size_t i = 0; i < schema->key_count; i++) {
        ptrdiff_t column = schema_find(stream->schema, schema->key[i]);
        if (column >= 0 && !schema->null_keys)
            stream->rule[column].required = true;
    }
    return stream;
}

struct stream_contract *contract_find(struct contract *contract, const char *stream)
{
    for (size_t i = 0; i < contract->stream_count; i++)
        if (strcmp(contract->stream[i]->schema->stream, stream) == 0)
            return contract->stream[i];
    return NULL;
}

static void free_rule(struct column_rule *rule)
{
    for (size_t i = 0; i < rule->value_count; i++)
        free(rule->values[i]);
    free(rule->values);
}

static void free_stream(struct stream_contract *stream)
{
    for (size_t i = 0; i < stream->schema->column_count; i++)
        free_rule(&stream->rule[i]);
    free(stream->rule);
    free(stream->topic);
    schema_free(stream->schema);
    free(stream);
}

void contract_free(struct contract *contract)
{
    if (!contract)
        return;
    for (size_t i = 0; i < contract->stream_count; i++)
        free_stream(contract->stream[i]);
    free(contract->stream);
    free(contract);
}
