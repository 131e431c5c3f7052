/*
 * Being told that files change: those that are open, and a name in a directory. Where the system
 * cannot tell (a file system over the network, no more watches to be had), a tick says that it is
 * time to look.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watch;

/* Ticks each TICK_MS. Fails with exit 3 when there are no descriptors left. */
struct watch *watch_new(int64_t tick_ms);
void watch_free(struct watch *watch);

/* Tells when a file in DIRECTORY becomes NAME, or is it no longer. Both are copied. */
void watch_name(struct watch *watch, const char *directory, const char *name);

/* Tells when the file open as FD is written to, renamed, or let go by who wrote it. Returns what
 * watch_forget wants. */
int watch_file(struct watch *watch, int fd);
void watch_forget(struct watch *watch, int number);

/* Readable when there is something to be told. */
int watch_fd(const struct watch *watch);

/* Whether it is time to look; what was told is told once. Does not wait. */
bool watch_told(struct watch *watch);

#endif
