/* ft-sink: writes streams to tables, one transaction per epoch. */
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "delivery.h"
#include "error.h"
#include "output.h"
#include "state.h"

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

enum { USUAL_RETRY_MS = 5 * 60 * 1000 };

/* ft-sink --committed: which epoch the target has committed, once nobody is about to commit. */
static int print_committed(const struct delivery_settings *settings)
{
    struct directory state;
    struct buffer out = {0};
    char pipeline[PIPELINE_ID + 1];
    bool known = false;
    if (!settings->calls->list_committed)
        fail(EXIT_USAGE, "--committed: %s cannot remember which epoch it was given",
             settings->place.shown);
    if (settings->state && directory_open(&state, settings->state, false)) {
        known = state_pipeline(&state, false, pipeline);
        close(state_lock_sink(&state));
        directory_close(&state);
    }
    if (settings->state && !known)
        buffer_append_text(&out, "0\n");
    else
        settings->calls->list_committed(&settings->place, known ? pipeline : NULL, &out);
    output_open();
    output_bytes(buffer_slice(&out));
    output_close();
    buffer_free(&out);
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

static void set_option(struct delivery_settings *settings, bool *committed, int option)
{
    switch (option) {
    case OPTION_TAKE:
        take_free(&settings->take);
        settings->take = take_parse("--take", optarg, TAKE_AS);
        break;
    case OPTION_COMMITTED:
        *committed = true;
        break;
    case OPTION_PRINT_KEY:
        settings->place.print_key = true;
        break;
    case OPTION_RETRY:
        settings->place.retry_ms = command_duration("--retry", optarg);
        break;
    default:
        settings->write_time = take_name("--write-time", optarg);
    }
}

static void add_table(struct delivery *delivery, const char *argument)
{
    const char *equals = strchr(argument, '=');
    struct slice table = {argument, equals ? (size_t)(equals - argument) : strlen(argument)};
    const char *stream = equals ? equals + 1 : argument;
    if (table.length == 0)
        fail(EXIT_USAGE, "argument %s is not TABLE or TABLE=STREAM (see --help)", argument);
    if (strcmp(stream, "_rejected") != 0)
        command_stream("TABLE=STREAM", stream);
    delivery_name(delivery, table, stream);
}

static int64_t pinned_ms(const struct delivery_settings *settings)
{
    const char *seconds = getenv("SOURCE_DATE_EPOCH");
    if (!settings->write_time || !seconds)
        return -1;
    return 1000 * command_integer("$SOURCE_DATE_EPOCH", seconds, 0, 253402300799);
}

/* TABLE names COUNT tables. */
static int deliver(const struct delivery_settings *settings, char **table, int count)
{
    struct delivery *delivery = delivery_new(settings);
    bool to_lines = settings->calls == &sink_lines, chosen = settings->take.count > 0;
    for (int i = 0; i < count; i++)
        add_table(delivery, table[i]);
    if (count > 1 && (chosen || to_lines))
        fail(EXIT_USAGE, "%s one table: %s is one too many", to_lines ? "- takes" : "--take is for",
             table[1]);
    if (delivery_is_named(delivery, "_rejected") && count == 1 && (chosen || settings->write_time))
        fail(EXIT_USAGE, "--take and --write-time are not for _rejected, whose columns are fixed");
    return delivery_run(delivery);
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-sink", .help = help, .options = options, .is_last = true};
    struct delivery_settings settings = {.place.retry_ms = USUAL_RETRY_MS};
    bool committed = false;
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&settings, &committed, option);
    settings.state = command.state;
    settings.metrics = command.metrics;
    command_required("TARGET", argv[optind]);
    settings.place.name = argv[optind];
    settings.place.shown = sink_name_to_show(argv[optind]);
    settings.calls = sink_find(argv[optind]);
    settings.pinned_ms = pinned_ms(&settings);
    if (settings.place.print_key && settings.calls != &sink_lines)
        fail(EXIT_USAGE, "--print-key is for standard output (-)");
    if (committed && argc - optind > 1)
        fail(EXIT_USAGE, "argument %s is one too many (see --help)", argv[optind + 1]);
    int status = committed ? print_committed(&settings)
                           : deliver(&settings, argv + optind + 1, argc - optind - 1);
    take_free(&settings.take);
    free(settings.place.shown);
    return status;
}
