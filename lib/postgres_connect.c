/* The connection to a PostgreSQL server: made, waited for, and made again. */
#include <stdlib.h>
#include <time.h>

#include "duration.h"
#include "error.h"
#include "postgres_inside.h"
#include "progress.h"
#include "signals.h"

enum {
    OLDEST_VERSION = 130000, /* pg_current_xact_id */
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 5000,
    STEP_MS = 50,
    LOCK_TRIES = 10, /* of a second */
};

/* What stands behind the URI is said over its head, what stands before it is only proposed. */
static const char *const keyword[] = {"fallback_application_name", "connect_timeout",
                                      "keepalives_idle",           "keepalives_interval",
                                      "keepalives_count",          "tcp_user_timeout",
                                      "target_session_attrs",      "dbname",
                                      "client_encoding",           NULL};

enum { URI = 7, KEYWORDS = sizeof keyword / sizeof *keyword };

struct parameters {
    const char *value[KEYWORDS];
};

static struct parameters parameters(const struct server *server)
{
    struct parameters parameters = {{"ft-sink", signals_stopped() ? "2" : "3", "10", "5", "3",
                                     "30000", "read-write", NULL, "UTF8", NULL}};
    parameters.value[URI] = server->place->name;
    return parameters;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void postgres_pause(int64_t ms)
{
    const struct timespec step = {0, STEP_MS * 1000000};
    for (; ms > 0 && !signals_hurry(); ms -= STEP_MS) {
        nanosleep(&step, NULL);
        progress_look();
    }
}

static void be_silent(void *unused, const char *message)
{
    (void)unused;
    (void)message;
}

/* ---- a URI ---- */

/* The library would take what stands before the slash, or between two @, for a host, and tell it to
 * everybody. */
static bool has_open_secret(const char *uri)
{
    const char *rest = strstr(uri, "://") + 3;
    size_t length = strcspn(rest, "?"), host = strcspn(rest, "/?");
    const char *at = memchr(rest, '@', host);
    return (host < length && memchr(rest + host, '@', length - host)) ||
           (at && memchr(at + 1, '@', host - (size_t)(at + 1 - rest)));
}

/* Up to what it quotes, which may be the password. */
static int unquoted(const char *message)
{
    const char *quote = strstr(message, ": \"");
    return (int)(quote ? (size_t)(quote - message) : strcspn(message, "\n"));
}

static void check_uri(const struct server *server)
{
    char *message = NULL;
    PQconninfoOption *options = libpq.PQconninfoParse(server->place->name, &message);
    if (has_open_secret(server->place->name))
        fail(EXIT_USAGE, "%s: in a user and a password / is written %%2F, and @ is written %%40",
             server->place->shown);
    if (!options)
        fail(EXIT_USAGE, "%s: %.*s", server->place->shown, unquoted(message), message);
    libpq.PQconninfoFree(options);
}

/* ---- a session ---- */

/* Nothing ends our statements but we, and what is committed is on the disk. A backend whose client
 * is gone notices it soon: it holds locks. */
static enum answer set_up(struct server *server)
{
    static const char settings[] =
        "SET TimeZone = 'UTC'; SET statement_timeout = 0; SET lock_timeout = '1s'; "
        "SET idle_in_transaction_session_timeout = 0; SET jit = off; "
        "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
        "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 30000; "
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'";
    enum answer answer = postgres_execute(server, "begin a session", settings);
    if (answer == ANSWER_DONE && libpq.PQserverVersion(server->connection) >= 140000)
        answer = postgres_execute(server, "begin a session", "SET idle_session_timeout = 0");
    return answer;
}

/* The process that served the connection that was lost may not know that it is alone: it holds our
 * lock, and its transaction is undecided. */
static enum answer end_predecessor(struct server *server)
{
    static const char sql[] = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE concat(pid, ' ', backend_start) = $1";
    const char *const value[] = {server->backend};
    if (server->backend[0] == '\0')
        return ANSWER_DONE;
    return postgres_run(server, "end an old session", sql, 1, value, NULL);
}

static enum answer learn_backend(struct server *server)
{
    static const char sql[] = "SELECT concat(pid, ' ', backend_start), current_schema() "
                              "FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    PGresult *result;
    enum answer answer = postgres_run(server, "begin a session", sql, 0, NULL, &result);
    if (answer != ANSWER_DONE)
        return answer;
    if (libpq.PQntuples(result) != 1 || libpq.PQgetisnull(result, 0, 1))
        fail(EXIT_SYSTEM, "%s: there is no schema that tables could be made in (search_path)",
             server->place->shown);
    snprintf(server->backend, sizeof server->backend, "%s", libpq.PQgetvalue(result, 0, 0));
    if (!server->schema)
        server->schema = memory_text(slice_of(libpq.PQgetvalue(result, 0, 1)));
    libpq.PQclear(result);
    return ANSWER_DONE;
}

/* One try of a second; somebody else may have it. */
static PGresult *try_to_lock(struct server *server)
{
    static const char sql[] = "SELECT pg_advisory_lock(hashtextextended("
                              "concat('firsttouch ', $1::text, ' ', $2::text), 0))";
    const char *const value[] = {server->schema, server->pipeline};
    int sent = libpq.PQsendQueryParams(server->connection, sql, 2, NULL, value, NULL, NULL, 0);
    return postgres_last_result(server, sent);
}

static bool is_locked(const PGresult *result)
{
    const char *state = libpq.PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state && strcmp(state, "55P03") == 0;
}

/* After a lost connection it may be our own old session that still has it: that is worth a wait. */
static enum answer miss_lock(struct server *server)
{
    static const char message[] = "another ft-sink writes for pipeline";
    struct buffer why = {0};
    if (!server->known)
        fail(EXIT_SYSTEM, "%s: %s %s", server->place->shown, message, server->pipeline);
    buffer_printf(&why, "%s %s", message, server->pipeline);
    buffer_append_char(&why, '\0');
    enum answer answer = postgres_lose(server, why.at);
    buffer_free(&why);
    return answer;
}

/* The pipeline's lock, which the session then holds until it ends. */
static enum answer lock(struct server *server)
{
    if (server->pipeline[0] == '\0')
        return ANSWER_DONE;
    PGresult *result = try_to_lock(server);
    for (int tries = 1; is_locked(result) && tries < LOCK_TRIES && !signals_hurry(); tries++) {
        libpq.PQclear(result);
        result = try_to_lock(server);
    }
    if (is_locked(result)) {
        libpq.PQclear(result);
        return miss_lock(server);
    }
    return postgres_answer(server, "lock the pipeline", result);
}

/* A value that its encoding has no room for would be refused, and then its line in _rejected too:
 * no run would ever get past it. */
static void check_encoding(const struct server *server)
{
    const char *encoding = libpq.PQparameterStatus(server->connection, "server_encoding");
    if (encoding && strcmp(encoding, "UTF8") != 0 && strcmp(encoding, "SQL_ASCII") != 0)
        fail(EXIT_SYSTEM,
             "%s: the database is encoded in %s, which has not all characters: make "
             "one with ENCODING 'UTF8'",
             server->place->shown, encoding);
}

static enum answer begin_session(struct server *server)
{
    enum answer answer;
    libpq.PQsetNoticeProcessor(server->connection, be_silent, NULL);
    if (libpq.PQserverVersion(server->connection) < OLDEST_VERSION)
        fail(EXIT_SYSTEM, "%s: PostgreSQL 13 or later is needed", server->place->shown);
    check_encoding(server);
    if ((answer = set_up(server)) != ANSWER_DONE ||
        (answer = end_predecessor(server)) != ANSWER_DONE ||
        (answer = learn_backend(server)) != ANSWER_DONE || (answer = lock(server)) != ANSWER_DONE)
        return answer;
    for (size_t i = 0; i < server->table_count; i++)
        server->table[i]->stage_columns = 0;
    return ANSWER_DONE;
}

/* ---- waiting ---- */

bool postgres_gives_up(struct server *server)
{
    return now_ms() >= server->give_up_ms || signals_hurry();
}

void postgres_settled(struct server *server)
{
    if (server->waiting)
        warn("%s: connected again, going on", server->place->shown);
    server->waiting = false;
    server->give_up_ms = 0;
}

/* A server that was never ours, is there, and does not want us. It may have come up just now: one
 * more try. */
static bool is_refused(struct server *server)
{
    struct parameters all = parameters(server);
    if (server->known || signals_stopped())
        return false;
    for (int i = 0; i < 2; i++) {
        PGPing ping = libpq.PQpingParams(keyword, all.value, 1);
        if (ping == PQPING_NO_ATTEMPT)
            return true; /* it makes no sense to the library either */
        if (ping != PQPING_OK)
            return false;
        libpq.PQfinish(server->connection);
        server->connection = libpq.PQconnectdbParams(keyword, all.value, 1);
        if (libpq.PQstatus(server->connection) == CONNECTION_OK)
            return false;
    }
    return true;
}

/* One try; false when it was in vain, for now. */
static bool try_to_connect(struct server *server)
{
    struct parameters all = parameters(server);
    server->connection = libpq.PQconnectdbParams(keyword, all.value, 1);
    bool refused = libpq.PQstatus(server->connection) != CONNECTION_OK && is_refused(server);
    if (libpq.PQstatus(server->connection) == CONNECTION_OK)
        return begin_session(server) == ANSWER_DONE;
    struct slice why = postgres_first_line(libpq.PQerrorMessage(server->connection));
    if (refused)
        fail(EXIT_SYSTEM, "%s: cannot connect: %.*s", server->place->shown, (int)why.length,
             why.at);
    postgres_lose(server, libpq.PQerrorMessage(server->connection));
    return false;
}

static void say_that_we_wait(struct server *server)
{
    char duration[DURATION_TEXT];
    if (server->waiting)
        return;
    server->waiting = true;
    warn("%s: %s: trying again for %s", server->place->shown, server->lost.at,
         duration_format(server->place->retry_ms, duration));
}

void postgres_connect(struct server *server)
{
    int64_t pause_ms = FIRST_PAUSE_MS;
    if (!server->known) {
        libpq_load(server->place->shown);
        check_uri(server);
    }
    postgres_disconnect(server);
    if (server->give_up_ms == 0)
        server->give_up_ms = now_ms() + server->place->retry_ms;
    else if (server->known) { /* it is there, but we get no further */
        say_that_we_wait(server);
        postgres_pause(FIRST_PAUSE_MS);
    }
    while ((server->known && postgres_gives_up(server)) || !try_to_connect(server)) {
        if (postgres_gives_up(server))
            fail(EXIT_SYSTEM, "%s: %s", server->place->shown, server->lost.at);
        say_that_we_wait(server);
        postgres_pause(pause_ms);
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
    server->known = true;
}

void postgres_disconnect(struct server *server)
{
    libpq.PQfinish(server->connection); /* NULL does no harm */
    server->connection = NULL;
    server->open = false;
}
