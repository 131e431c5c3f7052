/*
 * What a filter says when it cannot go on, and the status it exits with.
 *
 * Two kinds of trouble are kept apart. A bad *record* is a value: the function returns false (or an
 * enum) with a reason, and the record goes to _rejected. A broken *world* (no memory, disk full, a
 * mistake in the options or the contract) ends the process here: whatever is durable is already at
 * its last commit, so dying at once is as safe as any orderly way out, and there is only one way.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdarg.h>

enum exit_status {
    EXIT_DONE = 0,     /* everything read, written and verified */
    EXIT_REFUSED = 1,  /* --strict met a rejected record */
    EXIT_USAGE = 2,    /* options, contract, or input that is not ours */
    EXIT_SYSTEM = 3,   /* a file, the disk, memory, the database */
    EXIT_UPSTREAM = 4, /* the input ended without _end */
};

/* Names the program in messages; call it first. Keeps the pointer (argv[0]'s last part is usual).
 */
void error_program(const char *name);

/* The name given to error_program. Cannot fail. */
const char *error_program_name(void);

/*
 * Registers what must happen between the message and the exit (the output uses it to tell the next
 * filter that somebody has spoken). Called at most once, even if it fails itself.
 */
void error_before_exit(void (*hook)(void *), void *argument);

/* Registers what makes room for a message: called before each, and before a silent exit. */
void error_before_message(void (*hook)(void));

/* Prints "NAME: MESSAGE\n" to stderr in one write, runs the hook, exits with STATUS. */
_Noreturn void fail(enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with ": strerror(errno)" behind the message. */
_Noreturn void fail_errno(enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Exits with STATUS without a word, after the hook: for when the other side has spoken. */
_Noreturn void fail_silently(enum exit_status status);

/* Prints "NAME: MESSAGE\n" to stderr in one write and goes on. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
