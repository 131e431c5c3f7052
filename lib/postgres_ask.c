/* What is said to a PostgreSQL server, and what its answers mean. */
#include <poll.h>

#include "error.h"
#include "postgres_inside.h"
#include "progress.h"
#include "signals.h"

enum { LOOK_UP_MS = 100 };

enum { LONGEST_WHY = 200 };

void postgres_quote_in_schema(struct buffer *sql, const struct server *server, const char *name)
{
    sink_quote_name(sql, server->schema);
    buffer_append_char(sql, '.');
    sink_quote_name(sql, name);
}

struct slice postgres_first_line(const char *text)
{
    size_t length = strcspn(text, "\n");
    return (struct slice){text, length};
}

enum answer postgres_lose(struct server *server, const char *why)
{
    server->lost.length = 0;
    buffer_append(&server->lost, postgres_first_line(why));
    buffer_append_char(&server->lost, '\0');
    postgres_disconnect(server);
    return ANSWER_LOST;
}

static bool is_of_class(const char *state, const char *class)
{
    return strncmp(state, class, strlen(class)) == 0;
}

/* What another try may cure: a server that goes down or comes up, a deadlock, somebody's lock. */
static bool is_passing(const char *state)
{
    return is_of_class(state, "57P") || is_of_class(state, "08") || is_of_class(state, "40") ||
           strcmp(state, "55P03") == 0;
}

/* Data, constraints, what triggers raise, a check option, too large for an index or a page. */
static bool is_rows_fault(const char *state)
{
    return is_of_class(state, "22") || is_of_class(state, "23") || is_of_class(state, "P0") ||
           is_of_class(state, "44") || is_of_class(state, "54") || strcmp(state, "42804") == 0;
}

static const char *field(const PGresult *result, int name)
{
    const char *text = libpq.PQresultErrorField(result, name);
    return text ? text : "";
}

/* The server's words quote values: of a table with personal data it is told what failed, and no
 * more. */
static void say_why(struct buffer *why, const PGresult *result, bool secret)
{
    struct slice message = slice_of(field(result, PG_DIAG_MESSAGE_PRIMARY));
    const char *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (secret) {
        buffer_printf(why, "SQLSTATE %s", field(result, PG_DIAG_SQLSTATE));
        buffer_printf(why, *constraint ? ", constraint %s" : "%s", constraint);
        return;
    }
    if (message.length > LONGEST_WHY) {
        message.length = LONGEST_WHY;
        while (message.length > 0 && (message.at[message.length] & 0xc0) == 0x80)
            message.length--; /* not in the middle of a character */
    }
    buffer_append(why, message);
}

static enum answer refuse(struct server *server, const PGresult *result)
{
    server->why.length = 0;
    buffer_append_text(&server->why, "does not fit the table: ");
    say_why(&server->why, result, schema_has_pii(server->judged->request->schema));
    buffer_append_char(&server->why, '\0');
    return ANSWER_REFUSED;
}

static enum answer judge(struct server *server, const char *what, const PGresult *result)
{
    ExecStatusType status = libpq.PQresultStatus(result); /* of NULL it is an error */
    const char *state = field(result, PG_DIAG_SQLSTATE);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN)
        return ANSWER_DONE;
    const char *message =
        *state ? field(result, PG_DIAG_MESSAGE_PRIMARY) : libpq.PQerrorMessage(server->connection);
    if (libpq.PQstatus(server->connection) == CONNECTION_BAD || is_passing(state))
        return postgres_lose(server, message);
    if (server->judged && is_rows_fault(state))
        return refuse(server, result);
    struct slice line = postgres_first_line(message);
    fail(EXIT_SYSTEM, "%s: cannot %s: %.*s", server->place->shown, what, (int)line.length, line.at);
}

/* Looks up now and then: whoever has to end is not held by a server that says nothing. */
PGresult *postgres_result(struct server *server)
{
    while (libpq.PQisBusy(server->connection)) {
        struct pollfd ready = {libpq.PQsocket(server->connection), POLLIN, 0};
        poll(&ready, 1, LOOK_UP_MS);
        progress_look();
        if (!libpq.PQconsumeInput(server->connection))
            break;
        if (libpq.PQisBusy(server->connection) && signals_hurry())
            fail(EXIT_SYSTEM, "%s: the server has not answered, and the end was asked for",
                 server->place->shown);
    }
    return libpq.PQgetResult(server->connection);
}

PGresult *postgres_last_result(struct server *server, int sent)
{
    PGresult *last = NULL;
    for (PGresult *next; sent && (next = postgres_result(server));) {
        libpq.PQclear(last);
        last = next;
        if (libpq.PQresultStatus(next) == PGRES_COPY_IN)
            break;
    }
    return last;
}

enum answer postgres_answer(struct server *server, const char *what, PGresult *result)
{
    enum answer answer = judge(server, what, result);
    libpq.PQclear(result);
    return answer;
}

enum answer postgres_run(struct server *server, const char *what, const char *sql, int count,
                         const char *const *value, PGresult **result)
{
    if (!server->connection)
        return ANSWER_LOST;
    int sent = libpq.PQsendQueryParams(server->connection, sql, count, NULL, value, NULL, NULL, 0);
    PGresult *got = postgres_last_result(server, sent);
    if (!result)
        return postgres_answer(server, what, got);
    enum answer answer = judge(server, what, got);
    if (answer == ANSWER_DONE)
        *result = got;
    else
        libpq.PQclear(got);
    return answer;
}

enum answer postgres_execute(struct server *server, const char *what, const char *sql)
{
    if (!server->connection)
        return ANSWER_LOST;
    int sent = libpq.PQsendQuery(server->connection, sql);
    return postgres_answer(server, what, postgres_last_result(server, sent));
}

enum answer postgres_ask(struct server *server, const char *sql, const char *first,
                         const char *second, struct buffer *answer, bool *found)
{
    const char *const value[] = {first, second};
    PGresult *result;
    enum answer got =
        postgres_run(server, "read its tables", sql, !!first + !!second, value, &result);
    if (got != ANSWER_DONE)
        return got;
    *found = libpq.PQntuples(result) > 0;
    if (answer && *found) {
        answer->length = 0;
        buffer_append_text(answer, libpq.PQgetvalue(result, 0, 0));
        buffer_append_char(answer, '\0');
    }
    libpq.PQclear(result);
    return ANSWER_DONE;
}
