/*
 * Rows that replace or delete others: PostgreSQL gets them into a table of the session's, and the
 * last one of each key is merged from there.
 */
#include "postgres_inside.h"

static enum answer execute(struct postgres_table *table, struct buffer *sql)
{
    buffer_append_char(sql, '\0');
    enum answer answer = postgres_execute(table->server, "write to a table", sql->at);
    buffer_free(sql);
    return answer;
}

/* ---- names ---- */

void postgres_append_columns(struct buffer *sql, const struct postgres_table *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(sql, i ? ", " : "");
        sink_quote_name(sql, table->columns->column[i].name);
    }
}

/* ---- the session's own table ---- */

/* Its columns have numbers, for names could meet those of others. */
static void append_stage(struct buffer *sql, const struct postgres_table *table)
{
    buffer_printf(sql, "pg_temp._firsttouch_stage_%u", (unsigned)table->index);
}

static void append_stage_columns(struct buffer *sql, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_printf(sql, "%sc%zu", i ? ", " : "", i);
}

static enum answer make_stage(struct postgres_table *table)
{
    struct buffer sql = {0};
    size_t count = table->columns->column_count;
    if (table->stage_columns > 0) {
        buffer_append_text(&sql, "DROP TABLE ");
        append_stage(&sql, table);
        buffer_append_text(&sql, "; ");
    }
    buffer_printf(&sql, "CREATE TEMP TABLE _firsttouch_stage_%u", (unsigned)table->index);
    buffer_append_text(&sql, " (n bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000), "
                             "deleted boolean DEFAULT false");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&sql, ", c%zu ", i);
        postgres_append_type(&sql, &table->columns->column[i].type);
    }
    buffer_append_text(&sql, ") ON COMMIT DELETE ROWS");
    enum answer answer = execute(table, &sql);
    if (answer == ANSWER_DONE)
        table->stage_columns = count;
    table->stage_used = false;
    return answer;
}

enum answer postgres_ready_stage(struct postgres_table *table)
{
    struct buffer sql = {0};
    if (table->stage_columns != table->columns->column_count)
        return make_stage(table);
    if (!table->stage_used)
        return ANSWER_DONE;
    buffer_append_text(&sql, "TRUNCATE ");
    append_stage(&sql, table);
    return execute(table, &sql);
}

void postgres_append_stage_copy(struct buffer *sql, struct postgres_table *table, size_t columns)
{
    table->stage_used = true;
    buffer_append_text(sql, "COPY ");
    append_stage(sql, table);
    buffer_append_text(sql, postgres_has_deletions(table) ? " (deleted, " : " (");
    append_stage_columns(sql, columns);
    buffer_append_text(sql, ") FROM STDIN");
}

/* ---- merging ---- */

static void append_key_columns(struct buffer *sql, const struct schema *columns)
{
    for (size_t i = 0; i < columns->key_count; i++)
        buffer_printf(sql, "%sc%td", i ? ", " : "", schema_find(columns, columns->key[i]));
}

/* The last row of each key. */
static void append_last(struct buffer *sql, const struct postgres_table *table)
{
    buffer_append_text(sql, "(SELECT DISTINCT ON (");
    append_key_columns(sql, table->columns);
    buffer_append_text(sql, ") * FROM ");
    append_stage(sql, table);
    buffer_append_text(sql, " ORDER BY ");
    append_key_columns(sql, table->columns);
    buffer_append_text(sql, ", n DESC) AS last");
}

static enum answer delete_rows(struct postgres_table *table)
{
    const struct schema *columns = table->columns;
    struct buffer sql = {0};
    buffer_printf(&sql, "DELETE FROM %s AS was USING ", table->name.at);
    append_last(&sql, table);
    buffer_append_text(&sql, " WHERE last.deleted");
    for (size_t i = 0; i < columns->key_count; i++) {
        buffer_append_text(&sql, " AND was.");
        sink_quote_name(&sql, columns->key[i]);
        buffer_printf(&sql, " %s last.c%td", columns->null_keys ? "IS NOT DISTINCT FROM" : "=",
                      schema_find(columns, columns->key[i]));
    }
    return execute(table, &sql);
}

static void append_update(struct buffer *sql, const struct schema *columns)
{
    bool any = false;
    for (size_t i = 0; i < columns->column_count; i++) {
        if (sink_is_in_key(columns, columns->column[i].name))
            continue;
        buffer_append_text(sql, any ? ", " : " DO UPDATE SET ");
        sink_quote_name(sql, columns->column[i].name);
        buffer_append_text(sql, " = excluded.");
        sink_quote_name(sql, columns->column[i].name);
        any = true;
    }
    if (!any)
        buffer_append_text(sql, " DO NOTHING");
}

static enum answer upsert_rows(struct postgres_table *table)
{
    const struct schema *columns = table->columns;
    struct buffer sql = {0};
    buffer_printf(&sql, "INSERT INTO %s (", table->name.at);
    postgres_append_columns(&sql, table, columns->column_count);
    buffer_append_text(&sql, ") SELECT ");
    append_stage_columns(&sql, columns->column_count);
    buffer_append_text(&sql, " FROM ");
    append_last(&sql, table);
    buffer_append_text(&sql, " WHERE NOT last.deleted ON CONFLICT (");
    for (size_t i = 0; i < columns->key_count; i++) {
        buffer_append_text(&sql, i ? ", " : "");
        sink_quote_name(&sql, columns->key[i]);
    }
    buffer_append_char(&sql, ')');
    append_update(&sql, columns);
    return execute(table, &sql);
}

enum answer postgres_merge(struct postgres_table *table)
{
    enum answer answer = postgres_has_deletions(table) ? delete_rows(table) : ANSWER_DONE;
    return answer == ANSWER_DONE ? upsert_rows(table) : answer;
}
