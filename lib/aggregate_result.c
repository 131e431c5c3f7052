#include "aggregate_inside.h"

#include <stdlib.h>

/* The total of a set's members. Those of a declared type have its scale. */
static void sum_members(const struct aggregate *aggregate, const struct texts *set,
                        struct arena *arena, struct total *total)
{
    struct slice member;
    for (size_t cursor = 0; texts_next(set, &cursor, &member);) {
        struct json_value json = {member.at, (uint32_t)member.length, JSON_NUMBER, false};
        struct value value = {.kind = VALUE_NULL};
        const char *why;
        if (value_read(&aggregate->type, &json, arena, &value, &why) && value.kind == VALUE_NUMBER)
            total_add_any(total, value.number);
    }
}

static bool total_result(const struct aggregate *aggregate, const struct total *total,
                         enum total_form form, struct value *value, const char **why)
{
    bool is_sum = aggregate->function == AGGREGATE_SUM, is_int = aggregate->type.kind == TYPE_INT;
    int scale = is_int ? 0 : aggregate->type.scale;
    *value = (struct value){.kind = total->count > 0 ? VALUE_NUMBER : VALUE_NULL};
    if (total->count == 0)
        return true;
    *why = is_sum ? "SUM needs more than 38 digits" : "AVG needs more than 38 digits";
    if (!is_sum)
        return total_average(total, form, scale, &value->number);
    if (!total_sum(total, form, scale, &value->number))
        return false;
    *why = "SUM is out of range for int";
    return !is_int || value->number.digits == (int64_t)value->number.digits;
}

/* One member of a COLLECT: what it is sorted by, and its JSON. */
struct collected {
    struct slice text, json;
};

static int by_text(const void *a, const void *b)
{
    const struct collected *x = a, *y = b;
    int order = slice_compare(x->text, y->text);
    return order ? order : slice_compare(x->json, y->json);
}

static struct slice decoded(struct slice json, struct arena *arena)
{
    struct buffer scratch = {0};
    struct json_value value = {json.at, (uint32_t)json.length, JSON_STRING, false};
    if (json.at[0] != '"')
        return json;
    value.escaped = memchr(json.at, '\\', json.length) != NULL;
    struct slice text = json_decode(&value, &scratch);
    if (value.escaped)
        text = arena_copy(arena, text);
    buffer_free(&scratch);
    return text;
}

static struct slice join(const struct collected *collected, size_t count, struct arena *arena)
{
    size_t length = 2;
    for (size_t i = 0; i < count; i++)
        length += collected[i].json.length + 1;
    char *array = arena_get(arena, length), *p = array;
    *p++ = '[';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *p++ = ',';
        memcpy(p, collected[i].json.at, collected[i].json.length);
        p += collected[i].json.length;
    }
    *p++ = ']';
    return (struct slice){array, (size_t)(p - array)};
}

static void collect(const struct texts *set, struct arena *arena, struct value *value)
{
    size_t count = 0;
    struct collected *collected = arena_get(arena, texts_count(set) * sizeof *collected);
    struct slice member;
    for (size_t cursor = 0; texts_next(set, &cursor, &member); count++)
        collected[count] = (struct collected){decoded(member, arena), member};
    qsort(collected, count, sizeof *collected, by_text);
    *value = (struct value){.kind = VALUE_JSON, .text = join(collected, count, arena)};
}

static void count_result(uint64_t count, struct value *value)
{
    *value = (struct value){.kind = VALUE_NUMBER, .number = {(__int128)count, 0}};
}

static bool set_result(const struct aggregate *aggregate, const struct texts *set,
                       struct arena *arena, struct value *value, const char **why)
{
    if (aggregate->function == AGGREGATE_COUNT) {
        count_result(texts_count(set), value);
        return true;
    }
    if (aggregate->function == AGGREGATE_COLLECT) {
        collect(set, arena, value);
        return true;
    }
    struct total *total = arena_get(arena, total_size(TOTAL_ANY));
    memset(total, 0, total_size(TOTAL_ANY));
    sum_members(aggregate, set, arena, total);
    return total_result(aggregate, total, TOTAL_ANY, value, why);
}

static bool extreme_result(const struct aggregate *aggregate, const struct extreme *extreme,
                           struct arena *arena, struct value *value, const char **why)
{
    *why = aggregate->function == AGGREGATE_MIN ? "MIN of values of more than one kind"
                                                : "MAX of values of more than one kind";
    if (!extreme_value(extreme, value))
        return false;
    if (value->kind == VALUE_TEXT)
        value->text = arena_copy(arena, value->text);
    return true;
}

static bool result(const struct aggregate *aggregate, const void *accumulators, struct arena *arena,
                   struct value *value, const char **why)
{
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        count_result(*counter_in(aggregate, accumulators), value);
        return true;
    case ACCUMULATOR_SET:
        return set_result(aggregate, *set_in(aggregate, accumulators), arena, value, why);
    case ACCUMULATOR_TOTAL:
        return total_result(aggregate, total_in(aggregate, accumulators), aggregate->form, value,
                            why);
    case ACCUMULATOR_EXTREME:
        return extreme_result(aggregate, extreme_in(aggregate, accumulators), arena, value, why);
    }
    return false;
}

bool aggregates_results(const struct aggregates *aggregates, const void *accumulators,
                        struct arena *arena, struct value *values, const char **why)
{
    for (size_t i = 0; i < aggregates->count; i++)
        if (!result(&aggregates->aggregate[i], accumulators, arena, &values[i], why))
            return false;
    return true;
}
