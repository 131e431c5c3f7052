/*
 * A record is a line and the bytes behind it:
 *
 *     WHAT FILE OFFSET LENGTH PATH
 *
 * where FILE is the number of the inode, LENGTH how many bytes follow (then a newline), and PATH is
 * relative to SHIM_ROOT. WHAT is
 *
 *     make     PATH is a new file, FILE
 *     write    the bytes at OFFSET
 *     cut      the file now has OFFSET bytes
 *     sync     the file is durable; or the entries of the directory, where FILE is 0
 *     mkdir    PATH is a new directory
 *     remove   PATH has gone
 *     rename   PATH has got the name that follows, relative to SHIM_ROOT too
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HIGH_DESCRIPTOR = 200 };

static int trace = -1;
static bool making; /* the file that is about to be opened is not there yet */
static bool cutting;
static char path[PATH_MAX]; /* of what is about to be done, relative to the root */

_Noreturn static void broken(const char *what)
{
    perror(what);
    _exit(99);
}

/* High up, where no shell and no filter expects anything. */
static void open_trace(void)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, getenv("SHIM_TRACE"),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    trace = fd < 0 ? -1 : (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
    if (trace < 0)
        broken("shim: SHIM_TRACE");
    syscall(SYS_close, fd);
}

static bool begin(void)
{
    if (trace < 0)
        open_trace();
    while (syscall(SYS_flock, trace, LOCK_EX) != 0)
        if (errno != EINTR)
            broken("shim: SHIM_TRACE");
    return true;
}

void trace_end(void)
{
    int before = errno;
    syscall(SYS_flock, trace, LOCK_UN);
    errno = before;
}

static const char *link_of(int fd, char target[PATH_MAX])
{
    char name[64];
    if (fd == AT_FDCWD)
        snprintf(name, sizeof name, "/proc/self/cwd");
    else
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, target, PATH_MAX - 1);
    target[length < 0 ? 0 : length] = '\0';
    return target;
}

/* What FULL is called below the root, or NULL. The index beside a log of SQLite is no matter of the
 * disk: it is made anew after a crash. */
static const char *below_root(const char *full)
{
    const char *root = getenv("SHIM_ROOT");
    size_t length = root ? strlen(root) : 0, all = strlen(full);
    if (!getenv("SHIM_TRACE") || length == 0 || strncmp(full, root, length) != 0)
        return NULL;
    if (all > 4 && strcmp(full + all - 4, "-shm") == 0)
        return NULL;
    if (full[length] == '\0')
        return ".";
    return full[length] == '/' ? full + length + 1 : NULL;
}

static const char *below_root_at(int directory, const char *name, char full[PATH_MAX])
{
    if (name[0] == '/')
        return below_root(name);
    size_t length = strlen(link_of(directory, full));
    int added = snprintf(full + length, PATH_MAX - length, "/%s", name);
    return added > 0 && (size_t)added < PATH_MAX - length ? below_root(full) : NULL;
}

static bool keep(const char *below)
{
    if (!below)
        return false;
    snprintf(path, sizeof path, "%s", below);
    return begin();
}

bool trace_file(int fd)
{
    char full[PATH_MAX];
    int before = errno;
    bool watched = keep(below_root(link_of(fd, full)));
    errno = before;
    return watched;
}

bool trace_name(int directory, const char *name)
{
    char full[PATH_MAX];
    int before = errno;
    bool watched = keep(below_root_at(directory, name, full));
    errno = before;
    return watched;
}

bool trace_make(int directory, const char *name, int flags)
{
    int before = errno;
    if (!(flags & (O_CREAT | O_TRUNC)) || !trace_name(directory, name))
        return false;
    making = syscall(SYS_faccessat, directory, name, F_OK) != 0;
    cutting = flags & O_TRUNC;
    errno = before;
    return true;
}

/* ---- records ---- */

static void record(const char *what, unsigned long long file, long long offset, const char *bytes,
                   size_t length)
{
    char head[PATH_MAX + 128];
    int before = errno;
    int head_length =
        snprintf(head, sizeof head, "%s %llu %lld %zu %s\n", what, file, offset, length, path);
    struct iovec pieces[] = {
        {head, (size_t)head_length}, {(char *)(size_t)bytes, length}, {(char[]){'\n'}, 1}};
    ssize_t written = syscall(SYS_writev, trace, pieces, 3);
    if (written != (ssize_t)(length + (size_t)head_length + 1))
        broken("shim: SHIM_TRACE");
    errno = before;
}

static unsigned long long file_of(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        broken("shim: fstat");
    return S_ISREG(status.st_mode) ? status.st_ino : 0;
}

void trace_wrote(int fd, const char *bytes, ssize_t written, off_t offset)
{
    if (offset < 0 && written > 0)
        offset = lseek(fd, 0, SEEK_CUR) - written;
    if (written > 0)
        record("write", file_of(fd), offset, bytes, (size_t)written);
}

void trace_cut(int fd, off_t length)
{
    record("cut", file_of(fd), length, "", 0);
}

void trace_synced(int fd)
{
    record("sync", file_of(fd), 0, "", 0);
}

void trace_made(int fd)
{
    if (making)
        record("make", file_of(fd), 0, "", 0);
    else if (cutting)
        record("cut", file_of(fd), 0, "", 0);
}

void trace_removed(void)
{
    record("remove", 0, 0, "", 0);
}

void trace_made_directory(void)
{
    record("mkdir", 0, 0, "", 0);
}

void trace_renamed(int directory, const char *name)
{
    char full[PATH_MAX];
    const char *below = below_root_at(directory, name, full);
    if (!below) {
        errno = EXDEV;
        broken("shim: a file is moved out of SHIM_ROOT");
    }
    record("rename", 0, 0, below, strlen(below));
}
