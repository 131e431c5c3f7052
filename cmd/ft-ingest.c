/* ft-ingest: many files and pipes become one stream of tagged lines. */
#include <stdlib.h>

#include "bytes.h"
#include "command.h"
#include "declare.h"
#include "error.h"
#include "ingest.h"
#include "messages.h"
#include "output.h"
#include "wanted.h"

static const char help[] =
    "usage: ft-ingest [-c CONTRACT] [OPTION]... [--follow] STREAM[:PARTITIONS]=PATH...\n"
    "       ft-ingest --tagged FILE\n"
    "       ft-ingest --print kcat-format\n"
    "       ft-ingest --print kcat-args [OPTION]... STREAM:PARTITIONS...\n"
    "       ft-ingest --print topics [-c CONTRACT] STREAM...\n"
    "\n"
    "Reads NDJSON from files, FIFOs and standard input (PATH -), gzip or plain, and writes one\n"
    "stream of tagged lines with watermarks, barriers and the end (ft-streams(5)). Tables "
    "(streams\n"
    "without a time) are read first, then regular files merged by event time, then pipes as they\n"
    "arrive. Lateness is judged here, once: a record is late when its time is at or below the\n"
    "watermark of its own source, highest time - lag - 1 ms; late ones go to _rejected.\n"
    "\n"
    "  -c, --contract FILE       what is agreed about the streams; $FT_CONTRACT when not given\n"
    "\n"
    "Without a contract, or for what it leaves open (SETTING is for all streams, STREAM=SETTING "
    "for\n"
    "one):\n"
    "      --time COLUMN:UNIT    the event time; UNIT is s, ms, us, ns, rfc3339 or a time zone "
    "for\n"
    "                            \"YYYY-MM-DD HH:MM:SS\"; `none` makes a table\n"
    "      --lag DURATION        how far out of order records may be; 0s; `unbounded` for files\n"
    "                            that are not sorted at all. Overrules the contract.\n"
    "      --key 'COLUMN, ...'   the key; a table with a key is an upsert stream\n"
    "      --idle DURATION       live: a source silent for so long is not waited for. Overrules "
    "the\n"
    "                            contract.\n"
    "\n"
    "Messages of Kafka, as `kcat -C -f \"$(ft-ingest --print kcat-format)\"` prints them:\n"
    "      --format kcat         the sources are such pipes: STREAM:3=PATH, STREAM:0-3=PATH or\n"
    "                            STREAM:0,2=PATH says of which partitions, each being a source;\n"
    "                            STREAM=PATH is one partition; one PATH may serve several. With\n"
    "                            partitions this option is not needed; `ndjson` is for lines.\n"
    "      --take 'offset AS NAME, key AS NAME, ...'\n"
    "                            columns in front of the payload's: key, partition, offset, "
    "topic,\n"
    "                            time (the broker's, in ms)\n"
    "      --print kcat-args     prints, for each partition, the options with which kcat goes on\n"
    "                            where --state and --restore say; `topics`: for each stream its\n"
    "                            topic, and `timed` or `table`\n"
    "\n"
    "      --follow STREAM=PATH  the file is followed as it grows, by its name, through "
    "rotations:\n"
    "                            what was renamed is finished before the new one is begun\n"
    "      --rotate-wait DURATION\n"
    "                            how long a renamed file to which somebody may still write must "
    "be\n"
    "                            silent before the new one is begun; 5s\n"
    "      --tagged FILE         replay lines that ft-ingest has written before\n"
    "      --watermark-step DURATION\n"
    "                            a watermark line each time it has moved so far; half the "
    "smallest\n"
    "                            lag, at least 1s\n"
    "      --max-line BYTES      longer lines are rejected; 16777216\n"
    "      --max-future DURATION times so far beyond the clock are rejected; 1h when live, no "
    "bound\n"
    "                            over files\n"
    "      --advance-when-idle   when every source is idle, the watermark goes on with the clock\n"
    "      --epoch LENGTH        how often there is a barrier: a duration, or a number of records\n"
    "                            such as 10000r; 1s. Files without --state have only the last "
    "one.\n"
    "\n"
    "With --state DIR, the run goes on where the last one was committed:\n"
    "      --restore EPOCH       what `ft-sink --committed TARGET` says; 0 begins\n"
    "      --no-drain            the end of a file is not the end of its stream: nothing fires "
    "for\n"
    "                            it, and a later run goes on\n"
    "      --drain               the end of a pipe is the end of its stream\n"
    "      --replayed            what comes through pipes begins at the same first line each time\n"
    "      --same-file           a file that begins as one that was read, but is another inode, "
    "is\n"
    "                            that one\n"
    "      --new-file            it is another one; also, what was not read of files that are "
    "gone\n"
    "                            or were cut is given up\n";

enum {
    OPTION_TIME = COMMAND_LONG,
    OPTION_LAG,
    OPTION_KEY,
    OPTION_IDLE,
    OPTION_FORMAT,
    OPTION_TAKE,
    OPTION_PRINT,
    OPTION_TAGGED,
    OPTION_STEP,
    OPTION_MAX_LINE,
    OPTION_MAX_FUTURE,
    OPTION_ADVANCE,
    OPTION_EPOCH,
    OPTION_RESTORE,
    OPTION_NO_DRAIN,
    OPTION_DRAIN,
    OPTION_REPLAYED,
    OPTION_SAME_FILE,
    OPTION_NEW_FILE,
    OPTION_FOLLOW,
    OPTION_ROTATE_WAIT
};

static const struct option options[] = {
    {"contract", required_argument, NULL, 'c'},
    {"time", required_argument, NULL, OPTION_TIME},
    {"lag", required_argument, NULL, OPTION_LAG},
    {"key", required_argument, NULL, OPTION_KEY},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"take", required_argument, NULL, OPTION_TAKE},
    {"print", required_argument, NULL, OPTION_PRINT},
    {"tagged", required_argument, NULL, OPTION_TAGGED},
    {"watermark-step", required_argument, NULL, OPTION_STEP},
    {"max-line", required_argument, NULL, OPTION_MAX_LINE},
    {"max-future", required_argument, NULL, OPTION_MAX_FUTURE},
    {"advance-when-idle", no_argument, NULL, OPTION_ADVANCE},
    {"epoch", required_argument, NULL, OPTION_EPOCH},
    {"restore", required_argument, NULL, OPTION_RESTORE},
    {"no-drain", no_argument, NULL, OPTION_NO_DRAIN},
    {"drain", no_argument, NULL, OPTION_DRAIN},
    {"replayed", no_argument, NULL, OPTION_REPLAYED},
    {"same-file", no_argument, NULL, OPTION_SAME_FILE},
    {"new-file", no_argument, NULL, OPTION_NEW_FILE},
    {"follow", required_argument, NULL, OPTION_FOLLOW},
    {"rotate-wait", required_argument, NULL, OPTION_ROTATE_WAIT},
    {0},
};

/* What the command line says, before it is made into settings. */
struct request {
    const char *contract_path, *tagged, *print;
    bool other;            /* an option that has no meaning with --tagged */
    const char *for_state; /* one that has none without --state */
    struct declarations *declarations;
    struct wanted *wanted;
    struct ingest_settings settings;
};

/* 1s, or 10000r. */
static struct epoch_length epoch_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    struct epoch_length length = {0};
    if (digits > 0 && strcmp(text + digits, "r") == 0) {
        char *count = memory_text((struct slice){text, digits});
        length.records = (uint64_t)command_integer("--epoch", count, 1, INT64_MAX);
        free(count);
        return length;
    }
    length.ms = command_duration("--epoch", text);
    if (length.ms == 0)
        fail(EXIT_USAGE, "--epoch: 0 would be a barrier behind every line: say 1ms");
    return length;
}

static void set_drain(struct ingest_settings *settings, enum ingest_drain drain)
{
    if (settings->drain != DRAIN_BY_KIND && settings->drain != drain)
        fail(EXIT_USAGE, "--drain and --no-drain exclude each other");
    settings->drain = drain;
}

static void set_doubt(struct ingest_settings *settings, enum positions_doubt doubt)
{
    if (settings->doubt != POSITIONS_ASK && settings->doubt != doubt)
        fail(EXIT_USAGE, "--same-file and --new-file exclude each other");
    settings->doubt = doubt;
}

/* Those that say how to go on. */
static void set_state_option(struct request *request, int option)
{
    struct ingest_settings *settings = &request->settings;
    switch (option) {
    case OPTION_RESTORE:
        request->for_state = "--restore";
        settings->restore = command_integer("--restore", optarg, 0, INT64_MAX);
        break;
    case OPTION_NO_DRAIN:
        request->for_state = "--no-drain";
        set_drain(settings, DRAIN_NONE);
        break;
    case OPTION_DRAIN:
        request->for_state = "--drain";
        set_drain(settings, DRAIN_ALL);
        break;
    case OPTION_REPLAYED:
        request->for_state = "--replayed";
        settings->replayed = true;
        break;
    default:
        request->for_state = option == OPTION_SAME_FILE ? "--same-file" : "--new-file";
        set_doubt(settings, option == OPTION_SAME_FILE ? POSITIONS_SAME_FILE : POSITIONS_NEW_FILE);
    }
}

static void set_rotate_wait(struct ingest_settings *settings, const char *text)
{
    settings->rotate_wait_ms = command_duration("--rotate-wait", text);
    if (settings->rotate_wait_ms == 0)
        fail(EXIT_USAGE, "--rotate-wait: 0 would not wait for what is still written: say 1ms");
}

static void set_option(struct request *request, int option)
{
    request->other |= option != OPTION_TAGGED && option != OPTION_MAX_LINE;
    struct ingest_settings *settings = &request->settings;
    switch (option) {
    case 'c':
        request->contract_path = optarg;
        break;
    case OPTION_TIME:
        declare(request->declarations, DECLARE_TIME, optarg);
        break;
    case OPTION_LAG:
        declare(request->declarations, DECLARE_LAG, optarg);
        break;
    case OPTION_KEY:
        declare(request->declarations, DECLARE_KEY, optarg);
        break;
    case OPTION_IDLE:
        declare(request->declarations, DECLARE_IDLE, optarg);
        break;
    case OPTION_FORMAT:
        declare(request->declarations, DECLARE_FORMAT, optarg);
        break;
    case OPTION_TAKE:
        declare(request->declarations, DECLARE_TAKE, optarg);
        break;
    case OPTION_PRINT:
        request->print = optarg;
        break;
    case OPTION_TAGGED:
        request->tagged = optarg;
        break;
    case OPTION_STEP:
        settings->step_ms = command_duration("--watermark-step", optarg);
        if (settings->step_ms == 0)
            fail(EXIT_USAGE,
                 "--watermark-step: 0 would be a watermark behind every record: say 1ms");
        break;
    case OPTION_MAX_LINE:
        settings->max_line = (size_t)command_integer("--max-line", optarg, 1, 1 << 30);
        break;
    case OPTION_MAX_FUTURE:
        settings->max_future_ms = command_duration("--max-future", optarg);
        break;
    case OPTION_ADVANCE:
        settings->advance_when_idle = true;
        break;
    case OPTION_FOLLOW:
        wanted_add(request->wanted, optarg, true);
        break;
    case OPTION_ROTATE_WAIT:
        set_rotate_wait(settings, optarg);
        break;
    case OPTION_EPOCH:
        settings->epoch = epoch_length(optarg);
        break;
    default:
        set_state_option(request, option);
    }
}

static int ingest(struct request *request)
{
    struct ingest_settings *settings = &request->settings;
    settings->source = wanted_sources(request->wanted, request->contract_path,
                                      request->declarations, request->print);
    settings->source_count = wanted_count(request->wanted);
    if (!request->print)
        return ingest_run(settings);
    if (strcmp(request->print, "topics") == 0)
        ingest_print_topics(settings);
    else
        ingest_print_kcat_options(settings);
    return EXIT_DONE;
}

/* --print kcat-format stands alone. */
static void print_format(void)
{
    output_open();
    output_literal(MESSAGES_FORMAT "\n");
    output_close();
}

static void check_request(const struct request *request)
{
    size_t left = wanted_count(request->wanted);
    const char *state = request->settings.state, *print = request->print;
    if (print && strcmp(print, "kcat-args") != 0 && strcmp(print, "kcat-format") != 0 &&
        strcmp(print, "topics") != 0)
        fail(EXIT_USAGE, "--print: \"%s\" is not kcat-format, kcat-args or topics", print);
    if (request->for_state && !state)
        fail(EXIT_USAGE, "%s needs --state", request->for_state);
    if (request->tagged && state)
        fail(EXIT_USAGE, "--tagged goes alone: a replay has no --state");
    if (request->tagged && request->other)
        fail(EXIT_USAGE, "--tagged goes alone: what was recorded was judged with other options");
    if (request->tagged && left > 0)
        fail(EXIT_USAGE, "--tagged goes alone: %s is one too many",
             wanted_text(request->wanted, 0));
    if (!request->tagged && left == 0 && !(print && strcmp(print, "kcat-format") == 0))
        fail(EXIT_USAGE, "no source is given: STREAM=PATH (see --help)");
    if (request->settings.rotate_wait_ms >= 0 && !wanted_follows(request->wanted))
        fail(EXIT_USAGE, "--rotate-wait needs --follow");
    if (print && left > 0 && strcmp(print, "kcat-format") == 0)
        fail(EXIT_USAGE, "--print kcat-format needs no sources");
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-ingest", .help = help, .options = options};
    struct request request = {
        .contract_path = getenv("FT_CONTRACT"),
        .declarations = declarations_new(),
        .wanted = wanted_new(),
        .settings = {
            .max_line = 16 << 20, .max_future_ms = -1, .rotate_wait_ms = -1, .restore = -1}};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&request, option);
    request.settings.metrics = command.metrics;
    request.settings.state = command.state;
    for (int i = optind; i < argc; i++)
        wanted_add(request.wanted, argv[i], false);
    check_request(&request);
    int status = EXIT_DONE;
    if (request.print && strcmp(request.print, "kcat-format") == 0)
        print_format();
    else if (request.tagged)
        status = ingest_tagged(request.tagged, request.settings.max_line, command.metrics);
    else
        status = ingest(&request);
    declarations_free(request.declarations);
    wanted_free(request.wanted);
    return status;
}
