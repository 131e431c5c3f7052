/* PostgreSQL tables, made and replaced. */
#include "postgres_inside.h"

/* Runs SQL (a NUL is appended) and frees it. */
static enum answer execute(struct server *server, const char *what, struct buffer *sql)
{
    buffer_append_char(sql, '\0');
    enum answer answer = postgres_execute(server, what, sql->at);
    buffer_free(sql);
    return answer;
}

/* ---- our own tables ---- */

/* One run at a time: IF NOT EXISTS alone fails for the second of two. */
enum answer postgres_make_books(struct server *server)
{
    struct buffer sql = {0}, epochs = {0};
    bool there = false;
    postgres_quote_in_schema(&epochs, server, "_firsttouch_epochs");
    buffer_append_char(&epochs, '\0');
    enum answer answer = postgres_ask(server, "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
                                      epochs.at, NULL, NULL, &there);
    if (answer == ANSWER_DONE && !there) {
        buffer_append_text(&sql, "SELECT pg_advisory_xact_lock(hashtextextended("
                                 "concat('firsttouch ', current_schema()), 0));"
                                 "CREATE TABLE IF NOT EXISTS ");
        postgres_quote_in_schema(&sql, server, "_firsttouch_tables");
        buffer_append_text(&sql, " (\"name\" text PRIMARY KEY, \"pipeline\" text);"
                                 "CREATE TABLE IF NOT EXISTS ");
        postgres_quote_in_schema(&sql, server, "_firsttouch_epochs");
        buffer_append_text(&sql, " (\"pipeline\" text PRIMARY KEY, \"epoch\" bigint NOT NULL, "
                                 "\"stage\" integer NOT NULL)");
        answer = execute(server, "make its tables", &sql);
    }
    server->has_books = answer == ANSWER_DONE;
    buffer_free(&epochs);
    return answer;
}

static enum answer disown(struct postgres_table *table)
{
    struct buffer sql = {0};
    const char *const value[] = {table->request->name};
    postgres_append_books(&sql, table, "DELETE FROM ", " WHERE \"name\" = $1");
    enum answer answer = postgres_run(table->server, "make a table", sql.at, 1, value, NULL);
    buffer_free(&sql);
    return answer;
}

/* Somebody may have dropped the table by hand: then there is a row already. */
static enum answer own(struct postgres_table *table)
{
    struct buffer sql = {0};
    const char *const value[] = {table->request->name, table->server->run->pipeline};
    enum answer answer = disown(table);
    postgres_append_books(&sql, table, "INSERT INTO ", " VALUES ($1, nullif($2, ''))");
    if (answer == ANSWER_DONE)
        answer = postgres_run(table->server, "make a table", sql.at, 2, value, NULL);
    buffer_free(&sql);
    return answer;
}

/* ---- made and replaced ---- */

static void append_key(struct buffer *sql, const struct schema *columns)
{
    for (size_t i = 0; i < columns->key_count; i++) {
        buffer_append_text(sql, i ? ", " : "(");
        sink_quote_name(sql, columns->key[i]);
    }
    buffer_append_char(sql, ')');
}

static enum answer create(struct postgres_table *table)
{
    const struct schema *columns = table->columns;
    struct buffer sql = {0};
    buffer_printf(&sql, "CREATE TABLE %s", table->name.at);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", " : " (");
        sink_quote_name(&sql, columns->column[i].name);
        buffer_append_char(&sql, ' ');
        postgres_append_type(&sql, &columns->column[i].type);
    }
    if (columns->key_count > 0) {
        buffer_append_text(&sql,
                           columns->null_keys ? ", UNIQUE NULLS NOT DISTINCT " : ", PRIMARY KEY ");
        append_key(&sql, columns);
    }
    buffer_append_char(&sql, ')');
    enum answer answer = execute(table->server, "make a table", &sql);
    return answer == ANSWER_DONE ? own(table) : answer;
}

/* A table that will be made of the same again is kept, with its grants, indexes and views; whoever
 * reads it sees the old rows until the commit. */
static enum answer empty(struct postgres_table *table)
{
    struct buffer sql = {0};
    buffer_printf(&sql, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE; DELETE FROM %s", table->name.at,
                  table->name.at);
    return execute(table->server, "replace a table", &sql);
}

static enum answer drop(struct postgres_table *table)
{
    struct buffer sql = {0};
    buffer_printf(&sql, "DROP TABLE %s", table->name.at);
    enum answer answer = execute(table->server, "replace a table", &sql);
    table->oid[0] = '\0';
    return answer == ANSWER_DONE ? disown(table) : answer;
}

static enum answer replace(struct postgres_table *table)
{
    bool same = false;
    enum answer answer = postgres_is_as_declared(table, &same);
    if (answer != ANSWER_DONE)
        return answer;
    return same ? empty(table) : drop(table);
}

/* Columns of an open table that came since. */
static enum answer add_columns(struct postgres_table *table)
{
    struct buffer sql = {0};
    const struct schema *columns = table->columns;
    buffer_printf(&sql, "ALTER TABLE %s", table->name.at);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", ADD COLUMN IF NOT EXISTS " : " ADD COLUMN IF NOT EXISTS ");
        sink_quote_name(&sql, columns->column[i].name);
        buffer_append_text(&sql, " text");
    }
    return execute(table->server, "add a column", &sql);
}

/* For the first time in the transaction. */
static enum answer make(struct postgres_table *table)
{
    enum answer answer = postgres_check_table(table);
    if (answer == ANSWER_DONE && table->oid[0] && sink_replaces(table->server->run))
        answer = replace(table);
    if (answer != ANSWER_DONE || table->columns->column_count == 0)
        return answer;
    if (!table->oid[0])
        return create(table);
    return table->request->schema->open ? add_columns(table) : ANSWER_DONE;
}

enum answer postgres_ready_table(struct postgres_table *table)
{
    enum answer answer = ANSWER_DONE;
    size_t count = table->columns->column_count;
    if (table->has_columns == count && count > 0)
        return ANSWER_DONE;
    answer = table->has_columns == 0 ? make(table) : add_columns(table);
    if (answer == ANSWER_DONE)
        table->has_columns = count;
    return answer;
}
