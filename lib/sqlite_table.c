/* SQLite tables: whose they are, what they are made of, their statements. */
#include <sqlite3.h>
#include <stdlib.h>

#include "sqlite_inside.h"

static const char *sql_type(const struct type *type)
{
    switch (type->kind) {
    case TYPE_INT:
    case TYPE_BOOLEAN:
        return " INTEGER";
    case TYPE_ANY:
        return "";
    default: /* decimals too: a number column would make doubles of them */
        return " TEXT";
    }
}

static void disown(struct sqlite_table *table)
{
    sqlite_ask(table->database,
               "DELETE FROM \"_firsttouch_tables\" WHERE \"name\" = ?1 COLLATE NOCASE", table->name,
               NULL, NULL);
}

void sqlite_create(struct sqlite_table *table)
{
    struct buffer sql = {0};
    const struct schema *columns = table->columns;
    buffer_append_text(&sql, "CREATE TABLE ");
    sink_quote_name(&sql, table->name);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", " : " (");
        sink_quote_name(&sql, columns->column[i].name);
        buffer_append_text(&sql, sql_type(&columns->column[i].type));
    }
    if (columns->key_count > 0 && !columns->null_keys) {
        buffer_append_text(&sql, ", PRIMARY KEY (");
        sqlite_append_key(&sql, columns);
        buffer_append_char(&sql, ')');
    }
    buffer_append_text(&sql, ")");
    buffer_append_char(&sql, '\0');
    sqlite_execute(table->database, sql.at, "make a table");
    buffer_free(&sql);
    if (columns->key_count > 0 && columns->null_keys)
        sqlite_index_key(table);
    disown(table); /* somebody may have dropped the table by hand */
    sqlite_ask(table->database, "INSERT INTO \"_firsttouch_tables\" VALUES (?1, nullif(?2, ''))",
               table->name, table->database->run->pipeline, NULL);
}

static void drop(struct sqlite_table *table)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, "DROP TABLE ");
    sink_quote_name(&sql, table->name);
    buffer_append_char(&sql, '\0');
    sqlite_execute(table->database, sql.at, "replace a table");
    buffer_free(&sql);
}

/* Fails unless the table may be written to by this run. */
static void check_owner(struct sqlite_table *table)
{
    struct buffer owner = {0};
    struct database *database = table->database;
    bool ours = sqlite_ask(database,
                           "SELECT \"pipeline\" FROM \"_firsttouch_tables\" "
                           "WHERE \"name\" = ?1 COLLATE NOCASE",
                           table->name, NULL, &owner);
    sink_check_owner(database->name, table->name, database->run, ours ? owner.at : NULL);
    buffer_free(&owner);
}

bool sqlite_exists(struct sqlite_table *table)
{
    return sqlite_ask(table->database,
                      "SELECT 1 FROM sqlite_master WHERE \"name\" = ?1 COLLATE NOCASE", table->name,
                      NULL, NULL);
}

bool sqlite_has_column(struct sqlite_table *table, const char *column)
{
    return sqlite_ask(table->database,
                      "SELECT 1 FROM pragma_table_info(?1) WHERE \"name\" = ?2 COLLATE NOCASE",
                      table->name, column, NULL);
}

/* A live run adds to the table that is there: it must have the columns. */
static void check_columns(struct sqlite_table *table)
{
    for (size_t i = 0; i < table->columns->column_count; i++)
        if (!sqlite_has_column(table, table->columns->column[i].name))
            sink_lacks_column(table->database->name, table->name, table->columns->column[i].name);
}

/* An open table goes on with the columns that earlier runs gave it. */
static void adopt_columns(struct sqlite_table *table)
{
    struct type any = {.kind = TYPE_ANY};
    sqlite3_stmt *statement = sqlite_prepare(
        table->database, "SELECT \"name\" FROM pragma_table_info(?1)", "read its tables");
    sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
    int status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        if (!name)
            break;
        if (schema_find(table->columns, name) < 0)
            schema_add_column(table->columns, name, &any, false);
    }
    if (status != SQLITE_DONE)
        sqlite_broken(table->database, "read its tables");
    sqlite3_finalize(statement);
}

void sqlite_make(struct sqlite_table *table)
{
    bool there = sqlite_exists(table);
    if (there)
        check_owner(table);
    if (there && sink_replaces(table->database->run)) {
        drop(table);
        disown(table);
        there = false;
    }
    if (there) {
        check_columns(table);
        sqlite_check_key(table);
    }
    if (there && table->declared->open)
        adopt_columns(table);
    else if (!there && table->columns->column_count > 0)
        sqlite_create(table);
}

/* ---- statements ---- */

static void append_update(struct buffer *sql, const struct schema *columns)
{
    bool any = false;
    buffer_append_text(sql, " ON CONFLICT (");
    sqlite_append_key(sql, columns);
    for (size_t i = 0; i < columns->column_count; i++) {
        if (sink_is_in_key(columns, columns->column[i].name))
            continue;
        buffer_append_text(sql, any ? ", " : ") DO UPDATE SET ");
        sink_quote_name(sql, columns->column[i].name);
        buffer_append_text(sql, " = excluded.");
        sink_quote_name(sql, columns->column[i].name);
        any = true;
    }
    if (!any)
        buffer_append_text(sql, ") DO NOTHING");
}

void sqlite_prepare_insert(struct sqlite_table *table)
{
    struct buffer sql = {0};
    const struct schema *columns = table->columns;
    buffer_append_text(&sql, "INSERT INTO ");
    sink_quote_name(&sql, table->name);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", " : " (");
        sink_quote_name(&sql, columns->column[i].name);
    }
    for (size_t i = 0; i < columns->column_count; i++)
        buffer_append_text(&sql, i ? ", ?" : ") VALUES (?");
    buffer_append_char(&sql, ')');
    if (columns->key_count > 0)
        append_update(&sql, columns);
    buffer_append_char(&sql, '\0');
    sqlite3_finalize(table->insert);
    table->insert = sqlite_prepare(table->database, sql.at, "write to a table");
    buffer_free(&sql);
}

void sqlite_prepare_remove(struct sqlite_table *table)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, "DELETE FROM ");
    sink_quote_name(&sql, table->name);
    for (size_t i = 0; i < table->columns->key_count; i++) {
        buffer_append_text(&sql, i ? " AND " : " WHERE ");
        sink_quote_name(&sql, table->columns->key[i]);
        buffer_append_text(&sql, table->columns->null_keys ? " IS ?" : " = ?");
    }
    buffer_append_char(&sql, '\0');
    table->remove = sqlite_prepare(table->database, sql.at, "delete from a table");
    buffer_free(&sql);
}
