#include "extreme.h"

#include <inttypes.h>
#include <stdlib.h>

struct held_text {
    size_t length, room;
    char bytes[];
};

/* On disk they stand behind the value, by enum value_kind. */
static const char letters[] = {
    [VALUE_BOOLEAN] = 'b', [VALUE_NUMBER] = 'n',    [VALUE_TEXT] = 't',
    [VALUE_DATE] = 'd',    [VALUE_TIMESTAMP] = 'm',
};
static const char MIXED = '?';

static void hold_text(struct extreme *extreme, struct slice text)
{
    struct held_text *held = extreme->kind == VALUE_TEXT ? extreme->text : NULL;
    if (!held || held->room < text.length) {
        held = memory_resize(held, 1, sizeof *held + text.length);
        held->room = text.length;
    }
    held->length = text.length;
    if (text.length > 0)
        memcpy(held->bytes, text.at, text.length);
    extreme->text = held;
}

static void hold(struct extreme *extreme, const struct value *value)
{
    if (value->kind == VALUE_TEXT) {
        hold_text(extreme, value->text);
    } else if (value->kind == VALUE_NUMBER) {
        extreme->digits[0] = (uint64_t)value->number.digits;
        extreme->digits[1] = (uint64_t)(value->number.digits >> 64);
        extreme->scale = (uint8_t)value->number.scale;
    } else if (value->kind == VALUE_BOOLEAN) {
        extreme->truth = value->truth;
    } else {
        extreme->count = value->count;
    }
    extreme->kind = (uint8_t)value->kind;
}

bool extreme_value(const struct extreme *extreme, struct value *value)
{
    const uint64_t *digits = extreme->digits;
    value->kind = extreme->kind;
    if (extreme->kind == VALUE_TEXT)
        value->text = (struct slice){extreme->text->bytes, extreme->text->length};
    else if (extreme->kind == VALUE_NUMBER)
        value->number = (struct decimal){(__int128)((unsigned __int128)digits[1] << 64 | digits[0]),
                                         extreme->scale};
    else if (extreme->kind == VALUE_BOOLEAN)
        value->truth = extreme->truth;
    else
        value->count = extreme->count;
    return !extreme->mixed;
}

void extreme_take(struct extreme *extreme, const struct value *value, bool largest)
{
    struct value so_far;
    if (!extreme_value(extreme, &so_far))
        return;
    if (so_far.kind == VALUE_NULL) {
        hold(extreme, value);
        return;
    }
    extreme->mixed = so_far.kind != value->kind;
    if (extreme->mixed)
        return;
    int order = value_compare(value, &so_far);
    if (order == 0 && value->kind == VALUE_NUMBER)
        order = value->number.scale > so_far.number.scale ? (largest ? 1 : -1) : 0;
    if (largest ? order > 0 : order < 0)
        hold(extreme, value);
}

void extreme_merge(struct extreme *into, struct extreme *from, bool largest)
{
    struct value value;
    if (!extreme_value(from, &value))
        into->mixed = true;
    else if (value.kind != VALUE_NULL)
        extreme_take(into, &value, largest);
    extreme_clear(from);
}

void extreme_clear(struct extreme *extreme)
{
    if (extreme->kind == VALUE_TEXT)
        free(extreme->text);
    *extreme = (struct extreme){0};
}

void extreme_write(const struct extreme *extreme, struct buffer *out)
{
    char number[DECIMAL_TEXT];
    struct value value;
    if (!extreme_value(extreme, &value)) {
        buffer_printf(out, "\"%c\"", MIXED);
    } else if (value.kind == VALUE_NULL) {
        buffer_append_text(out, "\"\"");
    } else if (value.kind == VALUE_TEXT) {
        json_quote(out, value.text);
        out->at[out->length - 1] = letters[VALUE_TEXT];
        buffer_append_char(out, '"');
    } else if (value.kind == VALUE_NUMBER) {
        buffer_printf(out, "\"%s%c\"", decimal_format(value.number, number), letters[VALUE_NUMBER]);
    } else {
        buffer_printf(out, "\"%" PRId64 "%c\"",
                      value.kind == VALUE_BOOLEAN ? (int64_t)value.truth : value.count,
                      letters[value.kind]);
    }
}

/* As decimal_format wrote it: the digits behind the point are the scale. */
static bool read_decimal(struct slice text, struct value *value)
{
    const char *point = memchr(text.at, '.', text.length);
    size_t scale = point ? (size_t)(text.at + text.length - point) - 1 : 0;
    return scale <= DECIMAL_MAX_PRECISION &&
           decimal_parse(text, DECIMAL_MAX_PRECISION, (int)scale, &value->number) == DECIMAL_OK;
}

static bool read_count(struct slice text, struct value *value)
{
    struct decimal number;
    if (decimal_parse(text, DECIMAL_MAX_PRECISION, 0, &number) != DECIMAL_OK ||
        number.digits != (int64_t)number.digits)
        return false;
    if (value->kind == VALUE_BOOLEAN)
        value->truth = number.digits != 0;
    else
        value->count = (int64_t)number.digits;
    return true;
}

static bool read_value(struct slice text, struct value *value)
{
    if (value->kind == VALUE_NUMBER)
        return read_decimal(text, value);
    if (value->kind != VALUE_TEXT)
        return read_count(text, value);
    value->text = text;
    return true;
}

bool extreme_read(const struct json_value *json, struct buffer *scratch, struct extreme *extreme)
{
    struct value value = {.kind = VALUE_BOOLEAN};
    if (json->kind != JSON_STRING)
        return false;
    struct slice text = json_decode(json, scratch);
    if (text.length == 0)
        return true;
    char letter = text.at[--text.length];
    extreme->mixed = letter == MIXED;
    if (extreme->mixed)
        return true;
    while (value.kind < VALUE_JSON && letters[value.kind] != letter)
        value.kind++;
    if (value.kind == VALUE_JSON || !read_value(text, &value))
        return false;
    extreme_take(extreme, &value, false);
    return true;
}
