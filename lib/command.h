/*
 * What the mains share: options (GNU getopt), --help, --version, and the options that every filter
 * has. A main reads in one order: usage, options, defaults, refuse leftovers, open, run, close.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct command {
    const char *name;
    const char *help; /* all of --help but the common options; its first line is the usage */
    const struct option *options; /* the command's own, ended by {0}; `val` from 1 to 127 when it is
                                     a short option too, else from COMMAND_LONG */
    bool is_last; /* the pipe ends here: nobody behind it waits for our last words */
    /* filled in by command_option */
    const char *metrics; /* --metrics FILE or NULL */
    const char *state;   /* --state DIR, else $FT_STATE, else NULL */
    bool keep_raw, strict;
};

enum { COMMAND_LONG = 256 };

/* Names the program in messages, and has the next filter told when it fails. Call it first. */
void command_begin(const struct command *command);

/*
 * The `val` of the next option (its argument in optarg), or -1 behind the last. The common options
 * are dealt with inside; --help and --version print and exit 0; a mistake is exit 2.
 */
int command_option(struct command *command, int argc, char **argv);

/* Fails (exit 2) when arguments are left over. */
void command_no_arguments(int argc, char **argv);

/* Fails (exit 2) when VALUE, of the option NAME, is NULL. */
void command_required(const char *name, const char *value);

/*
 * The whole of TEXT as a duration in ms, or exit 2 naming OPTION and TEXT. Longer ones than all of
 * time are cut to that, so that sums with a time do not overflow.
 */
int64_t command_duration(const char *option, const char *text);

/* The same for two of them, the first not greater than the other: "-30m AND 0s". */
void command_between(const char *option, const char *text, int64_t *from_ms, int64_t *to_ms);

/* The whole of TEXT as an integer in [LEAST, MOST], or exit 2. */
int64_t command_integer(const char *option, const char *text, int64_t least, int64_t most);

/* Fails (exit 2) unless TEXT is a user's stream name. */
const char *command_stream(const char *option, const char *text);

#endif
