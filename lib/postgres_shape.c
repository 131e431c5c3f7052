/* PostgreSQL tables that are there: whose they are, and whether they are what was declared. */
#include <stdio.h>

#include "error.h"
#include "postgres_inside.h"

enum { NULL_KEYS_VERSION = 150000 };

/* As the server spells them. */
void postgres_append_type(struct buffer *sql, const struct type *type)
{
    static const char *const name[] = {
        [TYPE_ANY] = "text",   [TYPE_STRING] = "text",
        [TYPE_INT] = "bigint", [TYPE_DECIMAL] = "numeric",
        [TYPE_DATE] = "date",  [TYPE_TIMESTAMP] = "timestamp with time zone",
        [TYPE_JSON] = "jsonb", [TYPE_BOOLEAN] = "boolean",
    };
    buffer_append_text(sql, name[type->kind]);
    if (type->kind == TYPE_DECIMAL)
        buffer_printf(sql, "(%d,%d)", type->precision, type->scale);
}

void postgres_append_books(struct buffer *sql, const struct postgres_table *table,
                           const char *before, const char *behind)
{
    buffer_append_text(sql, before);
    postgres_quote_in_schema(sql, table->server, "_firsttouch_tables");
    buffer_append_text(sql, behind);
    buffer_append_char(sql, '\0');
}

/* ---- what is there ---- */

/* Whatever has the name: a view would do as little as a table of somebody else's. */
static enum answer find(struct postgres_table *table)
{
    static const char sql[] = "SELECT c.oid FROM pg_class c JOIN pg_namespace n "
                              "ON n.oid = c.relnamespace WHERE c.relname = $1 AND n.nspname = $2";
    struct buffer oid = {0};
    bool there = false;
    enum answer answer =
        postgres_ask(table->server, sql, table->request->name, table->server->schema, &oid, &there);
    snprintf(table->oid, sizeof table->oid, "%s", there ? oid.at : "");
    buffer_free(&oid);
    return answer;
}

static enum answer check_owner(struct postgres_table *table)
{
    struct server *server = table->server;
    struct buffer sql = {0}, owner = {0};
    bool ours = false;
    postgres_append_books(&sql, table, "", "");
    enum answer answer = postgres_ask(server, "SELECT 1 WHERE to_regclass($1) IS NOT NULL", sql.at,
                                      NULL, NULL, &ours);
    sql.length = 0;
    postgres_append_books(&sql, table, "SELECT \"pipeline\" FROM ", " WHERE \"name\" = $1");
    if (answer == ANSWER_DONE && ours)
        answer = postgres_ask(server, sql.at, table->request->name, NULL, &owner, &ours);
    if (answer == ANSWER_DONE)
        sink_check_owner(server->place->shown, table->request->name, server->run,
                         ours ? owner.at : NULL);
    buffer_free(&sql);
    buffer_free(&owner);
    return answer;
}

/* The columns of the table that is there: name and type. */
static enum answer read_columns(struct postgres_table *table, PGresult **columns)
{
    static const char sql[] = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                              "WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped "
                              "ORDER BY attnum";
    const char *const value[] = {table->oid};
    return postgres_run(table->server, "read its tables", sql, 1, value, columns);
}

static bool is_of_type(const struct column *column, const char *type)
{
    struct buffer wanted = {0};
    postgres_append_type(&wanted, &column->type);
    bool same = slice_is(buffer_slice(&wanted), type);
    buffer_free(&wanted);
    return same;
}

static int find_column(const PGresult *columns, const char *name)
{
    for (int i = 0; i < libpq.PQntuples(columns); i++)
        if (strcmp(libpq.PQgetvalue(columns, i, 0), name) == 0)
            return i;
    return -1;
}

/* A run that adds to a table needs its columns there, as they are declared now; of an open one the
 * key, for the others can still be added. */
static void check_columns(const struct postgres_table *table, const PGresult *columns)
{
    const char *shown = table->server->place->shown, *name = table->request->name;
    for (size_t i = 0; i < table->columns->column_count; i++) {
        const struct column *column = &table->columns->column[i];
        int index = find_column(columns, column->name);
        if (index < 0 && table->request->schema->open &&
            !sink_is_in_key(table->columns, column->name))
            continue;
        if (index < 0)
            sink_lacks_column(shown, name, column->name);
        if (!is_of_type(column, libpq.PQgetvalue(columns, index, 1)))
            fail(EXIT_USAGE,
                 "%s: table %s is there, but its column %s is %s: drop it, or choose another name",
                 shown, name, column->name, libpq.PQgetvalue(columns, index, 1));
    }
}

/* An open table goes on with the columns that earlier runs gave it. */
static void adopt_columns(struct postgres_table *table, const PGresult *columns)
{
    struct type any = {.kind = TYPE_ANY};
    for (int i = 0; i < libpq.PQntuples(columns); i++)
        if (schema_find(table->columns, libpq.PQgetvalue(columns, i, 0)) < 0)
            schema_add_column(table->columns, libpq.PQgetvalue(columns, i, 0), &any, false);
}

static bool has_exactly(const struct postgres_table *table, const PGresult *columns)
{
    size_t count = table->columns->column_count;
    bool same = (size_t)libpq.PQntuples(columns) == count && !table->request->schema->open;
    for (size_t i = 0; i < count && same; i++)
        same = strcmp(libpq.PQgetvalue(columns, (int)i, 0), table->columns->column[i].name) == 0 &&
               is_of_type(&table->columns->column[i], libpq.PQgetvalue(columns, (int)i, 1));
    return same;
}

/* ---- the key ---- */

/* The columns of the index that tells rows apart, as an array's elements. */
static enum answer read_key(struct postgres_table *table, PGresult **key)
{
    static const char primary[] =
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND "
        "attnum = ANY(indkey) WHERE indrelid = $1::oid AND indisprimary";
    static const char unique[] =
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND "
        "attnum = ANY(indkey) WHERE indexrelid = (SELECT min(indexrelid) FROM pg_index WHERE "
        "indrelid = $1::oid AND indnullsnotdistinct AND indisunique AND indpred IS NULL AND "
        "indexprs IS NULL)";
    const char *const value[] = {table->oid};
    bool null_keys = table->columns->key_count > 0 && table->columns->null_keys;
    return postgres_run(table->server, "read its tables", null_keys ? unique : primary, 1, value,
                        key);
}

static enum answer has_key(struct postgres_table *table, bool *has)
{
    PGresult *key;
    enum answer answer = read_key(table, &key);
    if (answer != ANSWER_DONE)
        return answer;
    *has = (size_t)libpq.PQntuples(key) == table->columns->key_count;
    for (int i = 0; i < libpq.PQntuples(key) && *has; i++)
        *has = sink_is_in_key(table->columns, libpq.PQgetvalue(key, i, 0));
    libpq.PQclear(key);
    return ANSWER_DONE;
}

static void check_version(const struct postgres_table *table)
{
    if (table->columns->key_count > 0 && table->columns->null_keys &&
        libpq.PQserverVersion(table->server->connection) < NULL_KEYS_VERSION)
        fail(EXIT_USAGE,
             "%s: table %s: null is a key like any other there, which needs "
             "PostgreSQL 15 or later",
             table->server->place->shown, table->request->name);
}

enum answer postgres_is_as_declared(struct postgres_table *table, bool *same)
{
    PGresult *columns;
    bool same_key = false;
    enum answer answer = read_columns(table, &columns);
    if (answer != ANSWER_DONE)
        return answer;
    *same = has_exactly(table, columns);
    libpq.PQclear(columns);
    answer = has_key(table, &same_key);
    *same = *same && same_key;
    return answer;
}

/* What is there must be what was declared. */
static enum answer check_shape(struct postgres_table *table)
{
    PGresult *columns;
    bool same = false;
    enum answer answer = has_key(table, &same);
    if (answer != ANSWER_DONE || (answer = read_columns(table, &columns)) != ANSWER_DONE)
        return answer;
    check_columns(table, columns);
    if (!same)
        sink_has_other_key(table->server->place->shown, table->request->name);
    if (table->request->schema->open)
        adopt_columns(table, columns);
    libpq.PQclear(columns);
    return ANSWER_DONE;
}

enum answer postgres_check_table(struct postgres_table *table)
{
    check_version(table);
    enum answer answer = find(table);
    if (answer == ANSWER_DONE && table->oid[0])
        answer = check_owner(table);
    if (answer == ANSWER_DONE && table->oid[0] && !sink_replaces(table->server->run))
        answer = check_shape(table);
    return answer;
}
