/* CAST: a value of one type as one of another, or no value at all; never a null in its place. */
#include <strings.h>

#include "arithmetic.h"
#include "calendar.h"
#include "expression_inside.h"
#include "zone.h"

bool timestamp_from_any_text(struct slice text, const char *zone, int64_t *ms)
{
    return timestamp_from_text(text, TIMESTAMP_RFC3339, NULL, ms) ||
           timestamp_from_text(text, TIMESTAMP_LOCAL, zone ? zone : "UTC", ms);
}

/* Each of the next converts VALUE in place; false with *WHY when it cannot. */

static bool no(const char *phrase, const char **why)
{
    *why = phrase;
    return false;
}

static bool to_text(const struct node *node, struct arena *arena, struct value *value,
                    const char **why)
{
    static struct buffer scratch;
    char moment[TIMESTAMP_TEXT];
    (void)node;
    (void)why;
    if (value->kind == VALUE_TEXT)
        return true;
    scratch.length = 0;
    if (value->kind == VALUE_TIMESTAMP)
        buffer_append_text(&scratch, timestamp_format(value->count, moment));
    else
        value_write(value, &scratch);
    struct slice text = buffer_slice(&scratch);
    if (value->kind == VALUE_DATE) /* without its quotes */
        text = (struct slice){text.at + 1, text.length - 2};
    *value = (struct value){.kind = VALUE_TEXT, .text = arena_copy(arena, text)};
    return true;
}

/* A text that is a number from first to last byte; as people write it: +5 and 007 are. */
static bool number_from_text(struct slice text, struct decimal *number, const char **why)
{
    bool negative = text.length > 0 && text.at[0] == '-';
    if (negative || (text.length > 0 && text.at[0] == '+'))
        text = (struct slice){text.at + 1, text.length - 1};
    if (text.length == 0 || text.at[0] < '0' || text.at[0] > '9')
        return no("is not a number", why);
    while (text.length > 1 && text.at[0] == '0' && text.at[1] >= '0' && text.at[1] <= '9')
        text = (struct slice){text.at + 1, text.length - 1};
    if (!value_read_number(text, number, why))
        return false;
    if (negative)
        number->digits = -number->digits;
    return true;
}

static bool to_number(const struct node *node, struct value *value, const char **why)
{
    const struct type *type = &node->type;
    bool is_int = type->kind == TYPE_INT;
    struct decimal number = value->number;
    if (value->kind == VALUE_TEXT && !number_from_text(value->text, &number, why))
        return false;
    if (value->kind == VALUE_TIMESTAMP)
        number = (struct decimal){value->count, 0};
    *value = (struct value){.kind = VALUE_NUMBER};
    if (!arithmetic_round(number, is_int ? 0 : type->scale, &value->number))
        return no(is_int ? "is out of range for int" : "is out of range for its precision", why);
    if (is_int)
        return number_fits(node, &value->number) || no("is out of range for int", why);
    __int128 limit = decimal_power(type->precision);
    return (value->number.digits < limit && value->number.digits > -limit) ||
           no("is out of range for its precision", why);
}

static bool to_boolean(struct value *value, const char **why)
{
    if (value->kind == VALUE_BOOLEAN)
        return true;
    bool truth = value->text.length == 4 && strncasecmp(value->text.at, "true", 4) == 0;
    if (!truth && (value->text.length != 5 || strncasecmp(value->text.at, "false", 5) != 0))
        return no("is not true or false", why);
    *value = (struct value){.kind = VALUE_BOOLEAN, .truth = truth};
    return true;
}

static bool to_date(const struct node *node, struct value *value, const char **why)
{
    int64_t days = value->count;
    if (value->kind == VALUE_TEXT && !timestamp_date_from_text(value->text, &days))
        return no("is not a date like 2025-01-31", why);
    if (value->kind == VALUE_TIMESTAMP && !calendar_day(node->zone, value->count, &days))
        return no("is out of range for a date", why);
    int64_t year = timestamp_date(days).year;
    if (year < 0 || year > 9999)
        return no("is out of range for a date", why);
    *value = (struct value){.kind = VALUE_DATE, .count = days};
    return true;
}

static bool to_timestamp(const struct node *node, struct value *value, const char **why)
{
    int64_t ms = value->count;
    if (value->kind == VALUE_TEXT && !timestamp_from_any_text(value->text, node->zone, &ms))
        return no("is not a time like 2025-01-31 12:00:00", why);
    if (value->kind == VALUE_DATE)
        ms = zone_midnight(node->zone, value->count);
    if (value->kind == VALUE_NUMBER) {
        if (value->number.scale > 0 || value->number.digits > INT64_MAX ||
            value->number.digits < INT64_MIN)
            return no("is not a number of milliseconds", why);
        ms = (int64_t)value->number.digits;
    }
    *value = (struct value){.kind = VALUE_TIMESTAMP, .count = ms};
    return true;
}

static bool convert(const struct node *node, struct arena *arena, struct value *value,
                    const char **why)
{
    switch (node->type.kind) {
    case TYPE_STRING:
        return to_text(node, arena, value, why);
    case TYPE_INT:
    case TYPE_DECIMAL:
        return to_number(node, value, why);
    case TYPE_BOOLEAN:
        return to_boolean(value, why);
    case TYPE_DATE:
        return to_date(node, value, why);
    default:
        return to_timestamp(node, value, why);
    }
}

/* Which kinds (bit 1 << enum value_kind) can be cast to TYPE. */
static unsigned castable(const struct type *type)
{
    const unsigned text = 1u << VALUE_TEXT, number = 1u << VALUE_NUMBER, date = 1u << VALUE_DATE;
    const unsigned timestamp = 1u << VALUE_TIMESTAMP, truth = 1u << VALUE_BOOLEAN;
    switch (type->kind) {
    case TYPE_STRING:
        return ~0u;
    case TYPE_INT:
        return text | number | timestamp;
    case TYPE_DECIMAL:
        return text | number;
    case TYPE_BOOLEAN:
        return text | truth;
    case TYPE_DATE:
        return text | date | timestamp;
    default:
        return text | date | timestamp | number;
    }
}

static bool evaluate_cast(const struct node *node, struct evaluation *evaluation,
                          struct value *value)
{
    const struct node *child = node->child[0];
    const char *why = "cannot be cast to that type";
    if (!child->evaluate(child, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    if ((castable(&node->type) >> value->kind & 1) && convert(node, evaluation->arena, value, &why))
        return true;
    return node_fails(child, evaluation, why);
}

/* The types as SQL calls them; their numbers, as in DECIMAL(10,2), are left to type_parse. */
static bool parse_type(const char *name, struct type *type)
{
    static const struct {
        const char *sql, *ours;
    } types[] = {
        {"STRING", "string"},
        {"VARCHAR", "string"},
        {"TEXT", "string"},
        {"INT", "int"},
        {"INTEGER", "int"},
        {"BIGINT", "int"},
        {"BOOLEAN", "boolean"},
        {"BOOL", "boolean"},
        {"DATE", "date"},
        {"TIMESTAMP", "timestamp"},
        {"TIMESTAMP(3)", "timestamp"},
    };
    struct buffer decimal = {0};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(name, types[i].sql) == 0)
            return type_parse(types[i].ours, type);
    if (strncmp(name, "DECIMAL(", 8) != 0 && strncmp(name, "NUMERIC(", 8) != 0)
        return false;
    buffer_append_text(&decimal, "decimal");
    buffer_append_text(&decimal, name + 7);
    if (!strchr(name, ',')) { /* DECIMAL(p) is DECIMAL(p,0) */
        decimal.length--;
        buffer_append_text(&decimal, ",0)");
    }
    buffer_append_char(&decimal, '\0');
    bool good = type_parse(decimal.at, type);
    buffer_free(&decimal);
    return good;
}

struct node *cast_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct type type;
    if (!parse_type(syntax->text, &type))
        syntax_fail(scope->option, scope->text, syntax->at,
                    "there is no type %s: STRING, INT, DECIMAL(p,s), BOOLEAN, DATE, TIMESTAMP",
                    syntax->text);
    struct node *node = node_new(syntax, type, evaluate_cast);
    struct node *child = node_compile(scope, syntax->child[0]);
    node->zone = scope->zone;
    node_add(node, child);
    if (!child->any && child->kind != VALUE_NULL && !(castable(&type) >> child->kind & 1))
        node_mistake(scope, child, "this is %s, and cannot be cast to %s",
                     value_kind_name(child->kind), syntax->text);
    return node;
}
