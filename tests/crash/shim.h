/*
 * What is preloaded into the filters to see them fail: shim.c (calls of libc, taken over), inject.c
 * (which call fails) and trace.c (what the calls did to files, recorded for disk.c).
 *
 * All of it is told by the environment. Of inject.c:
 *
 *     SHIM_CALL      what fails: write, sync, rename, open, lock, truncate, unlink, mkdir, malloc,
 *                    read or close; nothing else is touched
 *     SHIM_N         which of these calls, from 1 on, in each process by itself
 *     SHIM_ERRNO     how: ENOSPC, EIO and so on, or "short": half of the bytes are written
 *     SHIM_FOREVER   when 1, all later ones fail too
 *     SHIM_PROGRAM   only in the program of this name
 *     SHIM_ARGUMENT  only when one of its arguments contains this; behind a "!", when none does
 *     SHIM_MARK      a file that is made when a call fails, with a line that says where. There is
 *                    one failure in all: while the file is there, no other process has any.
 *
 * Of trace.c, and shim.c itself:
 *
 *     SHIM_TRACE     the file to which records are appended
 *     SHIM_ROOT      the directory below which files are watched: an absolute path without links
 *     SHIM_SLOW      the program that waits for a moment after each sync, so that those behind it
 *                    in the pipe can do what they have to do between two epochs
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum inject_kind {
    INJECT_WRITE,
    INJECT_SYNC,
    INJECT_RENAME,
    INJECT_OPEN,
    INJECT_LOCK,
    INJECT_TRUNCATE,
    INJECT_UNLINK,
    INJECT_MKDIR,
    INJECT_MALLOC,
    INJECT_READ,
    INJECT_CLOSE,
    INJECT_KINDS,
};

/* True when this call fails, with errno set. It may be called before inject_start. */
bool inject(enum inject_kind kind);

/* The same for a write of *COUNT bytes, which may be made shorter instead. */
bool inject_write(int fd, size_t *count);

/* Reads the environment of the process that was started with ARGV. */
void inject_start(char **argv);

/*
 * Each is called before what it is named for. False: it is not to be recorded. True: it is, and
 * until trace_end no other process does such a thing, so that the order of the records is the order
 * in which it happened. errno is kept.
 */
bool trace_file(int fd);
bool trace_name(int directory, const char *name);
bool trace_make(int directory, const char *name, int flags);

/* Records what has been done, if it was. */
void trace_wrote(int fd, const char *bytes, ssize_t written, off_t offset);
void trace_cut(int fd, off_t length);
void trace_synced(int fd);
void trace_made(int fd);
void trace_removed(void);
void trace_made_directory(void);
void trace_renamed(int directory, const char *name);

/* Ends what trace_file, trace_name or trace_make has begun. */
void trace_end(void);

#endif
