/* SQLite tables of which no columns were declared: they come with the records. */
#include <sqlite3.h>

#include "sqlite_inside.h"

static void alter(struct sqlite_table *table, const char *name)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, "ALTER TABLE ");
    sink_quote_name(&sql, table->name);
    buffer_append_text(&sql, " ADD COLUMN ");
    sink_quote_name(&sql, name);
    buffer_append_char(&sql, '\0');
    sqlite_execute(table->database, sql.at, "add a column");
    buffer_free(&sql);
}

/* A column that the table does not have yet: in the database it may be from an earlier run. */
static void add_column(void *context, const char *name)
{
    struct sqlite_table *table = context;
    struct type any = {.kind = TYPE_ANY};
    bool first = table->columns->column_count == 0 && !sqlite_exists(table);
    schema_add_column(table->columns, name, &any, false);
    if (first)
        sqlite_create(table);
    else if (!sqlite_has_column(table, name))
        alter(table, name);
    sqlite3_finalize(table->insert);
    table->insert = NULL;
}

void sqlite_open_columns(struct sqlite_table *table)
{
    table->gather = (struct gather){
        .columns = table->columns,
        .most_columns = (size_t)sqlite3_limit(table->database->handle, SQLITE_LIMIT_COLUMN, -1),
        .too_many = "has more columns than SQLite takes",
        .add = add_column,
        .context = table,
    };
}
