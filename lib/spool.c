#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"

/* The first bytes are in the file, those behind them in memory. */
struct spool {
    int file; /* -1: none yet */
    uint64_t in_file;
    struct buffer memory;
    size_t most;
};

struct spool *spool_new(size_t memory)
{
    struct spool *spool = memory_new(1, sizeof *spool);
    spool->file = -1;
    spool->most = memory;
    return spool;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    if (spool->file >= 0)
        close(spool->file);
    buffer_free(&spool->memory);
    free(spool);
}

static const char *place(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && *directory ? directory : "/tmp";
}

_Noreturn static void broken(void)
{
    fail_errno(EXIT_SYSTEM, "%s: cannot keep the rows of an epoch there", place());
}

/* Not every file system can make a file without a name. */
static int open_named(void)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/ft-sink.XXXXXX", place());
    buffer_append_char(&path, '\0');
    int file = mkostemp(path.at, O_CLOEXEC);
    if (file < 0 || unlink(path.at) != 0)
        broken();
    buffer_free(&path);
    return file;
}

static void open_file(struct spool *spool)
{
    spool->file = open(place(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->file < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        spool->file = open_named();
    if (spool->file < 0)
        broken();
}

static void move_to_file(struct spool *spool)
{
    size_t written = 0;
    if (spool->file < 0)
        open_file(spool);
    while (written < spool->memory.length) {
        ssize_t some = pwrite(spool->file, spool->memory.at + written,
                              spool->memory.length - written, (off_t)(spool->in_file + written));
        if (some < 0 && errno != EINTR)
            broken();
        written += some > 0 ? (size_t)some : 0;
    }
    spool->in_file += written;
    spool->memory.length = 0;
}

void spool_add(struct spool *spool, struct spool_head head, struct slice bytes)
{
    head.length = bytes.length;
    buffer_append(&spool->memory, (struct slice){(const char *)&head, sizeof head});
    buffer_append(&spool->memory, bytes);
    if (spool->memory.length > spool->most)
        move_to_file(spool);
}

static void read_file(const struct spool *spool, uint64_t position, char *to, size_t length)
{
    while (length > 0) {
        ssize_t some = pread(spool->file, to, length, (off_t)position);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            fail_errno(EXIT_SYSTEM, "%s: cannot read the rows of an epoch there", place());
        if (some == 0)
            fail(EXIT_SYSTEM, "%s: the rows of an epoch are cut off there", place());
        position += (uint64_t)some;
        to += some;
        length -= (size_t)some;
    }
}

/* No block is partly in the file. */
static void read_bytes(const struct spool *spool, uint64_t position, void *to, size_t length)
{
    if (position < spool->in_file)
        read_file(spool, position, to, length);
    else if (length > 0)
        memcpy(to, spool->memory.at + (position - spool->in_file), length);
}

bool spool_read(const struct spool *spool, uint64_t *position, struct spool_head *head,
                struct buffer *bytes)
{
    if (*position == spool->in_file + spool->memory.length)
        return false;
    read_bytes(spool, *position, head, sizeof *head);
    bytes->length = 0;
    buffer_reserve(bytes, head->length);
    read_bytes(spool, *position + sizeof *head, bytes->at, head->length);
    bytes->length = head->length;
    *position += sizeof *head + head->length;
    return true;
}

void spool_clear(struct spool *spool)
{
    if (spool->in_file > 0 && ftruncate(spool->file, 0) != 0)
        broken();
    spool->in_file = 0;
    spool->memory.length = 0;
}
