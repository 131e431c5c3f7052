/* CASE, and the one type that several values go into. */
#include "arithmetic.h"
#include "expression_inside.h"

static struct type number_type(const struct type *type)
{
    if (type->kind == TYPE_DECIMAL)
        return *type;
    return (struct type){.kind = TYPE_DECIMAL, .precision = 19};
}

static bool common_number(const struct type *a, const struct type *b, struct type *type)
{
    struct type x = number_type(a), y = number_type(b);
    int scale = x.scale > y.scale ? x.scale : y.scale;
    int whole = x.precision - x.scale > y.precision - y.scale ? x.precision - x.scale
                                                              : y.precision - y.scale;
    int precision = whole + scale;
    *type = (struct type){.kind = TYPE_DECIMAL,
                          .precision =
                              precision < DECIMAL_MAX_PRECISION ? precision : DECIMAL_MAX_PRECISION,
                          .scale = scale};
    return true;
}

bool type_common(const struct node *a, const struct node *b, struct type *type)
{
    *type = is_null_literal(a) ? b->type : a->type;
    if (is_null_literal(a) || is_null_literal(b))
        return true;
    if (a->any || b->any) {
        *type = (struct type){.kind = TYPE_ANY};
        return true;
    }
    if (a->kind != b->kind)
        return false;
    if (a->kind == VALUE_NUMBER && (a->type.kind != TYPE_INT || b->type.kind != TYPE_INT))
        return common_number(&a->type, &b->type, type);
    if (a->kind == VALUE_TIMESTAMP)
        *type = (struct type){.kind = TYPE_TIMESTAMP};
    return true;
}

static bool evaluate_widened(const struct node *node, struct evaluation *evaluation,
                             struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    return value->kind == VALUE_NULL ||
           arithmetic_round(value->number, node->type.scale, &value->number) ||
           node_fails(node, evaluation, "needs more than 38 digits");
}

struct node *node_widen(const struct syntax *syntax, struct node *node, const struct type *type)
{
    if (type->kind != TYPE_DECIMAL || is_null_literal(node) ||
        (node->type.kind == TYPE_DECIMAL && node->type.scale == type->scale))
        return node;
    struct node *widened = node_new(syntax, *type, evaluate_widened);
    node_add(widened, node);
    return widened;
}

/* ---- CASE ---- */

/*
 * Children: pairs of a condition and a value, then what stands behind ELSE. In CASE X WHEN V the
 * first child is X; a pair has V in the place of the condition that they are equal.
 */
static bool evaluate_case(const struct node *node, struct evaluation *evaluation,
                          struct value *value)
{
    for (size_t i = 0; i + 1 < node->count; i += 2) {
        if (!node_value(node->child[i], VALUE_BOOLEAN, evaluation, value))
            return false;
        if (value->kind == VALUE_BOOLEAN && value->truth)
            return node->child[i + 1]->evaluate(node->child[i + 1], evaluation, value);
    }
    const struct node *last = node->child[node->count - 1];
    return last->evaluate(last, evaluation, value);
}

static bool evaluate_case_of(const struct node *node, struct evaluation *evaluation,
                             struct value *value)
{
    const struct node *operand = node->child[0], *last = node->child[node->count - 1];
    struct value left, right;
    int order;
    if (!operand->evaluate(operand, evaluation, &left))
        return false;
    for (size_t i = 1; i + 1 < node->count; i += 2) {
        const struct node *when = node->child[i];
        if (!when->evaluate(when, evaluation, &right))
            return false;
        if (left.kind == VALUE_NULL || right.kind == VALUE_NULL)
            continue;
        if (!node_compare(operand, when, &left, &right, evaluation, &order))
            return false;
        if (order == 0)
            return node->child[i + 1]->evaluate(node->child[i + 1], evaluation, value);
    }
    return last->evaluate(last, evaluation, value);
}

/* The results are every second child from FIRST on, and the last. */
static void widen_results(const struct scope *scope, const struct syntax *syntax, struct node *node,
                          size_t first)
{
    struct node so_far = *node->child[first];
    for (size_t i = first + 2; i <= node->count; i += 2) {
        const struct node *result = node->child[i < node->count ? i : node->count - 1];
        if (!type_common(&so_far, result, &so_far.type))
            node_mistake(scope, result, "this is %s, and the other results are %s",
                         value_kind_name(result->kind), value_kind_name(so_far.kind));
        so_far.kind = kind_of_type(&so_far.type, &so_far.any);
        so_far.is_constant &= is_null_literal(result);
    }
    node_set_type(node, so_far.type);
    for (size_t i = first; i < node->count; i += 2)
        node->child[i] = node_widen(syntax, node->child[i], &node->type);
    node->child[node->count - 1] = node_widen(syntax, node->child[node->count - 1], &node->type);
}

static void require_when(const struct scope *scope, const struct syntax *syntax,
                         const struct node *node, const struct node *when)
{
    if (syntax->has_operand)
        node_require_comparable(scope, node->child[0], when);
    else
        node_require(scope, when, VALUE_BOOLEAN);
}

struct node *case_compile(const struct scope *scope, const struct syntax *syntax)
{
    static const struct syntax null = {.kind = SYNTAX_NULL};
    struct node *node = node_call(scope, syntax, (struct type){.kind = TYPE_ANY},
                                  syntax->has_operand ? evaluate_case_of : evaluate_case);
    for (size_t i = syntax->has_operand; i + 1 < syntax->count; i += 2)
        require_when(scope, syntax, node, node->child[i]);
    if (!syntax->has_else)
        node_add(node, node_compile(scope, &null));
    widen_results(scope, syntax, node, syntax->has_operand + 1);
    return node;
}
