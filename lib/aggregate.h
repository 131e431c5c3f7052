/*
 * Aggregates over the records of a group: COUNT(*), COUNT, SUM, AVG, MIN, MAX, each also DISTINCT,
 * and COLLECT(DISTINCT). All but COUNT(*) skip null; of nothing, COUNT is 0, COLLECT is [], and the
 * others are null.
 *
 * SUM is exact at the scale of what is summed; AVG is exact and then rounded half up (away from
 * zero) to max(6, that scale) digits; COLLECT is a JSON array sorted by code point.
 *
 * Where nobody declared a type: numbers are summed at the largest scale that comes (a DISTINCT
 * takes 1.50 for 1.5), and MIN and MAX of values of two kinds cannot be told. So nothing depends on
 * the order of the records, not even which of them is refused.
 *
 * What is known of a group is its accumulators: aggregates_size() bytes, zeroed at first, aligned
 * to 8, which stand where the caller likes and may be moved. They own memory: aggregates_clear
 * frees it. A COUNT is 8 bytes, a DISTINCT a pointer, a SUM or AVG 24 (more than 18 digits: 32; of
 * `any`: 48), a MIN or MAX 24.
 */
#ifndef AGGREGATE_H
#define AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "expression.h"

enum aggregate_function {
    AGGREGATE_COUNT,
    AGGREGATE_SUM,
    AGGREGATE_AVG,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_COLLECT,
};

struct aggregates;

struct aggregates *aggregates_new(void);

/*
 * Adds one and returns its index (that of an equal one that is there already); the expression
 * module calls this. ARGUMENT is NULL for COUNT(*), and is taken over. IDENTITY is the same text
 * for the same aggregate. Sets *TYPE to its result's: SUM of int and COUNT are int, SUM of
 * decimal(p,s) is decimal(38,s), AVG is decimal(38,max(6,s)), COLLECT is json, of `any` it is any.
 * NULL, or a constant phrase when the argument cannot be aggregated so ("needs a number").
 */
const char *aggregates_use(struct aggregates *aggregates, enum aggregate_function function,
                           bool distinct, struct expression *argument, struct slice identity,
                           size_t *index, struct type *type);
void aggregates_free(struct aggregates *aggregates);

size_t aggregates_count(const struct aggregates *aggregates);
size_t aggregates_size(const struct aggregates *aggregates);

/*
 * Takes a record into ACCUMULATORS. All or nothing: false, with `why` and `culprit` in EVALUATION,
 * when an argument has no value or a wrong one ("is not a number"); then they are as they were.
 */
bool aggregates_add(struct aggregates *aggregates, void *accumulators,
                    struct evaluation *evaluation);

/* What FROM has is added to INTO, and FROM is cleared. The order of merging makes no difference.
 * (A sum of integers may pass 64 bits in between, and a sum of decimals 38 digits: only the result
 * is judged.) */
void aggregates_merge(const struct aggregates *aggregates, void *into, void *from);

/*
 * The results, in VALUES (aggregates_count of them); texts are in the arena. False, with a constant
 * *WHY ("SUM is out of range for int", "MIN of values of more than one kind"), when one cannot be
 * told.
 */
bool aggregates_results(const struct aggregates *aggregates, const void *accumulators,
                        struct arena *arena, struct value *values, const char **why);

/* Frees what ACCUMULATORS own and zeroes them. */
void aggregates_clear(const struct aggregates *aggregates, void *accumulators);

/* Appends ACCUMULATORS as a JSON array, for the disk; and reads such a one back into zeroed ones
 * (false: it is not one, and they are zeroed again). Sets are written in the order of their texts.
 * Like a line, JSON has FAST_PADDING bytes behind it. */
void aggregates_write(const struct aggregates *aggregates, const void *accumulators,
                      struct buffer *out);
bool aggregates_read(const struct aggregates *aggregates, struct slice json, void *accumulators);

#endif
