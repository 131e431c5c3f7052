/* SQLite tables of which no columns were declared: they come with the records. */
#include <sqlite3.h>
#include <stdlib.h>

#include "sqlite_inside.h"

struct gathering {
    struct sqlite_table *table;
    struct schema *fresh; /* columns that the table does not have yet */
    struct buffer decoded;
    const char *why;
};

/* A column that the table does not have yet: in the database it may be from an earlier run. */
static void add_column(struct sqlite_table *table, const char *name)
{
    struct type any = {.kind = TYPE_ANY};
    struct buffer sql = {0};
    bool first = table->columns->column_count == 0 && !sqlite_exists(table);
    schema_add_column(table->columns, name, &any, false);
    if (first) {
        sqlite_create(table);
    } else if (!sqlite_has_column(table, name)) {
        buffer_append_text(&sql, "ALTER TABLE ");
        sqlite_quote_name(&sql, table->name);
        buffer_append_text(&sql, " ADD COLUMN ");
        sqlite_quote_name(&sql, name);
        buffer_append_char(&sql, '\0');
        sqlite_execute(table->database, sql.at, "add a column");
        buffer_free(&sql);
    }
    sqlite3_finalize(table->insert);
    table->insert = NULL;
    table->value = memory_resize(table->value, table->columns->column_count, sizeof *table->value);
}

static void refuse_column(struct gathering *gathering, const char *column, const char *why)
{
    struct sqlite_table *table = gathering->table;
    gathering->why = why;
    table->refused.length = 0;
    if (column)
        buffer_append_text(&table->refused, column);
    buffer_append_char(&table->refused, '\0');
}

/* Collects the names of members that are no columns yet; none is added before all can be. */
static void gather_fresh(void *context, const struct json_value *name,
                         const struct json_value *value)
{
    struct gathering *gathering = context;
    struct type any = {.kind = TYPE_ANY};
    (void)value;
    if (gathering->why)
        return;
    char *column = memory_text(json_decode(name, &gathering->decoded));
    if (schema_find(gathering->table->columns, column) < 0) {
        const char *why = sink_name_problem(gathering->table->columns, column);
        why = why ? why : sink_name_problem(gathering->fresh, column);
        if (why)
            refuse_column(gathering, column, why);
        else
            schema_add_column(gathering->fresh, column, &any, false);
    }
    free(column);
}

static void gather_value(void *context, const struct json_value *name,
                         const struct json_value *value)
{
    struct gathering *gathering = context;
    struct slice decoded = json_decode(name, &gathering->decoded);
    const struct schema *columns = gathering->table->columns;
    for (size_t i = 0; i < columns->column_count; i++)
        if (slice_is(decoded, columns->column[i].name))
            gathering->table->value[i] = *value;
}

/* The members of OBJECT by column; false when one cannot be a column. */
static bool gather_object(struct gathering *gathering, struct slice object)
{
    struct sqlite_table *table = gathering->table;
    struct json_error error;
    const char *end = object.at + object.length;
    if (!json_scan_object(object.at, end, 0, gather_fresh, gathering, &error))
        refuse_column(gathering, NULL, error.reason);
    size_t most = (size_t)sqlite3_limit(table->database->handle, SQLITE_LIMIT_COLUMN, -1);
    size_t count = table->columns->column_count + gathering->fresh->column_count;
    if (!gathering->why && count == 0)
        refuse_column(gathering, NULL, "has no columns");
    if (!gathering->why && count > most)
        refuse_column(gathering, NULL, "has more columns than SQLite takes");
    if (gathering->why)
        return false;
    for (size_t i = 0; i < gathering->fresh->column_count; i++)
        add_column(table, gathering->fresh->column[i].name);
    for (size_t i = 0; i < table->columns->column_count; i++)
        table->value[i] = (struct json_value){0};
    return json_scan_object(object.at, end, 0, gather_value, gathering, &error);
}

bool sqlite_gather(struct sqlite_table *table, struct slice body, const char **why)
{
    static struct buffer object;
    struct gathering gathering = {.table = table, .fresh = schema_new(table->name)};
    object.length = 0;
    buffer_append_char(&object, '{');
    buffer_append(&object, body);
    buffer_append_char(&object, '}');
    bool gathered = gather_object(&gathering, buffer_slice(&object));
    *why = gathering.why;
    buffer_free(&gathering.decoded);
    schema_free(gathering.fresh);
    return gathered;
}
