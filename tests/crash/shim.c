/*
 * The calls of libc that are taken over, when this is preloaded. Each asks inject.c whether it
 * fails, and tells trace.c what it has done. They go to the kernel themselves: looking up libc's
 * own would allocate, and that is taken over too.
 */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* glibc gives what it calls at start the arguments of main. */
__attribute__((constructor)) static void start(int argc, char **argv)
{
    (void)argc;
    inject_start(argv);
}

/* ---- writing ---- */

ssize_t write(int fd, const void *bytes, size_t count)
{
    if (inject_write(fd, &count))
        return -1;
    bool traced = trace_file(fd);
    ssize_t written = syscall(SYS_write, fd, bytes, count);
    if (traced) {
        trace_wrote(fd, bytes, written, -1);
        trace_end();
    }
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    if (inject_write(fd, &count))
        return -1;
    bool traced = trace_file(fd);
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, count, offset);
    if (traced) {
        trace_wrote(fd, bytes, written, offset);
        trace_end();
    }
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(fd, bytes, count, offset);
}

/* Only standard streams and pipes are written so: nothing to record. */
ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    size_t first = count > 0 ? pieces[0].iov_len : 0, kept = first;
    if (inject_write(fd, &kept))
        return -1;
    if (kept < first)
        return syscall(SYS_write, fd, pieces[0].iov_base, kept);
    return syscall(SYS_writev, fd, pieces, count);
}

ssize_t vmsplice(int fd, const struct iovec *pieces, size_t count, unsigned flags)
{
    struct iovec first = count > 0 ? pieces[0] : (struct iovec){0};
    size_t kept = first.iov_len;
    if (inject_write(fd, &kept))
        return -1;
    if (kept == first.iov_len)
        return syscall(SYS_vmsplice, fd, pieces, count, flags);
    first.iov_len = kept;
    return syscall(SYS_vmsplice, fd, &first, 1, flags);
}

static int truncate_file(int fd, off_t length)
{
    if (inject(INJECT_TRUNCATE))
        return -1;
    bool traced = trace_file(fd);
    int status = (int)syscall(SYS_ftruncate, fd, length);
    if (traced) {
        if (status == 0)
            trace_cut(fd, length);
        trace_end();
    }
    return status;
}

int ftruncate(int fd, off_t length)
{
    return truncate_file(fd, length);
}

int ftruncate64(int fd, off64_t length)
{
    return truncate_file(fd, length);
}

/* Long enough for what was synced to be committed, mostly; nothing depends on it. */
static void pause_after_sync(void)
{
    const char *slow = getenv("SHIM_SLOW");
    if (slow && strcmp(slow, program_invocation_short_name) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 4000000}, NULL);
}

static int sync_file(int fd, long call)
{
    if (inject(INJECT_SYNC))
        return -1;
    bool traced = trace_file(fd);
    int status = (int)syscall(call, fd);
    if (traced) {
        if (status == 0)
            trace_synced(fd);
        trace_end();
    }
    pause_after_sync();
    return status;
}

int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

/* ---- names ---- */

int openat(int directory, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    if (inject(INJECT_OPEN))
        return -1;
    bool traced = trace_make(directory, name, flags);
    int fd = (int)syscall(SYS_openat, directory, name, flags, mode);
    if (traced) {
        if (fd >= 0)
            trace_made(fd);
        trace_end();
    }
    return fd;
}

int openat64(int directory, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return openat(directory, name, flags, mode);
}

int open(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return openat(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return openat(AT_FDCWD, name, flags, mode);
}

int creat(const char *name, mode_t mode)
{
    return openat(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* libc's streams are its own; those that the filters use are of no file below SHIM_ROOT. */
FILE *fopen(const char *name, const char *mode)
{
    static FILE *(*libc_fopen)(const char *, const char *);
    if (!libc_fopen)
        libc_fopen = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
    return inject(INJECT_OPEN) ? NULL : libc_fopen(name, mode);
}

FILE *fopen64(const char *name, const char *mode)
{
    return fopen(name, mode);
}

int renameat(int directory, const char *name, int to_directory, const char *to)
{
    if (inject(INJECT_RENAME))
        return -1;
    bool traced = trace_name(directory, name);
    int status = (int)syscall(SYS_renameat2, directory, name, to_directory, to, 0);
    if (traced) {
        if (status == 0)
            trace_renamed(to_directory, to);
        trace_end();
    }
    return status;
}

int rename(const char *name, const char *to)
{
    return renameat(AT_FDCWD, name, AT_FDCWD, to);
}

int unlinkat(int directory, const char *name, int flags)
{
    if (inject(INJECT_UNLINK))
        return -1;
    bool traced = trace_name(directory, name);
    int status = (int)syscall(SYS_unlinkat, directory, name, flags);
    if (traced) {
        if (status == 0)
            trace_removed();
        trace_end();
    }
    return status;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int directory, const char *name, mode_t mode)
{
    if (inject(INJECT_MKDIR))
        return -1;
    bool traced = trace_name(directory, name);
    int status = (int)syscall(SYS_mkdirat, directory, name, mode);
    if (traced) {
        if (status == 0)
            trace_made_directory();
        trace_end();
    }
    return status;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* ---- locks ---- */

int flock(int fd, int operation)
{
    return operation != LOCK_UN && inject(INJECT_LOCK) ? -1
                                                       : (int)syscall(SYS_flock, fd, operation);
}

/* Commands that have no argument ignore what is given here. */
static int control(int fd, int command, void *argument)
{
    bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                 command == F_OFD_SETLKW;
    if (locks && ((struct flock *)argument)->l_type != F_UNLCK && inject(INJECT_LOCK))
        return -1;
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

int fcntl(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return control(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return control(fd, command, argument);
}

/* ---- reading and closing ---- */

ssize_t read(int fd, void *bytes, size_t count)
{
    return inject(INJECT_READ) ? -1 : syscall(SYS_read, fd, bytes, count);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t offset)
{
    return inject(INJECT_READ) ? -1 : syscall(SYS_pread64, fd, bytes, count, offset);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset)
{
    return pread(fd, bytes, count, offset);
}

/* As on a file system behind a network: the descriptor has gone, and what was written may have. */
int close(int fd)
{
    int status = (int)syscall(SYS_close, fd);
    return inject(INJECT_CLOSE) ? -1 : status;
}

/* ---- memory ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return inject(INJECT_MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return inject(INJECT_MALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return inject(INJECT_MALLOC) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes))
        return realloc(old, bytes);
    errno = ENOMEM;
    return NULL;
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    if (inject(INJECT_MALLOC))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset)
{
    return mmap(at, length, protection, flags, fd, offset);
}
