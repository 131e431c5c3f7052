#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program = "firsttouch";
static void (*before_exit)(void *);
static void *before_exit_argument;
static void (*before_message)(void);

void error_program(const char *name)
{
    const char *slash = strrchr(name, '/');
    program = slash ? slash + 1 : name;
}

const char *error_program_name(void)
{
    return program;
}

void error_before_exit(void (*hook)(void *), void *argument)
{
    before_exit = hook;
    before_exit_argument = argument;
}

void error_before_message(void (*hook)(void))
{
    before_message = hook;
}

/*
 * One write, so that the messages of a pipe's filters do not interleave; it must not allocate. A
 * terminal may show the status line of another filter there (progress.h): its rest goes too.
 */
static void say(const char *format, va_list arguments, const char *reason)
{
    static const char to_the_end[] = "\033[K";
    char text[4096];
    size_t room = sizeof text - sizeof to_the_end;
    if (before_message)
        before_message();
    size_t length = (size_t)snprintf(text, room, "%s: ", program);
    int added = vsnprintf(text + length, room - length, format, arguments);
    if (added > 0)
        length += (size_t)added < room - length ? (size_t)added : room - length - 1;
    if (reason && length < room) {
        added = snprintf(text + length, room - length, ": %s", reason);
        if (added > 0)
            length += (size_t)added < room - length ? (size_t)added : room - length - 1;
    }
    if (isatty(STDERR_FILENO)) {
        memcpy(text + length, to_the_end, sizeof to_the_end - 1);
        length += sizeof to_the_end - 1;
    }
    text[length++] = '\n';
    if (write(STDERR_FILENO, text, length) < 0)
        return; /* nobody to tell that nobody can be told */
}

_Noreturn void fail_silently(enum exit_status status)
{
    void (*hook)(void *) = before_exit;
    before_exit = NULL;
    if (before_message)
        before_message();
    if (hook)
        hook(before_exit_argument);
    _exit((int)status); /* nothing is buffered, and nothing needs to be freed */
}

_Noreturn void fail(enum exit_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, NULL);
    va_end(arguments);
    fail_silently(status);
}

_Noreturn void fail_errno(enum exit_status status, const char *format, ...)
{
    const char *reason = strerror(errno);
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, reason);
    va_end(arguments);
    fail_silently(status);
}

void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments, NULL);
    va_end(arguments);
}
