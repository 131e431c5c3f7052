#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "error.h"
#include "fast.h"

/* 256 KiB buffers on 1 MiB pipes: measured best; default pipes of 64 KiB cost 20 to 80 %. */
enum { BUFFER_SIZE = 256 * 1024, PIPE_SIZE = 1024 * 1024 };

/* A line longer than this cannot be sliced (json_value has 32-bit lengths). */
#define LONGEST_LINE ((size_t)1 << 30)

struct gunzip {
    z_stream stream;
    unsigned char *packed; /* BUFFER_SIZE bytes as read */
    bool inside;           /* a member was begun and not finished */
    bool more;             /* the last call filled its room: there may be more without reading */
    bool ended;            /* nothing more to read */
};

struct input {
    int fd;
    char *name;
    bool regular;
    size_t max_line;
    bool may_be_packed; /* until the first bytes were seen */
    bool may_be_marked; /* until the first line was given */
    struct gunzip *gunzip;

    char *buffer;
    size_t capacity;
    size_t start, end; /* what is not yet returned */
    size_t searched;   /* up to here there is no newline */
    bool at_end;       /* the last read found nothing */
    bool growing;      /* and that is the end only for now */

    char *head; /* the first bytes of the text, INPUT_HEAD at most; NULL: nobody will ask */
    size_t head_length;

    bool skipping;      /* inside a line over max_line */
    struct buffer kept; /* its first bytes */
    uint64_t skipped;

    uint64_t line_number, line_offset, line_length, next_offset;
    bool terminated;
};

struct input *input_new(int fd, const char *name, size_t max_line, bool outside)
{
    struct input *input = memory_new(1, sizeof *input);
    struct stat status;
    if (fstat(fd, &status) != 0)
        fail_errno(EXIT_SYSTEM, "%s", name);
    if (S_ISDIR(status.st_mode))
        fail(EXIT_SYSTEM, "%s: is a directory", name);
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
        fail(EXIT_SYSTEM, "%s: is not open for reading", name);
    if (S_ISFIFO(status.st_mode))
        fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE); /* as large as allowed; smaller is only slower */
    input->fd = fd;
    input->name = memory_text(slice_of(name));
    input->regular = S_ISREG(status.st_mode);
    input->max_line = max_line;
    input->may_be_packed = input->may_be_marked = outside;
    input->capacity = BUFFER_SIZE;
    input->buffer = memory_new(input->capacity + FAST_PADDING, 1);
    input->head = outside ? memory_new(INPUT_HEAD, 1) : NULL;
    return input;
}

struct input *input_open(const char *path, size_t max_line, bool outside)
{
    if (strcmp(path, "-") == 0)
        return input_new(STDIN_FILENO, "standard input", max_line, outside);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_errno(EXIT_SYSTEM, "%s", path);
    return input_new(fd, path, max_line, outside);
}

static void gunzip_free(struct gunzip *gunzip)
{
    if (!gunzip)
        return;
    inflateEnd(&gunzip->stream);
    free(gunzip->packed);
    free(gunzip);
}

void input_free(struct input *input)
{
    if (!input)
        return;
    if (input->fd != STDIN_FILENO)
        close(input->fd);
    gunzip_free(input->gunzip);
    buffer_free(&input->kept);
    free(input->name);
    free(input->head);
    free(input->buffer);
    free(input);
}

bool input_ready(const struct input *input)
{
    struct pollfd ready = {input->fd, POLLIN, 0};
    const struct gunzip *gunzip = input->gunzip;
    bool inflatable = gunzip && (gunzip->stream.avail_in > 0 || gunzip->more);
    return input->regular || inflatable || poll(&ready, 1, 0) > 0;
}

/* read(2) that goes on after signals; 0 at the end. */
static size_t read_some(struct input *input, void *to, size_t room)
{
    while (true) {
        ssize_t got = read(input->fd, to, room);
        if (got >= 0)
            return (size_t)got;
        if (errno != EINTR && errno != EAGAIN)
            fail_errno(EXIT_SYSTEM, "%s: cannot read", input->name);
        struct pollfd ready = {input->fd, POLLIN, 0};
        if (errno == EAGAIN) /* somebody made it non-blocking */
            poll(&ready, 1, -1);
    }
}

/* What was read first turned out to be gzip data: from now on it is inflated. */
static void begin_gunzip(struct input *input)
{
    struct gunzip *gunzip = memory_new(1, sizeof *gunzip);
    gunzip->packed = memory_new(BUFFER_SIZE, 1);
    if (inflateInit2(&gunzip->stream, 15 + 16) != Z_OK)
        fail(EXIT_SYSTEM, "%s: cannot start inflating", input->name);
    memcpy(gunzip->packed, input->buffer, input->end);
    gunzip->stream.next_in = gunzip->packed;
    gunzip->stream.avail_in = (uInt)input->end;
    input->gunzip = gunzip;
    input->end = 0;
    input->head_length = 0;
}

static void check_inflate(const struct input *input, int status)
{
    if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END)
        fail(EXIT_SYSTEM, "%s: compressed data is damaged: %s", input->name,
             input->gunzip->stream.msg ? input->gunzip->stream.msg : "unknown error");
}

/*
 * Inflates into ROOM bytes at TO, having read at most once; 0 is not the end, gunzip->ended is.
 * Members one behind the other are one text.
 */
static size_t inflate_some(struct input *input, char *to, size_t room)
{
    struct gunzip *gunzip = input->gunzip;
    z_stream *stream = &gunzip->stream;
    if (stream->avail_in == 0 && !gunzip->more) {
        size_t got = read_some(input, gunzip->packed, BUFFER_SIZE);
        stream->next_in = gunzip->packed;
        stream->avail_in = (uInt)got;
        gunzip->ended = got == 0;
        if (gunzip->ended && gunzip->inside)
            fail(EXIT_SYSTEM, "%s: compressed data ends early", input->name);
    }
    stream->next_out = (unsigned char *)to;
    stream->avail_out = (uInt)(room < LONGEST_LINE ? room : LONGEST_LINE);
    uInt before = stream->avail_out;
    while (stream->avail_out > 0 && (stream->avail_in > 0 || gunzip->more)) {
        gunzip->more = false;
        gunzip->inside = true;
        int status = inflate(stream, Z_NO_FLUSH);
        check_inflate(input, status);
        if (status != Z_STREAM_END)
            continue;
        gunzip->inside = false;
        inflateReset(stream);
    }
    gunzip->more = stream->avail_out == 0 && gunzip->inside;
    return before - stream->avail_out;
}

/* Room for more behind what is not yet returned: move it to the front, or grow. */
static void make_room(struct input *input)
{
    size_t kept = input->end - input->start;
    if (input->start > 0) {
        memmove(input->buffer, input->buffer + input->start, kept);
        input->searched -= input->start;
        input->start = 0;
        input->end = kept;
    }
    if (input->capacity - kept >= BUFFER_SIZE / 2)
        return;
    if (input->capacity >= LONGEST_LINE)
        fail(EXIT_SYSTEM, "%s: line %llu is longer than 1 GiB", input->name,
             (unsigned long long)input->line_number + 1);
    input->capacity *= 2;
    input->buffer = memory_resize(input->buffer, input->capacity + FAST_PADDING, 1);
}

static void keep_head(struct input *input, struct slice text)
{
    size_t room = INPUT_HEAD - input->head_length;
    if (!input->head || room == 0)
        return;
    size_t length = text.length < room ? text.length : room;
    memcpy(input->head + input->head_length, text.at, length);
    input->head_length += length;
}

void input_read(struct input *input)
{
    make_room(input);
    char *to = input->buffer + input->end;
    size_t room = input->capacity - input->end;
    size_t got = input->gunzip ? inflate_some(input, to, room) : read_some(input, to, room);
    input->end += got;
    keep_head(input, (struct slice){to, got});
    input->at_end = input->gunzip ? input->gunzip->ended : got == 0;
    if (!input->may_be_packed || input->end < 2)
        return;
    input->may_be_packed = false;
    if ((unsigned char)input->buffer[0] == 0x1f && (unsigned char)input->buffer[1] == 0x8b)
        begin_gunzip(input);
}

struct slice input_head(struct input *input, size_t count)
{
    while (input->head_length < count && !input->at_end && input->line_number == 0)
        input_read(input);
    size_t length = count < input->head_length ? count : input->head_length;
    return (struct slice){input->head, length};
}

uint32_t input_checksum(struct input *input, uint64_t bytes)
{
    struct slice head = input_head(input, bytes < INPUT_HEAD ? (size_t)bytes : INPUT_HEAD);
    return (uint32_t)crc32_z(0, (const unsigned char *)head.at, head.length);
}

bool input_begins(struct input *input, uint64_t bytes, uint32_t checksum)
{
    size_t count = bytes < INPUT_HEAD ? (size_t)bytes : INPUT_HEAD;
    return input_head(input, count).length == count && input_checksum(input, bytes) == checksum;
}

/* Reads up to OFFSET and forgets it. */
static bool pass_over(struct input *input, uint64_t offset)
{
    uint64_t passed = 0;
    while (true) {
        size_t here = input->end - input->start;
        size_t wanted = offset - passed < here ? (size_t)(offset - passed) : here;
        input->start += wanted;
        passed += wanted;
        input->searched = input->start;
        if (passed == offset)
            return true;
        if (input->at_end)
            return false;
        input_read(input);
    }
}

/*
 * Where a plain file can be read on: its size says whether that is inside it. A later position is
 * known by more of its head than this one.
 */
static bool leap(struct input *input, uint64_t offset)
{
    struct stat status;
    input_head(input, INPUT_HEAD);
    if (fstat(input->fd, &status) != 0 || lseek(input->fd, (off_t)offset, SEEK_SET) < 0)
        fail_errno(EXIT_SYSTEM, "%s: cannot read", input->name);
    input->start = input->end = input->searched = 0;
    input->at_end = false;
    if (input->head_length > offset) /* what is behind comes again */
        input->head_length = (size_t)offset;
    return (uint64_t)status.st_size >= offset;
}

bool input_resume(struct input *input, uint64_t offset, uint64_t lines)
{
    if (offset == 0)
        return true;
    input_head(input, 2); /* whether it is packed */
    bool there = input->regular && !input->gunzip ? leap(input, offset) : pass_over(input, offset);
    input->next_offset = offset;
    input->line_number = lines;
    input->may_be_marked = false;
    return there;
}

bool input_is_done(struct input *input)
{
    while (input->regular && input->start == input->end && !input->at_end)
        input_read(input);
    return input->start == input->end && input->at_end;
}

void input_grow(struct input *input)
{
    input->growing = true;
}

uint64_t input_taken(const struct input *input)
{
    uint64_t skipped = input->skipping ? input->skipped : 0;
    return input->next_offset + skipped + (input->end - input->start);
}

bool input_at_end(const struct input *input)
{
    return input->at_end;
}

void input_finish(struct input *input, uint64_t offset)
{
    input->end -= (size_t)(input_taken(input) - offset);
    input->growing = false;
    input->at_end = true;
}

bool input_is_packed(const struct input *input)
{
    return input->gunzip;
}

uint64_t input_position(const struct input *input)
{
    return input->next_offset;
}

static enum input_status give(struct input *input, struct slice *line, size_t length,
                              bool terminated)
{
    *line = (struct slice){input->buffer + input->start, length};
    input->start += length + terminated;
    input->searched = input->start;
    input->line_number++;
    input->line_offset = input->next_offset;
    input->line_length = length;
    input->next_offset += length + terminated;
    input->terminated = terminated;
    if (input->may_be_marked && length >= 3 && memcmp(line->at, "\xef\xbb\xbf", 3) == 0)
        *line = (struct slice){line->at + 3, length - 3};
    input->may_be_marked = false;
    return INPUT_LINE;
}

/* The line at the front has outgrown max_line: keep its first bytes, forget the rest as it comes.
 */
static void skip(struct input *input, size_t length)
{
    if (!input->skipping) {
        input->skipping = true;
        input->skipped = 0;
        input->kept.length = 0;
        size_t first = length < INPUT_LONG_KEEP ? length : INPUT_LONG_KEEP;
        buffer_append(&input->kept, (struct slice){input->buffer + input->start, first});
        buffer_reserve(&input->kept, FAST_PADDING);
    }
    input->skipped += length;
    input->start += length;
    input->searched = input->start;
}

/* The end of a line over max_line has been reached; its last LENGTH bytes are at the front. */
static enum input_status give_long(struct input *input, struct slice *line, size_t length,
                                   bool terminated)
{
    skip(input, length);
    struct slice unused;
    input->skipping = false;
    give(input, &unused, 0, terminated);
    input->line_length = input->skipped;
    input->next_offset += input->skipped;
    *line = buffer_slice(&input->kept);
    return INPUT_LONG;
}

enum input_status input_line(struct input *input, struct slice *line)
{
    size_t length = input->end - input->start;
    char *newline = memchr(input->buffer + input->searched, '\n', input->end - input->searched);
    bool ended = input->at_end && !input->growing;
    if (newline)
        length = (size_t)(newline - input->buffer) - input->start;
    input->searched = input->end;
    if (input->skipping || (input->max_line && length > input->max_line)) {
        if (newline || ended)
            return give_long(input, line, length, newline);
        skip(input, length);
    } else if (newline || (ended && length > 0)) {
        return give(input, line, length, newline);
    }
    return ended ? INPUT_END : INPUT_MORE;
}

struct slice input_buffered(const struct input *input)
{
    return (struct slice){input->buffer + input->start, input->end - input->start};
}

void input_take(struct input *input, size_t count)
{
    input->start += count;
    input->searched = input->start;
    input->next_offset += count;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

int input_fd(const struct input *input)
{
    return input->fd;
}

bool input_is_regular(const struct input *input)
{
    return input->regular;
}

bool input_is_same_file(const struct input *a, const struct input *b)
{
    struct stat one, other;
    if (fstat(a->fd, &one) != 0)
        fail_errno(EXIT_SYSTEM, "%s", a->name);
    if (fstat(b->fd, &other) != 0)
        fail_errno(EXIT_SYSTEM, "%s", b->name);
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

uint64_t input_line_number(const struct input *input)
{
    return input->line_number;
}

uint64_t input_line_offset(const struct input *input)
{
    return input->line_offset;
}

uint64_t input_length(const struct input *input)
{
    return input->line_length;
}

bool input_terminated(const struct input *input)
{
    return input->terminated;
}
