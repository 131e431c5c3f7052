/* ft-ingest: many files and pipes become one stream of tagged lines. */
#include <stdlib.h>

#include "bytes.h"
#include "command.h"
#include "declare.h"
#include "error.h"
#include "ingest.h"

static const char help[] =
    "usage: ft-ingest [-c CONTRACT] [OPTION]... STREAM=PATH...\n"
    "       ft-ingest --tagged FILE\n"
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
    "      --tagged FILE         replay lines that ft-ingest has written before\n"
    "      --watermark-step DURATION\n"
    "                            a watermark line each time it has moved so far; half the "
    "smallest\n"
    "                            lag, at least 1s\n"
    "      --max-line BYTES      longer lines are rejected; 16777216\n"
    "      --max-future DURATION times so far beyond the clock are rejected; 1h when live, no "
    "bound\n"
    "                            over files\n"
    "      --advance-when-idle   when every source is idle, the watermark goes on with the clock\n";

enum {
    OPTION_TIME = COMMAND_LONG,
    OPTION_LAG,
    OPTION_KEY,
    OPTION_IDLE,
    OPTION_TAGGED,
    OPTION_STEP,
    OPTION_MAX_LINE,
    OPTION_MAX_FUTURE,
    OPTION_ADVANCE
};

static const struct option options[] = {
    {"contract", required_argument, NULL, 'c'},
    {"time", required_argument, NULL, OPTION_TIME},
    {"lag", required_argument, NULL, OPTION_LAG},
    {"key", required_argument, NULL, OPTION_KEY},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"tagged", required_argument, NULL, OPTION_TAGGED},
    {"watermark-step", required_argument, NULL, OPTION_STEP},
    {"max-line", required_argument, NULL, OPTION_MAX_LINE},
    {"max-future", required_argument, NULL, OPTION_MAX_FUTURE},
    {"advance-when-idle", no_argument, NULL, OPTION_ADVANCE},
    {0},
};

/* What the command line says, before it is made into settings. */
struct request {
    const char *contract_path, *tagged;
    bool other; /* an option that has no meaning with --tagged */
    struct declarations *declarations;
    struct ingest_settings settings;
};

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
    default:
        settings->advance_when_idle = true;
    }
}

static void refuse_unknown(struct contract *contract, const char *path, const char *stream)
{
    struct buffer known = {0};
    for (size_t i = 0; i < contract->stream_count; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", contract->stream[i]->schema->stream);
    fail(EXIT_USAGE, "there is no stream %s in %s (there are: %.*s)", stream, path,
         (int)known.length, known.at);
}

/* Splits STREAM=PATH. The stream is the caller's to free. */
static char *split_source(const char *argument, const char **path)
{
    const char *equals = strchr(argument, '=');
    if (!equals || equals[1] == '\0')
        fail(EXIT_USAGE, "argument %s is not STREAM=PATH (see --help)", argument);
    *path = equals + 1;
    char *stream = memory_text((struct slice){argument, (size_t)(equals - argument)});
    command_stream("STREAM=PATH", stream);
    return stream;
}

/* The streams of the sources, agreed in the contract or declared by options. */
static struct contract *agree(const struct request *request, char **arguments, size_t count)
{
    const char *path = request->contract_path, *unused;
    struct contract *contract = path ? contract_read(path) : contract_new();
    for (size_t i = 0; i < count; i++) {
        char *stream = split_source(arguments[i], &unused);
        if (!contract_find(contract, stream) && path)
            refuse_unknown(contract, path, stream);
        if (!contract_find(contract, stream))
            contract_add(contract, stream);
        free(stream);
    }
    return contract;
}

static int ingest(struct request *request, char **arguments, size_t count)
{
    struct contract *contract = agree(request, arguments, count);
    struct ingest_source *sources = memory_new(count, sizeof *sources);
    size_t from_stdin = 0;
    for (size_t i = 0; i < count; i++) {
        char *stream = split_source(arguments[i], &sources[i].path);
        sources[i].contract = contract_find(contract, stream);
        from_stdin += strcmp(sources[i].path, "-") == 0;
        size_t same = 0;
        while (sources[same].contract != sources[i].contract)
            same++;
        if (same == i)
            declarations_apply(request->declarations, sources[i].contract, request->contract_path);
        free(stream);
    }
    declarations_check(request->declarations);
    if (from_stdin > 1)
        fail(EXIT_USAGE, "two sources are standard input (-)");
    request->settings.source = sources;
    request->settings.source_count = count;
    int status = ingest_run(&request->settings);
    free(sources);
    contract_free(contract);
    return status;
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-ingest", .help = help, .options = options};
    struct request request = {.contract_path = getenv("FT_CONTRACT"),
                              .declarations = declarations_new(),
                              .settings = {.max_line = 16 << 20, .max_future_ms = -1}};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&request, option);
    request.settings.metrics = command.metrics;
    if (request.tagged && request.other)
        fail(EXIT_USAGE, "--tagged goes alone: what was recorded was judged with other options");
    if (request.tagged && optind < argc)
        fail(EXIT_USAGE, "--tagged goes alone: %s is one too many", argv[optind]);
    if (!request.tagged && optind == argc)
        fail(EXIT_USAGE, "no source is given: STREAM=PATH (see --help)");
    int status = request.tagged
                     ? ingest_tagged(request.tagged, request.settings.max_line, command.metrics)
                     : ingest(&request, argv + optind, (size_t)(argc - optind));
    declarations_free(request.declarations);
    return status;
}
