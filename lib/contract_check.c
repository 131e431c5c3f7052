#include "contract.h"

/* Whether TEXT is one of the accepted values. They are few, so one look at each is quickest. */
static bool is_accepted(const struct column_rule *rule, struct slice text)
{
    for (size_t i = 0; i < rule->value_count; i++) {
        const char *value = rule->values[i];
        if (strncmp(value, text.at, text.length) == 0 && value[text.length] == '\0')
            return true;
    }
    return false;
}

static bool check_values(const struct column_rule *rule, struct slice text, const char **why)
{
    if (!rule->values || is_accepted(rule, text))
        return true;
    *why = "is not an accepted value";
    return false;
}

static bool check_range(const struct column_rule *rule, struct decimal value, const char **why)
{
    if (rule->has_min && decimal_compare(value, rule->min) < 0)
        *why = "is below the minimum";
    else if (rule->has_max && decimal_compare(value, rule->max) > 0)
        *why = "is above the maximum";
    else
        return true;
    return false;
}

/* Decimals are compared by value: 10 is an accepted value where 10.00 is, so both are formatted. */
static bool check_decimal(const struct type *type, const struct column_rule *rule,
                          const struct json_value *value, struct buffer *scratch, const char **why)
{
    char text[DECIMAL_TEXT];
    struct decimal decimal;

    if (!type_accepts(type, value, why))
        return false;
    decimal_parse(json_decode(value, scratch), type->precision, type->scale, &decimal);
    if (!check_range(rule, decimal, why))
        return false;
    return !rule->values || check_values(rule, slice_of(decimal_format(decimal, text)), why);
}

bool contract_accepts(const struct stream_contract *stream, size_t column,
                      const struct json_value *value, struct buffer *scratch, const char **why)
{
    const struct type *type = &stream->schema->column[column].type;
    const struct column_rule *rule = &stream->rule[column];
    int64_t number;

    if (!rule->values && !rule->has_min && !rule->has_max)
        return type_accepts(type, value, why); /* nearly always */
    switch (type->kind) {
    case TYPE_DECIMAL:
        return check_decimal(type, rule, value, scratch, why);
    case TYPE_TIMESTAMP:
        return type_timestamp(type, value, &number, why) &&
               check_range(rule, (struct decimal){.digits = number}, why);
    case TYPE_INT:
        return type_int(value, &number, why) &&
               check_range(rule, (struct decimal){.digits = number}, why) &&
               check_values(rule, json_text(value), why);
    default:
        return type_accepts(type, value, why) &&
               check_values(rule, json_decode(value, scratch), why);
    }
}

unsigned contract_sure_kinds(const struct stream_contract *stream, size_t column)
{
    const struct column_rule *rule = &stream->rule[column];
    unsigned null = 1u << JSON_MISSING | 1u << JSON_NULL, sure = rule->required ? 0 : null;

    if (rule->values || rule->has_min || rule->has_max)
        return sure;
    switch (stream->schema->column[column].type.kind) {
    case TYPE_ANY:
    case TYPE_JSON:
        return sure | (~null & 0xff);
    case TYPE_STRING:
        return sure | 1u << JSON_STRING;
    case TYPE_BOOLEAN:
        return sure | 1u << JSON_TRUE | 1u << JSON_FALSE;
    default:
        return sure;
    }
}
