/* SQLite as a target: one transaction per epoch. */
#include <sqlite3.h>
#include <stdlib.h>

#include "error.h"
#include "sink.h"

enum { BUSY_MS = 10000 };

struct database {
    sqlite3 *handle;
    const char *name; /* sqlite:FILE, for messages */
    const struct run *run;
    bool open_transaction;
    struct sqlite_table **table;
    size_t table_count;
};

struct sqlite_table {
    struct database *database;
    const char *name;
    const struct schema *declared; /* key, and columns unless it is open */
    struct schema *columns;        /* what the table has; grows when declared is open */
    sqlite3_stmt *insert, *remove;
    struct buffer scratch;
    struct json_value *value; /* of an open table's row, by column */
    struct buffer refused;    /* the name that cannot be one of its columns */
};

_Noreturn static void broken(const struct database *database, const char *what)
{
    fail(EXIT_SYSTEM, "%s: cannot %s: %s", database->name, what, sqlite3_errmsg(database->handle));
}

static void execute(struct database *database, const char *sql, const char *what)
{
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        broken(database, what);
}

static sqlite3_stmt *prepare(struct database *database, const char *sql, const char *what)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        broken(database, what);
    return statement;
}

static void quote_name(struct buffer *sql, const char *name)
{
    buffer_append_char(sql, '"');
    for (; *name; name++) {
        if (*name == '"')
            buffer_append_char(sql, '"');
        buffer_append_char(sql, *name);
    }
    buffer_append_char(sql, '"');
}

/*
 * Runs SQL with FIRST and SECOND (may be NULL) bound. True when it answers a row, whose first
 * column is then in ANSWER (may be NULL).
 */
static bool ask(struct database *database, const char *sql, const char *first, const char *second,
                struct buffer *answer)
{
    sqlite3_stmt *statement = prepare(database, sql, "read its tables");
    sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC);
    if (second)
        sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC);
    int status = sqlite3_step(statement);
    if (status != SQLITE_ROW && status != SQLITE_DONE)
        broken(database, "read its tables");
    if (answer && status == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        answer->length = 0;
        buffer_append_text(answer, text ? (const char *)text : "");
        buffer_append_char(answer, '\0');
    }
    sqlite3_finalize(statement);
    return status == SQLITE_ROW;
}

static void begin(struct database *database)
{
    if (database->open_transaction)
        return;
    execute(database, "BEGIN IMMEDIATE", "begin a transaction");
    database->open_transaction = true;
}

static void *sqlite_open(const char *name, const struct run *run)
{
    struct database *database = memory_new(1, sizeof *database);
    database->name = name;
    database->run = run;
    if (strcmp(name + strlen(sink_sqlite.prefix), ":memory:") == 0)
        fail(EXIT_USAGE, "%s: a database in memory would be gone at the end", name);
    if (sqlite3_open(name + strlen(sink_sqlite.prefix), &database->handle) != SQLITE_OK)
        broken(database, "open it");
    sqlite3_busy_timeout(database->handle, BUSY_MS);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* With a write-ahead log, dashboards read while we write. */
    execute(database, "PRAGMA journal_mode = WAL", "open it");
    begin(database);
    execute(database,
            "CREATE TABLE IF NOT EXISTS \"_firsttouch_tables\" "
            "(\"name\" TEXT PRIMARY KEY, \"pipeline\" TEXT)",
            "make a table");
    return database;
}

/* ---- making tables ---- */

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

static void append_names(struct buffer *sql, char **name, size_t count, const char *behind)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_text(sql, ", ");
        quote_name(sql, name[i]);
        buffer_append_text(sql, behind);
    }
}

static void create(struct sqlite_table *table)
{
    struct buffer sql = {0};
    const struct schema *columns = table->columns;
    buffer_append_text(&sql, "CREATE TABLE ");
    quote_name(&sql, table->name);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", " : " (");
        quote_name(&sql, columns->column[i].name);
        buffer_append_text(&sql, sql_type(&columns->column[i].type));
    }
    if (columns->key_count > 0) {
        buffer_append_text(&sql, ", PRIMARY KEY (");
        append_names(&sql, columns->key, columns->key_count, "");
        buffer_append_char(&sql, ')');
    }
    buffer_append_text(&sql, ")");
    buffer_append_char(&sql, '\0');
    execute(table->database, sql.at, "make a table");
    buffer_free(&sql);
    ask(table->database, "INSERT INTO \"_firsttouch_tables\" VALUES (?1, NULL)", table->name, NULL,
        NULL);
}

static void drop(struct sqlite_table *table)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, "DROP TABLE ");
    quote_name(&sql, table->name);
    buffer_append_char(&sql, '\0');
    execute(table->database, sql.at, "replace a table");
    buffer_free(&sql);
    ask(table->database, "DELETE FROM \"_firsttouch_tables\" WHERE \"name\" = ?1 COLLATE NOCASE",
        table->name, NULL, NULL);
}

/* Fails unless the table may be written to by this run. */
static void check_owner(struct sqlite_table *table)
{
    struct buffer owner = {0};
    struct database *database = table->database;
    if (!ask(database,
             "SELECT \"pipeline\" FROM \"_firsttouch_tables\" "
             "WHERE \"name\" = ?1 COLLATE NOCASE",
             table->name, NULL, &owner))
        fail(EXIT_USAGE, "%s: table %s was not made by ft-sink: drop it, or choose another name",
             database->name, table->name);
    if (owner.at[0] != '\0')
        fail(EXIT_USAGE, "%s: table %s belongs to pipeline %s, which has state: go on with that",
             database->name, table->name, owner.at);
    buffer_free(&owner);
}

static bool exists(struct sqlite_table *table)
{
    return ask(table->database, "SELECT 1 FROM sqlite_master WHERE \"name\" = ?1 COLLATE NOCASE",
               table->name, NULL, NULL);
}

static bool has_column(struct sqlite_table *table, const char *column)
{
    return ask(table->database,
               "SELECT 1 FROM pragma_table_info(?1) WHERE \"name\" = ?2 COLLATE NOCASE",
               table->name, column, NULL);
}

/* A live run adds to the table that is there: it must have the columns. */
static void check_columns(struct sqlite_table *table)
{
    for (size_t i = 0; i < table->columns->column_count; i++)
        if (!has_column(table, table->columns->column[i].name))
            fail(EXIT_USAGE,
                 "%s: table %s is there, but has no column %s: drop it, or choose another "
                 "name",
                 table->database->name, table->name, table->columns->column[i].name);
}

/* And the key: rows are replaced by it. */
static void check_key(struct sqlite_table *table)
{
    struct buffer count = {0};
    char wanted[INTEGER_TEXT + 1] = {0};
    const struct schema *columns = table->columns;
    struct slice text = slice_of_integer((int64_t)columns->key_count, wanted);
    ask(table->database, "SELECT count(*) FROM pragma_table_info(?1) WHERE \"pk\" > 0", table->name,
        NULL, &count);
    bool same = slice_is(text, count.at);
    for (size_t i = 0; i < columns->key_count && same; i++)
        same = ask(table->database,
                   "SELECT 1 FROM pragma_table_info(?1) WHERE \"name\" = ?2 AND \"pk\" > 0",
                   table->name, columns->key[i], NULL);
    buffer_free(&count);
    if (!same)
        fail(EXIT_USAGE, "%s: table %s is there with another key: drop it, or choose another name",
             table->database->name, table->name);
}

/* An open table goes on with the columns that earlier runs gave it. */
static void adopt_columns(struct sqlite_table *table)
{
    struct type any = {.kind = TYPE_ANY};
    sqlite3_stmt *statement =
        prepare(table->database, "SELECT \"name\" FROM pragma_table_info(?1)", "read its tables");
    sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        if (name && schema_find(table->columns, name) < 0)
            schema_add_column(table->columns, name, &any, false);
    }
    sqlite3_finalize(statement);
    table->value = memory_resize(table->value, table->columns->column_count, sizeof *table->value);
}

/* Bounded runs without state replace their tables; live ones add to them. */
static void make(struct sqlite_table *table)
{
    bool there = exists(table);
    if (there)
        check_owner(table);
    if (there && table->database->run->bounded) {
        drop(table);
        there = false;
    }
    if (there) {
        check_columns(table);
        check_key(table);
    }
    if (there && table->declared->open)
        adopt_columns(table);
    else if (!there && table->columns->column_count > 0)
        create(table);
}

/* ---- statements ---- */

static void append_update(struct buffer *sql, const struct schema *columns)
{
    bool any = false;
    buffer_append_text(sql, " ON CONFLICT (");
    append_names(sql, columns->key, columns->key_count, "");
    for (size_t i = 0; i < columns->column_count; i++) {
        bool in_key = false;
        for (size_t j = 0; j < columns->key_count; j++)
            in_key |= strcmp(columns->key[j], columns->column[i].name) == 0;
        if (in_key)
            continue;
        buffer_append_text(sql, any ? ", " : ") DO UPDATE SET ");
        quote_name(sql, columns->column[i].name);
        buffer_append_text(sql, " = excluded.");
        quote_name(sql, columns->column[i].name);
        any = true;
    }
    if (!any)
        buffer_append_text(sql, ") DO NOTHING");
}

static void prepare_insert(struct sqlite_table *table)
{
    struct buffer sql = {0};
    const struct schema *columns = table->columns;
    buffer_append_text(&sql, "INSERT INTO ");
    quote_name(&sql, table->name);
    for (size_t i = 0; i < columns->column_count; i++) {
        buffer_append_text(&sql, i ? ", " : " (");
        quote_name(&sql, columns->column[i].name);
    }
    for (size_t i = 0; i < columns->column_count; i++)
        buffer_append_text(&sql, i ? ", ?" : ") VALUES (?");
    buffer_append_char(&sql, ')');
    if (columns->key_count > 0)
        append_update(&sql, columns);
    buffer_append_char(&sql, '\0');
    sqlite3_finalize(table->insert);
    table->insert = prepare(table->database, sql.at, "write to a table");
    buffer_free(&sql);
}

static void prepare_remove(struct sqlite_table *table)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, "DELETE FROM ");
    quote_name(&sql, table->name);
    for (size_t i = 0; i < table->columns->key_count; i++) {
        buffer_append_text(&sql, i ? " AND " : " WHERE ");
        quote_name(&sql, table->columns->key[i]);
        buffer_append_text(&sql, " = ?");
    }
    buffer_append_char(&sql, '\0');
    table->remove = prepare(table->database, sql.at, "delete from a table");
    buffer_free(&sql);
}

static void *sqlite_table(void *context, const struct sink_table *request)
{
    struct database *database = context;
    struct sqlite_table *table = memory_new(1, sizeof *table);
    struct type any = {.kind = TYPE_ANY};
    *table = (struct sqlite_table){
        .database = database,
        .name = request->name,
        .declared = request->schema,
        .columns = schema_copy(request->schema, request->name),
    };
    for (size_t i = 0; i < request->schema->key_count && request->schema->open; i++)
        schema_add_column(table->columns, request->schema->key[i], &any, false);
    table->value = memory_new(table->columns->column_count, sizeof *table->value);
    make(table);
    database->table =
        memory_resize(database->table, database->table_count + 1, sizeof(struct sqlite_table *));
    database->table[database->table_count++] = table;
    return table;
}

/* ---- rows ---- */

static void bind_slice(sqlite3_stmt *statement, int index, struct slice text)
{
    sqlite3_bind_text64(statement, index, text.length ? text.at : "", text.length, SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

/* What nobody declared is stored as its JSON form says; a number that is no 64-bit integer as text,
 * for a double would change it. */
static void bind_any(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                     const struct json_value *value)
{
    int64_t integer;
    const char *why;
    if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
        sqlite3_bind_int(statement, index, value->kind == JSON_TRUE);
    else if (value->kind == JSON_NUMBER && type_int(value, &integer, &why))
        sqlite3_bind_int64(statement, index, integer);
    else
        bind_slice(statement, index, json_decode(value, &table->scratch));
}

/* As the type shows it, without the quotes of a JSON string. */
static bool bind_rendered(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                          const struct type *type, const struct json_value *value, const char **why)
{
    table->scratch.length = 0;
    if (!type_render(type, value, &table->scratch, why))
        return false;
    struct slice text = buffer_slice(&table->scratch);
    if (text.at[0] == '"')
        text = (struct slice){text.at + 1, text.length - 2};
    bind_slice(statement, index, text);
    return true;
}

static bool bind(struct sqlite_table *table, sqlite3_stmt *statement, int index,
                 const struct type *type, const struct json_value *value, const char **why)
{
    int64_t integer;
    if (json_is_null(value)) {
        sqlite3_bind_null(statement, index);
        return true;
    }
    if (type->kind == TYPE_TIMESTAMP || type->kind == TYPE_DECIMAL)
        return bind_rendered(table, statement, index, type, value, why);
    if (!type_accepts(type, value, why))
        return false;
    if (type->kind == TYPE_INT && type_int(value, &integer, why))
        sqlite3_bind_int64(statement, index, integer);
    else if (type->kind == TYPE_JSON)
        bind_slice(statement, index, json_text(value));
    else
        bind_any(table, statement, index, value);
    return true;
}

static bool is_in_key(const struct schema *schema, const char *column)
{
    for (size_t i = 0; i < schema->key_count; i++)
        if (strcmp(schema->key[i], column) == 0)
            return true;
    return false;
}

/* True when a row went in; a value too large for SQLite is the row's fault, all else the
 * database's. */
static bool step(struct sqlite_table *table, sqlite3_stmt *statement, const char **column,
                 const char **why)
{
    int status = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (status == SQLITE_DONE)
        return true;
    if (status != SQLITE_TOOBIG)
        broken(table->database, "write to a table");
    *column = NULL;
    *why = "the row is too large for SQLite";
    return false;
}

static bool insert(struct sqlite_table *table, const struct json_value *value, const char **column,
                   const char **why)
{
    const struct schema *columns = table->columns;
    if (!table->insert)
        prepare_insert(table);
    for (size_t i = 0; i < columns->column_count; i++) {
        *column = columns->column[i].name;
        *why = "is in the key and null";
        if (json_is_null(&value[i]) && is_in_key(columns, *column))
            return false;
        if (!bind(table, table->insert, (int)i + 1, &columns->column[i].type, &value[i], why))
            return false;
    }
    return step(table, table->insert, column, why);
}

static bool remove_row(struct sqlite_table *table, const struct json_value *value,
                       const char **column, const char **why)
{
    const struct schema *columns = table->columns;
    if (!table->remove)
        prepare_remove(table);
    for (size_t i = 0; i < columns->key_count; i++) {
        ptrdiff_t index = schema_find(columns, columns->key[i]);
        *column = columns->key[i];
        *why = "is in the key and null";
        if (json_is_null(&value[index]))
            return false;
        if (!bind(table, table->remove, (int)i + 1, &columns->column[index].type, &value[index],
                  why))
            return false;
    }
    return step(table, table->remove, column, why);
}

/* ---- open tables: columns as they come ---- */

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
    bool first = table->columns->column_count == 0 && !exists(table);
    schema_add_column(table->columns, name, &any, false);
    if (first) {
        create(table);
    } else if (!has_column(table, name)) {
        buffer_append_text(&sql, "ALTER TABLE ");
        quote_name(&sql, table->name);
        buffer_append_text(&sql, " ADD COLUMN ");
        quote_name(&sql, name);
        buffer_append_char(&sql, '\0');
        execute(table->database, sql.at, "add a column");
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

static bool gather_row(struct sqlite_table *table, struct slice body, const char **why)
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

static bool sqlite_put(void *context, const struct sink_row *row, const char **column,
                       const char **why)
{
    struct sqlite_table *table = context;
    const struct json_value *value = row->value;
    begin(table->database);
    *column = NULL;
    if (table->declared->open) {
        table->refused.length = 0;
        if (!gather_row(table, row->body, why)) {
            *column = table->refused.length > 1 ? table->refused.at : NULL;
            return false;
        }
        value = table->value;
    }
    return row->is_delete ? remove_row(table, value, column, why)
                          : insert(table, value, column, why);
}

static void sqlite_commit(void *context, uint64_t epoch)
{
    struct database *database = context;
    int moved = 0;
    if (!database->open_transaction)
        return;
    sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved)
        fail(EXIT_SYSTEM, "%s: cannot commit epoch %llu: the file was moved or deleted",
             database->name, (unsigned long long)epoch);
    if (sqlite3_exec(database->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        fail(EXIT_SYSTEM, "%s: cannot commit epoch %llu: %s", database->name,
             (unsigned long long)epoch, sqlite3_errmsg(database->handle));
    database->open_transaction = false;
}

static void sqlite_close(void *context)
{
    struct database *database = context;
    for (size_t i = 0; i < database->table_count; i++) {
        struct sqlite_table *table = database->table[i];
        sqlite3_finalize(table->insert);
        sqlite3_finalize(table->remove);
        schema_free(table->columns);
        buffer_free(&table->scratch);
        buffer_free(&table->refused);
        free(table->value);
        free(table);
    }
    free(database->table);
    if (sqlite3_close(database->handle) != SQLITE_OK)
        broken(database, "close it");
    free(database);
}

const struct sink_calls sink_sqlite = {.prefix = "sqlite:",
                                       .open = sqlite_open,
                                       .table = sqlite_table,
                                       .put = sqlite_put,
                                       .commit = sqlite_commit,
                                       .close = sqlite_close};
