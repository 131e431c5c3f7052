#include "type.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "zone.h"

/* Types without an argument, by kind. */
static const char *const kind_name[] = {
    [TYPE_ANY] = "any",         [TYPE_STRING] = "string",       [TYPE_INT] = "int",
    [TYPE_DECIMAL] = "decimal", [TYPE_BOOLEAN] = "boolean",     [TYPE_DATE] = "date",
    [TYPE_JSON] = "json",       [TYPE_TIMESTAMP] = "timestamp",
};

static const char *const form_name[] = {
    [TIMESTAMP_MS] = "ms",           [TIMESTAMP_S] = "s",
    [TIMESTAMP_US] = "us",           [TIMESTAMP_NS] = "ns",
    [TIMESTAMP_RFC3339] = "rfc3339",
};

static const char *const form_complaint[] = {
    [TIMESTAMP_MS] = "is not an integer of epoch milliseconds",
    [TIMESTAMP_S] = "is not an integer of epoch seconds",
    [TIMESTAMP_US] = "is not an integer of epoch microseconds",
    [TIMESTAMP_NS] = "is not an integer of epoch nanoseconds",
    [TIMESTAMP_RFC3339] = "is not an RFC 3339 timestamp",
    [TIMESTAMP_LOCAL] = "is not a timestamp like 2025-01-31 23:59:59",
};

static bool no(const char *reason, const char **why)
{
    *why = reason;
    return false;
}

/* One or two digits without a leading zero; the byte behind them, or NULL. */
static const char *parse_small(const char *p, int *out)
{
    int value = 0;
    const char *from = p;
    for (; *p >= '0' && *p <= '9' && p - from < 2; p++)
        value = value * 10 + (*p - '0');
    if (p == from || (p - from > 1 && *from == '0'))
        return NULL;
    *out = value;
    return p;
}

/* What stands between the parentheses of decimal(p,s), and the end. */
static bool parse_decimal(const char *p, struct type *type)
{
    p = parse_small(p, &type->precision);
    if (!p || *p != ',')
        return false;
    p = parse_small(p + 1, &type->scale);
    if (!p || strcmp(p, ")") != 0)
        return false;
    return type->precision >= 1 && type->precision <= DECIMAL_MAX_PRECISION &&
           type->scale <= type->precision;
}

/* What stands between the parentheses of timestamp(...), and the end. */
static bool parse_timestamp(const char *p, struct type *type)
{
    size_t length = strlen(p);
    if (length < 2 || p[length - 1] != ')' || length > sizeof(type->zone))
        return false;
    char name[sizeof(type->zone)] = "";
    memcpy(name, p, length - 1);
    for (size_t i = 0; i < sizeof(form_name) / sizeof(form_name[0]); i++)
        if (strcmp(form_name[i], name) == 0) {
            type->form = (enum timestamp_form)i;
            return true;
        }
    type->form = TIMESTAMP_LOCAL;
    memcpy(type->zone, name, sizeof(name));
    return zone_exists(name);
}

static bool parse_plain(const char *text, struct type *type)
{
    for (size_t i = 0; i < sizeof(kind_name) / sizeof(kind_name[0]); i++)
        if (strcmp(kind_name[i], text) == 0) {
            type->kind = (enum type_kind)i;
            return type->kind != TYPE_DECIMAL;
        }
    return false;
}

bool type_parse(const char *text, struct type *type)
{
    struct type parsed = {.kind = TYPE_ANY};
    bool good;
    if (strncmp(text, "decimal(", 8) == 0) {
        parsed.kind = TYPE_DECIMAL;
        good = parse_decimal(text + 8, &parsed);
    } else if (strncmp(text, "timestamp(", 10) == 0) {
        parsed.kind = TYPE_TIMESTAMP;
        good = parse_timestamp(text + 10, &parsed);
    } else {
        good = parse_plain(text, &parsed);
    }
    if (good)
        *type = parsed;
    return good;
}

const char *type_format(const struct type *type, char out[TYPE_TEXT])
{
    const char *name = kind_name[type->kind];
    if (type->kind == TYPE_DECIMAL)
        snprintf(out, TYPE_TEXT, "%s(%d,%d)", name, type->precision, type->scale);
    else if (type->kind == TYPE_TIMESTAMP && type->form == TIMESTAMP_LOCAL)
        snprintf(out, TYPE_TEXT, "%s(%s)", name, type->zone);
    else if (type->kind == TYPE_TIMESTAMP && type->form != TIMESTAMP_MS)
        snprintf(out, TYPE_TEXT, "%s(%s)", name, form_name[type->form]);
    else
        snprintf(out, TYPE_TEXT, "%s", name);
    return out;
}

/* The text of a string value; valid until the next call. */
static struct slice string_text(const struct json_value *value)
{
    static struct buffer scratch;
    return json_decode(value, &scratch);
}

/* Whether the text is -?digits, however long. */
static bool is_integer(struct slice text)
{
    size_t i = text.length > 0 && text.at[0] == '-';
    if (i == text.length)
        return false;
    for (; i < text.length; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return true;
}

bool type_int(const struct json_value *value, int64_t *out, const char **why)
{
    struct slice text = json_text(value);
    /* epoch milliseconds are read as they stand: any integer of 64 bits */
    if (value->kind == JSON_NUMBER && timestamp_from_number(text, TIMESTAMP_MS, out))
        return true;
    if (value->kind == JSON_NUMBER && is_integer(text))
        return no("is out of range for int", why);
    return no("is not an integer", why);
}

bool type_timestamp(const struct type *type, const struct json_value *value, int64_t *ms,
                    const char **why)
{
    if (type->form == TIMESTAMP_RFC3339 || type->form == TIMESTAMP_LOCAL) {
        if (value->kind == JSON_STRING &&
            timestamp_from_text(string_text(value), type->form, type->zone, ms))
            return true;
    } else if (value->kind == JSON_NUMBER) {
        if (timestamp_from_number(json_text(value), type->form, ms))
            return true;
        if (is_integer(json_text(value)))
            return no("is out of range for timestamp", why);
    }
    return no(form_complaint[type->form], why);
}

/* A number, or a string that holds one. */
static bool read_decimal(const struct type *type, const struct json_value *value,
                         struct decimal *out, const char **why)
{
    if (value->kind != JSON_NUMBER && value->kind != JSON_STRING)
        return no("is not a number", why);
    struct slice text = value->kind == JSON_STRING ? string_text(value) : json_text(value);
    switch (decimal_parse(text, type->precision, type->scale, out)) {
    case DECIMAL_OK:
        return true;
    case DECIMAL_TOO_FINE:
        return no("has more digits than its scale", why);
    case DECIMAL_TOO_LARGE:
        return no("is out of range for its precision", why);
    case DECIMAL_NOT_A_NUMBER:
        break;
    }
    return no("is not a number", why);
}

bool type_date(const struct json_value *value, int64_t *days, const char **why)
{
    return (value->kind == JSON_STRING && timestamp_date_from_text(string_text(value), days)) ||
           no("is not a date like 2025-01-31", why);
}

bool type_accepts(const struct type *type, const struct json_value *value, const char **why)
{
    int64_t number;
    struct decimal decimal;
    switch (type->kind) {
    case TYPE_ANY:
    case TYPE_JSON:
        return true;
    case TYPE_STRING:
        return value->kind == JSON_STRING || no("is not a string", why);
    case TYPE_INT:
        return type_int(value, &number, why);
    case TYPE_DECIMAL:
        return read_decimal(type, value, &decimal, why);
    case TYPE_BOOLEAN:
        return value->kind == JSON_TRUE || value->kind == JSON_FALSE ||
               no("is not true or false", why);
    case TYPE_DATE:
        return type_date(value, &number, why);
    case TYPE_TIMESTAMP:
        return type_timestamp(type, value, &number, why);
    }
    return no("is of an unknown type", why);
}

static bool render_decimal(const struct type *type, const struct json_value *value,
                           struct buffer *out, const char **why)
{
    struct decimal decimal;
    char text[DECIMAL_TEXT];
    if (!read_decimal(type, value, &decimal, why))
        return false;
    buffer_append_text(out, decimal_format(decimal, text));
    return true;
}

static bool render_timestamp(const struct type *type, const struct json_value *value,
                             struct buffer *out, const char **why)
{
    int64_t ms;
    char text[TIMESTAMP_TEXT];
    if (!type_timestamp(type, value, &ms, why))
        return false;
    buffer_append_char(out, '"');
    buffer_append_text(out, timestamp_format(ms, text));
    buffer_append_char(out, '"');
    return true;
}

bool type_render(const struct type *type, const struct json_value *value, struct buffer *out,
                 const char **why)
{
    if (json_is_null(value)) {
        buffer_append_text(out, "null");
        return true;
    }
    if (type->kind == TYPE_DECIMAL)
        return render_decimal(type, value, out, why);
    if (type->kind == TYPE_TIMESTAMP)
        return render_timestamp(type, value, out, why);
    if (!type_accepts(type, value, why))
        return false;
    buffer_append(out, json_text(value));
    return true;
}
