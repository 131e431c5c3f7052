#include "aggregate_inside.h"

#include <stdlib.h>

#include "json.h"

static void merge_one(const struct aggregate *aggregate, void *into, void *from)
{
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        *counter_in(aggregate, into) += *counter_in(aggregate, from);
        break;
    case ACCUMULATOR_SET:
        texts_merge(set_in(aggregate, into), *set_in(aggregate, from));
        break;
    case ACCUMULATOR_TOTAL:
        total_merge(total_in(aggregate, into), total_in(aggregate, from), aggregate->form);
        break;
    case ACCUMULATOR_EXTREME:
        extreme_merge(extreme_in(aggregate, into), extreme_in(aggregate, from),
                      aggregate->function == AGGREGATE_MAX);
        break;
    }
}

void aggregates_merge(const struct aggregates *aggregates, void *into, void *from)
{
    for (size_t i = 0; i < aggregates->count; i++)
        merge_one(&aggregates->aggregate[i], into, from);
    if (aggregates->size > 0)
        memset(from, 0, aggregates->size);
}

void aggregates_clear(const struct aggregates *aggregates, void *accumulators)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->aggregate[i];
        if (aggregate->accumulator == ACCUMULATOR_SET)
            texts_free(*set_in(aggregate, accumulators));
        else if (aggregate->accumulator == ACCUMULATOR_EXTREME)
            extreme_clear(extreme_in(aggregate, accumulators));
    }
    if (aggregates->size > 0)
        memset(accumulators, 0, aggregates->size);
}

static void write_set(const struct texts *set, struct buffer *out)
{
    struct slice *member = texts_sorted(set);
    buffer_append_char(out, '[');
    for (size_t i = 0; i < texts_count(set); i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        buffer_append(out, member[i]);
    }
    buffer_append_char(out, ']');
    free(member);
}

static void write_one(const struct aggregate *aggregate, const void *accumulators,
                      struct buffer *out)
{
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        buffer_printf(out, "%ju", (uintmax_t)*counter_in(aggregate, accumulators));
        break;
    case ACCUMULATOR_SET:
        write_set(*set_in(aggregate, accumulators), out);
        break;
    case ACCUMULATOR_TOTAL:
        total_write(total_in(aggregate, accumulators), aggregate->form, out);
        break;
    case ACCUMULATOR_EXTREME:
        extreme_write(extreme_in(aggregate, accumulators), out);
        break;
    }
}

void aggregates_write(const struct aggregates *aggregates, const void *accumulators,
                      struct buffer *out)
{
    buffer_append_char(out, '[');
    for (size_t i = 0; i < aggregates->count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        write_one(&aggregates->aggregate[i], accumulators, out);
    }
    buffer_append_char(out, ']');
}

/* What is left of a JSON array whose items are gone through. */
struct items {
    const char *p, *end;
};

static bool items_open(struct slice json, struct items *items)
{
    *items = (struct items){json.at + 1, json.at + json.length};
    return json.length >= 2 && json.at[0] == '[';
}

/* Whether there was nothing but the bracket left. */
static bool items_closed(const struct items *items)
{
    return items->end - items->p == 1 && *items->p == ']';
}

static bool items_next(struct items *items, struct json_value *item)
{
    struct json_error error;
    if (items->p >= items->end || items_closed(items))
        return false;
    const char *p = json_scan_value(items->p, items->end, 0, item, &error);
    if (!p || p >= items->end)
        return false;
    items->p = *p == ',' ? p + 1 : p;
    return true;
}

static bool read_count(const struct json_value *json, uint64_t *count)
{
    const char *why;
    int64_t number;
    if (!type_int(json, &number, &why) || number < 0)
        return false;
    *count = (uint64_t)number;
    return true;
}

static bool read_set(struct slice json, struct texts **set)
{
    struct items items;
    struct json_value member;
    if (!items_open(json, &items))
        return false;
    while (items_next(&items, &member))
        texts_add(set, json_text(&member));
    return items_closed(&items);
}

static bool read_one(const struct aggregate *aggregate, const struct json_value *json,
                     struct buffer *scratch, void *accumulators)
{
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        return read_count(json, counter_in(aggregate, accumulators));
    case ACCUMULATOR_SET:
        return read_set(json_text(json), set_in(aggregate, accumulators));
    case ACCUMULATOR_TOTAL:
        return total_read(json_text(json), aggregate->form, total_in(aggregate, accumulators));
    case ACCUMULATOR_EXTREME:
        return extreme_read(json, scratch, extreme_in(aggregate, accumulators));
    }
    return false;
}

bool aggregates_read(const struct aggregates *aggregates, struct slice json, void *accumulators)
{
    struct buffer scratch = {0};
    struct items items;
    struct json_value item;
    size_t read = 0;
    if (!items_open(json, &items))
        return false;
    while (read < aggregates->count && items_next(&items, &item) &&
           read_one(&aggregates->aggregate[read], &item, &scratch, accumulators))
        read++;
    buffer_free(&scratch);
    if (read == aggregates->count && items_closed(&items))
        return true;
    aggregates_clear(aggregates, accumulators);
    return false;
}
