/*
 * Directories of state and the files in them: private (0700, 0600), replaced whole or appended to,
 * and durable when a function says so, also over a power cut. Whatever fails ends the process
 * (exit 3), naming the file.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

struct directory {
    char *path; /* for messages; owned */
    int fd;
};

/*
 * Opens PATH (copied). One that is not there is made with MAKE, durably; without, the answer is
 * false.
 */
bool directory_open(struct directory *directory, const char *path, bool make);
void directory_close(struct directory *directory);

/* The whole of the file NAME into OUT (replaced). False when there is none. */
bool directory_read(const struct directory *directory, const char *name, struct buffer *out);

/* The file NAME, from its start, or -1 when there is none; the caller closes. */
int directory_open_file(const struct directory *directory, const char *name);

/*
 * Replaces the file NAME: the new one is written beside it, synced and renamed, and the directory
 * synced. After a crash at any moment there is the old one or the new one.
 */
void directory_replace(const struct directory *directory, const char *name, struct slice content);

/* The same without waiting for the disk: a power cut may leave anything. */
void directory_hint(const struct directory *directory, const char *name, struct slice content);

/* A descriptor that writes to the file NAME, which is new (or emptied). The caller closes. */
int directory_create(const struct directory *directory, const char *name);
void directory_write(const struct directory *directory, const char *name, int fd,
                     struct slice bytes);
void directory_sync(const struct directory *directory, const char *name, int fd);

/* Removes the file NAME, if it is there. */
void directory_remove(const struct directory *directory, const char *name);

/* Calls VISIT with the name of each file. */
void directory_list(const struct directory *directory,
                    void (*visit)(void *context, const char *name), void *context);

/*
 * Locks the file NAME until the process ends, or the descriptor returned is closed. While another
 * process holds it: waits ten seconds, or until the end is asked for, then fails naming that
 * process. (A pipe that was killed drains in less.)
 */
int directory_lock(const struct directory *directory, const char *name);

/* What it cost this process so far. */
struct directory_cost {
    uint64_t bytes; /* written */
    uint64_t syncs; /* fsync and fdatasync */
    double sync_seconds;
};
const struct directory_cost *directory_cost(void);

#endif
