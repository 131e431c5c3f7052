/* Which epoch of which pipeline a database has committed: a row of its table _firsttouch_epochs. */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "sqlite_inside.h"

static void check_stage(struct database *database)
{
    struct buffer stage = {0};
    sqlite_ask(database, "SELECT \"stage\" FROM \"_firsttouch_epochs\" WHERE \"pipeline\" = ?1",
               database->run->pipeline, NULL, &stage);
    sink_check_stage(database->name, database->run, stage.at);
    buffer_free(&stage);
}

uint64_t sqlite_read_epoch(struct database *database)
{
    struct buffer text = {0};
    uint64_t epoch = 0;
    sqlite_execute(database,
                   "CREATE TABLE IF NOT EXISTS \"_firsttouch_epochs\" (\"pipeline\" TEXT PRIMARY "
                   "KEY, \"epoch\" INTEGER NOT NULL, \"stage\" INTEGER NOT NULL)",
                   "make a table");
    if (sqlite_ask(database, "SELECT \"epoch\" FROM \"_firsttouch_epochs\" WHERE \"pipeline\" = ?1",
                   database->run->pipeline, NULL, &text)) {
        epoch = strtoull(text.at, NULL, 10);
        check_stage(database);
    }
    buffer_free(&text);
    return epoch;
}

void sqlite_write_epoch(struct database *database, uint64_t epoch)
{
    static const char first[] =
        "INSERT INTO \"_firsttouch_epochs\" SELECT ?1, ?2, ?4 WHERE NOT EXISTS "
        "(SELECT 1 FROM \"_firsttouch_epochs\" WHERE \"pipeline\" = ?1) AND ?3 = 0";
    static const char next[] = "UPDATE \"_firsttouch_epochs\" SET \"epoch\" = ?2 "
                               "WHERE \"pipeline\" = ?1 AND \"epoch\" = ?3";
    sqlite3_stmt *statement =
        sqlite_prepare(database, database->committed ? next : first, "write its epoch");
    sqlite3_bind_text(statement, 1, database->run->pipeline, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)epoch);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)database->committed);
    if (database->committed == 0)
        sqlite3_bind_int(statement, 4, database->run->stage);
    if (sqlite3_step(statement) != SQLITE_DONE)
        sqlite_broken(database, "write its epoch");
    sqlite3_finalize(statement);
    if (sqlite3_changes(database->handle) != 1)
        sink_has_other_writer(database->name, database->run, epoch);
}

/* A row to OUT: the epoch alone when the pipeline is known. */
static void append_row(sqlite3_stmt *statement, const char *pipeline, struct buffer *out)
{
    if (!pipeline)
        buffer_printf(out, "%s ", sqlite3_column_text(statement, 0));
    buffer_printf(out, "%lld\n", (long long)sqlite3_column_int64(statement, 1));
}

static bool has_epochs(struct database *database)
{
    return sqlite_ask(database, "SELECT 1 FROM sqlite_master WHERE \"name\" = '_firsttouch_epochs'",
                      NULL, NULL, NULL);
}

void sqlite_list_committed(const struct sink_place *place, const char *pipeline, struct buffer *out)
{
    struct database database = {.name = place->shown, .path = sqlite_path(place)};
    size_t before = out->length;
    bool there = access(database.path, F_OK) == 0;
    if (!there && errno != ENOENT)
        fail_errno(EXIT_SYSTEM, "%s", database.name);
    if (there) {
        if (sqlite3_open_v2(database.path, &database.handle, SQLITE_OPEN_READWRITE, NULL) !=
            SQLITE_OK)
            sqlite_broken(&database, "open it");
        sqlite3_busy_timeout(database.handle, SQLITE_BUSY_MS);
        if (has_epochs(&database)) {
            sqlite3_stmt *statement =
                sqlite_prepare(&database,
                               "SELECT \"pipeline\", \"epoch\" FROM \"_firsttouch_epochs\" "
                               "WHERE ?1 IS NULL OR \"pipeline\" = ?1 ORDER BY 1",
                               "read its epochs");
            sqlite3_bind_text(statement, 1, pipeline, -1, SQLITE_STATIC);
            int status;
            while ((status = sqlite3_step(statement)) == SQLITE_ROW)
                append_row(statement, pipeline, out);
            if (status != SQLITE_DONE)
                sqlite_broken(&database, "read its epochs");
            sqlite3_finalize(statement);
        }
        if (sqlite3_close(database.handle) != SQLITE_OK)
            sqlite_broken(&database, "close it");
    }
    if (pipeline && out->length == before)
        buffer_append_text(out, "0\n");
}
