/*
 * What the parts of the SQLite target share: sink_sqlite.c (the database, its transactions),
 * sqlite_epoch.c (which epochs were committed),
 * sqlite_table.c (tables and their statements), sqlite_row.c (values bound, rows in and out) and
 * sqlite_open.c (tables whose columns come as they come). Nobody else includes it.
 */
#ifndef SQLITE_INSIDE_H
#define SQLITE_INSIDE_H

#include <sqlite3.h>

#include "gather.h"
#include "sink_rules.h"

enum { SQLITE_BUSY_MS = 10000, SQLITE_STEP_MS = 10 };

struct database {
    sqlite3 *handle;
    const char *name; /* sqlite:FILE, for messages */
    const char *path; /* FILE */
    const struct run *run;
    bool open_transaction;
    uint64_t committed; /* epoch of the run's pipeline; 0: none yet */
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
    struct gather gather; /* of an open table */
    struct buffer why;    /* what the database said against a row */
};

/* sink_sqlite.c: fails (exit 3) with "NAME: cannot WHAT: " and the database's own words. */
_Noreturn void sqlite_broken(const struct database *database, const char *what);

/* sink_sqlite.c: runs SQL; WHAT is for sqlite_broken. */
void sqlite_execute(struct database *database, const char *sql, const char *what);
sqlite3_stmt *sqlite_prepare(struct database *database, const char *sql, const char *what);

/* sqlite_epoch.c: the table of epochs, made when it is not there, and the pipeline's last one. */
uint64_t sqlite_read_epoch(struct database *database);

/* sqlite_epoch.c: within the transaction, EPOCH follows upon database->committed. */
void sqlite_write_epoch(struct database *database, uint64_t epoch);

/* sqlite_epoch.c: for sink_sqlite. */
void sqlite_list_committed(const struct sink_place *place, const char *pipeline,
                           struct buffer *out);

/* sink_sqlite.c: the file. */
const char *sqlite_path(const struct sink_place *place);

/*
 * sink_sqlite.c: runs SQL with FIRST and SECOND (may be NULL) bound. True when it answers a row,
 * whose first column is then in ANSWER (may be NULL), with a NUL.
 */
bool sqlite_ask(struct database *database, const char *sql, const char *first, const char *second,
                struct buffer *answer);

/* sqlite_table.c: finds, replaces or creates the table, as the run has it. Fails with exit 2 when
 * it is not ours or not as declared. */
void sqlite_make(struct sqlite_table *table);
void sqlite_create(struct sqlite_table *table);
bool sqlite_exists(struct sqlite_table *table);
bool sqlite_has_column(struct sqlite_table *table, const char *column);

/* sqlite_key.c: appends what ON CONFLICT names: the columns of the key, or what stands for them. */
void sqlite_append_key(struct buffer *sql, const struct schema *columns);

/* sqlite_key.c: where null is a value like any other, what tells rows apart. */
void sqlite_index_key(struct sqlite_table *table);

/* sqlite_key.c: fails (exit 2) unless the table that is there has the key that was declared. */
void sqlite_check_key(struct sqlite_table *table);

/* sqlite_table.c: prepares table->insert and table->remove. */
void sqlite_prepare_insert(struct sqlite_table *table);
void sqlite_prepare_remove(struct sqlite_table *table);

/* sqlite_row.c: puts a row in, or takes one out; false with *COLUMN and *WHY when a value is at
 * fault. */
bool sqlite_insert(struct sqlite_table *table, const struct json_value *value, const char **column,
                   const char **why);
bool sqlite_remove(struct sqlite_table *table, const struct json_value *value, const char **column,
                   const char **why);

/* sqlite_open.c: readies table->gather, so that columns are added to the database too. */
void sqlite_open_columns(struct sqlite_table *table);

#endif
