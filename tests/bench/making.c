/* See making.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "making.h"

enum { BUFFER = 1 << 20, LONGEST_LINE = 2000 };

/* A file being written: the bytes not yet written, and where to blame a failure. */
struct output {
    int fd;
    size_t length;
    char path[PATH_MAX];
    char bytes[BUFFER];
};

static struct output output;
static const char *usage_text = "usage: ?";

void fail(int status, const char *format, ...)
{
    const char *program = strchr(usage_text, ' ') + 1;
    va_list arguments;

    fprintf(stderr, "%.*s: ", (int)strcspn(program, " "), program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* Randomness: a counter with a good mixer, so that every seed is a good one. */

static uint64_t random_state;

uint64_t random_next(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t random_below(uint64_t n)
{
    return (random_next() >> 32) * n >> 32;
}

bool random_percent(unsigned percent)
{
    return random_below(100) < percent;
}

uint64_t random_skewed(uint64_t n)
{
    uint64_t a = random_below(n), b = random_below(n);

    return a < b ? a : b;
}

int64_t arrival_time(uint64_t i, uint64_t n, uint64_t days, uint64_t lag_ms)
{
    uint64_t span_ms = days * day_ms;
    uint64_t pace = (uint64_t)((unsigned __int128)span_ms * i / n);
    uint64_t most = random_percent(10) ? lag_ms / 2 : lag_ms / 16;

    return opening_ms + (int64_t)pace - (int64_t)random_below(most + 1);
}

void file_open(const char *directory, const char *name, uint64_t seed)
{
    int length = snprintf(output.path, sizeof output.path, "%s/%s", directory, name);

    random_state = seed;
    for (const char *letter = name; *letter != '\0'; letter++)
        random_state = random_next() + (unsigned char)*letter;
    if (length < 0 || (size_t)length >= sizeof output.path)
        fail(2, "%s: the name is too long", directory);
    output.fd = open(output.path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (output.fd < 0)
        fail(3, "%s: cannot open: %s", output.path, strerror(errno));
}

static void output_flush(void)
{
    size_t done = 0;

    while (done < output.length) {
        ssize_t n = write(output.fd, output.bytes + done, output.length - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail(3, "%s: cannot write: %s", output.path, strerror(errno));
        done += (size_t)n;
    }
    output.length = 0;
}

void file_close(void)
{
    output_flush();
    if (close(output.fd) != 0)
        fail(3, "%s: cannot close: %s", output.path, strerror(errno));
}

void begin_line(void)
{
    if (output.length > BUFFER - LONGEST_LINE)
        output_flush();
}

static void put_bytes(const char *bytes, size_t length)
{
    memcpy(output.bytes + output.length, bytes, length);
    output.length += length;
}

void put(const char *text)
{
    put_bytes(text, strlen(text));
}

void put_number(uint64_t value, int width)
{
    char digits[20];
    int at = (int)sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || (int)sizeof digits - at < width);
    put_bytes(digits + at, sizeof digits - (size_t)at);
}

void put_hex(uint64_t value, int digits)
{
    while (digits-- > 0)
        put_bytes(&"0123456789abcdef"[value >> 4 * digits & 15], 1);
}

void put_amount(uint64_t cents)
{
    put_number(cents / 100, 1);
    put(".");
    put_number(cents % 100, 2);
}

/* The whole of TEXT as a number that OPTION allows. */
static uint64_t parse_number(const struct count_option *option, const char *text)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < option->least ||
        value > option->most)
        fail(2, "--%s: \"%s\" is not a number from %" PRIu64 " to %" PRIu64, option->name, text,
             option->least, option->most);
    return value;
}

const char *parse_counts(int argc, char **argv, const char *usage,
                         const struct count_option *options, int count)
{
    struct option known[MAX_COUNT_OPTIONS + 2] = {{"help", no_argument, NULL, 'h'}};
    int found;

    usage_text = usage;
    for (int i = 0; i < count; i++)
        known[i + 1] = (struct option){options[i].name, required_argument, NULL, i};
    while ((found = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (found == 'h') {
            fputs(usage, stdout);
            exit(fflush(stdout) == 0 ? 0 : 3);
        }
        if (found < 0 || found >= count)
            exit(2); /* getopt_long has said why */
        *options[found].value = parse_number(&options[found], optarg);
    }
    if (argc - optind != 1) {
        fputs(usage, stderr);
        exit(2);
    }
    return argv[optind];
}
