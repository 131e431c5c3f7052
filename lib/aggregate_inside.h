/* What aggregate.c and aggregate_state.c share. Nobody else includes it. */
#ifndef AGGREGATE_INSIDE_H
#define AGGREGATE_INSIDE_H

#include "aggregate.h"
#include "extreme.h"
#include "texts.h"
#include "total.h"

/* What is kept of a group. */
enum accumulator {
    ACCUMULATOR_COUNTER, /* uint64_t */
    ACCUMULATOR_SET,     /* struct texts *, of what value_write_key makes */
    ACCUMULATOR_TOTAL,   /* struct total */
    ACCUMULATOR_EXTREME, /* struct extreme */
};

struct aggregate {
    enum aggregate_function function;
    enum accumulator accumulator;
    struct expression *argument; /* NULL: COUNT(*) */
    struct type type;            /* of the argument */
    ptrdiff_t column;            /* of the argument, when it is a plain one; else -1 */
    enum total_form form;        /* of a total */
    size_t offset;               /* in the block of a group */
    char *identity;
};

struct argument;

struct aggregates {
    struct aggregate *aggregate;
    struct argument *argument; /* as many: of the record that is being added */
    size_t count, size;
    struct buffer scratch;
};

/* The accumulators of AGGREGATE in the block of a group. */
static inline uint64_t *counter_in(const struct aggregate *aggregate, const void *block)
{
    return (uint64_t *)((uintptr_t)block + aggregate->offset);
}

static inline struct texts **set_in(const struct aggregate *aggregate, const void *block)
{
    return (struct texts **)((uintptr_t)block + aggregate->offset);
}

static inline struct total *total_in(const struct aggregate *aggregate, const void *block)
{
    return (struct total *)((uintptr_t)block + aggregate->offset);
}

static inline struct extreme *extreme_in(const struct aggregate *aggregate, const void *block)
{
    return (struct extreme *)((uintptr_t)block + aggregate->offset);
}

#endif
