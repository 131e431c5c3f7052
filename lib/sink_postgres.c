/*
 * PostgreSQL as a target: one transaction per epoch, begun when there is a portion of rows to send.
 * What was sent is kept until its commit is known, so that it can be sent again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "postgres_inside.h"

enum {
    PORTION_BYTES = 2 << 20, /* of rows; of their records four times that */
    SENT_BYTES = 16 << 20,   /* in memory: what is more goes to a file */
    MOST_COLUMNS = 1598,     /* the server takes 1600, and what is merged has two of ours */
};

/* ---- an epoch's transaction ---- */

static enum answer begin_transaction(struct server *server)
{
    server->transaction[0] = '\0';
    for (size_t i = 0; i < server->table_count; i++) {
        server->table[i]->has_columns = server->table[i]->committed_columns;
        server->table[i]->stage_used = false;
    }
    /* a constraint is judged with its row, not at the commit */
    return postgres_execute(server, "begin a transaction",
                            "BEGIN ISOLATION LEVEL READ COMMITTED; SET CONSTRAINTS ALL IMMEDIATE");
}

/* What was sent over a connection that was lost. */
static enum answer send_again(struct server *server)
{
    struct spool_head head;
    uint64_t position = 0;
    enum answer answer = ANSWER_DONE;
    while (answer == ANSWER_DONE &&
           spool_read(server->sent, &position, &head, &server->again.text)) {
        portion_count_rows(&server->again);
        answer = postgres_send(server->table[head.table], &server->again, head.columns);
    }
    return answer;
}

static enum answer begin(struct server *server)
{
    enum answer answer = ANSWER_DONE;
    if (server->open)
        return ANSWER_DONE;
    if (!server->has_books)
        answer = postgres_make_books(server);
    if (answer == ANSWER_DONE)
        answer = begin_transaction(server);
    for (size_t i = 0; i < server->table_count && answer == ANSWER_DONE; i++)
        answer = postgres_ready_table(server->table[i]);
    if (answer == ANSWER_DONE)
        answer = send_again(server);
    server->open = answer == ANSWER_DONE;
    return answer;
}

/* The rows that wait go to the server, and then among those that were sent. */
static enum answer send_table(struct postgres_table *table)
{
    struct server *server = table->server;
    struct portion *portion = &table->portion;
    size_t columns = table->columns->column_count;
    if (portion->count == 0)
        return ANSWER_DONE;
    enum answer answer = postgres_send(table, portion, columns);
    if (answer != ANSWER_DONE)
        return answer;
    portion_drop_refused(portion);
    spool_add(server->sent,
              (struct spool_head){.table = table->index, .columns = (uint32_t)columns},
              buffer_slice(&portion->text));
    portion_clear(portion);
    return ANSWER_DONE;
}

/* Twice: what the first round refuses comes to _rejected, which may have had its turn. */
static enum answer send_all(struct server *server)
{
    enum answer answer = ANSWER_DONE;
    for (size_t i = 0; i < 2 * server->table_count && answer == ANSWER_DONE; i++)
        answer = send_table(server->table[i % server->table_count]);
    return answer;
}

static enum answer remember_transaction(struct server *server)
{
    struct buffer id = {0};
    bool found;
    enum answer answer =
        postgres_ask(server, "SELECT pg_current_xact_id()", NULL, NULL, &id, &found);
    if (answer == ANSWER_DONE)
        snprintf(server->transaction, sizeof server->transaction, "%s", id.at);
    buffer_free(&id);
    return answer;
}

static enum answer commit(struct server *server, uint64_t epoch)
{
    bool has_state = sink_has_state(server->run);
    enum answer answer =
        has_state ? postgres_write_epoch(server, epoch) : remember_transaction(server);
    if (answer != ANSWER_DONE)
        return answer;
    char what[64];
    snprintf(what, sizeof what, "commit epoch %llu", (unsigned long long)epoch);
    return postgres_execute(server, what, "COMMIT");
}

/* ONLY's rows when it is given; else all, and the commit. */
static enum answer try(struct server *server, struct postgres_table *only, uint64_t epoch)
{
    enum answer answer = begin(server);
    if (answer != ANSWER_DONE)
        return answer;
    if (only)
        return send_table(only);
    answer = send_all(server);
    return answer == ANSWER_DONE ? commit(server, epoch) : answer;
}

/* Again over new connections, until it is done. */
static void do_it(struct server *server, struct postgres_table *only, uint64_t epoch)
{
    bool done = false;
    while (!done && try(server, only, epoch) != ANSWER_DONE) {
        server->judged = NULL;
        do
            postgres_connect(server);
        while (postgres_was_committed(server, epoch, &done) != ANSWER_DONE);
    }
    postgres_settled(server);
}

/* ---- what ft-sink calls ---- */

static void *postgres_open(const struct sink_place *place, const struct run *run)
{
    struct server *server = memory_new(1, sizeof *server);
    server->place = place;
    server->run = run;
    server->pipeline = run->pipeline;
    server->sent = spool_new(SENT_BYTES);
    do
        postgres_connect(server);
    while (sink_has_state(run) && postgres_read_epoch(server, &server->committed) != ANSWER_DONE);
    postgres_settled(server);
    return server;
}

/* The rows that wait have one column less. */
static void add_column(void *context, const char *name)
{
    struct postgres_table *table = context;
    struct type any = {.kind = TYPE_ANY};
    if (table->portion.count > 0)
        do_it(table->server, table, 0);
    schema_add_column(table->columns, name, &any, false);
}

/* What each of the server's tables has: not said of a declared column, which fails when it is made.
 */
static const char *const system_columns[] = {"tableoid", "cmax", "xmax", "cmin",
                                             "xmin",     "ctid", NULL};

static void add_table(struct server *server, struct postgres_table *table)
{
    size_t count = server->table_count;
    table->index = (uint32_t)count;
    server->table = memory_resize(server->table, count + 1, sizeof(struct postgres_table *));
    server->table[count] = table;
    server->table_count = count + 1;
}

static void *postgres_table(void *context, const struct sink_table *request)
{
    struct postgres_table *table = memory_new(1, sizeof *table);
    struct type any = {.kind = TYPE_ANY};
    table->server = context;
    table->request = request;
    table->fresh = true;
    table->columns = schema_copy(request->schema, request->name);
    for (size_t i = 0; i < request->schema->key_count && request->schema->open; i++)
        schema_add_column(table->columns, request->schema->key[i], &any, false);
    table->gather = (struct gather){.columns = table->columns,
                                    .most_columns = MOST_COLUMNS,
                                    .too_many = "has more columns than PostgreSQL takes",
                                    .reserved = system_columns,
                                    .add = add_column,
                                    .context = table};
    postgres_quote_in_schema(&table->name, table->server, request->name);
    buffer_append_char(&table->name, '\0');
    while (postgres_check_table(table) != ANSWER_DONE)
        postgres_connect(table->server);
    postgres_settled(table->server);
    add_table(table->server, table);
    return table;
}

static bool is_full(const struct portion *portion)
{
    return portion->text.length >= PORTION_BYTES || portion->lines.length >= 4 * PORTION_BYTES;
}

static bool postgres_put(void *context, const struct sink_row *row, const char **column,
                         const char **why)
{
    struct postgres_table *table = context;
    const struct json_value *value = row->value;
    if (table->request->schema->open) {
        if (!gather(&table->gather, row->body, column, why))
            return false;
        value = table->gather.value;
    }
    if (!postgres_append_row(table, row, value, column, why))
        return false;
    if (is_full(&table->portion) && !table->server->judged)
        do_it(table->server, table, 0);
    return true;
}

static bool has_rows(const struct server *server)
{
    bool any = server->open || !server->has_tables;
    for (size_t i = 0; i < server->table_count; i++)
        any |= server->table[i]->portion.count > 0;
    return any;
}

static void postgres_commit(void *context, uint64_t epoch)
{
    struct server *server = context;
    if (!sink_has_state(server->run) && !has_rows(server))
        return;
    do_it(server, NULL, epoch);
    server->open = false;
    server->transaction[0] = '\0';
    server->has_tables = true;
    server->committed = epoch;
    spool_clear(server->sent);
    for (size_t i = 0; i < server->table_count; i++) {
        server->table[i]->committed_columns = server->table[i]->has_columns;
        portion_clear(&server->table[i]->portion);
    }
}

static uint64_t postgres_committed(void *context)
{
    const struct server *server = context;
    return server->committed;
}

static void free_table(struct postgres_table *table)
{
    schema_free(table->columns);
    gather_free(&table->gather);
    portion_free(&table->portion);
    buffer_free(&table->scratch);
    buffer_free(&table->name);
    free(table);
}

static void postgres_close(void *context)
{
    struct server *server = context;
    postgres_disconnect(server);
    for (size_t i = 0; i < server->table_count; i++)
        free_table(server->table[i]);
    free(server->table);
    spool_free(server->sent);
    portion_free(&server->again);
    buffer_free(&server->lost);
    buffer_free(&server->why);
    free(server->schema);
    free(server);
}

static const char *const prefixes[] = {"postgresql://", "postgres://", NULL};

const struct sink_calls sink_postgres = {.prefix = prefixes,
                                         .defers = true,
                                         .open = postgres_open,
                                         .table = postgres_table,
                                         .put = postgres_put,
                                         .commit = postgres_commit,
                                         .committed = postgres_committed,
                                         .list_committed = postgres_list_committed,
                                         .close = postgres_close};
