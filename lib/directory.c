#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "signals.h"

enum { LOCK_WAIT_MS = 10000, LOCK_STEP_MS = 10, PIECE = 64 << 10 };

static struct directory_cost cost;

const struct directory_cost *directory_cost(void)
{
    return &cost;
}

_Noreturn static void broken(const struct directory *directory, const char *name, const char *what)
{
    fail_errno(EXIT_SYSTEM, "%s/%s: cannot %s", directory->path, name, what);
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool sync_descriptor(int fd, int (*call)(int))
{
    double begun = now_seconds();
    int status;
    do
        status = call(fd);
    while (status != 0 && errno == EINTR);
    cost.syncs++;
    cost.sync_seconds += now_seconds() - begun;
    return status == 0;
}

/*
 * The entry of a directory must be durable too, or a power cut takes all that is in it. Who made it
 * may have died before this, or may be a shell that does not know. Where we may not look, we have
 * not MADE it.
 */
static void sync_parent(const char *path, bool made)
{
    char *copy = memory_text(slice_of(path)), *end = copy + strlen(copy);
    while (end > copy && end[-1] == '/')
        *--end = '\0';
    char *slash = strrchr(copy, '/');
    const char *parent = !slash ? "." : slash == copy ? "/" : copy;
    if (slash)
        *slash = '\0';
    int fd = open(parent[0] ? parent : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool hidden = fd < 0 && errno == EACCES && !made;
    if (!hidden && (fd < 0 || !sync_descriptor(fd, fsync)))
        fail_errno(EXIT_SYSTEM, "%s: cannot sync the directory it is in", path);
    if (fd >= 0)
        close(fd);
    free(copy);
}

bool directory_open(struct directory *directory, const char *path, bool make)
{
    bool made = make && mkdir(path, 0700) == 0;
    if (make && !made && errno != EEXIST)
        fail_errno(EXIT_SYSTEM, "%s: cannot make the directory", path);
    if (make)
        sync_parent(path, made);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        fail_errno(EXIT_SYSTEM, "%s", path);
    *directory = (struct directory){memory_text(slice_of(path)), fd};
    return true;
}

void directory_close(struct directory *directory)
{
    if (directory->path)
        close(directory->fd);
    free(directory->path);
    *directory = (struct directory){0};
}

int directory_open_file(const struct directory *directory, const char *name)
{
    struct stat status;
    int fd = openat(directory->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        broken(directory, name, "open it");
    if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
        fail(EXIT_SYSTEM, "%s/%s: is not a regular file", directory->path, name);
    return fd;
}

bool directory_read(const struct directory *directory, const char *name, struct buffer *out)
{
    int fd = directory_open_file(directory, name);
    if (fd < 0)
        return false;
    out->length = 0;
    for (ssize_t got = 1; got > 0;) {
        buffer_reserve(out, PIECE);
        got = read(fd, out->at + out->length, PIECE);
        if (got < 0 && errno != EINTR)
            broken(directory, name, "read it");
        out->length += got > 0 ? (size_t)got : 0;
        got = got < 0 ? 1 : got;
    }
    close(fd);
    return true;
}

void directory_write(const struct directory *directory, const char *name, int fd,
                     struct slice bytes)
{
    while (bytes.length > 0) {
        ssize_t written = write(fd, bytes.at, bytes.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            broken(directory, name, "write it");
        cost.bytes += (uint64_t)written;
        bytes = (struct slice){bytes.at + written, bytes.length - (size_t)written};
    }
}

void directory_sync(const struct directory *directory, const char *name, int fd)
{
    if (!sync_descriptor(fd, fdatasync))
        broken(directory, name, "sync it");
}

int directory_create(const struct directory *directory, const char *name)
{
    int fd = openat(directory->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        broken(directory, name, "make it");
    return fd;
}

static void replace(const struct directory *directory, const char *name, struct slice content,
                    bool durably)
{
    struct buffer beside = {0};
    buffer_printf(&beside, "%s.new", name);
    int fd = directory_create(directory, beside.at);
    directory_write(directory, beside.at, fd, content);
    if (durably)
        directory_sync(directory, beside.at, fd);
    if (close(fd) != 0)
        broken(directory, beside.at, "write it");
    if (renameat(directory->fd, beside.at, directory->fd, name) != 0)
        broken(directory, beside.at, "rename it");
    if (durably && !sync_descriptor(directory->fd, fsync))
        broken(directory, ".", "sync it");
    buffer_free(&beside);
}

void directory_replace(const struct directory *directory, const char *name, struct slice content)
{
    replace(directory, name, content, true);
}

void directory_hint(const struct directory *directory, const char *name, struct slice content)
{
    replace(directory, name, content, false);
}

void directory_remove(const struct directory *directory, const char *name)
{
    if (unlinkat(directory->fd, name, 0) != 0 && errno != ENOENT)
        broken(directory, name, "remove it");
}

void directory_list(const struct directory *directory,
                    void (*visit)(void *context, const char *name), void *context)
{
    int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list)
        broken(directory, ".", "list it");
    errno = 0;
    for (struct dirent *entry; (entry = readdir(list)); errno = 0)
        if (entry->d_name[0] != '.')
            visit(context, entry->d_name);
    if (errno != 0)
        broken(directory, ".", "list it");
    closedir(list);
}

static _Noreturn void say_who(const struct directory *directory, const char *name)
{
    struct buffer holder = {0};
    directory_read(directory, name, &holder);
    buffer_append_char(&holder, '\0');
    fail(EXIT_SYSTEM, "%s: is in use by process %s", directory->path,
         holder.at[0] ? holder.at : "unknown");
}

int directory_lock(const struct directory *directory, const char *name)
{
    struct timespec step = {0, LOCK_STEP_MS * 1000000};
    char digits[INTEGER_TEXT];
    int fd = openat(directory->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        broken(directory, name, "open it");
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            broken(directory, name, "lock it");
        if (waited_ms >= LOCK_WAIT_MS || signals_hurry())
            say_who(directory, name);
        nanosleep(&step, NULL);
    }
    if (ftruncate(fd, 0) != 0)
        broken(directory, name, "write it");
    directory_write(directory, name, fd, slice_of_integer(getpid(), digits));
    return fd;
}
