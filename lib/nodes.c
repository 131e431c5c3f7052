/* The nodes of a compiled expression. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "expression_inside.h"

struct node *node_new(const struct syntax *syntax, struct type type,
                      bool (*evaluate)(const struct node *, struct evaluation *, struct value *))
{
    struct node *node = memory_new(1, sizeof *node);
    *node = (struct node){.evaluate = evaluate, .type = type, .at = syntax->at, .end = syntax->end};
    node->kind = kind_of_type(&type, &node->any);
    return node;
}

struct node *node_call(const struct scope *scope, const struct syntax *syntax, struct type type,
                       bool (*evaluate)(const struct node *, struct evaluation *, struct value *))
{
    struct node *node = node_new(syntax, type, evaluate);
    for (size_t i = 0; i < syntax->count; i++)
        node_add(node, node_compile(scope, syntax->child[i]));
    return node;
}

void node_set_type(struct node *node, struct type type)
{
    node->type = type;
    node->kind = kind_of_type(&type, &node->any);
}

void node_add(struct node *node, struct node *child)
{
    node->child = memory_resize(node->child, node->count + 1, sizeof(struct node *));
    node->child[node->count++] = child;
    node->pii |= child->pii;
}

void node_free(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++)
        node_free(node->child[i]);
    free(node->child);
    free(node->text);
    free(node);
}

enum value_kind kind_of_type(const struct type *type, bool *any)
{
    static const enum value_kind kind[] = {[TYPE_ANY] = VALUE_NULL,
                                           [TYPE_STRING] = VALUE_TEXT,
                                           [TYPE_INT] = VALUE_NUMBER,
                                           [TYPE_DECIMAL] = VALUE_NUMBER,
                                           [TYPE_BOOLEAN] = VALUE_BOOLEAN,
                                           [TYPE_DATE] = VALUE_DATE,
                                           [TYPE_TIMESTAMP] = VALUE_TIMESTAMP,
                                           [TYPE_JSON] = VALUE_JSON};
    *any = type->kind == TYPE_ANY;
    return kind[type->kind];
}

bool node_fails(const struct node *culprit, struct evaluation *evaluation, const char *why)
{
    evaluation->why = why;
    evaluation->culprit = culprit->is_column ? (ptrdiff_t)culprit->index : -1;
    return false;
}

bool node_value(const struct node *child, enum value_kind kind, struct evaluation *evaluation,
                struct value *value)
{
    static const char *const is_not[] = {[VALUE_NULL] = "is not null",
                                         [VALUE_BOOLEAN] = "is not true or false",
                                         [VALUE_NUMBER] = "is not a number",
                                         [VALUE_TEXT] = "is not a text",
                                         [VALUE_DATE] = "is not a date",
                                         [VALUE_TIMESTAMP] = "is not a timestamp",
                                         [VALUE_JSON] = "is not an array or an object"};
    if (!child->evaluate(child, evaluation, value))
        return false;
    return value->kind == kind || value->kind == VALUE_NULL ||
           node_fails(child, evaluation, is_not[kind]);
}

_Noreturn void node_mistake(const struct scope *scope, const struct node *node, const char *format,
                            ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    syntax_fail(scope->option, scope->text, node->at, "%s", message);
}

bool is_null_literal(const struct node *node)
{
    return node->is_constant && node->constant.kind == VALUE_NULL;
}

void node_require(const struct scope *scope, const struct node *node, enum value_kind kind)
{
    if (node->any || is_null_literal(node) || node->kind == kind)
        return;
    node_mistake(scope, node, "this is %s, and %s is needed here", value_kind_name(node->kind),
                 value_kind_name(kind));
}
