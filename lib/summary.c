/* What the options of a summary say, and which rows come of that. */
#include <stdlib.h>

#include "error.h"
#include "summary_inside.h"
#include "syntax.h"

static struct scope select_scope(struct summary *summary, struct aggregates *aggregates)
{
    return (struct scope){.option = "--select",
                          .text = summary->options.select,
                          .schema = summary->from,
                          .columns = &summary->columns,
                          .zone = summary->options.zone,
                          .windowed = true,
                          .aggregates = aggregates,
                          .group = &summary->group};
}

/* ---- options ---- */

static void add_group_column(struct summary *summary, const char *name)
{
    const struct schema *from = summary->from;
    ptrdiff_t index = schema_find(from, name);
    struct type type = {.kind = TYPE_ANY};
    if (strcmp(name, "window_start") == 0 || strcmp(name, "window_end") == 0)
        fail(EXIT_USAGE, "--by: %s is what the bounds of windows are called", name);
    if (index < 0 && !from->open) {
        struct buffer missing = {0};
        schema_tell_missing(from, name, &missing);
        fail(EXIT_USAGE, "--by: %s", missing.at);
    }
    if (index >= 0) {
        type = from->column[index].type;
        summary->pii |= from->column[index].pii;
    }
    summary->group_type[columns_add(&summary->group, name)] = type;
    columns_add(&summary->columns, name);
}

static void parse_where(struct summary *summary)
{
    struct scope scope = {.option = "--where",
                          .schema = summary->from,
                          .columns = &summary->columns,
                          .zone = summary->options.zone};
    if (!summary->options.where)
        return;
    summary->where = expression_parse(&scope, summary->options.where);
    expression_require_condition(&scope, summary->where);
}

static bool has_aggregate(struct summary *summary, const struct syntax *syntax)
{
    struct columns columns = {0};
    struct aggregates *own = aggregates_new();
    struct scope scope = select_scope(summary, own);
    scope.columns = &columns;
    expression_free(expression_new(&scope, syntax));
    bool has = aggregates_count(own) > 0;
    aggregates_free(own);
    columns_free(&columns);
    return has;
}

static void put_in_front(const struct columns *group, struct buffer *out)
{
    for (size_t i = 0; i < group->count; i++) {
        buffer_append_char(out, '"');
        for (const char *p = group->name[i]; *p; p++)
            buffer_printf(out, *p == '"' ? "\"\"" : "%c", *p);
        buffer_append_text(out, "\", ");
    }
    buffer_append_text(out, "window_start, window_end, ");
}

/* What --select says, and what is in front of it when it says nothing of groups and windows. */
static void complete_list(struct summary *summary)
{
    const char *text = summary->options.select;
    struct syntax_list list = syntax_parse_list("--select", text);
    bool all = true;
    if (list.all)
        syntax_fail("--select", text, 0, "a row tells of many records: * has no value there");
    for (size_t i = 0; i < list.count; i++) {
        select_require_name("--select", text, &list.item[i]);
        all = has_aggregate(summary, list.item[i].syntax) && all;
    }
    if (all)
        put_in_front(&summary->group, &summary->select_text);
    buffer_append_text(&summary->select_text, text);
    buffer_append_char(&summary->select_text, '\0');
    syntax_list_free(&list);
}

/* ---- the rows ---- */

static bool is_column(const struct syntax *syntax, const char *name)
{
    return syntax->kind == SYNTAX_COLUMN && strcmp(syntax->text, name) == 0;
}

/* Whether it is another one for each window of a group. */
static bool tells_windows_apart(const struct summary *summary, const struct syntax *syntax)
{
    if (syntax->kind == SYNTAX_CAST && strcmp(syntax->text, "DATE") == 0)
        return summary->options.by_day && is_column(syntax->child[0], "window_start");
    return is_column(syntax, "window_start") || is_column(syntax, "window_end");
}

static const char *window_item(const struct summary *summary)
{
    const char *name = NULL;
    struct syntax_list list = syntax_parse_list("--select", summary->select_text.at);
    for (size_t i = 0; i < list.count && !name; i++)
        if (tells_windows_apart(summary, list.item[i].syntax))
            name = summary->select->item[i].name;
    syntax_list_free(&list);
    return name;
}

static const char *group_item(const struct summary *summary, size_t column)
{
    for (size_t i = 0; i < summary->select->count; i++)
        if (summary->select->item[i].column == (ptrdiff_t)column)
            return summary->select->item[i].name;
    return NULL;
}

static void set_key(const struct summary *summary, struct schema *schema)
{
    const char *window = window_item(summary);
    for (size_t i = 0; i < summary->group.count; i++)
        if (!group_item(summary, i))
            return;
    if (!window)
        return;
    for (size_t i = 0; i < summary->group.count; i++)
        schema_add_key(schema, group_item(summary, i));
    schema_add_key(schema, window);
    schema->null_keys = summary->group.count > 0;
}

static struct schema *make_schema(const struct summary *summary)
{
    struct schema *schema = schema_new(summary->options.to);
    schema->timed = true;
    for (size_t i = 0; i < summary->select->count; i++) {
        const struct select_item *item = &summary->select->item[i];
        schema_add_column(schema, item->name, &item->type, item->pii);
    }
    set_key(summary, schema);
    return schema;
}

struct summary *summary_new(const struct summary_options *options, const struct schema *from)
{
    struct summary *summary = memory_new(1, sizeof *summary);
    summary->options = *options;
    summary->from = from;
    summary->arena = arena_new();
    summary->aggregates = aggregates_new();
    summary->group_type = memory_new(options->by->count, sizeof *summary->group_type);
    for (size_t i = 0; i < options->by->count; i++)
        add_group_column(summary, options->by->at[i].column);
    parse_where(summary);
    complete_list(summary);
    struct scope scope = select_scope(summary, summary->aggregates);
    summary->select = select_parse(&scope, summary->select_text.at);
    summary->schema = make_schema(summary);
    summary->group_value = memory_new(summary->columns.count, sizeof *summary->group_value);
    summary->group_text = memory_new(summary->group.count, sizeof *summary->group_text);
    summary->result = memory_new(aggregates_count(summary->aggregates), sizeof *summary->result);
    summary->value = memory_new(summary->select->count, sizeof *summary->value);
    summary->value_end = memory_new(summary->select->count, sizeof *summary->value_end);
    summary->evaluation.arena = summary->arena;
    return summary;
}

void summary_free(struct summary *summary)
{
    if (!summary)
        return;
    columns_free(&summary->columns);
    columns_free(&summary->group);
    expression_free(summary->where);
    select_free(summary->select);
    aggregates_free(summary->aggregates);
    schema_free(summary->schema);
    arena_free(summary->arena);
    buffer_free(&summary->select_text);
    buffer_free(&summary->text);
    buffer_free(&summary->key);
    buffer_free(&summary->reason);
    free(summary->group_type);
    free(summary->group_value);
    free(summary->group_text);
    free(summary->result);
    free(summary->value);
    free(summary->value_end);
    free(summary);
}

const struct columns *summary_columns(const struct summary *summary)
{
    return &summary->columns;
}

const struct schema *summary_schema(const struct summary *summary)
{
    return summary->schema;
}

struct aggregates *summary_aggregates(const struct summary *summary)
{
    return summary->aggregates;
}

bool summary_is_pii(const struct summary *summary)
{
    return summary->pii;
}

/* ---- settings ---- */

static void set_text(const struct summary *summary, struct filter *filter)
{
    const char *text = summary->select_text.at;
    struct buffer one_way = {0};
    struct syntax_list list = syntax_parse_list("--select", text);
    for (size_t i = 0; i < list.count; i++) {
        buffer_append_text(&one_way, i > 0 ? ", " : "");
        syntax_write(list.item[i].syntax, text, &one_way);
        buffer_printf(&one_way, " AS %s", list.item[i].name);
    }
    filter_setting(filter, "--select", buffer_slice(&one_way));
    syntax_list_free(&list);
    one_way.length = 0;
    if (summary->where) {
        struct syntax *where = syntax_parse("--where", summary->options.where);
        syntax_write(where, summary->options.where, &one_way);
        syntax_free(where);
    }
    filter_setting(filter, "--where", buffer_slice(&one_way));
    buffer_free(&one_way);
}

static void set_types(const struct summary *summary, struct filter *filter)
{
    struct buffer types = {0};
    char text[TYPE_TEXT];
    for (size_t i = 0; i < summary->columns.count; i++) {
        const char *name = summary->columns.name[i];
        ptrdiff_t index = schema_find(summary->from, name);
        buffer_printf(&types, "%s%s %s", i > 0 ? ", " : "", name,
                      index < 0 ? "any" : type_format(&summary->from->column[index].type, text));
    }
    filter_setting(filter, "the types of columns", buffer_slice(&types));
    buffer_free(&types);
}

void summary_settings(const struct summary *summary, struct filter *filter)
{
    filter_setting_list(filter, "--by", summary->options.by);
    filter_setting(filter, "--tz", slice_of(summary->options.zone ? summary->options.zone : "UTC"));
    filter_setting(filter, "--to", slice_of(summary->options.to));
    set_text(summary, filter);
    set_types(summary, filter);
}
