/*
 * What tells the rows of a table apart: a primary key; or, where null is a value like any other, an
 * index that is unique in expressions, for in a primary key no two nulls are equal.
 */
#include <sqlite3.h>

#include "sqlite_inside.h"

static void append_column(struct buffer *sql, const struct schema *columns, const char *name)
{
    if (columns->null_keys) {
        buffer_append_char(sql, '(');
        sink_quote_name(sql, name);
        buffer_append_text(sql, " IS NULL), ifnull(");
    }
    sink_quote_name(sql, name);
    if (columns->null_keys)
        buffer_append_text(sql, ", 0)");
}

void sqlite_append_key(struct buffer *sql, const struct schema *columns)
{
    for (size_t i = 0; i < columns->key_count; i++) {
        if (i > 0)
            buffer_append_text(sql, ", ");
        append_column(sql, columns, columns->key[i]);
    }
}

/* The statement that makes the index, which is also how SQLite remembers it. */
static struct buffer index_statement(const struct sqlite_table *table)
{
    struct buffer sql = {0}, name = {0};
    buffer_printf(&name, "_firsttouch_key_of_%s", table->name);
    buffer_append_char(&name, '\0');
    buffer_append_text(&sql, "CREATE UNIQUE INDEX ");
    sink_quote_name(&sql, name.at);
    buffer_append_text(&sql, " ON ");
    sink_quote_name(&sql, table->name);
    buffer_append_text(&sql, " (");
    sqlite_append_key(&sql, table->columns);
    buffer_append_text(&sql, ")");
    buffer_append_char(&sql, '\0');
    buffer_free(&name);
    return sql;
}

void sqlite_index_key(struct sqlite_table *table)
{
    struct buffer sql = index_statement(table);
    sqlite_execute(table->database, sql.at, "make a table");
    buffer_free(&sql);
}

static bool has_primary_key(struct sqlite_table *table)
{
    struct buffer count = {0};
    char wanted[INTEGER_TEXT];
    const struct schema *columns = table->columns;
    size_t parts = columns->null_keys ? 0 : columns->key_count;
    sqlite_ask(table->database, "SELECT count(*) FROM pragma_table_info(?1) WHERE \"pk\" > 0",
               table->name, NULL, &count);
    bool same = slice_is(slice_of_integer((int64_t)parts, wanted), count.at);
    for (size_t i = 0; i < parts && same; i++)
        same = sqlite_ask(table->database,
                          "SELECT 1 FROM pragma_table_info(?1) WHERE \"name\" = ?2 AND \"pk\" > 0",
                          table->name, columns->key[i], NULL);
    buffer_free(&count);
    return same;
}

static bool has_index(struct sqlite_table *table)
{
    struct buffer sql = index_statement(table);
    bool same = sqlite_ask(table->database,
                           "SELECT 1 FROM sqlite_master WHERE \"type\" = 'index' AND "
                           "\"tbl_name\" = ?1 COLLATE NOCASE AND \"sql\" = ?2",
                           table->name, sql.at, NULL);
    buffer_free(&sql);
    return same;
}

void sqlite_check_key(struct sqlite_table *table)
{
    bool needs_index = table->columns->key_count > 0 && table->columns->null_keys;
    if (!has_primary_key(table) || (needs_index && !has_index(table)))
        sink_has_other_key(table->database->name, table->name);
}
