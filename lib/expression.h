/*
 * SQL expressions, compiled once per run and evaluated for each record, with three-valued logic and
 * exact numbers:
 *
 *     column  "column"  `column`  12  12.50  'text'  TRUE FALSE NULL  DATE '2025-01-31'
 *     TIMESTAMP '2025-01-31 12:00:00'
 *     = <> != < <= > >=  AND OR NOT  IN (..)  BETWEEN .. AND ..  IS [NOT] NULL  + - * / %  ||
 *     CASE  COALESCE  NULLIF  LOWER UPPER TRIM SUBSTR LENGTH  CAST  ROUND FLOOR CEIL ABS
 *     DATE_TRUNC  TIMESTAMP_DIFF
 *     COUNT(*) COUNT SUM AVG MIN MAX ([DISTINCT] x)  COLLECT(DISTINCT x)      where there are
 * groups
 *
 * ft-expressions(7) says what each means. A column that nobody declared has the type of each value
 * that comes. Types are worked out when an expression is compiled; what does not fit together is a
 * mistake then, with the place of the character, and not a surprise later.
 */
#ifndef EXPRESSION_H
#define EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "columns.h"
#include "schema.h"
#include "value.h"

struct aggregates; /* aggregate.h */
struct syntax;     /* syntax.h */
struct expression;

/* What the names in an expression mean. */
struct scope {
    const char *option;            /* --where, for messages */
    const char *text;              /* all of its argument */
    const struct schema *schema;   /* of the stream */
    struct columns *columns;       /* columns that are used are added: what to ask the record for */
    const char *zone;              /* in which a day begins and ends; NULL: UTC */
    bool windowed;                 /* window_start and window_end are the window's, whatever columns
                                      there are */
    struct aggregates *aggregates; /* those that are used are added; NULL: there are no groups */
    const struct columns *group;   /* with AGGREGATES: the columns that can stand outside of them */
};

/* Of what an expression is computed. */
struct evaluation {
    const struct json_value *column; /* as scope.columns has them */
    int64_t window_start_ms, window_end_ms;
    const struct value *aggregate; /* as scope.aggregates has them */
    struct arena *arena;           /* for texts that are made; the caller resets it */
    /* filled in by what fails: */
    const char *why;   /* "division by zero" */
    ptrdiff_t culprit; /* the column whose value it is; -1: none */
    const char *about; /* without one, the part of the query that it is about; NULL: unknown */
};

/*
 * TEXT, all of it, as one expression of SCOPE (whose `text` is set). A mistake is exit 2, naming
 * the option and pointing at the character. Borrows nothing but the column names in SCOPE's schema.
 */
struct expression *expression_parse(struct scope *scope, const char *text);

/* The same of a piece that was parsed already. SYNTAX is borrowed as long as the expression. */
struct expression *expression_new(const struct scope *scope, const struct syntax *syntax);
void expression_free(struct expression *expression);

/* Of the value: `any` when that depends on the record. A timestamp is one of ms. */
const struct type *expression_type(const struct expression *expression);

/* Whether its value shows what a column classified as pii holds. (A COUNT does not.) */
bool expression_is_pii(const struct expression *expression);

/* The index in scope.columns when the expression is nothing but a column, else -1. */
ptrdiff_t expression_column(const struct expression *expression);

/* Fails (exit 2), pointing at it, unless the expression is a condition. */
void expression_require_condition(const struct scope *scope, const struct expression *expression);

/* False, with `why` and `culprit` in EVALUATION, when it has no value for this record. */
bool expression_value(const struct expression *expression, struct evaluation *evaluation,
                      struct value *value);

/* A condition: *HOLDS unless it is false or null. False as above. */
bool expression_holds(const struct expression *expression, struct evaluation *evaluation,
                      bool *holds);

#endif
