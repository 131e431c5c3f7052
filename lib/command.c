#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "duration.h"
#include "error.h"
#include "output.h"
#include "progress.h"
#include "reject.h"
#include "schema.h"

enum {
    OPTION_HELP = 1000,
    OPTION_VERSION,
    OPTION_METRICS,
    OPTION_PROGRESS,
    OPTION_KEEP_RAW,
    OPTION_STRICT,
    OPTION_SPLICE,
    OPTION_STATE
};

static const struct option common_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"metrics", required_argument, NULL, OPTION_METRICS},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"keep-raw", no_argument, NULL, OPTION_KEEP_RAW},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"splice", no_argument, NULL, OPTION_SPLICE},
    {"state", required_argument, NULL, OPTION_STATE},
};

static const char common_help[] =
    "\n"
    "Common options:\n"
    "      --state DIR      keep there, durably at every barrier, what a restart needs; $FT_STATE\n"
    "                       when not given\n"
    "      --metrics FILE   replace FILE with counts in Prometheus' text format at every\n"
    "                       barrier and at the end\n"
    "      --progress       where stderr is a terminal, show there in a line how far this is:\n"
    "                       records, watermark, epoch, state\n"
    "      --keep-raw       show the raw line of rejected records also where the stream has\n"
    "                       columns classified as pii\n"
    "      --strict         end with exit status 1 at the first rejected record\n"
    "      --splice         give pages to the pipe instead of copying them; only when the next\n"
    "                       command is a filter of ours, or any that reads with read(2)\n"
    "      --help           show this and exit\n"
    "      --version        show the version and exit\n"
    "\n"
    "Exit status: 0 done and verified, 1 refused (--strict), 2 usage or contract, 3 a file,\n"
    "the disk or the database, 4 what wrote the input has died.\n";

enum { COMMON = sizeof common_options / sizeof *common_options };

/* A file that was opened on a closed standard input would be read by whoever reads `-`. */
static void guard_standard_input(void)
{
    if (fcntl(STDIN_FILENO, F_GETFD) < 0)
        open("/dev/null", O_WRONLY); /* descriptor 0, of which no read succeeds */
}

void command_begin(const struct command *command)
{
    guard_standard_input();
    error_program(command->name);
    if (!command->is_last)
        output_last_words();
}

/* The command's options and the common ones behind each other, and the short ones as getopt wants
 * them. Built once; one command a process. */
static struct option *all_options;
static char short_options[64];

static void build_options(const struct command *command)
{
    size_t own = 0, length = 0;
    while (command->options[own].name)
        own++;
    all_options = memory_new(own + COMMON + 1, sizeof *all_options);
    memcpy(all_options, command->options, own * sizeof *all_options);
    memcpy(all_options + own, common_options, sizeof common_options);
    short_options[length++] = ':';
    for (size_t i = 0; i < own; i++) {
        if (command->options[i].val >= COMMAND_LONG)
            continue;
        short_options[length++] = (char)command->options[i].val;
        if (command->options[i].has_arg == required_argument)
            short_options[length++] = ':';
    }
}

_Noreturn static void print_and_exit(const char *first, const char *second)
{
    if (printf("%s%s", first, second) < 0 || fflush(stdout) != 0 || fclose(stdout) != 0)
        fail_errno(EXIT_SYSTEM, "cannot write standard output");
    exit(EXIT_DONE);
}

_Noreturn static void refuse_option(int problem, char **argv)
{
    const char *text = argv[optind - 1];
    if (problem == ':')
        fail(EXIT_USAGE, "option %s needs an argument (see --help)", text);
    if (optopt > 0 && optopt < COMMAND_LONG && strncmp(text, "--", 2) != 0)
        fail(EXIT_USAGE, "there is no option -%c (see --help)", optopt);
    if (optopt != 0)
        fail(EXIT_USAGE, "option %s takes no argument (see --help)", text);
    fail(EXIT_USAGE, "there is no option %s, or it is short for several (see --help)", text);
}

int command_option(struct command *command, int argc, char **argv)
{
    if (!all_options)
        build_options(command);
    while (true) {
        int option = getopt_long(argc, argv, short_options, all_options, NULL);
        switch (option) {
        case OPTION_HELP:
            print_and_exit(command->help, common_help);
        case OPTION_VERSION:
            print_and_exit(command->name, " (firsttouch) " FIRSTTOUCH_VERSION "\n");
        case OPTION_METRICS:
            command->metrics = optarg;
            break;
        case OPTION_PROGRESS:
            progress_ask();
            break;
        case OPTION_STATE:
            if (!*optarg)
                fail(EXIT_USAGE, "--state: the name of the directory is empty");
            command->state = optarg;
            break;
        case OPTION_KEEP_RAW:
            command->keep_raw = true;
            break;
        case OPTION_STRICT:
            command->strict = true;
            break;
        case OPTION_SPLICE:
            output_splice();
            break;
        case '?':
        case ':':
            refuse_option(option, argv);
        case -1:
            free(all_options);
            all_options = NULL;
            reject_settings(command->keep_raw, command->strict);
            if (!command->state && getenv("FT_STATE") && *getenv("FT_STATE"))
                command->state = getenv("FT_STATE");
            return -1;
        default:
            return option;
        }
    }
}

void command_no_arguments(int argc, char **argv)
{
    if (optind < argc)
        fail(EXIT_USAGE, "argument %s is one too many (see --help)", argv[optind]);
}

void command_required(const char *name, const char *value)
{
    if (!value)
        fail(EXIT_USAGE, "%s is needed (see --help)", name);
}

static int64_t cut(int64_t ms)
{
    const int64_t most = 2 * TIMESTAMP_FOREVER;
    if (ms > most)
        return most;
    return ms < -most ? -most : ms;
}

int64_t command_duration(const char *option, const char *text)
{
    int64_t ms;
    if (!duration_parse(text, &ms))
        fail(EXIT_USAGE, "%s: \"%s\" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w",
             option, text);
    return cut(ms);
}

void command_between(const char *option, const char *text, int64_t *from_ms, int64_t *to_ms)
{
    if (!duration_parse_between(text, from_ms, to_ms))
        fail(EXIT_USAGE, "%s: \"%s\" is not two durations such as '-30m AND 0s' or '-1d AND +1h'",
             option, text);
    if (*from_ms > *to_ms)
        fail(EXIT_USAGE, "%s: \"%s\" ends before it begins", option, text);
    *from_ms = cut(*from_ms);
    *to_ms = cut(*to_ms);
}

int64_t command_integer(const char *option, const char *text, int64_t least, int64_t most)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool digits =
        text[0] == '-' ? text[1] >= '0' && text[1] <= '9' : text[0] >= '0' && text[0] <= '9';
    if (!digits || *end || errno || number < least || number > most)
        fail(EXIT_USAGE, "%s: \"%s\" is not a whole number from %lld to %lld", option, text,
             (long long)least, (long long)most);
    return number;
}

const char *command_stream(const char *option, const char *text)
{
    if (!schema_is_stream_name(text))
        fail(EXIT_USAGE, "%s: \"%s\" cannot be a stream: letters, digits and _, a letter first",
             option, text);
    return text;
}
