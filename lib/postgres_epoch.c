/* Which epoch of which pipeline a server has committed: a row of its table _firsttouch_epochs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "postgres_inside.h"

enum { LOOK_AGAIN_MS = 100 };

/* SQL of BEFORE, the table, BEHIND; with a NUL. */
static struct buffer of_epochs(const struct server *server, const char *before, const char *behind)
{
    struct buffer sql = {0};
    buffer_append_text(&sql, before);
    postgres_quote_in_schema(&sql, server, "_firsttouch_epochs");
    buffer_append_text(&sql, behind);
    buffer_append_char(&sql, '\0');
    return sql;
}

static enum answer has_epochs(struct server *server, bool *has)
{
    struct buffer table = of_epochs(server, "", "");
    enum answer answer = postgres_ask(server, "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
                                      table.at, NULL, NULL, has);
    buffer_free(&table);
    return answer;
}

static enum answer read_row(struct server *server, uint64_t *epoch)
{
    struct buffer sql =
        of_epochs(server, "SELECT concat(epoch, ' ', stage) FROM ", " WHERE \"pipeline\" = $1");
    struct buffer row = {0};
    bool there = false;
    char *stage;
    enum answer answer = postgres_ask(server, sql.at, server->pipeline, NULL, &row, &there);
    if (answer == ANSWER_DONE && there) {
        *epoch = strtoull(row.at, &stage, 10);
        sink_check_stage(server->place->shown, server->run, stage + 1);
    }
    buffer_free(&sql);
    buffer_free(&row);
    return answer;
}

enum answer postgres_read_epoch(struct server *server, uint64_t *epoch)
{
    bool has = false;
    *epoch = 0;
    enum answer answer = has_epochs(server, &has);
    return answer == ANSWER_DONE && has ? read_row(server, epoch) : answer;
}

enum answer postgres_write_epoch(struct server *server, uint64_t epoch)
{
    struct buffer first = of_epochs(server, "INSERT INTO ",
                                    " VALUES ($1, $2::bigint, $3::integer) ON CONFLICT DO NOTHING");
    struct buffer next = of_epochs(server, "UPDATE ",
                                   " SET \"epoch\" = $2::bigint WHERE \"pipeline\" = $1 AND "
                                   "\"epoch\" = $3::bigint");
    char number[INTEGER_TEXT], third[INTEGER_TEXT];
    const char *const value[] = {server->pipeline, number, third};
    PGresult *result;
    snprintf(number, sizeof number, "%" PRIu64, epoch);
    if (server->committed)
        snprintf(third, sizeof third, "%" PRIu64, server->committed);
    else
        snprintf(third, sizeof third, "%d", server->run->stage);
    enum answer answer = postgres_run(server, "write its epoch",
                                      server->committed ? next.at : first.at, 3, value, &result);
    buffer_free(&first);
    buffer_free(&next);
    if (answer != ANSWER_DONE)
        return answer;
    if (strcmp(libpq.PQcmdTuples(result), "1") != 0)
        sink_has_other_writer(server->place->shown, server->run, epoch);
    libpq.PQclear(result);
    return ANSWER_DONE;
}

/*
 * Without state it is the server that remembers its transactions. The old session has been told to
 * end, which takes a moment. A server that has crashed may not even know that it has given us the
 * number: then it has committed nothing under it.
 */
static enum answer ask_transaction(struct server *server, bool *committed)
{
    static const char sql[] = "SELECT CASE WHEN $1::xid8 < pg_current_xact_id() "
                              "THEN pg_xact_status($1::xid8) END";
    struct buffer status = {0};
    bool there = false;
    enum answer answer;
    while ((answer = postgres_ask(server, sql, server->transaction, NULL, &status, &there)) ==
               ANSWER_DONE &&
           strcmp(status.at, "in progress") == 0) {
        if (postgres_gives_up(server))
            fail(EXIT_SYSTEM, "%s: it is not known whether transaction %s was committed",
                 server->place->shown, server->transaction);
        postgres_pause(LOOK_AGAIN_MS);
    }
    *committed = answer == ANSWER_DONE && strcmp(status.at, "committed") == 0;
    buffer_free(&status);
    return answer;
}

enum answer postgres_was_committed(struct server *server, uint64_t epoch, bool *committed)
{
    uint64_t last;
    *committed = false;
    if (server->transaction[0])
        return ask_transaction(server, committed);
    if (epoch == 0 || !sink_has_state(server->run))
        return ANSWER_DONE;
    enum answer answer = postgres_read_epoch(server, &last);
    *committed = answer == ANSWER_DONE && last == epoch;
    return answer;
}

static enum answer list(struct server *server, struct buffer *out)
{
    bool has = false;
    PGresult *rows;
    const char *const value[] = {server->pipeline};
    enum answer answer = has_epochs(server, &has);
    if (answer != ANSWER_DONE || !has)
        return answer;
    struct buffer sql = of_epochs(server, "SELECT \"pipeline\", \"epoch\" FROM ",
                                  " WHERE $1 IN ('', \"pipeline\") ORDER BY 1");
    answer = postgres_run(server, "read its epochs", sql.at, 1, value, &rows);
    buffer_free(&sql);
    if (answer != ANSWER_DONE)
        return answer;
    for (int i = 0; i < libpq.PQntuples(rows); i++) {
        if (server->pipeline[0] == '\0')
            buffer_printf(out, "%s ", libpq.PQgetvalue(rows, i, 0));
        buffer_printf(out, "%s\n", libpq.PQgetvalue(rows, i, 1));
    }
    libpq.PQclear(rows);
    return ANSWER_DONE;
}

void postgres_list_committed(const struct sink_place *place, const char *pipeline,
                             struct buffer *out)
{
    struct server server = {.place = place, .pipeline = pipeline ? pipeline : ""};
    size_t before = out->length;
    do
        postgres_connect(&server);
    while (list(&server, out) == ANSWER_LOST);
    if (pipeline && out->length == before)
        buffer_append_text(out, "0\n");
    postgres_settled(&server);
    postgres_disconnect(&server);
    buffer_free(&server.lost);
    free(server.schema);
}
