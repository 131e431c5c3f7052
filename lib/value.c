#include "value.h"

#include "arithmetic.h"

static bool no(const char *phrase, const char **why)
{
    *why = phrase;
    return false;
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const name[] = {[VALUE_NULL] = "null",
                                       [VALUE_BOOLEAN] = "a boolean",
                                       [VALUE_NUMBER] = "a number",
                                       [VALUE_TEXT] = "a text",
                                       [VALUE_DATE] = "a date",
                                       [VALUE_TIMESTAMP] = "a timestamp",
                                       [VALUE_JSON] = "an array or an object"};
    return name[kind];
}

/* ---- reading ---- */

static struct slice decode(const struct json_value *json, struct arena *arena)
{
    static struct buffer scratch;
    struct slice text = json_decode(json, &scratch);
    return json->escaped ? arena_copy(arena, text) : text;
}

/* How many digits a number has behind its point when it is written without an exponent. */
static int64_t scale_of(struct slice text)
{
    int64_t scale = 0, exponent = 0;
    bool behind_point = false, negative = false;
    size_t i = 0;
    for (; i < text.length && text.at[i] != 'e' && text.at[i] != 'E'; i++) {
        scale += behind_point;
        behind_point |= text.at[i] == '.';
    }
    for (i++; i < text.length; i++) {
        negative |= text.at[i] == '-';
        if (text.at[i] >= '0' && text.at[i] <= '9' && exponent < 1000000)
            exponent = exponent * 10 + (text.at[i] - '0');
    }
    scale -= negative ? -exponent : exponent;
    return scale > 0 ? scale : 0;
}

bool value_read_number(struct slice text, struct decimal *out, const char **why)
{
    int64_t scale = scale_of(text);
    int within = scale > DECIMAL_MAX_PRECISION ? DECIMAL_MAX_PRECISION : (int)scale;
    switch (decimal_parse(text, DECIMAL_MAX_PRECISION, within, out)) {
    case DECIMAL_OK:
        return true;
    case DECIMAL_NOT_A_NUMBER:
        return no("is not a number", why);
    default:
        return no("needs more than 38 digits", why);
    }
}

static bool read_any(const struct json_value *json, struct arena *arena, struct value *value,
                     const char **why)
{
    switch (json->kind) {
    case JSON_NUMBER:
        value->kind = VALUE_NUMBER;
        return value_read_number(json_text(json), &value->number, why);
    case JSON_STRING:
        *value = (struct value){.kind = VALUE_TEXT, .text = decode(json, arena)};
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *value = (struct value){.kind = VALUE_BOOLEAN, .truth = json->kind == JSON_TRUE};
        return true;
    default:
        *value = (struct value){.kind = VALUE_JSON, .text = json_text(json)};
        return true;
    }
}

static bool read_decimal(const struct type *type, const struct json_value *json,
                         struct arena *arena, struct value *value, const char **why)
{
    struct slice text = json->kind == JSON_STRING ? decode(json, arena) : json_text(json);
    value->kind = VALUE_NUMBER;
    if (decimal_parse(text, type->precision, type->scale, &value->number) == DECIMAL_OK)
        return true;
    return type_accepts(type, json, why) || no("is not a number", why);
}

static bool read_date(const struct json_value *json, struct value *value, const char **why)
{
    value->kind = VALUE_DATE;
    return type_date(json, &value->count, why);
}

static bool read_int(const struct json_value *json, struct value *value, const char **why)
{
    int64_t number;
    if (!type_int(json, &number, why))
        return false;
    *value = (struct value){.kind = VALUE_NUMBER, .number = {number, 0}};
    return true;
}

bool value_read(const struct type *type, const struct json_value *json, struct arena *arena,
                struct value *value, const char **why)
{
    if (json_is_null(json)) {
        value->kind = VALUE_NULL;
        return true;
    }
    switch (type->kind) {
    case TYPE_ANY:
        return read_any(json, arena, value, why);
    case TYPE_INT:
        return read_int(json, value, why);
    case TYPE_DECIMAL:
        return read_decimal(type, json, arena, value, why);
    case TYPE_DATE:
        return read_date(json, value, why);
    case TYPE_TIMESTAMP:
        value->kind = VALUE_TIMESTAMP;
        return type_timestamp(type, json, &value->count, why);
    case TYPE_JSON:
        *value = (struct value){.kind = VALUE_JSON, .text = json_text(json)};
        return true;
    default:
        return type_accepts(type, json, why) && read_any(json, arena, value, why);
    }
}

/* ---- comparing ---- */

static int compare_counts(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int value_compare(const struct value *a, const struct value *b)
{
    switch (a->kind) {
    case VALUE_BOOLEAN:
        return a->truth - b->truth;
    case VALUE_NUMBER:
        return decimal_compare(a->number, b->number);
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        return compare_counts(a->count, b->count);
    default:
        return slice_compare(a->text, b->text); /* UTF-8 sorts by code point */
    }
}

/* ---- writing ---- */

static void write_date(int64_t days, struct buffer *out)
{
    char text[TIMESTAMP_TEXT];
    timestamp_format(days * DAY_MS, text);
    buffer_append_char(out, '"');
    buffer_append(out, (struct slice){text, strcspn(text, "T")});
    buffer_append_char(out, '"');
}

static void write_number(struct decimal number, struct buffer *out)
{
    char text[DECIMAL_TEXT], digits[INTEGER_TEXT];
    if (number.scale == 0 && number.digits <= INT64_MAX && number.digits >= INT64_MIN)
        buffer_append(out, slice_of_integer((int64_t)number.digits, digits));
    else
        buffer_append_text(out, decimal_format(number, text));
}

void value_write(const struct value *value, struct buffer *out)
{
    char digits[INTEGER_TEXT];
    switch (value->kind) {
    case VALUE_NULL:
        buffer_append_text(out, "null");
        break;
    case VALUE_BOOLEAN:
        buffer_append_text(out, value->truth ? "true" : "false");
        break;
    case VALUE_NUMBER:
        write_number(value->number, out);
        break;
    case VALUE_TEXT:
        json_quote(out, value->text);
        break;
    case VALUE_DATE:
        write_date(value->count, out);
        break;
    case VALUE_TIMESTAMP:
        buffer_append(out, slice_of_integer(value->count, digits));
        break;
    case VALUE_JSON:
        buffer_append(out, value->text);
    }
}

/* ---- keys ---- */

/* The value as it is in all that equal it: a zero less or more in a fraction makes no difference.
 */
void value_write_key(const struct type *type, const struct value *value, struct buffer *out)
{
    struct value key = *value;
    if (key.kind == VALUE_NUMBER && type->kind != TYPE_DECIMAL)
        key.number = arithmetic_strip(key.number);
    value_write(&key, out);
}

/* Whether all values of TYPE that equal this one are spelled as it is. */
static bool is_spelled_once(const struct type *type, const struct json_value *json)
{
    switch (type->kind) {
    case TYPE_STRING:
    case TYPE_DATE:
        return json->kind == JSON_STRING && !json->escaped;
    case TYPE_ANY:
        return json->kind != JSON_NUMBER && !json->escaped;
    default:
        return false;
    }
}

/* An integer is spelled in one way, but for -0. */
static bool is_plain_integer(const struct type *type, const struct json_value *json)
{
    int64_t number;
    const char *why;
    bool milliseconds = type->kind == TYPE_TIMESTAMP && type->form == TIMESTAMP_MS;
    return (type->kind == TYPE_INT || milliseconds) && type_int(json, &number, &why) && number != 0;
}

bool value_key(const struct type *type, const struct json_value *json, struct arena *arena,
               struct slice *key, const char **why)
{
    static struct buffer scratch;
    struct value value;
    if (is_spelled_once(type, json)) {
        *key = json_text(json);
        return type->kind != TYPE_DATE || type_accepts(type, json, why);
    }
    if (is_plain_integer(type, json)) {
        *key = json_text(json);
        return true;
    }
    if (!value_read(type, json, arena, &value, why))
        return false;
    scratch.length = 0;
    value_write_key(type, &value, &scratch);
    *key = arena_copy(arena, buffer_slice(&scratch));
    return true;
}

struct type value_key_type(const struct type *type)
{
    struct type key = *type;
    if (key.kind == TYPE_TIMESTAMP)
        key = (struct type){.kind = TYPE_TIMESTAMP, .form = TIMESTAMP_MS};
    return key;
}
