#include "reshape.h"

#include <stdlib.h>

#include "emit.h"
#include "error.h"
#include "select.h"

struct reshape {
    struct filter *filter;
    const char *to, *where_text, *select_text;
    const struct columns *columns;
    struct expression *where;
    struct select *select;
    struct schema *made;
    size_t *key; /* of an upsert stream, where its columns are among those asked for */
    size_t key_count;
    size_t *added; /* behind a *, where the names that must be free are among them */
    bool upsert;
    struct arena *arena;
    struct emitter *emitter, *key_emitter;
    struct slice *values;
    struct buffer line, scratch;
};

struct reshape *reshape_new(struct filter *filter, const char *to, const char *where,
                            const char *select)
{
    struct reshape *reshape = memory_new(1, sizeof *reshape);
    *reshape = (struct reshape){.filter = filter,
                                .to = to,
                                .where_text = where,
                                .select_text = select,
                                .arena = arena_new()};
    return reshape;
}

void reshape_free(struct reshape *reshape)
{
    if (!reshape)
        return;
    expression_free(reshape->where);
    select_free(reshape->select);
    schema_free(reshape->made);
    emitter_free(reshape->emitter);
    emitter_free(reshape->key_emitter);
    arena_free(reshape->arena);
    buffer_free(&reshape->line);
    buffer_free(&reshape->scratch);
    free(reshape->key);
    free(reshape->added);
    free(reshape->values);
    free(reshape);
}

bool reshape_makes_lines(const struct reshape *reshape)
{
    return reshape->select_text || reshape->to || reshape->upsert;
}

/* ---- what is known before the first record ---- */

/* The name under which COLUMN goes on as it is; NULL when it does not. */
static const char *name_of(const void *context, const char *column)
{
    const struct reshape *reshape = context;
    const struct select *select = reshape->select;
    if (!select || select->all)
        return column;
    for (size_t i = 0; i < select->count; i++)
        if (select->item[i].column >= 0 &&
            strcmp(reshape->columns->name[select->item[i].column], column) == 0)
            return select->item[i].name;
    return NULL;
}

static struct schema *made_schema(const struct reshape *reshape, const struct schema *from)
{
    const struct select *select = reshape->select;
    const char *name = reshape->to ? reshape->to : from->stream;
    if (!select)
        return schema_copy(from, name);
    struct schema *schema = schema_new(name);
    for (size_t i = 0; select->all && i < from->column_count; i++)
        schema_add_column(schema, from->column[i].name, &from->column[i].type, from->column[i].pii);
    for (size_t i = 0; i < select->count && !(select->all && from->open); i++)
        schema_add_column(schema, select->item[i].name, &select->item[i].type, select->item[i].pii);
    const char *missing = schema_follow(schema, from, name_of, reshape);
    if (missing)
        fail(EXIT_USAGE, "--select: the rows of %s replace each other by their key: %s is missing",
             from->stream, missing);
    return schema;
}

static void ask_for_key(struct reshape *reshape, const struct schema *schema,
                        struct columns *columns)
{
    reshape->upsert = schema->upsert;
    reshape->key_count = schema->upsert ? schema->key_count : 0;
    reshape->key = memory_new(reshape->key_count, sizeof *reshape->key);
    for (size_t i = 0; i < reshape->key_count; i++)
        reshape->key[i] = columns_add(columns, schema->key[i]);
}

/* A record that nobody declared all of may have one of the names that are added. */
static void ask_for_added(struct reshape *reshape, struct columns *columns)
{
    const struct select *select = reshape->select;
    if (!select || !select->all)
        return;
    reshape->added = memory_new(select->count, sizeof *reshape->added);
    for (size_t i = 0; i < select->count; i++)
        reshape->added[i] = columns_add(columns, select->item[i].name);
}

static void make_emitters(struct reshape *reshape)
{
    const struct schema *made = reshape->made;
    size_t count = reshape->select ? reshape->select->count : 0;
    const char **names = memory_new(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = reshape->select->item[i].name;
    reshape->emitter = emitter_new(made->stream, names, count);
    if (reshape->upsert)
        reshape->key_emitter =
            emitter_new(made->stream, (const char *const *)made->key, made->key_count);
    free(names);
    reshape->values = memory_new(count + reshape->key_count, sizeof *reshape->values);
}

void reshape_open(struct reshape *reshape, const struct schema *schema, struct columns *columns)
{
    struct scope scope = {.schema = schema, .columns = columns};
    reshape->columns = columns;
    if (reshape->where_text) {
        scope.option = "--where";
        reshape->where = expression_parse(&scope, reshape->where_text);
        expression_require_condition(&scope, reshape->where);
    }
    if (reshape->select_text) {
        scope.option = "--select";
        reshape->select = select_parse(&scope, reshape->select_text);
    }
    ask_for_key(reshape, schema, columns);
    ask_for_added(reshape, columns);
    reshape->made = made_schema(reshape, schema);
    make_emitters(reshape);
}

void reshape_announce(const struct reshape *reshape)
{
    if (reshape_makes_lines(reshape))
        filter_emit_schema(reshape->filter, reshape->made);
}

/* ---- records ---- */

static enum fate make_line(struct reshape *reshape, const struct emitter *emitter,
                           const struct emission *emission, struct slice *line)
{
    reshape->line.length = 0;
    emit_into(emitter, emission, &reshape->line);
    *line = (struct slice){reshape->line.at, reshape->line.length - 1};
    return FATE_USED;
}

/* The key of RECORD alone, as one that deletes. */
static enum fate make_delete(struct reshape *reshape, const struct record *record,
                             struct slice *line)
{
    for (size_t i = 0; i < reshape->key_count; i++)
        reshape->values[i] = json_text(&record->value[reshape->key[i]]);
    return make_line(reshape, reshape->key_emitter,
                     &(struct emission){.timed = record->timed,
                                        .time_ms = record->time_ms,
                                        .is_delete = true,
                                        .values = reshape->values},
                     line);
}

/* The text of item INDEX of the list; a plain column's as it stands. */
static bool item_text(struct reshape *reshape, size_t index, struct evaluation *evaluation,
                      struct slice *text)
{
    static const struct slice null = {"null", 4};
    const struct select_item *item = &reshape->select->item[index];
    if (item->column >= 0) {
        const struct json_value *json = &evaluation->column[item->column];
        *text = json_is_null(json) ? null : json_text(json);
        return true;
    }
    reshape->scratch.length = 0;
    if (!select_write(reshape->select, index, evaluation, &reshape->scratch))
        return false;
    *text = arena_copy(reshape->arena, buffer_slice(&reshape->scratch));
    return true;
}

static enum fate make_record(struct reshape *reshape, const struct record *record,
                             struct evaluation *evaluation, struct slice *line)
{
    const struct select *select = reshape->select;
    for (size_t i = 0; reshape->added && i < select->count; i++)
        if (record->value[reshape->added[i]].kind != JSON_MISSING)
            return record_reject(record, select->item[i].name, NULL,
                                 "is in the record already, and would be added to it");
    for (size_t i = 0; select && i < select->count; i++)
        if (!item_text(reshape, i, evaluation, &reshape->values[i]))
            return select_reject(record, reshape->columns, evaluation, select->item[i].name);
    bool whole = !select || select->all;
    return make_line(reshape, reshape->emitter,
                     &(struct emission){.timed = record->timed,
                                        .time_ms = record->time_ms,
                                        .body = whole ? record_body(record) : (struct slice){0},
                                        .values = reshape->values},
                     line);
}

enum fate reshape_record(struct reshape *reshape, const struct record *record, struct slice *line)
{
    struct evaluation evaluation = {
        .column = record->value, .arena = reshape->arena, .about = "--where"};
    bool holds = true;
    arena_reset(reshape->arena);
    *line = record->line;
    if (record->is_delete)
        return reshape_makes_lines(reshape) ? make_delete(reshape, record, line) : FATE_PASSED;
    if (reshape->where && !expression_holds(reshape->where, &evaluation, &holds))
        return select_reject(record, reshape->columns, &evaluation, NULL);
    if (!holds) /* an earlier row of this key may have gone on */
        return reshape->upsert ? make_delete(reshape, record, line) : FATE_DROPPED;
    return reshape_makes_lines(reshape) ? make_record(reshape, record, &evaluation, line)
                                        : FATE_PASSED;
}
