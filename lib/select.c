#include "select.h"

#include <stdlib.h>

#include "schema.h"
#include "syntax.h"
#include "take.h"

struct whole {
    struct select select;
    struct syntax_list list; /* the expressions stand in it */
};

void select_require_name(const char *option, const char *text, const struct syntax_item *item)
{
    if (!item->name)
        syntax_fail(option, text, item->syntax->at, "this needs a name: ... AS NAME");
}

static void check_name(const struct scope *scope, const struct syntax_list *list, size_t index)
{
    const struct syntax_item *item = &list->item[index];
    size_t at = item->syntax->at;
    select_require_name(scope->option, scope->text, item);
    take_name(scope->option, item->name);
    for (size_t i = 0; i < index; i++)
        if (strcmp(list->item[i].name, item->name) == 0)
            syntax_fail(scope->option, scope->text, at, "the name %s stands twice", item->name);
    if (list->all && schema_find(scope->schema, item->name) >= 0)
        syntax_fail(scope->option, scope->text, at, "%s is among * already", item->name);
}

/* A plain column goes over as it is; in a group it is as value_key spells it. */
static struct select_item item_new(const struct scope *scope, const struct syntax_item *from)
{
    struct expression *expression = expression_new(scope, from->syntax);
    struct select_item item = {.name = from->name,
                               .expression = expression,
                               .column = expression_column(expression),
                               .type = *expression_type(expression),
                               .pii = expression_is_pii(expression)};
    ptrdiff_t index = item.column < 0 ? -1 : schema_find(scope->schema, from->syntax->text);
    if (index >= 0 && !scope->aggregates)
        item.type = scope->schema->column[index].type;
    return item;
}

struct select *select_parse(struct scope *scope, const char *text)
{
    struct whole *whole = memory_new(1, sizeof *whole);
    scope->text = text;
    whole->list = syntax_parse_list(scope->option, text);
    whole->select.all = whole->list.all;
    whole->select.count = whole->list.count;
    whole->select.item = memory_new(whole->list.count, sizeof *whole->select.item);
    for (size_t i = 0; i < whole->list.count; i++) {
        check_name(scope, &whole->list, i);
        whole->select.item[i] = item_new(scope, &whole->list.item[i]);
    }
    return &whole->select;
}

void select_free(struct select *select)
{
    if (!select)
        return;
    struct whole *whole = (struct whole *)select;
    for (size_t i = 0; i < select->count; i++)
        expression_free(select->item[i].expression);
    free(select->item);
    syntax_list_free(&whole->list);
    free(whole);
}

bool select_write(const struct select *select, size_t index, struct evaluation *evaluation,
                  struct buffer *out)
{
    const struct select_item *item = &select->item[index];
    struct value value;
    if (item->column >= 0) {
        const struct json_value *json = &evaluation->column[item->column];
        buffer_append(out, json_is_null(json) ? slice_of("null") : json_text(json));
        return true;
    }
    if (!expression_value(item->expression, evaluation, &value))
        return false;
    value_write(&value, out);
    return true;
}

enum fate select_reject(const struct record *record, const struct columns *columns,
                        const struct evaluation *evaluation, const char *name)
{
    static struct buffer reason;
    ptrdiff_t culprit = evaluation->culprit;
    if (culprit >= 0)
        return record_reject(record, columns->name[culprit], &record->value[culprit],
                             evaluation->why);
    if (name || !evaluation->about)
        return record_reject(record, name, NULL, evaluation->why);
    reason.length = 0;
    buffer_printf(&reason, "%s: %s", evaluation->about, evaluation->why);
    return record_reject(record, NULL, NULL, reason.at);
}
