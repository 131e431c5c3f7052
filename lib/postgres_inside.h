/*
 * What the parts of the PostgreSQL target share: sink_postgres.c (transactions, what is sent and
 * sent again), postgres_connect.c (connecting and waiting), postgres_ask.c (what answers mean),
 * postgres_shape.c (tables that are there), postgres_table.c (tables made and replaced),
 * postgres_row.c (values as text), postgres_copy.c (rows on their way, and which are refused),
 * postgres_merge.c (rows that replace others) and postgres_epoch.c (which epochs were committed).
 * Nobody else includes it.
 *
 * A connection can be lost at every word. Whoever talks to the server says so to its caller, up to
 * where it is known what has to be said again.
 */
#ifndef POSTGRES_INSIDE_H
#define POSTGRES_INSIDE_H

#include "libpq.h"

#include "gather.h"
#include "portion.h"
#include "sink_rules.h"
#include "spool.h"

enum answer {
    ANSWER_DONE,
    ANSWER_REFUSED, /* a row is at fault: only while rows are judged */
    ANSWER_LOST,    /* the connection is gone, and all that was not committed */
};

struct server {
    const struct sink_place *place;
    const struct run *run; /* NULL for who only asks */
    const char *pipeline;  /* whose lock is held while we are connected; "": none is */
    PGconn *connection;    /* NULL: lost */
    char *schema;          /* where the tables are */
    struct buffer lost;    /* why it is, with a NUL */
    char backend[80];      /* the server's process for us, by number and time; "": not known */
    bool known;            /* it has taken us before */
    int64_t give_up_ms;    /* when there has been enough waiting, by the monotonic clock; 0: all is
                              well */
    bool waiting;          /* it was said that we wait */
    bool open;             /* a transaction is */
    const struct postgres_table *judged; /* errors may be a fault of its rows; NULL: none is */
    struct buffer why;                   /* why a row is refused, with a NUL */
    char transaction[24];                /* its id, where COMMIT was sent without state; else "" */
    bool has_books;                      /* our own tables are there */
    bool has_tables;                     /* and those that are written, for good */
    uint64_t committed;                  /* epoch of the run's pipeline; 0: none yet */
    struct spool *sent;                  /* of the open epoch */
    struct portion again;                /* a part of that, when it is sent again */
    struct postgres_table **table;
    size_t table_count;
};

struct postgres_table {
    struct server *server;
    uint32_t index;
    const struct sink_table *request;
    struct schema *columns; /* what the table has; grows when it is open */
    struct gather gather;   /* of an open table */
    struct portion portion; /* rows that were not sent yet; all have the same columns */
    struct buffer scratch;
    struct buffer name; /* with its schema, in quotes, with a NUL */
    char oid[16];       /* "": it is not there */
    bool fresh;         /* no row has met its key in the table yet */
    size_t has_columns; /* how many it has in the open transaction; 0: it was not looked at */
    size_t committed_columns;
    size_t stage_columns; /* of the session's table for what is merged; 0: there is none */
    bool stage_used;      /* in the open transaction */
};

/* ---- postgres_connect.c ---- */

/*
 * Connects, again if need be; waits for a server that is away, and fails (exit 3) when that takes
 * longer than was said. With a pipeline its lock is then ours. Nothing is open in the session.
 */
void postgres_connect(struct server *server);

/* What had to be done was done: the next wait is a new one. */
void postgres_settled(struct server *server);

void postgres_disconnect(struct server *server);

/* Whether there has been enough waiting. */
bool postgres_gives_up(struct server *server);

/* Less when the end was asked for. */
void postgres_pause(int64_t ms);

/* ---- postgres_ask.c ---- */

/*
 * Runs SQL with the COUNT parameters of VALUE. RESULT (may be NULL) is then the caller's to clear.
 * What is neither lost nor a row's fault fails with "NAME: cannot WHAT: " and the server's words.
 */
enum answer postgres_run(struct server *server, const char *what, const char *sql, int count,
                         const char *const *value, PGresult **result);

/* The same for SQL without parameters: may be several statements. */
enum answer postgres_execute(struct server *server, const char *what, const char *sql);

/*
 * The next result of what was sent; NULL: there is none. Waits, but fails (exit 3) when it has to
 * wait for long after the end was asked for.
 */
PGresult *postgres_result(struct server *server);

/* The last one, as PQexec gives it; SENT is what the function says that has sent it. */
PGresult *postgres_last_result(struct server *server, int sent);

/* What became of the last command, of which RESULT (cleared) is the answer. */
enum answer postgres_answer(struct server *server, const char *what, PGresult *result);

/* The connection is gone, and WHY (its first line). Returns ANSWER_LOST. */
enum answer postgres_lose(struct server *server, const char *why);

/*
 * Asks for one text with FIRST and SECOND (may be NULL) bound: the first column of the first row in
 * ANSWER (with a NUL; empty when it is null), *FOUND when there is a row.
 */
enum answer postgres_ask(struct server *server, const char *sql, const char *first,
                         const char *second, struct buffer *answer, bool *found);

/* The first line of what the library or the server says. */
struct slice postgres_first_line(const char *text);

/* Appends SCHEMA.NAME, both in double quotes. */
void postgres_quote_in_schema(struct buffer *sql, const struct server *server, const char *name);

/* ---- postgres_shape.c ---- */

/* Reads whether the table is there, and fails (exit 2) unless the run may write to it. */
enum answer postgres_check_table(struct postgres_table *table);

/* Whether the table that is there has exactly the columns and the key that were declared. */
enum answer postgres_is_as_declared(struct postgres_table *table, bool *same);

/* Appends a column's type. */
void postgres_append_type(struct buffer *sql, const struct type *type);

/* Appends BEFORE, our table of tables, BEHIND and a NUL. */
void postgres_append_books(struct buffer *sql, const struct postgres_table *table,
                           const char *before, const char *behind);

/* ---- postgres_table.c ---- */

/* In a transaction: the table is there with all its columns, and empty where it is replaced. */
enum answer postgres_ready_table(struct postgres_table *table);

/* Makes our own tables. */
enum answer postgres_make_books(struct server *server);

/* ---- postgres_epoch.c ---- */

/* The pipeline's last epoch into *EPOCH, 0 when there is none. */
enum answer postgres_read_epoch(struct server *server, uint64_t *epoch);

/* In the transaction: EPOCH follows upon server->committed. */
enum answer postgres_write_epoch(struct server *server, uint64_t epoch);

/* Whether EPOCH, whose COMMIT may have been sent over a connection that was lost, is committed. */
enum answer postgres_was_committed(struct server *server, uint64_t epoch, bool *committed);

/* For sink_postgres. */
void postgres_list_committed(const struct sink_place *place, const char *pipeline,
                             struct buffer *out);

/* ---- postgres_row.c ---- */

/* Whether rows say if they are deletions: then they are merged, never copied into the table. */
bool postgres_has_deletions(const struct postgres_table *table);

/* Appends the row to the table's portion. False, with nothing appended, when a value is at fault.
 */
bool postgres_append_row(struct postgres_table *table, const struct sink_row *row,
                         const struct json_value *value, const char **column, const char **why);

/* ---- postgres_merge.c ---- */

/* Appends the names of the first COUNT columns. */
void postgres_append_columns(struct buffer *sql, const struct postgres_table *table, size_t count);

/* In the transaction, outside of what may be taken back: the session's table is there, and empty.
 */
enum answer postgres_ready_stage(struct postgres_table *table);

/* Appends the command by which rows of the first COLUMNS columns get there. */
void postgres_append_stage_copy(struct buffer *sql, struct postgres_table *table, size_t columns);

/* From there into the table. */
enum answer postgres_merge(struct postgres_table *table);

/* ---- postgres_copy.c ---- */

/*
 * In the transaction: sends the rows of PORTION, which have the first COLUMNS of the table. Those
 * that the table refuses are marked, and told of.
 */
enum answer postgres_send(struct postgres_table *table, struct portion *portion, size_t columns);

#endif
