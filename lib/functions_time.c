/* Functions of expressions on moments and dates. */
#include "calendar.h"
#include "expression_inside.h"

static const struct type int_type = {.kind = TYPE_INT};

/* The unit that SYNTAX names, as a word or as a text; UNITS when it does not. */
static enum calendar_unit unit_of(const struct syntax *syntax)
{
    if (syntax->kind != SYNTAX_COLUMN && syntax->kind != SYNTAX_TEXT)
        return UNITS;
    return calendar_unit(slice_of(syntax->text));
}

_Noreturn static void no_unit(const struct scope *scope, const struct syntax *syntax)
{
    syntax_fail(scope->option, scope->text, syntax->at,
                "expected MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR");
}

/* A date is the midnight that begins it, of clocks that never change. */
static int64_t moment_of(const struct value *value)
{
    return value->kind == VALUE_DATE ? value->count * DAY_MS : value->count;
}

static bool evaluate_truncate(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    const struct node *child = node->child[0];
    if (!child->evaluate(child, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    bool is_date = value->kind == VALUE_DATE;
    if (!is_date && value->kind != VALUE_TIMESTAMP)
        return node_fails(child, evaluation, "is neither a timestamp nor a date");
    if (!calendar_truncate(is_date ? NULL : node->zone, (enum calendar_unit)node->parameter,
                           moment_of(value), &value->count))
        return node_fails(child, evaluation, "is out of range for a date");
    if (!is_date)
        return true;
    value->count /= DAY_MS;
    return timestamp_date(value->count).year >= 0 ||
           node_fails(child, evaluation, "is out of range for a date");
}

static void require_moment(const struct scope *scope, const struct node *node)
{
    if (!node->any && node->kind != VALUE_DATE && node->kind != VALUE_NULL)
        node_require(scope, node, VALUE_TIMESTAMP);
}

/*
 * Which argument of DATE_TRUNC('hour', x), or DATE_TRUNC(x, HOUR) as other engines have it, is the
 * unit: what is in quotes; of two words, of which one is a column called "day", the other.
 */
static size_t unit_argument(const struct scope *scope, const struct syntax *syntax)
{
    for (size_t i = 0; i < 2; i++)
        if (syntax->child[i]->kind == SYNTAX_TEXT)
            return i;
    if (unit_of(syntax->child[0]) == UNITS)
        return 1;
    return unit_of(syntax->child[1]) != UNITS &&
           schema_find(scope->schema, syntax->child[0]->text) >= 0;
}

struct node *date_trunc_compile(const struct scope *scope, const struct syntax *syntax)
{
    size_t argument = unit_argument(scope, syntax);
    const struct syntax *unit = syntax->child[argument];
    if (unit_of(unit) == UNITS)
        no_unit(scope, unit);
    struct node *moment = node_compile(scope, syntax->child[1 - argument]);
    struct node *node = node_new(syntax, moment->type, evaluate_truncate);
    node_add(node, moment);
    require_moment(scope, moment);
    node->parameter = (int)unit_of(unit);
    node->zone = scope->zone;
    return node;
}

static bool evaluate_difference(const struct node *node, struct evaluation *evaluation,
                                struct value *value)
{
    struct value other;
    if (!node->child[0]->evaluate(node->child[0], evaluation, value) ||
        !node->child[1]->evaluate(node->child[1], evaluation, &other))
        return false;
    if (other.kind == VALUE_NULL)
        value->kind = VALUE_NULL;
    if (value->kind == VALUE_NULL)
        return true;
    bool is_date = value->kind == VALUE_DATE;
    if (value->kind != other.kind || (!is_date && value->kind != VALUE_TIMESTAMP))
        return node_fails(node->child[value->kind == VALUE_TIMESTAMP || is_date], evaluation,
                          "is neither a timestamp nor a date as the other one is");
    int64_t units;
    if (!calendar_difference(is_date ? NULL : node->zone, (enum calendar_unit)node->parameter,
                             moment_of(value), moment_of(&other), &units))
        return node_fails(node, evaluation, "is out of range for a date");
    *value = (struct value){.kind = VALUE_NUMBER, .number = {units, 0}};
    return true;
}

struct node *timestamp_diff_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, int_type, evaluate_difference);
    if (unit_of(syntax->child[2]) == UNITS)
        no_unit(scope, syntax->child[2]);
    for (size_t i = 0; i < 2; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        require_moment(scope, node->child[i]);
    }
    const struct node *a = node->child[0], *b = node->child[1];
    if (!a->any && !b->any && a->kind != VALUE_NULL && b->kind != VALUE_NULL)
        node_require(scope, b, a->kind);
    node->parameter = (int)unit_of(syntax->child[2]);
    node->zone = scope->zone;
    return node;
}
