#include "contract_column.h"

#include <string.h>
#include <strings.h>

enum { COLUMN_NAME_MAX = 63 };

#define LEGAL_TYPE                                                                                 \
    "a type: any, string, int, decimal(p,s), boolean, date, json, timestamp or "                   \
    "timestamp(s, ms, us, ns, rfc3339 or a time zone)"

static const char *const column_members[] = {
    "name", "type", "required", "description", "values", "min", "max", "classification", NULL};
static const char *const classifications[] = {"pii", "internal", "public", "confidential", NULL};

const char *contract_column_name(struct strict *reader, const struct json_t *value)
{
    const char *name = tree_text(value);

    if (!name || !*name)
        strict_mistake(reader, "%s is not the name of a column", strict_shown(reader, value));
    if (strlen(name) > COLUMN_NAME_MAX)
        strict_mistake(reader, "%s is longer than %d bytes", strict_shown(reader, value),
                       COLUMN_NAME_MAX);
    if (schema_is_reserved(slice_of(name)))
        strict_mistake(reader, "%s is not free: %s are the names of the system",
                       strict_shown(reader, value), "_stream, _ts and _op");
    return name;
}

static const char *type_text(const struct type *type)
{
    static char text[TYPE_TEXT];

    return type_format(type, text);
}

/* VALUE as the scanner of records sees it, when a column of this type can hold it. */
static struct json_value scan_typed(struct strict *reader, const struct json_t *value,
                                    const struct type *type)
{
    struct json_value scanned = strict_scan(reader, value);
    const char *why;

    if (json_is_null(&scanned) || scanned.kind >= JSON_ARRAY)
        strict_mistake(reader, "%s is not a string, a number or a boolean",
                       strict_shown(reader, value));
    if (!type_accepts(type, &scanned, &why))
        strict_mistake(reader, "%s %s: the column's type is %s", strict_shown(reader, value), why,
                       type_text(type));
    return scanned;
}

static struct decimal decimal_of(const struct json_value *value, const struct type *type)
{
    struct buffer scratch = {0};
    struct decimal decimal = {0};

    decimal_parse(json_decode(value, &scratch), type->precision, type->scale, &decimal);
    buffer_free(&scratch);
    return decimal;
}

/* An accepted value as contract_accepts compares it: decimals by value, all else by text. */
static char *read_accepted(struct strict *reader, const struct json_t *value,
                           const struct type *type)
{
    struct json_value scanned = scan_typed(reader, value, type);
    struct buffer scratch = {0};
    char *accepted, text[DECIMAL_TEXT];

    if (type->kind == TYPE_DECIMAL)
        return memory_text(slice_of(decimal_format(decimal_of(&scanned, type), text)));
    if (tree_is_fraction(value))
        strict_mistake(reader, "%s is compared by its digits in a column of type %s: %s",
                       strict_shown(reader, value), type_text(type), "put it in quotes");
    accepted = memory_text(json_decode(&scanned, &scratch));
    buffer_free(&scratch);
    return accepted;
}

static void read_values(struct strict *reader, const struct json_t *values, const struct type *type,
                        struct column_rule *rule)
{
    size_t count = tree_count(values);

    if (!tree_is_array(values) || count == 0)
        strict_mistake(reader, "%s is not a list of accepted values", strict_shown(reader, values));
    if (type->kind == TYPE_TIMESTAMP)
        strict_mistake(reader, "a timestamp has no accepted values: write \"min\" and \"max\"");
    rule->values = memory_new(count, sizeof *rule->values);
    for (size_t i = 0; i < count; i++) {
        const struct json_t *value = tree_element(values, i);
        size_t outside = strict_enter_index(reader, i);

        rule->values[i] = read_accepted(reader, value, type);
        rule->value_count = i + 1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(rule->values[j], rule->values[i]) == 0)
                strict_mistake(reader, "%s stands there already, as values[%zu]",
                               strict_shown(reader, value), j);
        strict_leave(reader, outside);
    }
}

static struct decimal timestamp_bound(struct strict *reader, const struct json_t *value)
{
    const char *text = tree_text(value);
    int64_t ms;

    if (!text || !timestamp_from_text(slice_of(text), TIMESTAMP_RFC3339, NULL, &ms))
        strict_mistake(reader, "%s is not an RFC 3339 timestamp such as \"2025-01-31T00:00:00Z\"",
                       strict_shown(reader, value));
    return (struct decimal){.digits = ms};
}

static struct decimal int_bound(struct strict *reader, const struct json_t *value,
                                const struct type *type)
{
    struct json_value scanned = scan_typed(reader, value, type);
    const char *why;
    int64_t number = 0;

    type_int(&scanned, &number, &why);
    return (struct decimal){.digits = number};
}

static struct decimal decimal_bound(struct strict *reader, const struct json_t *value,
                                    const struct type *type)
{
    struct json_value scanned = scan_typed(reader, value, type);

    return decimal_of(&scanned, type);
}

/* Whether the column has a MEMBER "min" or "max", and then *OUT. */
static bool read_bound(struct strict *reader, const struct json_t *column, const char *member,
                       const struct type *type, struct decimal *out)
{
    const struct json_t *value = tree_member(column, member);
    size_t outside;

    if (!value)
        return false;
    outside = strict_enter(reader, member);
    if (type->kind == TYPE_TIMESTAMP)
        *out = timestamp_bound(reader, value);
    else if (type->kind == TYPE_INT)
        *out = int_bound(reader, value, type);
    else if (type->kind == TYPE_DECIMAL)
        *out = decimal_bound(reader, value, type);
    else
        strict_mistake(reader,
                       "%s has no meaning for type %s: int, decimal and timestamp have a range",
                       strict_shown(reader, value), type_text(type));
    strict_leave(reader, outside);
    return true;
}

static void read_rule(struct strict *reader, const struct json_t *column, const struct type *type,
                      struct column_rule *rule)
{
    const struct json_t *values = tree_member(column, "values");

    rule->required = strict_boolean(reader, column, "required");
    if (values) {
        size_t outside = strict_enter(reader, "values");
        read_values(reader, values, type, rule);
        strict_leave(reader, outside);
    }
    rule->has_min = read_bound(reader, column, "min", type, &rule->min);
    rule->has_max = read_bound(reader, column, "max", type, &rule->max);
    if (rule->has_min && rule->has_max && decimal_compare(rule->min, rule->max) > 0)
        strict_mistake(strict_at(reader, "min"), "%s is above max, %s",
                       strict_shown(reader, tree_member(column, "min")),
                       strict_shown(reader, tree_member(column, "max")));
}

/* Names that differ in nothing but case would be one column in most databases. */
static void refuse_twin(struct strict *reader, const struct schema *schema,
                        const struct json_t *value)
{
    const char *name = tree_text(value);

    for (size_t i = 0; i < schema->column_count; i++)
        if (strcasecmp(schema->column[i].name, name) == 0)
            strict_mistake(reader, "%s is the name of columns[%zu] already%s",
                           strict_shown(reader, value), i,
                           strcmp(schema->column[i].name, name) ? ", but for case" : "");
}

static const char *read_column_name(struct strict *reader, const struct schema *schema,
                                    const struct json_t *column)
{
    size_t outside = strict_enter(reader, "name");
    const struct json_t *value = tree_member(column, "name");
    const char *name;

    if (!value)
        strict_mistake(reader, "is missing: write the name of the column");
    name = contract_column_name(reader, value);
    refuse_twin(reader, schema, value);
    strict_leave(reader, outside);
    return name;
}

static struct type read_type(struct strict *reader, const struct json_t *column)
{
    const char *text = strict_need_text(reader, column, "type", LEGAL_TYPE);
    const char *legal = LEGAL_TYPE;
    struct type type;

    if (type_parse(text, &type))
        return type;
    if (strncmp(text, "decimal", 7) == 0)
        legal = "a type: decimal(p,s) has 1 <= p <= 38 and 0 <= s <= p, without spaces";
    else if (strncmp(text, "timestamp(", 10) == 0)
        legal = "a type: timestamp(...) has " LEGAL_UNIT;
    strict_mistake(strict_at(reader, "type"), "%s is not %s",
                   strict_shown(reader, tree_member(column, "type")), legal);
}

static void read_column(struct strict *reader, struct json_t *column, struct schema *schema,
                        struct column_rule *rule)
{
    const char *name;
    struct type type;
    bool pii;

    strict_object(reader, column, column_members);
    name = read_column_name(reader, schema, column);
    type = read_type(reader, column);
    strict_text(reader, column, "description", STRICT_PROSE);
    pii = strict_word(reader, column, "classification", classifications, -1) == 0;
    read_rule(reader, column, &type, rule);
    schema_add_column(schema, name, &type, pii);
}

void contract_read_columns(struct strict *reader, const struct json_t *object,
                           struct stream_contract *stream)
{
    const struct json_t *columns = tree_member(object, "columns");
    size_t count = tree_count(columns);
    size_t outside;

    if (!columns)
        return;
    outside = strict_enter(reader, "columns");
    if (!tree_is_array(columns) || count == 0)
        strict_mistake(reader, "%s is not a list of columns: leave it out to let any column pass",
                       strict_shown(reader, columns));
    stream->rule = memory_new(count, sizeof *stream->rule);
    for (size_t i = 0; i < count; i++) {
        size_t list = strict_enter_index(reader, i);
        read_column(reader, tree_element(columns, i), stream->schema, &stream->rule[i]);
        strict_leave(reader, list);
    }
    strict_leave(reader, outside);
}
