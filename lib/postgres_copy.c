/*
 * Rows into a PostgreSQL table, by COPY: straight into the table as long as no row has met its key
 * there, else on the way by which they are merged. Which rows the table refuses is found by halves.
 */
#include "error.h"
#include "postgres_inside.h"

enum { COPY_BYTES = 65536 };

/* A part of a portion, on its way. */
struct part {
    struct postgres_table *table;
    struct portion *portion;
    size_t columns;
    size_t from, to;
};

static enum answer execute(struct postgres_table *table, struct buffer *sql)
{
    buffer_append_char(sql, '\0');
    enum answer answer = postgres_execute(table->server, "write to a table", sql->at);
    buffer_free(sql);
    return answer;
}

/* ---- COPY ---- */

/* False when the server has said something, or the connection is gone. */
static bool put_bytes(PGconn *connection, struct slice bytes)
{
    for (size_t done = 0; done < bytes.length; done += COPY_BYTES) {
        size_t some = bytes.length - done < COPY_BYTES ? bytes.length - done : COPY_BYTES;
        if (libpq.PQputCopyData(connection, bytes.at + done, (int)some) != 1)
            return false;
    }
    return true;
}

/* All but what was refused: mostly in one piece. */
static bool put_rows(const struct part *part)
{
    const struct portion *portion = part->portion;
    PGconn *connection = part->table->server->connection;
    size_t from = part->from;
    for (size_t i = part->from; i < part->to; i++) {
        if (!portion->row[i].refused)
            continue;
        if (!put_bytes(connection, portion_text(portion, from, i)))
            return false;
        from = i + 1;
    }
    return put_bytes(connection, portion_text(portion, from, part->to));
}

/* What became of it; the connection is then quiet again. */
static enum answer end_copy(struct server *server)
{
    enum answer answer = ANSWER_DONE;
    for (PGresult *result; server->connection && (result = postgres_result(server));)
        if (answer == ANSWER_DONE)
            answer = postgres_answer(server, "write to a table", result);
        else
            libpq.PQclear(result);
    return answer;
}

static enum answer copy(const struct part *part, struct buffer *sql)
{
    struct server *server = part->table->server;
    enum answer answer = execute(part->table, sql);
    if (answer != ANSWER_DONE)
        return answer;
    bool put = put_rows(part) && libpq.PQputCopyEnd(server->connection, NULL) == 1;
    if (!put && libpq.PQstatus(server->connection) == CONNECTION_BAD)
        return postgres_lose(server, libpq.PQerrorMessage(server->connection));
    return end_copy(server);
}

static enum answer copy_into_table(const struct part *part)
{
    struct buffer sql = {0};
    buffer_printf(&sql, "COPY %s (", part->table->name.at);
    postgres_append_columns(&sql, part->table, part->columns);
    buffer_append_text(&sql, ") FROM STDIN");
    return copy(part, &sql);
}

static enum answer copy_into_stage(const struct part *part)
{
    struct buffer sql = {0};
    postgres_append_stage_copy(&sql, part->table, part->columns);
    return copy(part, &sql);
}

static enum answer merge(const struct part *part)
{
    enum answer answer = copy_into_stage(part);
    return answer == ANSWER_DONE ? postgres_merge(part->table) : answer;
}

/* ---- what is refused ---- */

static bool is_copied(const struct postgres_table *table)
{
    return table->columns->key_count == 0 || (table->fresh && !postgres_has_deletions(table));
}

/* Rows of facts rarely meet their key: when one does for the first time, they are merged from then
 * on. */
static enum answer send_part(const struct part *part)
{
    struct postgres_table *table = part->table;
    enum answer answer = is_copied(table) ? ANSWER_DONE : postgres_ready_stage(table);
    if (answer == ANSWER_DONE)
        answer = postgres_execute(table->server, "write to a table", "SAVEPOINT part");
    if (answer == ANSWER_DONE)
        answer = is_copied(table) ? copy_into_table(part) : merge(part);
    if (answer == ANSWER_DONE)
        return postgres_execute(table->server, "write to a table", "RELEASE part");
    if (answer == ANSWER_REFUSED &&
        postgres_execute(table->server, "write to a table", "ROLLBACK TO part; RELEASE part") ==
            ANSWER_LOST)
        return ANSWER_LOST;
    return answer;
}

static void refuse(const struct part *part)
{
    const struct postgres_table *table = part->table;
    struct portion_row *row = &part->portion->row[part->from];
    const char *shown = table->server->place->shown, *name = table->request->name;
    if (!table->request->refused)
        fail(EXIT_SYSTEM, "%s: cannot write to %s: %s", shown, name, table->server->why.at);
    if (part->portion == &table->server->again)
        fail(EXIT_SYSTEM, "%s: table %s has taken a row, and refuses it after a new connection: %s",
             shown, name, table->server->why.at);
    row->refused = true;
    table->request->refused(table->request->context,
                            &(struct sink_refusal){.line = portion_line(part->portion, part->from),
                                                   .timed = row->timed,
                                                   .time_ms = row->time_ms,
                                                   .why = table->server->why.at});
}

/* Refused rows are sent in halves until it is one; in their order, so that the last of a key
 * stays the last. */
static enum answer send_or_halve(struct part part)
{
    bool copied = is_copied(part.table);
    enum answer answer = send_part(&part);
    if (answer != ANSWER_REFUSED)
        return answer;
    if (copied && part.table->columns->key_count > 0) {
        part.table->fresh = false;
        return send_or_halve(part);
    }
    if (part.to - part.from == 1) {
        if (!part.portion->row[part.from].refused)
            refuse(&part);
        return ANSWER_DONE;
    }
    struct part half = part;
    half.to = part.from + (part.to - part.from) / 2;
    answer = send_or_halve(half);
    if (answer != ANSWER_DONE)
        return answer;
    part.from = half.to;
    return send_or_halve(part);
}

enum answer postgres_send(struct postgres_table *table, struct portion *portion, size_t columns)
{
    enum answer answer = postgres_ready_table(table);
    if (answer != ANSWER_DONE || portion->count == 0)
        return answer;
    table->server->judged = table;
    answer = send_or_halve((struct part){table, portion, columns, 0, portion->count});
    table->server->judged = NULL;
    return answer;
}
