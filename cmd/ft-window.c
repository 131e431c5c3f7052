/* ft-window: tells of the records of each key in each window of time. */
#include <stdlib.h>

#include "command.h"
#include "emit.h"
#include "error.h"
#include "fast.h"
#include "fields.h"
#include "filter.h"
#include "reject.h"
#include "spans.h"
#include "summary.h"
#include "windows.h"
#include "zone.h"

static const char help[] =
    "usage: ft-window --from STREAM (--tumble DURATION | --session GAP) --select COLUMNS\n"
    "                 [OPTION]...\n"
    "\n"
    "One row for each key and window of time, when the window is complete: once, in the order of\n"
    "(end, start, key). Windows have a size, [start, end), and tumble: each begins where the one\n"
    "before it ends, counted from 1970-01-01. A session goes on as long as each record comes at\n"
    "most GAP behind the one before it, and ends GAP behind the last. No row tells of nothing.\n"
    "\n"
    "  -f, --from STREAM         what is told of; consumed\n"
    "      --tumble DURATION     the size of a window: 5m, 1h, 1d\n"
    "      --session GAP         how long nothing happens before a session is over: 30m\n"
    "  -b, --by 'COLUMN, ...'    the key; null is a key like others. Without it all records are "
    "of\n"
    "                            one\n"
    "  -s, --select 'EXPRESSION AS NAME, ...'\n"
    "                            the columns of the row, in SQL (ft-expressions(7)): those of "
    "--by,\n"
    "                            window_start, window_end, aggregates such as COUNT(*) and\n"
    "                            SUM(total), and what is computed of these. When each has an\n"
    "                            aggregate in it, the key, window_start and window_end come first\n"
    "      --where CONDITION     only records for which it is true\n"
    "      --to STREAM           name of the stream that is made; window\n"
    "      --tz AREA/CITY        days go from midnight to midnight there, and may have 23 or 25\n"
    "                            hours; UTC. Windows are whole days then, or divide one\n"
    "      --keep                pass the records on as well\n";

struct window_filter {
    struct filter *filter;
    const char *from, *to, *zone;
    struct take_list by;
    const char *where, *select;
    enum spans_kind kind;
    int64_t size_ms; /* or the gap; -1: not given */
    bool keep;

    struct spans *spans;
    struct summary *summary;
    struct windows *windows;
    struct emitter *emitter;
    int64_t watermark_ms;

    struct part *part; /* on disk; NULL without state */
    struct slice *saved;
    struct buffer scratch;
};

static enum fate on_record(void *state, const struct record *record)
{
    struct window_filter *self = state;
    struct slice key = {0};
    enum fate fate = summary_take(self->summary, record, &key);
    if (fate != FATE_USED)
        return fate;
    bool added =
        windows_add(self->windows, key, record->time_ms, summary_evaluation(self->summary));
    return added ? FATE_USED : summary_reject(self->summary, record);
}

static void reject_window(struct window_filter *self, const struct window *window,
                          const char *reason)
{
    self->scratch.length = 0;
    summary_describe(self->summary, window, &self->scratch);
    reject_write(&(struct rejection){.stream = self->to,
                                     .reason = reason,
                                     .timed = true,
                                     .time_ms = spans_due(self->spans, window->span),
                                     .raw = buffer_slice(&self->scratch),
                                     .hide_raw = summary_is_pii(self->summary)});
    filter_count(self->filter, self->to, FATE_REJECTED);
}

static void tell(void *state, const struct window *window)
{
    struct window_filter *self = state;
    const struct slice *values;
    const char *reason;
    if (!summary_row(self->summary, window, &values, &reason)) {
        reject_window(self, window, reason);
        return;
    }
    emit(self->emitter, &(struct emission){.timed = true,
                                           .time_ms = spans_due(self->spans, window->span),
                                           .values = values});
    filter_emitted(self->filter);
}

static int64_t on_watermark(void *state, int64_t watermark_ms)
{
    struct window_filter *self = state;
    windows_fire(self->windows, watermark_ms, tell, self);
    self->watermark_ms = watermark_ms;
    return watermark_ms;
}

static uint64_t keys(void *state)
{
    const struct window_filter *self = state;
    return windows_count(self->windows);
}

/* ---- on disk ---- */

/* A line is [due, start, end, the key, accumulators]. The last one of a window counts, and that of
 * a session counts for all those that it has taken in. */
enum { SAVED_START, SAVED_END, SAVED_KEY };

static void save_window(void *state, const struct window *window)
{
    struct window_filter *self = state;
    char start[INTEGER_TEXT + FAST_PADDING], end[INTEGER_TEXT + FAST_PADDING];
    int64_t due_ms = spans_due(self->spans, window->span);
    size_t behind_key = SAVED_KEY + self->by.count;
    self->scratch.length = 0;
    aggregates_write(summary_aggregates(self->summary), window->accumulators, &self->scratch);
    buffer_reserve(&self->scratch, FAST_PADDING);
    self->saved[SAVED_START] = slice_of_integer(window->span.start_ms, start);
    self->saved[SAVED_END] = slice_of_integer(window->span.end_ms, end);
    fields_unpack(window->key.at, self->saved + SAVED_KEY, self->by.count);
    self->saved[behind_key] = buffer_slice(&self->scratch);
    fields_write(part_begin(self->part), due_ms, self->saved, behind_key + 1);
    part_end(self->part, due_ms);
}

static enum fate on_saved(void *state, const struct record *record)
{
    struct window_filter *self = state;
    const struct json_value *accumulators = &record->value[SAVED_KEY + self->by.count];
    struct span span;
    const char *why;
    size_t size = fields_size(record->value + SAVED_KEY, self->by.count);
    self->scratch.length = 0;
    buffer_reserve(&self->scratch, size + FAST_PADDING);
    fields_pack(self->scratch.at, record->value + SAVED_KEY, self->by.count);
    bool good = type_int(&record->value[SAVED_START], &span.start_ms, &why) &&
                type_int(&record->value[SAVED_END], &span.end_ms, &why) &&
                windows_put(self->windows, (struct slice){self->scratch.at, size}, span,
                            json_text(accumulators));
    return good ? FATE_USED : FATE_REJECTED;
}

/* Then all are written anew: there are many lines that do not count any more. */
enum { LINES_PER_WINDOW = 3, FEWEST_LINES = 1000 };

/* Each epoch adds the windows that changed in it. The others age by their horizon. */
static void on_save(void *state)
{
    struct window_filter *self = state;
    if (self->watermark_ms != INT64_MIN)
        part_expire(self->part, self->watermark_ms + 1);
    if (part_lines(self->part) <= LINES_PER_WINDOW * windows_count(self->windows) + FEWEST_LINES) {
        windows_news(self->windows, save_window, self);
        return;
    }
    windows_news(self->windows, NULL, NULL);
    part_restart(self->part);
    windows_each(self->windows, save_window, self);
}

static void open_part(struct window_filter *self)
{
    char size[INTEGER_TEXT];
    size_t fields = SAVED_KEY + self->by.count + 1;
    const char **names = memory_new(fields, sizeof *names);
    for (size_t i = 0; i < fields; i++)
        names[i] = ""; /* rows have no names */
    filter_setting(self->filter, "--from", slice_of(self->from));
    filter_setting(self->filter,
                   self->kind == SPANS_TUMBLE ? "--tumble (in ms)" : "--session (in ms)",
                   slice_of_integer(self->size_ms, size));
    summary_settings(self->summary, self->filter);
    self->part = filter_part(
        self->filter, "windows",
        &(struct intake_request){
            .stream = "windows", .columns = names, .column_count = fields, .record = on_saved});
    self->saved = memory_new(fields, sizeof *self->saved);
    free(names);
}

/* ---- what is known before the first record ---- */

static void on_schema(void *state, const struct schema *schema)
{
    struct window_filter *self = state;
    if (strcmp(schema->stream, self->from) != 0)
        return;
    schema_require_facts(schema);
    self->summary = summary_new(&(struct summary_options){.by = &self->by,
                                                          .where = self->where,
                                                          .select = self->select,
                                                          .zone = self->zone,
                                                          .to = self->to,
                                                          .by_day = self->kind == SPANS_TUMBLE &&
                                                                    spans_are_days(self->size_ms)},
                                schema);
    const struct columns *columns = summary_columns(self->summary);
    filter_consume(self->filter, &(struct intake_request){.stream = self->from,
                                                          .columns = columns->name,
                                                          .column_count = columns->count,
                                                          .required_columns = columns->count,
                                                          .record = on_record,
                                                          .keep = self->keep});
}

static void on_start(void *state)
{
    struct window_filter *self = state;
    const struct schema *row = summary_schema(self->summary);
    const char **names = memory_new(row->column_count, sizeof *names);
    for (size_t i = 0; i < row->column_count; i++)
        names[i] = row->column[i].name;
    filter_emit_schema(self->filter, row);
    self->emitter = emitter_new(self->to, names, row->column_count);
    self->windows = windows_new(self->spans, summary_aggregates(self->summary), self->by.count,
                                filter_has_state(self->filter));
    open_part(self);
    free(names);
}

static int run(struct window_filter *self, const struct command *command)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .watermark = on_watermark,
                                              .save = on_save,
                                              .keys = keys};
    self->filter = filter_new(&calls, self);
    self->spans = spans_new(self->kind, self->size_ms, self->zone);
    filter_expect(self->filter, self->from);
    filter_metrics(self->filter, command->metrics);
    filter_state(self->filter, command->state);
    int status = filter_run(self->filter);
    filter_free(self->filter);
    windows_free(self->windows);
    summary_free(self->summary);
    spans_free(self->spans);
    emitter_free(self->emitter);
    take_free(&self->by);
    buffer_free(&self->scratch);
    free(self->saved);
    return status;
}

enum {
    OPTION_TUMBLE = COMMAND_LONG,
    OPTION_SESSION,
    OPTION_WHERE,
    OPTION_TO,
    OPTION_TZ,
    OPTION_KEEP,
};

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'},
    {"tumble", required_argument, NULL, OPTION_TUMBLE},
    {"session", required_argument, NULL, OPTION_SESSION},
    {"by", required_argument, NULL, 'b'},
    {"select", required_argument, NULL, 's'},
    {"where", required_argument, NULL, OPTION_WHERE},
    {"to", required_argument, NULL, OPTION_TO},
    {"tz", required_argument, NULL, OPTION_TZ},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {0},
};

static void set_size(struct window_filter *self, enum spans_kind kind, const char *option)
{
    if (self->size_ms >= 0 && self->kind != kind)
        fail(EXIT_USAGE, "--tumble and --session exclude each other");
    self->kind = kind;
    self->size_ms = command_duration(option, optarg);
    if (self->size_ms == 0)
        fail(EXIT_USAGE, "%s: %s is no time at all", option, optarg);
}

static void set_option(struct window_filter *self, int option)
{
    switch (option) {
    case 'f':
        self->from = command_stream("--from", optarg);
        break;
    case OPTION_TUMBLE:
        set_size(self, SPANS_TUMBLE, "--tumble");
        break;
    case OPTION_SESSION:
        set_size(self, SPANS_SESSION, "--session");
        break;
    case 'b':
        take_free(&self->by);
        self->by = take_parse("--by", optarg, TAKE_PLAIN);
        break;
    case 's':
        self->select = optarg;
        break;
    case OPTION_WHERE:
        self->where = optarg;
        break;
    case OPTION_TO:
        self->to = command_stream("--to", optarg);
        break;
    case OPTION_TZ:
        self->zone = optarg;
        if (!zone_exists(self->zone))
            fail(EXIT_USAGE, "--tz: there is no time zone %s", self->zone);
        break;
    default:
        self->keep = true;
    }
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-window", .help = help, .options = options};
    struct window_filter self = {.to = "window", .size_ms = -1, .watermark_ms = INT64_MIN};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&self, option);
    command_required("--from", self.from);
    command_required("--tumble or --session", self.size_ms > 0 ? "given" : NULL);
    command_required("--select", self.select);
    if (self.zone && self.kind == SPANS_TUMBLE && !spans_fit_days(self.size_ms))
        fail(EXIT_USAGE, "--tz: windows are whole days there, or divide one: see --tumble");
    command_no_arguments(argc, argv);
    return run(&self, &command);
}
