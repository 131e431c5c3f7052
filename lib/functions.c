/* What expressions call by name. */
#include <stdlib.h>

#include "aggregate.h"
#include "arithmetic.h"
#include "expression_inside.h"

/* A function with LEAST to MOST arguments. */
struct function {
    const char *name;
    size_t least, most;
    struct node *(*compile)(const struct scope *scope, const struct syntax *syntax);
};

static const struct type any_type = {.kind = TYPE_ANY}, int_type = {.kind = TYPE_INT};

/* ---- COALESCE and NULLIF ---- */

static bool evaluate_coalesce(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    for (size_t i = 0; i < node->count; i++) {
        if (!node->child[i]->evaluate(node->child[i], evaluation, value))
            return false;
        if (value->kind != VALUE_NULL)
            break;
    }
    return true;
}

static struct node *compile_coalesce(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_call(scope, syntax, any_type, evaluate_coalesce);
    struct node so_far = *node->child[0];
    for (size_t i = 1; i < node->count; i++) {
        if (!type_common(&so_far, node->child[i], &so_far.type))
            node_mistake(scope, node->child[i], "this is %s, and those before are %s",
                         value_kind_name(node->child[i]->kind), value_kind_name(so_far.kind));
        so_far.kind = kind_of_type(&so_far.type, &so_far.any);
        so_far.is_constant &= is_null_literal(node->child[i]);
    }
    for (size_t i = 0; i < node->count; i++)
        node->child[i] = node_widen(syntax, node->child[i], &so_far.type);
    node_set_type(node, so_far.type);
    return node;
}

/* NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END. */
static bool evaluate_nullif(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    struct value right;
    int order;
    if (!node->child[0]->evaluate(node->child[0], evaluation, value) ||
        !node->child[1]->evaluate(node->child[1], evaluation, &right))
        return false;
    if (value->kind == VALUE_NULL || right.kind == VALUE_NULL)
        return true;
    if (!node_compare(node->child[0], node->child[1], value, &right, evaluation, &order))
        return false;
    if (order == 0)
        value->kind = VALUE_NULL;
    return true;
}

static struct node *compile_nullif(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_call(scope, syntax, any_type, evaluate_nullif);
    node_require_comparable(scope, node->child[0], node->child[1]);
    node_set_type(node, node->child[0]->type);
    return node;
}

/* ---- numbers ---- */

static bool evaluate_abs(const struct node *node, struct evaluation *evaluation,
                         struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL && value->number.digits < 0)
        value->number.digits = -value->number.digits;
    return value->kind == VALUE_NULL || number_fits(node, &value->number) ||
           node_fails(node, evaluation, "is out of range for int");
}

static bool evaluate_floor(const struct node *node, struct evaluation *evaluation,
                           struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL)
        value->number =
            node->parameter ? arithmetic_ceil(value->number) : arithmetic_floor(value->number);
    return true;
}

static bool evaluate_round(const struct node *node, struct evaluation *evaluation,
                           struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    return value->kind == VALUE_NULL ||
           arithmetic_round(value->number, node->parameter, &value->number) ||
           node_fails(node, evaluation, "needs more than 38 digits");
}

/* What a number becomes that is rounded to SCALE; one digit may come in front. */
static struct type rounded_type(const struct type *from, int scale)
{
    if (from->kind == TYPE_ANY || (from->kind == TYPE_INT && scale == 0))
        return *from;
    int whole = from->kind == TYPE_INT ? 19 : from->precision - from->scale + 1;
    int precision = whole + scale;
    return (struct type){.kind = TYPE_DECIMAL,
                         .precision =
                             precision < DECIMAL_MAX_PRECISION ? precision : DECIMAL_MAX_PRECISION,
                         .scale = scale};
}

static struct node *compile_number_function(const struct scope *scope, const struct syntax *syntax,
                                            bool (*evaluate)(const struct node *,
                                                             struct evaluation *, struct value *))
{
    struct node *node = node_call(scope, syntax, int_type, evaluate);
    node_require(scope, node->child[0], VALUE_NUMBER);
    node_set_type(node, node->child[0]->type);
    return node;
}

static struct node *compile_abs(const struct scope *scope, const struct syntax *syntax)
{
    return compile_number_function(scope, syntax, evaluate_abs);
}

static struct node *compile_floor(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_number_function(scope, syntax, evaluate_floor);
    node_set_type(node, rounded_type(&node->type, 0));
    return node;
}

static struct node *compile_ceil(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_floor(scope, syntax);
    node->parameter = true;
    return node;
}

static struct node *compile_round(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_number_function(scope, syntax, evaluate_round);
    if (node->count > 1) {
        const struct node *digits = node->child[1];
        if (!digits->is_constant || digits->type.kind != TYPE_INT ||
            digits->constant.number.digits < 0 ||
            digits->constant.number.digits > DECIMAL_MAX_PRECISION)
            node_mistake(scope, digits, "ROUND needs a number of digits from 0 to 38 here");
        node->parameter = (int)digits->constant.number.digits;
    }
    node_set_type(node, rounded_type(&node->type, node->parameter));
    return node;
}

static const struct function functions[] = {
    {"COALESCE", 1, SIZE_MAX, compile_coalesce},
    {"NULLIF", 2, 2, compile_nullif},
    {"LOWER", 1, 1, text_lower_compile},
    {"UPPER", 1, 1, text_upper_compile},
    {"TRIM", 1, 1, text_trim_compile},
    {"SUBSTR", 2, 3, text_substr_compile},
    {"SUBSTRING", 2, 3, text_substr_compile},
    {"LENGTH", 1, 1, text_length_compile},
    {"CHAR_LENGTH", 1, 1, text_length_compile},
    {"ABS", 1, 1, compile_abs},
    {"FLOOR", 1, 1, compile_floor},
    {"CEIL", 1, 1, compile_ceil},
    {"CEILING", 1, 1, compile_ceil},
    {"ROUND", 1, 2, compile_round},
    {"DATE_TRUNC", 2, 2, date_trunc_compile},
    {"TIMESTAMP_TRUNC", 2, 2, date_trunc_compile},
    {"TIMESTAMP_DIFF", 3, 3, timestamp_diff_compile},
};

/* ---- aggregates ---- */

static const struct {
    const char *name;
    enum aggregate_function function;
} aggregate_names[] = {
    {"COUNT", AGGREGATE_COUNT}, {"SUM", AGGREGATE_SUM}, {"AVG", AGGREGATE_AVG},
    {"MIN", AGGREGATE_MIN},     {"MAX", AGGREGATE_MAX}, {"COLLECT", AGGREGATE_COLLECT},
};

static bool evaluate_aggregate(const struct node *node, struct evaluation *evaluation,
                               struct value *value)
{
    *value = evaluation->aggregate[node->index];
    return true;
}

/* What is aggregated is computed of each record, so there are no groups and windows in it. */
static struct expression *compile_argument(const struct scope *scope, const struct syntax *syntax)
{
    struct scope record = *scope;
    record.aggregates = NULL;
    record.windowed = false;
    return syntax->star ? NULL : expression_new(&record, syntax->child[0]);
}

static struct node *compile_aggregate(const struct scope *scope, const struct syntax *syntax,
                                      enum aggregate_function function)
{
    struct buffer identity = {0};
    struct type type;
    if (!scope->aggregates)
        syntax_fail(scope->option, scope->text, syntax->at,
                    "%s is an aggregate, and there are no groups here", syntax->text);
    if (syntax->star ? function != AGGREGATE_COUNT : syntax->count != 1)
        syntax_fail(scope->option, scope->text, syntax->at, "%s needs one argument", syntax->text);
    if (function == AGGREGATE_COLLECT && !syntax->distinct)
        syntax_fail(scope->option, scope->text, syntax->at,
                    "COLLECT needs DISTINCT: without it, the order would be that of arrival");
    struct expression *argument = compile_argument(scope, syntax);
    struct node *node = node_new(syntax, int_type, evaluate_aggregate);
    node->pii = argument && function != AGGREGATE_COUNT && expression_is_pii(argument);
    syntax_write(syntax, scope->text, &identity);
    const char *why = aggregates_use(scope->aggregates, function, syntax->distinct, argument,
                                     buffer_slice(&identity), &node->index, &type);
    if (why)
        syntax_fail(scope->option, scope->text, syntax->count ? syntax->child[0]->at : syntax->at,
                    "%s %s", syntax->text, why);
    buffer_free(&identity);
    node_set_type(node, type);
    return node;
}

static void check_count(const struct scope *scope, const struct syntax *syntax,
                        const struct function *function)
{
    if (syntax->count >= function->least && syntax->count <= function->most && !syntax->star &&
        !syntax->distinct)
        return;
    syntax_fail(scope->option, scope->text, syntax->at, "%s is not called so: it has %zu%s",
                syntax->text, function->least,
                function->most == SIZE_MAX         ? " or more arguments"
                : function->most > function->least ? " arguments, or one more"
                : function->least == 1             ? " argument"
                                                   : " arguments");
}

struct node *call_compile(const struct scope *scope, const struct syntax *syntax)
{
    for (size_t i = 0; i < sizeof aggregate_names / sizeof *aggregate_names; i++)
        if (strcmp(aggregate_names[i].name, syntax->text) == 0)
            return compile_aggregate(scope, syntax, aggregate_names[i].function);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, syntax->text) == 0) {
            check_count(scope, syntax, &functions[i]);
            return functions[i].compile(scope, syntax);
        }
    syntax_fail(scope->option, scope->text, syntax->at, "there is no function %s", syntax->text);
}
