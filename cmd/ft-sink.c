/* ft-sink: writes streams to tables, one transaction per epoch. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "error.h"
#include "filter.h"
#include "output.h"
#include "reject.h"
#include "sink_rules.h"
#include "state.h"
#include "take.h"

static const char help[] =
    "usage: ft-sink [OPTION]... TARGET [TABLE[=STREAM]]...\n"
    "\n"
    "Writes streams of the pipe to tables of TARGET. Rows are visible at a commit and not before,\n"
    "and commits are at barriers. A table with a key is upserted, one without is appended to. A\n"
    "bounded run without state replaces its tables in one transaction; a live one adds to them.\n"
    "Timestamps are written as RFC 3339 in UTC, decimals with their scale's digits.\n"
    "\n"
    "TARGET is one of\n"
    "  sqlite:FILE               tables of that database, and the table _rejected\n"
    "  postgresql://HOST/DATABASE\n"
    "                            the same of a PostgreSQL server; any URI that psql takes\n"
    "  -                         one stream as plain NDJSON on standard output, as it comes\n"
    "\n"
    "TABLE is a stream's name, or TABLE=STREAM gives it another. Without any, the pipe's one "
    "stream\n"
    "(-), or all of its streams (a database), are written.\n"
    "\n"
    "      --take 'COLUMN AS NAME, ...'\n"
    "                            the table's columns, in this order; for one TABLE only\n"
    "      --write-time NAME     a last column: when the row was written, or $SOURCE_DATE_EPOCH\n"
    "                            (seconds) so that two runs write the same\n"
    "      --print-key           -: the key and a tab before each row, for `kcat -P -K '\\t' -Z`;\n"
    "                            of a row that is deleted, these alone\n"
    "      --committed           print the epoch that TARGET has committed for the pipeline of "
    "the\n"
    "                            state (0: none); without --state for each, \"ID EPOCH\" a line\n"
    "      --retry DURATION      how long to wait for a PostgreSQL server that is away (5m; 0s: "
    "not)\n";

/* A stream that is written to a table. */
struct written {
    struct sink *sink;
    char *table_name;
    char *stream;
    struct schema *schema; /* the table's; NULL until the stream was announced */
    struct sink_table request;
    void *table;          /* the target's */
    const char **columns; /* of the record, for those of the table but the write time */
    size_t column_count;
    struct json_value *value; /* the record's columns, then the write time */
    uint64_t held;            /* records that the target has not judged yet */
    struct written *next;
};

struct sink {
    struct filter *filter;
    struct sink_place place;
    const char *write_time, *state_path;
    const struct sink_calls *calls;
    void *target;
    struct take_list take;
    struct written *written, **last;
    bool uncommitted;  /* something was written that no barrier has committed */
    bool named;        /* tables were named: other streams are not written */
    int64_t pinned_ms; /* $SOURCE_DATE_EPOCH; -1: the clock */
    int64_t now_ms;
    char now[24];               /* the same as text */
    uint64_t unshown;           /* rejected records that the target has no table for */
    struct buffer first_reason; /* of these */
    struct layout *reject_layout;
    struct directory state; /* with --state */
};

enum { USUAL_RETRY_MS = 5 * 60 * 1000 };

static bool is_lines(const struct sink *self)
{
    return self->calls == &sink_lines;
}

static struct written *find_written(const struct sink *self, const char *stream)
{
    struct written *written = self->written;
    while (written && strcmp(written->stream, stream) != 0)
        written = written->next;
    return written;
}

/* Databases do not tell names apart by case. */
static void refuse_second(const struct sink *self, const char *table)
{
    for (const struct written *written = self->written; written; written = written->next)
        if (strcasecmp(written->table_name, table) == 0)
            fail(EXIT_USAGE, "table %s is named twice", table);
}

static struct written *add_written(struct sink *self, struct slice table, const char *stream)
{
    struct written *written = memory_new(1, sizeof *written);
    written->sink = self;
    written->table_name = memory_text(table);
    refuse_second(self, written->table_name);
    written->stream = memory_text(slice_of(stream));
    *self->last = written;
    self->last = &written->next;
    return written;
}

/* ---- rows ---- */

static struct json_value write_time(struct sink *self)
{
    struct timespec now;
    int64_t now_ms = self->pinned_ms;
    if (now_ms < 0) {
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    }
    if (now_ms != self->now_ms) {
        self->now_ms = now_ms;
        snprintf(self->now, sizeof self->now, "%" PRId64, now_ms);
    }
    return (struct json_value){self->now, (uint32_t)strlen(self->now), JSON_NUMBER, 0};
}

static enum fate refuse(const struct written *written, const struct record *record,
                        const char *column, const char *why)
{
    ptrdiff_t index = column ? schema_find(written->schema, column) : -1;
    bool of_record = index >= 0 && (size_t)index < written->column_count;
    return record_reject(record, of_record ? written->columns[index] : column,
                         of_record ? &record->value[index] : NULL, why);
}

static enum fate on_record(void *state, const struct record *record)
{
    struct written *written = state;
    struct sink *self = written->sink;
    struct sink_row row = {.value = record->value,
                           .is_delete = record->is_delete,
                           .line = record->line,
                           .timed = record->timed,
                           .time_ms = record->time_ms};
    const char *column, *why;
    if (self->write_time && written->value) {
        for (size_t i = 0; i < written->column_count; i++)
            written->value[i] = record->value[i];
        written->value[written->column_count] = write_time(self);
        row.value = written->value;
    }
    if (written->request.whole || written->schema->open)
        row.body = record_body(record);
    self->uncommitted = true;
    if (!self->calls->put(written->table, &row, &column, &why))
        return refuse(written, record, column, why);
    written->held += self->calls->defers;
    return self->calls->defers ? FATE_HELD : FATE_USED;
}

/* A record that was held, and that the target refuses now. */
static void on_refused(void *state, const struct sink_refusal *refusal)
{
    struct written *written = state;
    struct filter *filter = written->sink->filter;
    reject_write(&(struct rejection){
        .stream = written->stream,
        .reason = refusal->why,
        .timed = refusal->timed,
        .time_ms = refusal->time_ms,
        .raw = refusal->line,
        .hide_raw = !refusal->line.at || schema_has_pii(filter_schema(filter, written->stream)),
    });
    written->held--;
    filter_release(filter, written->stream, FATE_REJECTED, 1);
}

/* Of what is committed no record is held any longer. */
static void release_held(struct sink *self)
{
    for (struct written *written = self->written; written; written = written->next) {
        filter_release(self->filter, written->stream, FATE_USED, written->held);
        written->held = 0;
    }
}

/* A target that shows one stream does not show what was rejected; it is counted, and said. */
static void count_unshown(struct sink *self, const struct json_value *reason)
{
    struct buffer decoded = {0};
    if (self->unshown++ == 0)
        json_quote_for_message(&self->first_reason, json_decode(reason, &decoded));
    buffer_free(&decoded);
}

static enum fate on_unshown(void *state, const struct record *record)
{
    count_unshown(state, &record->value[0]);
    return FATE_DROPPED;
}

/* There is nowhere else to put it. */
static void put_rejected(const struct sink *self, const struct written *written,
                         const struct sink_row *row)
{
    const char *column = NULL, *why;
    if (!self->calls->put(written->table, row, &column, &why))
        fail(EXIT_SYSTEM, "%s: cannot write to %s: %s", self->place.shown, written->table_name,
             why);
}

/* What ft-sink itself rejects goes straight to its own _rejected. */
static void take_rejected(void *state, struct slice line)
{
    struct sink *self = state;
    struct written *written = find_written(self, "_rejected");
    struct sink_row row = {.body = {0}};
    struct json_error error;
    struct json_value *value = memory_new(REJECT_COLUMNS, sizeof *value);
    if (!layout_scan(self->reject_layout, line, value, &error))
        fail(EXIT_SYSTEM, "a line of _rejected is broken: %s", error.reason);
    row.value = value;
    row.body = layout_body(self->reject_layout, line, NULL);
    if (written && written->table)
        put_rejected(self, written, &row);
    else
        count_unshown(self, &value[REJECT_REASON]);
    free(value);
}

/* ---- what is known before the first record ---- */

static const struct column *column_of(const struct schema *schema, const char *name)
{
    ptrdiff_t index = schema_find(schema, name);
    return index < 0 ? NULL : &schema->column[index];
}

/* The name that COLUMN has in a table with chosen columns; NULL when it was not chosen. */
static const char *name_of(const void *context, const char *column)
{
    const struct sink *self = context;
    for (size_t i = 0; i < self->take.count; i++)
        if (strcmp(self->take.at[i].column, column) == 0)
            return self->take.at[i].name;
    return NULL;
}

static struct schema *chosen_schema(const struct sink *self, const struct written *written,
                                    const struct schema *stream)
{
    struct type any = {.kind = TYPE_ANY};
    struct schema *table = schema_new(written->table_name);
    for (size_t i = 0; i < self->take.count; i++) {
        const struct column *column = column_of(stream, self->take.at[i].column);
        schema_add_column(table, self->take.at[i].name, column ? &column->type : &any,
                          column && column->pii);
    }
    const char *missing = schema_follow(table, stream, name_of, self);
    if (missing)
        fail(EXIT_USAGE, "--take: %s is the key of stream %s, whose rows replace each other",
             missing, stream->stream);
    return table;
}

static void ask_for_columns(struct written *written, const struct schema *stream,
                            const struct take_list *take)
{
    written->column_count = take ? take->count : stream->column_count;
    written->columns = memory_new(written->column_count, sizeof *written->columns);
    for (size_t i = 0; i < written->column_count; i++)
        written->columns[i] = take ? take->at[i].column : stream->column[i].name;
}

static bool is_rejected(const struct schema *schema)
{
    return strcmp(schema->stream, "_rejected") == 0;
}

static void write_stream(struct sink *self, struct written *written, const struct schema *stream)
{
    struct type timestamp = {.kind = TYPE_TIMESTAMP};
    bool chosen = self->take.count > 0 && !is_rejected(stream);
    written->schema =
        chosen ? chosen_schema(self, written, stream) : schema_copy(stream, written->table_name);
    ask_for_columns(written, stream, chosen ? &self->take : NULL);
    if (self->write_time && !is_rejected(stream)) {
        if (written->schema->open)
            fail(EXIT_USAGE, "--write-time: stream %s declares no columns: choose some with --take",
                 stream->stream);
        schema_add_column(written->schema, self->write_time, &timestamp, false);
        written->value = memory_new(written->column_count + 1, sizeof *written->value);
    }
    written->request = (struct sink_table){.name = written->table_name,
                                           .schema = written->schema,
                                           .whole = !chosen && !self->write_time,
                                           .refused = is_rejected(stream) ? NULL : on_refused,
                                           .context = written};
    sink_check_names(&written->request);
    filter_consume(self->filter, &(struct intake_request){.stream = stream->stream,
                                                          .columns = written->columns,
                                                          .column_count = written->column_count,
                                                          .required_columns = written->column_count,
                                                          .record = on_record,
                                                          .state = written});
}

static void consume_unshown(struct sink *self)
{
    static const char *const columns[] = {"reason"};
    filter_consume(self->filter, &(struct intake_request){.stream = "_rejected",
                                                          .columns = columns,
                                                          .column_count = 1,
                                                          .record = on_unshown});
}

static void on_schema(void *state, const struct schema *schema)
{
    struct sink *self = state;
    struct written *written = find_written(self, schema->stream);
    if (written)
        write_stream(self, written, schema);
    else if (is_rejected(schema))
        consume_unshown(self);
    else if (!self->named)
        write_stream(self, add_written(self, slice_of(schema->stream), schema->stream), schema);
}

static void list_written(const struct sink *self, struct buffer *out)
{
    for (const struct written *written = self->written; written; written = written->next)
        if (written->stream[0] != '_')
            buffer_printf(out, "%s%s", out->length ? ", " : "", written->stream);
    buffer_append_char(out, '\0');
}

/* With state: nobody else writes for this pipeline, and the run goes on from our last epoch. */
static void go_on(struct sink *self)
{
    const struct run *run = filter_about(self->filter);
    uint64_t committed = self->calls->committed(self->target);
    if (committed != run->restore)
        fail(EXIT_USAGE,
             "%s: epoch %" PRIu64 " of pipeline %s is committed, and the run goes on from %" PRIu64
             ": start it again with --restore %" PRIu64,
             self->place.shown, committed, run->pipeline, run->restore, committed);
    if (committed > 0)
        state_set_committed(&self->state, committed);
}

static void open_target(struct sink *self)
{
    bool has_state = filter_has_state(self->filter);
    if (has_state && !self->calls->committed)
        fail(EXIT_USAGE,
             "%s cannot remember which epoch it was given: with --state, write to a database",
             self->place.shown);
    if (has_state && !directory_open(&self->state, self->state_path, false))
        fail(EXIT_USAGE, "--state: there is no directory %s", self->state_path);
    if (has_state)
        state_check_pipeline(&self->state, filter_about(self->filter)->pipeline);
    if (has_state) /* not before: ft-ingest in the same pipe may still ask --committed */
        state_lock_sink(&self->state);
    self->target = self->calls->open(&self->place, filter_about(self->filter));
    if (has_state)
        go_on(self);
}

static void on_start(void *state)
{
    struct sink *self = state;
    struct buffer list = {0};
    list_written(self, &list);
    if (!self->named && list.length == 1)
        fail(EXIT_USAGE, "there is no stream in the input");
    if (!self->named && is_lines(self) && strchr(list.at, ','))
        fail(EXIT_USAGE, "the input has several streams: name the one to print (there are: %s)",
             list.at);
    buffer_free(&list);
    if (!is_lines(self) && !filter_about(self->filter)->begun)
        fail(EXIT_USAGE,
             "the input has no _begin: it is not known whether tables are to be replaced");
    open_target(self);
    for (struct written *written = self->written; written; written = written->next)
        written->table = self->calls->table(self->target, &written->request);
    if (self->calls->opened)
        self->calls->opened(self->target);
    self->uncommitted = true; /* the tables themselves */
}

static void on_barrier(void *state, uint64_t epoch)
{
    struct sink *self = state;
    self->calls->commit(self->target, epoch);
    release_held(self);
    self->uncommitted = false;
    if (self->state.path)
        state_set_committed(&self->state, epoch);
}

static void on_end(void *state)
{
    struct sink *self = state;
    if (self->uncommitted && !is_lines(self))
        fail(EXIT_USAGE, "the input ended with records that no _barrier commits");
    if (self->unshown > 0)
        warn("%" PRIu64 " record%s rejected (the first: %.*s): see 'ft-sink - _rejected'",
             self->unshown, self->unshown == 1 ? " was" : "s were", (int)self->first_reason.length,
             self->first_reason.at);
    buffer_free(&self->first_reason);
}

static void free_written(struct sink *self)
{
    for (struct written *written = self->written, *next; written; written = next) {
        next = written->next;
        schema_free(written->schema);
        free(written->columns);
        free(written->value);
        free(written->table_name);
        free(written->stream);
        free(written);
    }
}

static struct layout *rejected_layout(void)
{
    const char *name[REJECT_COLUMNS];
    struct schema *schema = reject_schema();
    for (size_t i = 0; i < REJECT_COLUMNS; i++)
        name[i] = schema->column[i].name;
    struct layout *layout = layout_new(name, REJECT_COLUMNS, LAYOUT_WHOLE);
    schema_free(schema);
    return layout;
}

static int run(struct sink *self, const struct command *command)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .barrier = on_barrier,
                                              .end = on_end,
                                              .is_last = true};
    self->filter = filter_new(&calls, self);
    self->reject_layout = rejected_layout();
    reject_destination(take_rejected, self);
    if (!is_lines(self) && !find_written(self, "_rejected"))
        add_written(self, slice_of("_rejected"), "_rejected");
    for (const struct written *written = self->written; written; written = written->next)
        filter_expect(self->filter, written->stream);
    if (!self->named)
        filter_refuse_unannounced(self->filter);
    filter_metrics(self->filter, command->metrics);
    filter_state(self->filter, command->state);
    int status = filter_run(self->filter);
    self->calls->close(self->target);
    directory_close(&self->state);
    filter_free(self->filter);
    free_written(self);
    layout_free(self->reject_layout);
    take_free(&self->take);
    free(self->place.shown);
    return status;
}

/* ---- options ---- */

/* ft-sink --committed: which epoch the target has committed, once nobody is about to commit. */
static int print_committed(struct sink *self)
{
    struct directory state;
    struct buffer out = {0};
    char pipeline[PIPELINE_ID + 1];
    bool known = false;
    if (!self->calls->list_committed)
        fail(EXIT_USAGE, "--committed: %s cannot remember which epoch it was given",
             self->place.shown);
    if (self->state_path && directory_open(&state, self->state_path, false)) {
        known = state_pipeline(&state, false, pipeline);
        close(state_lock_sink(&state));
        directory_close(&state);
    }
    if (self->state_path && !known)
        buffer_append_text(&out, "0\n");
    else
        self->calls->list_committed(&self->place, known ? pipeline : NULL, &out);
    output_open();
    output_bytes(buffer_slice(&out));
    output_close();
    buffer_free(&out);
    free(self->place.shown);
    return EXIT_DONE;
}

enum {
    OPTION_TAKE = COMMAND_LONG,
    OPTION_WRITE_TIME,
    OPTION_COMMITTED,
    OPTION_RETRY,
    OPTION_PRINT_KEY
};

static const struct option options[] = {
    {"take", required_argument, NULL, OPTION_TAKE},
    {"write-time", required_argument, NULL, OPTION_WRITE_TIME},
    {"committed", no_argument, NULL, OPTION_COMMITTED},
    {"retry", required_argument, NULL, OPTION_RETRY},
    {"print-key", no_argument, NULL, OPTION_PRINT_KEY},
    {0},
};

static void add_table(struct sink *self, const char *argument)
{
    const char *equals = strchr(argument, '=');
    struct slice table = {argument, equals ? (size_t)(equals - argument) : strlen(argument)};
    const char *stream = equals ? equals + 1 : argument;
    if (table.length == 0)
        fail(EXIT_USAGE, "argument %s is not TABLE or TABLE=STREAM (see --help)", argument);
    if (strcmp(stream, "_rejected") != 0)
        command_stream("TABLE=STREAM", stream);
    if (find_written(self, stream))
        fail(EXIT_USAGE, "stream %s is named twice", stream);
    add_written(self, table, stream);
    self->named = true;
}

static void pin_write_time(struct sink *self)
{
    const char *seconds = getenv("SOURCE_DATE_EPOCH");
    self->pinned_ms = -1;
    if (self->write_time && seconds)
        self->pinned_ms = 1000 * command_integer("$SOURCE_DATE_EPOCH", seconds, 0, 253402300799);
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-sink", .help = help, .options = options, .is_last = true};
    struct sink self = {.last = &self.written, .now_ms = -1, .place.retry_ms = USUAL_RETRY_MS};
    bool committed = false;
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;) {
        if (option == OPTION_TAKE) {
            take_free(&self.take);
            self.take = take_parse("--take", optarg, TAKE_AS);
        } else if (option == OPTION_COMMITTED) {
            committed = true;
        } else if (option == OPTION_PRINT_KEY) {
            self.place.print_key = true;
        } else if (option == OPTION_RETRY) {
            self.place.retry_ms = command_duration("--retry", optarg);
        } else {
            self.write_time = take_name("--write-time", optarg);
        }
    }
    self.state_path = command.state;
    command_required("TARGET", argv[optind]);
    self.place.name = argv[optind];
    self.place.shown = sink_name_to_show(argv[optind]);
    self.calls = sink_find(argv[optind]);
    if (self.place.print_key && !is_lines(&self))
        fail(EXIT_USAGE, "--print-key is for standard output (-)");
    if (committed && argc - optind > 1)
        fail(EXIT_USAGE, "argument %s is one too many (see --help)", argv[optind + 1]);
    if (committed)
        return print_committed(&self);
    for (int i = optind + 1; i < argc; i++)
        add_table(&self, argv[i]);
    if (argc - optind > 2 && (self.take.count || is_lines(&self)))
        fail(EXIT_USAGE, "%s one table: %s is one too many",
             is_lines(&self) ? "- takes" : "--take is for", argv[optind + 2]);
    if (find_written(&self, "_rejected") && argc - optind == 2 &&
        (self.take.count || self.write_time))
        fail(EXIT_USAGE, "--take and --write-time are not for _rejected, whose columns are fixed");
    pin_write_time(&self);
    return run(&self, &command);
}
