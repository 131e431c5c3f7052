#include "aggregate_inside.h"

#include <stdlib.h>

struct argument {
    struct value value; /* of a set: null or not */
    struct slice key;   /* of a set, when at is not NULL: what is added to it */
};

struct aggregates *aggregates_new(void)
{
    return memory_new(1, sizeof(struct aggregates));
}

void aggregates_free(struct aggregates *aggregates)
{
    if (!aggregates)
        return;
    for (size_t i = 0; i < aggregates->count; i++) {
        expression_free(aggregates->aggregate[i].argument);
        free(aggregates->aggregate[i].identity);
    }
    free(aggregates->aggregate);
    free(aggregates->argument);
    buffer_free(&aggregates->scratch);
    free(aggregates);
}

size_t aggregates_count(const struct aggregates *aggregates)
{
    return aggregates->count;
}

size_t aggregates_size(const struct aggregates *aggregates)
{
    return aggregates->size;
}

/* What is there to be said against FUNCTION of values of TYPE; NULL: nothing. */
static const char *objection(enum aggregate_function function, bool distinct,
                             const struct type *type)
{
    bool number = type->kind == TYPE_INT || type->kind == TYPE_DECIMAL || type->kind == TYPE_ANY;
    if ((function == AGGREGATE_SUM || function == AGGREGATE_AVG) && !number)
        return "needs a number";
    if ((function == AGGREGATE_MIN || function == AGGREGATE_MAX) && type->kind == TYPE_JSON)
        return "needs values that have an order";
    if (function == AGGREGATE_COLLECT && !distinct)
        return "needs DISTINCT";
    return NULL;
}

static int average_scale(int scale)
{
    return scale > 6 ? scale : 6;
}

static struct type result_type(enum aggregate_function function, const struct type *type)
{
    int scale = type->kind == TYPE_DECIMAL ? type->scale : 0;
    if (function == AGGREGATE_COUNT)
        return (struct type){.kind = TYPE_INT};
    if (function == AGGREGATE_COLLECT)
        return (struct type){.kind = TYPE_JSON};
    if (function == AGGREGATE_MIN || function == AGGREGATE_MAX || type->kind == TYPE_ANY)
        return *type;
    if (function == AGGREGATE_SUM && type->kind == TYPE_INT)
        return *type;
    return (struct type){.kind = TYPE_DECIMAL,
                         .precision = DECIMAL_MAX_PRECISION,
                         .scale = function == AGGREGATE_SUM ? scale : average_scale(scale)};
}

static enum accumulator accumulator_of(enum aggregate_function function, bool distinct)
{
    if (function == AGGREGATE_MIN || function == AGGREGATE_MAX)
        return ACCUMULATOR_EXTREME;
    if (distinct)
        return ACCUMULATOR_SET;
    return function == AGGREGATE_COUNT ? ACCUMULATOR_COUNTER : ACCUMULATOR_TOTAL;
}

static enum total_form form_of(const struct type *type)
{
    enum { SHORT_DIGITS = 18 };
    if (type->kind == TYPE_ANY)
        return TOTAL_ANY;
    bool is_short = type->kind == TYPE_INT || type->precision <= SHORT_DIGITS;
    return is_short ? TOTAL_SHORT : TOTAL_LONG;
}

static size_t accumulator_size(const struct aggregate *aggregate)
{
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        return sizeof(uint64_t);
    case ACCUMULATOR_SET:
        return sizeof(struct texts *);
    case ACCUMULATOR_TOTAL:
        return total_size(aggregate->form);
    case ACCUMULATOR_EXTREME:
        return sizeof(struct extreme);
    }
    return 0;
}

/* Adds AGGREGATE, for whose accumulator there is room then. */
static void append(struct aggregates *aggregates, struct aggregate aggregate)
{
    size_t count = aggregates->count + 1;
    aggregate.offset = aggregates->size;
    aggregates->size += accumulator_size(&aggregate);
    aggregates->aggregate =
        memory_resize(aggregates->aggregate, count, sizeof *aggregates->aggregate);
    aggregates->argument = memory_resize(aggregates->argument, count, sizeof *aggregates->argument);
    aggregates->aggregate[aggregates->count] = aggregate;
    aggregates->count = count;
}

const char *aggregates_use(struct aggregates *aggregates, enum aggregate_function function,
                           bool distinct, struct expression *argument, struct slice identity,
                           size_t *index, struct type *type)
{
    const struct type of = argument ? *expression_type(argument) : (struct type){.kind = TYPE_ANY};
    const char *why = objection(function, distinct, &of);
    *type = result_type(function, &of);
    *index = 0;
    while (*index < aggregates->count &&
           !slice_is(identity, aggregates->aggregate[*index].identity))
        (*index)++;
    if (why || *index < aggregates->count) {
        expression_free(argument);
        return why;
    }
    append(aggregates, (struct aggregate){.function = function,
                                          .accumulator = accumulator_of(function, distinct),
                                          .argument = argument,
                                          .type = of,
                                          .column = argument ? expression_column(argument) : -1,
                                          .form = form_of(&of),
                                          .identity = memory_text(identity)});
    return NULL;
}

/* Completes "column NAME: VALUE ...", or stands alone when no column is to blame. */
static bool refuse(const struct aggregate *aggregate, struct evaluation *evaluation,
                   const char *why, const char *alone)
{
    evaluation->culprit = aggregate->column;
    evaluation->why = aggregate->column < 0 ? alone : why;
    return false;
}

static bool is_summed(const struct aggregate *aggregate)
{
    return aggregate->function == AGGREGATE_SUM || aggregate->function == AGGREGATE_AVG;
}

/* What can be wrong with a value only shows when nobody declared its type. */
static bool check_argument(const struct aggregate *aggregate, struct value *value,
                           struct evaluation *evaluation)
{
    bool summed = is_summed(aggregate);
    if (value->kind == VALUE_NULL)
        return true;
    if (summed && value->kind != VALUE_NUMBER)
        return refuse(aggregate, evaluation, "is not a number", "what is summed is not a number");
    if (aggregate->accumulator == ACCUMULATOR_EXTREME && value->kind == VALUE_JSON)
        return refuse(aggregate, evaluation, "has no order",
                      "the values of MIN or MAX have no order");
    return true;
}

/* Whether the column's bytes can be looked at as they stand. The type of an expression does not
 * say how a timestamp is spelled. */
static bool is_key(const struct aggregate *aggregate)
{
    return aggregate->accumulator == ACCUMULATOR_SET && aggregate->column >= 0 &&
           !is_summed(aggregate) && aggregate->type.kind != TYPE_TIMESTAMP;
}

/* A column's value for a set, without a look at what it means. */
static bool read_key(const struct aggregate *aggregate, struct evaluation *evaluation,
                     struct argument *argument)
{
    const struct json_value *json = &evaluation->column[aggregate->column];
    argument->value.kind = json_is_null(json) ? VALUE_NULL : VALUE_JSON;
    if (argument->value.kind == VALUE_NULL ||
        value_key(&aggregate->type, json, evaluation->arena, &argument->key, &evaluation->why))
        return true;
    evaluation->culprit = aggregate->column;
    return false;
}

static bool read_argument(const struct aggregate *aggregate, struct evaluation *evaluation,
                          struct argument *argument)
{
    if (!aggregate->argument)
        return true;
    argument->key = (struct slice){NULL, 0};
    if (is_key(aggregate))
        return read_key(aggregate, evaluation, argument);
    return expression_value(aggregate->argument, evaluation, &argument->value) &&
           check_argument(aggregate, &argument->value, evaluation);
}

static void add_member(struct aggregates *aggregates, const struct aggregate *aggregate,
                       void *accumulators, const struct argument *argument)
{
    struct slice key = argument->key;
    if (!key.at) {
        aggregates->scratch.length = 0;
        value_write_key(&aggregate->type, &argument->value, &aggregates->scratch);
        key = buffer_slice(&aggregates->scratch);
    }
    texts_add(set_in(aggregate, accumulators), key);
}

static void add_number(const struct aggregate *aggregate, void *accumulators, struct decimal number)
{
    struct total *total = total_in(aggregate, accumulators);
    if (aggregate->form == TOTAL_ANY)
        total_add_any(total, number);
    else
        total_add(total, aggregate->form, number.digits);
}

static void add_argument(struct aggregates *aggregates, const struct aggregate *aggregate,
                         void *accumulators, const struct argument *argument)
{
    if (aggregate->argument && argument->value.kind == VALUE_NULL)
        return;
    switch (aggregate->accumulator) {
    case ACCUMULATOR_COUNTER:
        ++*counter_in(aggregate, accumulators);
        break;
    case ACCUMULATOR_SET:
        add_member(aggregates, aggregate, accumulators, argument);
        break;
    case ACCUMULATOR_TOTAL:
        add_number(aggregate, accumulators, argument->value.number);
        break;
    case ACCUMULATOR_EXTREME:
        extreme_take(extreme_in(aggregate, accumulators), &argument->value,
                     aggregate->function == AGGREGATE_MAX);
        break;
    }
}

bool aggregates_add(struct aggregates *aggregates, void *accumulators,
                    struct evaluation *evaluation)
{
    for (size_t i = 0; i < aggregates->count; i++)
        if (!read_argument(&aggregates->aggregate[i], evaluation, &aggregates->argument[i])) {
            evaluation->about = aggregates->aggregate[i].identity;
            return false;
        }
    for (size_t i = 0; i < aggregates->count; i++)
        add_argument(aggregates, &aggregates->aggregate[i], accumulators, &aggregates->argument[i]);
    return true;
}
