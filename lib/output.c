#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "error.h"
#include "pool.h"
#include "progress.h"

enum { BUFFER_SIZE = 256 * 1024, PIPE_SIZE = 1024 * 1024, PAGE = 4096, SPLICE_FROM = 64 * 1024 };

static struct {
    char *buffer; /* BUFFER_SIZE bytes of the area */
    char *area;   /* with splicing: a ring, in which the buffer moves on; else the buffer alone */
    size_t area_size;
    bool splicing;
    size_t length;
    struct slice passing; /* lines of the input's buffer, to go out behind the buffer */
    bool inside_line;     /* what was written so far ends inside a line */
    bool has_reader;      /* it is a pipe or a socket: somebody can go away */
    bool begun;           /* something was written: it matters whether somebody is there */
    bool broken;
} output;

static void die_of_sigpipe(void)
{
    progress_wipe();
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE); /* only where it is blocked */
}

/* A write or a splice has failed: returns when it should be tried again. */
static void look_at_error(void)
{
    struct pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
    if (errno == EINTR)
        return;
    if (errno == EAGAIN && poll(&ready, 1, -1) >= 0) /* somebody made it non-blocking */
        return;
    output.broken = true;
    if (errno == EPIPE)
        die_of_sigpipe();
    fail_errno(EXIT_SYSTEM, "cannot write standard output");
}

static void write_all(const char *at, size_t length)
{
    const char *end = at + length;
    output.begun |= length > 0;
    while (at < end) {
        progress_interrupts(true);
        ssize_t written = write(STDOUT_FILENO, at, (size_t)(end - at));
        progress_interrupts(false);
        progress_look();
        if (written >= 0)
            at += written;
        else
            look_at_error();
    }
    if (length > 0)
        output.inside_line = end[-1] != '\n';
}

/*
 * Gives the pages of the buffer to the pipe instead of copying them, and moves the buffer on to
 * pages that nobody reads any more. That there are such pages: a page takes a place of its own in
 * the pipe, the pipe has no more places than output_splice asked for, and the ring has that many
 * pages twice over; so when the buffer comes to a page again, the reader has copied it. A reader
 * that does not copy (splice(2), tee(2)) would see it change: that is why splicing has to be asked
 * for.
 */
static void splice_buffer(size_t length)
{
    struct iovec rest = {output.buffer, length};
    output.begun = true;
    while (rest.iov_len > 0) {
        progress_interrupts(true);
        ssize_t given = vmsplice(STDOUT_FILENO, &rest, 1, 0);
        progress_interrupts(false);
        progress_look();
        if (given < 0)
            look_at_error();
        else
            rest = (struct iovec){(char *)rest.iov_base + given, rest.iov_len - (size_t)given};
    }
    output.inside_line = output.buffer[length - 1] != '\n';
    output.buffer += (length + PAGE - 1) / PAGE * PAGE;
    if (output.buffer + BUFFER_SIZE > output.area + output.area_size)
        output.buffer = output.area;
}

static void flush_buffer(void)
{
    size_t length = output.length;
    output.length = 0;
    if (output.splicing && length >= SPLICE_FROM)
        splice_buffer(length);
    else
        write_all(output.buffer, length);
}

static void append(struct slice bytes)
{
    while (bytes.length > BUFFER_SIZE - output.length) {
        size_t room = output.splicing ? BUFFER_SIZE - output.length : 0;
        memcpy(output.buffer + output.length, bytes.at, room);
        output.length += room;
        bytes = (struct slice){bytes.at + room, bytes.length - room};
        flush_buffer();
        if (output.splicing || bytes.length < BUFFER_SIZE / 2)
            continue;
        write_all(bytes.at, bytes.length);
        return;
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

/* As far as it goes: the process is failing already, and its status must say why. */
static void write_quietly(struct slice bytes)
{
    while (bytes.length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes.at, bytes.length);
        if (written <= 0)
            return;
        bytes = (struct slice){bytes.at + written, bytes.length - (size_t)written};
    }
}

/* What goes out of a filter that fails: whole lines, then that it has died. */
static void say_last_words(void *unused)
{
    (void)unused;
    struct stat status;
    struct buffer words = {0};
    if (output.broken)
        return;
    if (!output.area && (fstat(STDOUT_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode)))
        return; /* failed before the first line, and no filter is listening */
    signal(SIGPIPE, SIG_IGN);
    while (output.passing.length == 0 && output.length > 0 &&
           output.buffer[output.length - 1] != '\n')
        output.length--;
    if (output.passing.length == 0 && output.length == 0 && output.inside_line)
        return;
    write_quietly((struct slice){output.buffer, output.length});
    write_quietly(output.passing); /* whole lines, which stand behind whole lines */
    buffer_printf(&words, "{\"_stream\":\"_died\",\"filter\":\"%s\"}\n", error_program_name());
    write_quietly(buffer_slice(&words));
    buffer_free(&words);
}

void output_last_words(void)
{
    error_before_exit(say_last_words, NULL);
}

void output_open(void)
{
    struct stat status;
    if (fstat(STDOUT_FILENO, &status) != 0)
        fail_errno(EXIT_SYSTEM, "standard output");
    bool is_pipe = S_ISFIFO(status.st_mode);
    output.has_reader = is_pipe || S_ISSOCK(status.st_mode);
    if (is_pipe)
        fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
    int pipe_size = is_pipe ? fcntl(STDOUT_FILENO, F_GETPIPE_SZ) : 0;
    output.splicing = output.splicing && is_pipe && pipe_size > 0;
    if (pipe_size < PIPE_SIZE)
        pipe_size = PIPE_SIZE; /* to which the reader may yet enlarge it */
    output.area_size = output.splicing ? 2 * (size_t)pipe_size + BUFFER_SIZE : BUFFER_SIZE;
    output.area = output.buffer = pool_area(output.area_size);
}

void output_splice(void)
{
    output.splicing = true;
}

void output_flush(void)
{
    output_settle();
    flush_buffer();
}

struct pollfd output_poll(void)
{
    bool watched = output.has_reader && output.begun;
    return (struct pollfd){watched ? STDOUT_FILENO : -1, 0, 0};
}

void output_polled(const struct pollfd *polled)
{
    if (polled->fd >= 0 && (polled->revents & (POLLERR | POLLHUP)))
        die_of_sigpipe();
}

void output_wait(int fd)
{
    output_flush();
    struct pollfd ready[] = {{fd, POLLIN, 0}, output_poll()};
    while (true) {
        int count = poll(ready, 2, progress_wait_ms(-1));
        progress_look();
        if (count > 0 || (count < 0 && errno != EINTR))
            break;
    }
    output_polled(&ready[1]);
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
    pool_area_free(output.area, output.area_size);
    output.area = output.buffer = NULL;
    if (close(STDOUT_FILENO) != 0)
        fail_errno(EXIT_SYSTEM, "cannot close standard output");
}
