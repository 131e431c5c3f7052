#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

enum { BUFFER_SIZE = 256 * 1024, PIPE_SIZE = 1024 * 1024 };

static struct {
    char *buffer;
    size_t length;
    struct slice passing; /* lines of the input's buffer, to go out behind the buffer */
    bool inside_line;     /* what was written so far ends inside a line */
    bool broken;
} output;

static void die_of_sigpipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE); /* only where it is blocked */
}

static void write_all(const char *at, size_t length)
{
    const char *end = at + length;
    while (at < end) {
        ssize_t written = write(STDOUT_FILENO, at, (size_t)(end - at));
        if (written >= 0) {
            at += written;
            continue;
        }
        if (errno == EINTR)
            continue;
        struct pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
        if (errno == EAGAIN && poll(&ready, 1, -1) >= 0) /* somebody made it non-blocking */
            continue;
        output.broken = true;
        if (errno == EPIPE)
            die_of_sigpipe();
        fail_errno(EXIT_SYSTEM, "cannot write standard output");
    }
    if (length > 0)
        output.inside_line = end[-1] != '\n';
}

/* The last words of a filter that fails: whole lines, then that it has died. */
static void say_last_words(void *unused)
{
    (void)unused;
    if (output.broken)
        return;
    output.passing = (struct slice){0};
    while (output.length > 0 && output.buffer[output.length - 1] != '\n')
        output.length--;
    if (output.length == 0 && output.inside_line)
        return;
    output_text("{\"_stream\":\"_died\",\"filter\":\"");
    output_text(error_program_name());
    output_text("\"}\n");
    output_flush();
}

void output_open(bool last_words)
{
    struct stat status;
    if (fstat(STDOUT_FILENO, &status) != 0)
        fail_errno(EXIT_SYSTEM, "standard output");
    if (S_ISFIFO(status.st_mode))
        fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
    output.buffer = memory_new(BUFFER_SIZE, 1);
    if (last_words)
        error_before_exit(say_last_words, NULL);
}

static void flush_buffer(void)
{
    size_t length = output.length;
    output.length = 0;
    write_all(output.buffer, length);
}

static void append(struct slice bytes)
{
    if (bytes.length > BUFFER_SIZE - output.length) {
        flush_buffer();
        if (bytes.length >= BUFFER_SIZE / 2) {
            write_all(bytes.at, bytes.length);
            return;
        }
    }
    if (bytes.length > 0)
        memcpy(output.buffer + output.length, bytes.at, bytes.length);
    output.length += bytes.length;
}

void output_settle(void)
{
    struct slice passing = output.passing;
    output.passing = (struct slice){0};
    append(passing);
}

void output_flush(void)
{
    output_settle();
    flush_buffer();
}

void output_bytes(struct slice bytes)
{
    if (output.passing.length > 0)
        output_settle();
    append(bytes);
}

char *output_room(size_t size)
{
    if (output.passing.length > 0)
        output_settle();
    if (size > BUFFER_SIZE - output.length) {
        if (size > BUFFER_SIZE / 2)
            return NULL;
        flush_buffer();
    }
    return output.buffer + output.length;
}

void output_filled(const char *end)
{
    output.length = (size_t)(end - output.buffer);
}

void output_pass(struct slice line)
{
    if (output.passing.at + output.passing.length == line.at) {
        output.passing.length += line.length;
        return;
    }
    output_settle();
    output.passing = line;
}

void output_text(const char *text)
{
    output_bytes(slice_of(text));
}

void output_integer(int64_t number)
{
    char digits[INTEGER_TEXT];
    output_bytes(slice_of_integer(number, digits));
}

void output_close(void)
{
    output_flush();
    error_before_exit(NULL, NULL);
    free(output.buffer);
    output.buffer = NULL;
    if (close(STDOUT_FILENO) != 0)
        fail_errno(EXIT_SYSTEM, "cannot close standard output");
}
