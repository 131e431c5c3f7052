/* SQLite as a target: one transaction per epoch. */
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

#include "error.h"
#include "progress.h"
#include "signals.h"
#include "sqlite_inside.h"

_Noreturn void sqlite_broken(const struct database *database, const char *what)
{
    fail(EXIT_SYSTEM, "%s: cannot %s: %s", database->name, what, sqlite3_errmsg(database->handle));
}

void sqlite_execute(struct database *database, const char *sql, const char *what)
{
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        sqlite_broken(database, what);
}

sqlite3_stmt *sqlite_prepare(struct database *database, const char *sql, const char *what)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        sqlite_broken(database, what);
    return statement;
}

bool sqlite_ask(struct database *database, const char *sql, const char *first, const char *second,
                struct buffer *answer)
{
    sqlite3_stmt *statement = sqlite_prepare(database, sql, "read its tables");
    sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC);
    if (second)
        sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC);
    int status = sqlite3_step(statement);
    if (status != SQLITE_ROW && status != SQLITE_DONE)
        sqlite_broken(database, "read its tables");
    if (answer && status == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        if (!text && sqlite3_errcode(database->handle) == SQLITE_NOMEM)
            sqlite_broken(database, "read its tables");
        answer->length = 0;
        buffer_append_text(answer, text ? (const char *)text : "");
        buffer_append_char(answer, '\0');
    }
    sqlite3_finalize(statement);
    return status == SQLITE_ROW;
}

const char *sqlite_path(const struct sink_place *place)
{
    return place->name + strlen("sqlite:");
}

static void begin(struct database *database)
{
    if (database->open_transaction)
        return;
    sqlite_execute(database, "BEGIN IMMEDIATE", "begin a transaction");
    database->open_transaction = true;
}

/* Somebody else writes, and was waited for so often: not for ever, nor when all is to end. */
static int sqlite_wait(void *unused, int tries)
{
    const struct timespec step = {0, SQLITE_STEP_MS * 1000000};
    (void)unused;
    if (tries >= SQLITE_BUSY_MS / SQLITE_STEP_MS || signals_hurry())
        return false;
    nanosleep(&step, NULL);
    progress_look();
    return true;
}

static void *sqlite_open(const struct sink_place *place, const struct run *run)
{
    struct database *database = memory_new(1, sizeof *database);
    database->name = place->shown;
    database->path = sqlite_path(place);
    database->run = run;
    if (strcmp(database->path, ":memory:") == 0)
        fail(EXIT_USAGE, "%s: a database in memory would be gone at the end", database->name);
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* no locks for threads that there are not */
    if (sqlite3_open(database->path, &database->handle) != SQLITE_OK)
        sqlite_broken(database, "open it");
    sqlite3_busy_handler(database->handle, sqlite_wait, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* of a new database: half as many pages to write, twice, as with the usual 4096 */
    sqlite_execute(database, "PRAGMA page_size = 8192", "open it");
    /* With a write-ahead log, dashboards read while we write. */
    sqlite_execute(database, "PRAGMA journal_mode = WAL", "open it");
    /* what a commit has promised, snapshots are removed for */
    sqlite_execute(database, "PRAGMA synchronous = FULL", "open it");
    /* 64 MB: keys come in no order, and each page of an index that has to go is written again. */
    sqlite_execute(database, "PRAGMA cache_size = -65536", "open it");
    begin(database);
    sqlite_execute(database,
                   "CREATE TABLE IF NOT EXISTS \"_firsttouch_tables\" "
                   "(\"name\" TEXT PRIMARY KEY, \"pipeline\" TEXT)",
                   "make a table");
    if (sink_has_state(database->run))
        database->committed = sqlite_read_epoch(database);
    return database;
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
    sqlite_open_columns(table);
    sqlite_make(table);
    database->table =
        memory_resize(database->table, database->table_count + 1, sizeof(struct sqlite_table *));
    database->table[database->table_count++] = table;
    return table;
}

/* A run that goes on may be idle for hours before its first epoch: nobody is to be locked out. */
static void sqlite_opened(void *context)
{
    struct database *database = context;
    if (database->committed == 0)
        return; /* then the tables are new, and there for good with the first rows */
    sqlite_execute(database, "COMMIT", "make a table");
    database->open_transaction = false;
}

static bool sqlite_put(void *context, const struct sink_row *row, const char **column,
                       const char **why)
{
    struct sqlite_table *table = context;
    const struct json_value *value = row->value;
    begin(table->database);
    *column = NULL;
    if (table->declared->open) {
        if (!gather(&table->gather, row->body, column, why))
            return false;
        value = table->gather.value;
    }
    return row->is_delete ? sqlite_remove(table, value, column, why)
                          : sqlite_insert(table, value, column, why);
}

static void sqlite_commit(void *context, uint64_t epoch)
{
    struct database *database = context;
    int moved = 0;
    if (sink_has_state(database->run)) {
        begin(database);
        sqlite_write_epoch(database, epoch);
    }
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
    database->committed = epoch;
}

static uint64_t sqlite_committed(void *context)
{
    const struct database *database = context;
    return database->committed;
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
        gather_free(&table->gather);
        buffer_free(&table->why);
        free(table);
    }
    free(database->table);
    if (sqlite3_close(database->handle) != SQLITE_OK)
        sqlite_broken(database, "close it");
    free(database);
}

static const char *const prefixes[] = {"sqlite:", NULL};

const struct sink_calls sink_sqlite = {.prefix = prefixes,
                                       .open = sqlite_open,
                                       .table = sqlite_table,
                                       .opened = sqlite_opened,
                                       .put = sqlite_put,
                                       .commit = sqlite_commit,
                                       .committed = sqlite_committed,
                                       .list_committed = sqlite_list_committed,
                                       .close = sqlite_close};
