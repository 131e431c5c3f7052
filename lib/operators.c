/* Operators of expressions: comparing, IN, BETWEEN, arithmetic and ||. */
#include <stdlib.h>

#include "arithmetic.h"
#include "expression_inside.h"

static const struct type boolean = {.kind = TYPE_BOOLEAN};

/* ---- comparing ---- */

static bool holds(int parameter, int order)
{
    switch (parameter) {
    case SYNTAX_EQUAL:
        return order == 0;
    case SYNTAX_UNEQUAL:
        return order != 0;
    case SYNTAX_LESS:
        return order < 0;
    case SYNTAX_LESS_OR_EQUAL:
        return order <= 0;
    case SYNTAX_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

bool node_compare(const struct node *left_node, const struct node *right_node,
                  const struct value *left, const struct value *right,
                  struct evaluation *evaluation, int *order)
{
    if (left->kind == right->kind && left->kind != VALUE_JSON) {
        *order = value_compare(left, right);
        return true;
    }
    /* the side of which nothing was declared is to blame */
    return node_fails(left_node->any && left_node->is_column ? left_node : right_node, evaluation,
                      "cannot be compared with a value of another kind");
}

/* LEFT, of child 0, compared by OPERATOR with child INDEX: true, false, or null when one is null.
 */
static bool compare_with(const struct node *node, size_t index, int operator,
                         const struct value * left, struct evaluation *evaluation,
                         struct value *value)
{
    const struct node *child = node->child[index];
    struct value right;
    int order;
    if (!child->evaluate(child, evaluation, &right))
        return false;
    value->kind = VALUE_NULL;
    if (left->kind == VALUE_NULL || right.kind == VALUE_NULL)
        return true;
    if (!node_compare(node->child[0], child, left, &right, evaluation, &order))
        return false;
    *value = (struct value){.kind = VALUE_BOOLEAN, .truth = holds(operator, order)};
    return true;
}

static bool evaluate_comparison(const struct node *node, struct evaluation *evaluation,
                                struct value *value)
{
    struct value left;
    return node->child[0]->evaluate(node->child[0], evaluation, &left) &&
           compare_with(node, 1, node->parameter, &left, evaluation, value);
}

/* Whether the text column JSON says TEXT, when that can be seen in the bytes as they stand. */
static inline bool is_plain_text(const struct json_value *json)
{
    return json->kind == JSON_STRING && !json->escaped;
}

static inline bool says(const struct json_value *json, struct slice text)
{
    return json->length - 2 == text.length && memcmp(json->at + 1, text.at, text.length) == 0;
}

/* COLUMN = 'text', which is most of all conditions. */
static bool evaluate_same_text(const struct node *node, struct evaluation *evaluation,
                               struct value *value)
{
    const struct json_value *json = &evaluation->column[node->child[0]->index];
    if (!is_plain_text(json))
        return evaluate_comparison(node, evaluation, value);
    value->kind = VALUE_BOOLEAN;
    value->truth = says(json, node->child[1]->constant.text) == (node->parameter == SYNTAX_EQUAL);
    return true;
}

static bool is_text_constant(const struct node *node)
{
    return node->is_constant && node->kind == VALUE_TEXT;
}

static bool is_text_column(const struct node *node)
{
    return node->is_column && node->source.kind == TYPE_STRING;
}

void node_require_comparable(const struct scope *scope, const struct node *left,
                             const struct node *right)
{
    if (left->any || right->any || is_null_literal(left) || is_null_literal(right))
        return;
    if (left->kind != right->kind)
        node_mistake(scope, right, "this is %s, and is compared with %s",
                     value_kind_name(right->kind), value_kind_name(left->kind));
    if (left->kind == VALUE_JSON)
        node_mistake(scope, left, "an array or an object cannot be compared");
}

static struct node *compile_comparison(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, boolean, evaluate_comparison);
    node->parameter = (int)syntax->kind;
    node_add(node, node_compile(scope, syntax->child[0]));
    node_add(node, node_compile(scope, syntax->child[1]));
    node_require_comparable(scope, node->child[0], node->child[1]);
    bool equality = syntax->kind == SYNTAX_EQUAL || syntax->kind == SYNTAX_UNEQUAL;
    if (equality && is_text_column(node->child[0]) && is_text_constant(node->child[1]))
        node->evaluate = evaluate_same_text;
    return node;
}

/* ---- IN and BETWEEN ---- */

/* X IN (A, B) is X = A OR X = B: a null among them leaves open what no other decides. */
static bool evaluate_in(const struct node *node, struct evaluation *evaluation, struct value *value)
{
    struct value left, is = {.kind = VALUE_BOOLEAN};
    bool open = false;
    if (!node->child[0]->evaluate(node->child[0], evaluation, &left))
        return false;
    for (size_t i = 1; i < node->count; i++) {
        if (!compare_with(node, i, SYNTAX_EQUAL, &left, evaluation, &is))
            return false;
        if (is.kind == VALUE_BOOLEAN && is.truth)
            break;
        open |= is.kind == VALUE_NULL;
    }
    bool found = is.kind == VALUE_BOOLEAN && is.truth;
    *value = (struct value){.kind = !found && open ? VALUE_NULL : VALUE_BOOLEAN,
                            .truth = found != node->negated};
    return true;
}

static bool evaluate_text_in(const struct node *node, struct evaluation *evaluation,
                             struct value *value)
{
    const struct json_value *json = &evaluation->column[node->child[0]->index];
    bool is = false;
    if (!is_plain_text(json))
        return evaluate_in(node, evaluation, value);
    for (size_t i = 1; i < node->count && !is; i++)
        is = says(json, node->child[i]->constant.text);
    value->kind = VALUE_BOOLEAN;
    value->truth = is != node->negated;
    return true;
}

struct node *in_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, boolean, evaluate_in);
    bool texts = true;
    node->negated = syntax->negated;
    for (size_t i = 0; i < syntax->count; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        node_require_comparable(scope, node->child[0], node->child[i]);
        texts =
            texts && (i == 0 ? is_text_column(node->child[0]) : is_text_constant(node->child[i]));
    }
    if (texts)
        node->evaluate = evaluate_text_in;
    return node;
}

/* X BETWEEN A AND B is X >= A AND X <= B. */
static bool evaluate_between(const struct node *node, struct evaluation *evaluation,
                             struct value *value)
{
    struct value between, most;
    if (!node->child[0]->evaluate(node->child[0], evaluation, &between) ||
        !compare_with(node, 1, SYNTAX_GREATER_OR_EQUAL, &between, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL || value->truth) { /* else that decides */
        if (!compare_with(node, 2, SYNTAX_LESS_OR_EQUAL, &between, evaluation, &most))
            return false;
        if (value->kind == VALUE_BOOLEAN || (most.kind == VALUE_BOOLEAN && !most.truth))
            *value = most;
    }
    if (value->kind == VALUE_BOOLEAN)
        value->truth = value->truth != node->negated;
    return true;
}

struct node *between_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_call(scope, syntax, boolean, evaluate_between);
    node->negated = syntax->negated;
    node_require_comparable(scope, node->child[0], node->child[1]);
    node_require_comparable(scope, node->child[0], node->child[2]);
    return node;
}

/* ---- arithmetic ---- */

bool number_fits(const struct node *node, const struct decimal *number)
{
    return node->type.kind != TYPE_INT ||
           (number->digits >= INT64_MIN && number->digits <= INT64_MAX);
}

/* The scale of a quotient: at least six digits, as AVG has them. */
static int quotient_scale(int a, int b)
{
    int scale = a > b ? a : b;
    return scale > 6 ? scale : 6;
}

static const char *calculate(int parameter, struct decimal a, struct decimal b, struct decimal *out)
{
    static const char too_long[] = "needs more than 38 digits";
    bool divides = parameter == SYNTAX_DIVIDE || parameter == SYNTAX_REMAINDER;
    if (divides && b.digits == 0)
        return "division by zero";
    switch (parameter) {
    case SYNTAX_ADD:
        return arithmetic_add(a, b, out) ? NULL : too_long;
    case SYNTAX_SUBTRACT:
        return arithmetic_subtract(a, b, out) ? NULL : too_long;
    case SYNTAX_MULTIPLY:
        if (a.scale + b.scale > DECIMAL_MAX_PRECISION)
            return too_long;
        return arithmetic_multiply(a, b, out) ? NULL : too_long;
    case SYNTAX_DIVIDE:
        return arithmetic_divide(a, b, quotient_scale(a.scale, b.scale), out) ? NULL : too_long;
    default:
        return arithmetic_remainder(a, b, out) ? NULL : too_long;
    }
}

static bool evaluate_arithmetic(const struct node *node, struct evaluation *evaluation,
                                struct value *value)
{
    struct value right;
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value) ||
        !node_value(node->child[1], VALUE_NUMBER, evaluation, &right))
        return false;
    if (right.kind == VALUE_NULL)
        value->kind = VALUE_NULL;
    if (value->kind == VALUE_NULL)
        return true;
    const char *why = calculate(node->parameter, value->number, right.number, &value->number);
    if (why)
        return node_fails(node, evaluation, why);
    return number_fits(node, &value->number) ||
           node_fails(node, evaluation, "is out of range for int");
}

static bool evaluate_negate(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    value->number.digits = -value->number.digits;
    return number_fits(node, &value->number) ||
           node_fails(node, evaluation, "is out of range for int");
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static struct type decimal(int precision, int scale)
{
    return (struct type){
        .kind = TYPE_DECIMAL, .precision = least(precision, DECIMAL_MAX_PRECISION), .scale = scale};
}

enum { INT_DIGITS = 19 };

static struct type arithmetic_type(const struct scope *scope, const struct node *node)
{
    const struct type *a = &node->child[0]->type, *b = &node->child[1]->type;
    bool a_is_int = a->kind == TYPE_INT, b_is_int = b->kind == TYPE_INT;
    if (a->kind == TYPE_ANY || b->kind == TYPE_ANY)
        return (struct type){.kind = TYPE_ANY};
    if (a_is_int && b_is_int && node->parameter != SYNTAX_DIVIDE)
        return (struct type){.kind = TYPE_INT};
    int a_scale = a_is_int ? 0 : a->scale, a_whole = a_is_int ? INT_DIGITS : a->precision - a_scale;
    int b_scale = b_is_int ? 0 : b->scale, b_whole = b_is_int ? INT_DIGITS : b->precision - b_scale;
    int scale = most(a_scale, b_scale), quotient = quotient_scale(a_scale, b_scale);
    switch (node->parameter) {
    case SYNTAX_MULTIPLY:
        if (a_scale + b_scale > DECIMAL_MAX_PRECISION)
            node_mistake(scope, node, "this would have %d digits behind the point: ROUND before",
                         a_scale + b_scale);
        return decimal(a_whole + b_whole + a_scale + b_scale, a_scale + b_scale);
    case SYNTAX_DIVIDE:
        return decimal(a_whole + b_scale + quotient, quotient);
    case SYNTAX_REMAINDER:
        return decimal(most(a_whole, b_whole) + scale, scale);
    default:
        return decimal(most(a_whole, b_whole) + scale + 1, scale);
    }
}

static struct node *compile_arithmetic(const struct scope *scope, const struct syntax *syntax)
{
    bool negates = syntax->kind == SYNTAX_NEGATE;
    struct node *node = node_new(syntax, (struct type){.kind = TYPE_INT},
                                 negates ? evaluate_negate : evaluate_arithmetic);
    node->parameter = (int)syntax->kind;
    for (size_t i = 0; i < syntax->count; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        node_require(scope, node->child[i], VALUE_NUMBER);
    }
    node_set_type(node, negates ? node->child[0]->type : arithmetic_type(scope, node));
    return node;
}

/* ---- || ---- */

static bool evaluate_concatenate(const struct node *node, struct evaluation *evaluation,
                                 struct value *value)
{
    struct value right;
    if (!node_value(node->child[0], VALUE_TEXT, evaluation, value) ||
        !node_value(node->child[1], VALUE_TEXT, evaluation, &right))
        return false;
    if (right.kind == VALUE_NULL)
        value->kind = VALUE_NULL;
    if (value->kind == VALUE_NULL)
        return true;
    struct slice left = value->text;
    char *text = arena_get(evaluation->arena, left.length + right.text.length);
    if (left.length > 0)
        memcpy(text, left.at, left.length);
    if (right.text.length > 0)
        memcpy(text + left.length, right.text.at, right.text.length);
    value->text = (struct slice){text, left.length + right.text.length};
    return true;
}

static struct node *compile_concatenate(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, (struct type){.kind = TYPE_STRING}, evaluate_concatenate);
    for (size_t i = 0; i < syntax->count; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        node_require(scope, node->child[i], VALUE_TEXT);
    }
    return node;
}

struct node *operator_compile(const struct scope *scope, const struct syntax *syntax)
{
    switch (syntax->kind) {
    case SYNTAX_EQUAL:
    case SYNTAX_UNEQUAL:
    case SYNTAX_LESS:
    case SYNTAX_LESS_OR_EQUAL:
    case SYNTAX_GREATER:
    case SYNTAX_GREATER_OR_EQUAL:
        return compile_comparison(scope, syntax);
    case SYNTAX_CONCATENATE:
        return compile_concatenate(scope, syntax);
    default:
        return compile_arithmetic(scope, syntax);
    }
}
