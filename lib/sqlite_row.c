/* Rows of SQLite tables: values bound by their type. */
#include <sqlite3.h>
#include <stdlib.h>

#include "sqlite_inside.h"

/* The scratch buffer is for one value at a time; the line stays until its row went in. */
static sqlite3_destructor_type how_kept(const struct sqlite_table *table, struct slice text)
{
    size_t offset = (uintptr_t)text.at - (uintptr_t)table->scratch.at;
    return offset < table->scratch.length ? SQLITE_TRANSIENT : SQLITE_STATIC;
}

static bool bind_slice(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                       struct slice text, const char **why)
{
    int status = sqlite3_bind_text64(statement, index, text.length ? text.at : "", text.length,
                                     how_kept(table, text), SQLITE_UTF8);
    *why = "is longer than SQLite takes";
    if (status != SQLITE_OK && status != SQLITE_TOOBIG) /* or NULL would stand there */
        sqlite_broken(table->database, "write to a table");
    return status == SQLITE_OK;
}

/* What nobody declared is stored as its JSON form says; a number that is no 64-bit integer as text,
 * for a double would change it. */
static bool bind_any(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                     const struct json_value *value, const char **why)
{
    int64_t integer;
    if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
        sqlite3_bind_int(statement, index, value->kind == JSON_TRUE);
    else if (value->kind == JSON_NUMBER && type_int(value, &integer, why))
        sqlite3_bind_int64(statement, index, integer);
    else
        return bind_slice(table, statement, index, json_decode(value, &table->scratch), why);
    return true;
}

/* As its JSON form says, or as text. */
static bool is_plain(const struct type *type)
{
    return type->kind == TYPE_ANY || type->kind == TYPE_BOOLEAN;
}

static bool bind(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                 const struct type *type, const struct json_value *value, const char **why)
{
    int64_t integer;
    struct slice text;
    if (json_is_null(value)) {
        sqlite3_bind_null(statement, index);
        return true;
    }
    if (type->kind == TYPE_INT) {
        if (!type_int(value, &integer, why))
            return false;
        sqlite3_bind_int64(statement, index, integer);
        return true;
    }
    if (!is_plain(type))
        return sink_text(type, value, &table->scratch, &text, why) &&
               bind_slice(table, statement, index, text, why);
    return type_accepts(type, value, why) && bind_any(table, statement, index, value, why);
}

/* What the row is to blame for: its size, and what somebody has asked of the table besides. */
static bool is_rows_fault(int status)
{
    return status == SQLITE_TOOBIG || status == SQLITE_CONSTRAINT || status == SQLITE_MISMATCH;
}

/* True when a row went in; else the row is at fault, or the process ends. */
static bool step(struct sqlite_table *table, sqlite3_stmt *statement, const char **column,
                 const char **why)
{
    int status = sqlite3_step(statement);
    if (status != SQLITE_DONE) {
        if (!is_rows_fault(status) || sqlite3_get_autocommit(table->database->handle))
            sqlite_broken(table->database, "write to a table");
        table->why.length = 0;
        buffer_printf(&table->why, "does not fit the table: %s",
                      sqlite3_errmsg(table->database->handle));
        buffer_append_char(&table->why, '\0');
    }
    sqlite3_reset(statement);
    *column = NULL;
    *why = table->why.at;
    return status == SQLITE_DONE;
}

bool sqlite_insert(struct sqlite_table *table, const struct json_value *value, const char **column,
                   const char **why)
{
    const struct schema *columns = table->columns;
    if (!sink_has_key(columns, value, column, why))
        return false;
    if (!table->insert)
        sqlite_prepare_insert(table);
    for (size_t i = 0; i < columns->column_count; i++) {
        *column = columns->column[i].name;
        if (!bind(table, table->insert, (int)i + 1, &columns->column[i].type, &value[i], why))
            return false;
    }
    return step(table, table->insert, column, why);
}

bool sqlite_remove(struct sqlite_table *table, const struct json_value *value, const char **column,
                   const char **why)
{
    const struct schema *columns = table->columns;
    if (!sink_has_key(columns, value, column, why))
        return false;
    if (!table->remove)
        sqlite_prepare_remove(table);
    for (size_t i = 0; i < columns->key_count; i++) {
        ptrdiff_t index = schema_find(columns, columns->key[i]);
        *column = columns->key[i];
        if (!bind(table, table->remove, (int)i + 1, &columns->column[index].type, &value[index],
                  why))
            return false;
    }
    return step(table, table->remove, column, why);
}
