#include "expression.h"

#include <stdlib.h>

#include "error.h"
#include "expression_inside.h"

/* ---- literals ---- */

static bool evaluate_constant(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    (void)evaluation;
    *value = node->constant;
    return true;
}

static struct node *constant_new(const struct syntax *syntax, struct type type, struct value value)
{
    struct node *node = node_new(syntax, type, evaluate_constant);
    node->is_constant = true;
    node->constant = value;
    return node;
}

/* "007.50" as JSON spells it: no zeros in front but one before the point, no point at the end. */
static struct buffer number_text(const char *text, bool negative)
{
    struct buffer number = {0};
    text += strspn(text, "0");
    size_t length = strlen(text);
    if (negative)
        buffer_append_char(&number, '-');
    if (*text == '.' || *text == '\0')
        buffer_append_char(&number, '0');
    buffer_append(&number, (struct slice){text, length - (length > 0 && text[length - 1] == '.')});
    return number;
}

static struct node *compile_number(const struct scope *scope, const struct syntax *syntax,
                                   bool negative)
{
    struct buffer text = number_text(syntax->text, negative);
    const char *point = memchr(text.at, '.', text.length);
    size_t behind = point ? (size_t)(text.at + text.length - point) - 1 : 0;
    size_t digits = text.length - negative - (point != NULL);
    struct value value = {.kind = VALUE_NUMBER};
    if (digits > DECIMAL_MAX_PRECISION)
        syntax_fail(scope->option, scope->text, syntax->at, "a number has at most 38 digits");
    decimal_parse(buffer_slice(&text), DECIMAL_MAX_PRECISION, (int)behind, &value.number);
    buffer_free(&text);
    bool is_int =
        behind == 0 && value.number.digits >= INT64_MIN && value.number.digits <= INT64_MAX;
    struct type type = {
        .kind = is_int ? TYPE_INT : TYPE_DECIMAL, .precision = (int)digits, .scale = (int)behind};
    return constant_new(syntax, type, value);
}

static struct node *compile_text(const struct syntax *syntax)
{
    struct node *node = constant_new(syntax, (struct type){.kind = TYPE_STRING}, (struct value){0});
    node->text = memory_text(slice_of(syntax->text));
    node->constant = (struct value){.kind = VALUE_TEXT, .text = slice_of(node->text)};
    return node;
}

static struct node *compile_moment(const struct scope *scope, const struct syntax *syntax)
{
    struct value value = {.kind = VALUE_DATE};
    struct type type = {.kind = TYPE_DATE};
    bool good = timestamp_date_from_text(slice_of(syntax->text), &value.count);
    if (syntax->kind == SYNTAX_TIMESTAMP) {
        good = timestamp_from_any_text(slice_of(syntax->text), scope->zone, &value.count);
        value.kind = VALUE_TIMESTAMP;
        type.kind = TYPE_TIMESTAMP;
    }
    if (!good)
        syntax_fail(scope->option, scope->text, syntax->at, "this is no %s",
                    type.kind == TYPE_DATE ? "date like '2025-01-31'"
                                           : "time like '2025-01-31 12:00:00'");
    return constant_new(syntax, type, value);
}

static struct node *compile_literal(const struct scope *scope, const struct syntax *syntax)
{
    switch (syntax->kind) {
    case SYNTAX_NUMBER:
        return compile_number(scope, syntax, false);
    case SYNTAX_TEXT:
        return compile_text(syntax);
    case SYNTAX_DATE:
    case SYNTAX_TIMESTAMP:
        return compile_moment(scope, syntax);
    case SYNTAX_NULL:
        return constant_new(syntax, (struct type){.kind = TYPE_ANY}, (struct value){0});
    default:
        return constant_new(
            syntax, (struct type){.kind = TYPE_BOOLEAN},
            (struct value){.kind = VALUE_BOOLEAN, .truth = syntax->kind == SYNTAX_TRUE});
    }
}

/* ---- columns ---- */

static bool evaluate_column(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    const char *why;
    return value_read(&node->source, &evaluation->column[node->index], evaluation->arena, value,
                      &why) ||
           node_fails(node, evaluation, why);
}

static bool evaluate_window(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    value->kind = VALUE_TIMESTAMP;
    value->count = node->parameter ? evaluation->window_end_ms : evaluation->window_start_ms;
    return true;
}

static bool is_window_bound(const struct scope *scope, const char *name)
{
    return scope->windowed &&
           (strcmp(name, "window_start") == 0 || strcmp(name, "window_end") == 0);
}

static void check_group(const struct scope *scope, const struct syntax *syntax)
{
    if (!scope->aggregates)
        return;
    for (size_t i = 0; scope->group && i < scope->group->count; i++)
        if (strcmp(scope->group->name[i], syntax->text) == 0)
            return;
    syntax_fail(scope->option, scope->text, syntax->at,
                "column %s is none of --by: it needs an aggregate around it", syntax->text);
}

_Noreturn static void no_such_column(const struct scope *scope, const struct syntax *syntax)
{
    struct buffer missing = {0};
    schema_tell_missing(scope->schema, syntax->text, &missing);
    syntax_fail(scope->option, scope->text, syntax->at, "%s", missing.at);
}

static struct node *compile_column(const struct scope *scope, const struct syntax *syntax)
{
    const struct type moment = {.kind = TYPE_TIMESTAMP};
    struct type type = {.kind = TYPE_ANY};
    if (is_window_bound(scope, syntax->text)) {
        struct node *bound = node_new(syntax, moment, evaluate_window);
        bound->parameter = strcmp(syntax->text, "window_end") == 0;
        return bound;
    }
    ptrdiff_t index = schema_find(scope->schema, syntax->text);
    if (schema_is_reserved(slice_of(syntax->text)) || (index < 0 && !scope->schema->open))
        no_such_column(scope, syntax);
    check_group(scope, syntax);
    if (index >= 0)
        type = scope->schema->column[index].type;
    if (scope->aggregates)
        type = value_key_type(&type);
    struct node *node = node_new(syntax, value_key_type(&type), evaluate_column);
    node->source = type;
    node->text = memory_text(slice_of(syntax->text));
    node->is_column = true;
    node->pii = index >= 0 && scope->schema->column[index].pii;
    node->index =
        columns_add(scope->columns, index >= 0 ? scope->schema->column[index].name : node->text);
    return node;
}

/* ---- logic ---- */

static bool evaluate_not(const struct node *node, struct evaluation *evaluation,
                         struct value *value)
{
    if (!node_value(node->child[0], VALUE_BOOLEAN, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL)
        value->truth = !value->truth;
    return true;
}

/* AND, and OR with all truths turned round: false decides, null leaves it open. */
static bool evaluate_logic(const struct node *node, struct evaluation *evaluation,
                           struct value *value)
{
    bool decisive = node->parameter == SYNTAX_OR;
    struct value right;
    if (!node_value(node->child[0], VALUE_BOOLEAN, evaluation, value))
        return false;
    if (value->kind == VALUE_BOOLEAN && value->truth == decisive)
        return true;
    if (!node_value(node->child[1], VALUE_BOOLEAN, evaluation, &right))
        return false;
    if (value->kind == VALUE_BOOLEAN || (right.kind == VALUE_BOOLEAN && right.truth == decisive))
        *value = right;
    return true;
}

static struct node *compile_logic(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, (struct type){.kind = TYPE_BOOLEAN},
                                 syntax->kind == SYNTAX_NOT ? evaluate_not : evaluate_logic);
    node->parameter = (int)syntax->kind;
    for (size_t i = 0; i < syntax->count; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        node_require(scope, node->child[i], VALUE_BOOLEAN);
    }
    return node;
}

static bool evaluate_is_null(const struct node *node, struct evaluation *evaluation,
                             struct value *value)
{
    const struct node *child = node->child[0];
    if (child->is_column) { /* no need to know more of it */
        value->kind = json_is_null(&evaluation->column[child->index]) ? VALUE_NULL : VALUE_TEXT;
    } else if (!child->evaluate(child, evaluation, value)) {
        return false;
    }
    bool is = value->kind == VALUE_NULL;
    *value = (struct value){.kind = VALUE_BOOLEAN, .truth = is != node->negated};
    return true;
}

static bool evaluate_is_truth(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    if (!node_value(node->child[0], VALUE_BOOLEAN, evaluation, value))
        return false;
    bool is = value->kind == VALUE_BOOLEAN && value->truth == (node->parameter == SYNTAX_IS_TRUE);
    *value = (struct value){.kind = VALUE_BOOLEAN, .truth = is != node->negated};
    return true;
}

static struct node *compile_is(const struct scope *scope, const struct syntax *syntax)
{
    bool null = syntax->kind == SYNTAX_IS_NULL;
    struct node *node = node_new(syntax, (struct type){.kind = TYPE_BOOLEAN},
                                 null ? evaluate_is_null : evaluate_is_truth);
    node_add(node, node_compile(scope, syntax->child[0]));
    node->parameter = (int)syntax->kind;
    node->negated = syntax->negated;
    if (!null)
        node_require(scope, node->child[0], VALUE_BOOLEAN);
    return node;
}

/* ---- the whole ---- */

struct node *node_compile(const struct scope *scope, const struct syntax *syntax)
{
    switch (syntax->kind) {
    case SYNTAX_COLUMN:
        return compile_column(scope, syntax);
    case SYNTAX_OR:
    case SYNTAX_AND:
    case SYNTAX_NOT:
        return compile_logic(scope, syntax);
    case SYNTAX_IS_NULL:
    case SYNTAX_IS_TRUE:
    case SYNTAX_IS_FALSE:
        return compile_is(scope, syntax);
    case SYNTAX_IN:
        return in_compile(scope, syntax);
    case SYNTAX_BETWEEN:
        return between_compile(scope, syntax);
    case SYNTAX_CASE:
        return case_compile(scope, syntax);
    case SYNTAX_CALL:
        return call_compile(scope, syntax);
    case SYNTAX_CAST:
        return cast_compile(scope, syntax);
    case SYNTAX_NEGATE:
        if (syntax->child[0]->kind == SYNTAX_NUMBER)
            return compile_number(scope, syntax->child[0], true);
        return operator_compile(scope, syntax);
    default:
        return syntax->kind < SYNTAX_COLUMN ? compile_literal(scope, syntax)
                                            : operator_compile(scope, syntax);
    }
}

struct expression {
    struct node *root;
};

struct expression *expression_new(const struct scope *scope, const struct syntax *syntax)
{
    struct expression *expression = memory_new(1, sizeof *expression);
    expression->root = node_compile(scope, syntax);
    return expression;
}

struct expression *expression_parse(struct scope *scope, const char *text)
{
    scope->text = text;
    struct syntax *syntax = syntax_parse(scope->option, text);
    struct expression *expression = expression_new(scope, syntax);
    syntax_free(syntax);
    return expression;
}

void expression_free(struct expression *expression)
{
    if (!expression)
        return;
    node_free(expression->root);
    free(expression);
}

const struct type *expression_type(const struct expression *expression)
{
    return &expression->root->type;
}

bool expression_is_pii(const struct expression *expression)
{
    return expression->root->pii;
}

ptrdiff_t expression_column(const struct expression *expression)
{
    return expression->root->is_column ? (ptrdiff_t)expression->root->index : -1;
}

void expression_require_condition(const struct scope *scope, const struct expression *expression)
{
    node_require(scope, expression->root, VALUE_BOOLEAN);
}

bool expression_value(const struct expression *expression, struct evaluation *evaluation,
                      struct value *value)
{
    return expression->root->evaluate(expression->root, evaluation, value);
}

bool expression_holds(const struct expression *expression, struct evaluation *evaluation,
                      bool *holds)
{
    struct value value;
    if (!node_value(expression->root, VALUE_BOOLEAN, evaluation, &value))
        return false;
    *holds = value.kind == VALUE_BOOLEAN && value.truth;
    return true;
}
