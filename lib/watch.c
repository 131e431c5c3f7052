#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bytes.h"
#include "error.h"

struct watch {
    int changes;   /* inotify; -1: there is none to be had */
    int timer;     /* the tick */
    int both;      /* epoll: one descriptor to wait for */
    int directory; /* the number of its watch; -1: none */
    char *name;
};

static void wait_for(struct watch *watch, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(watch->both, EPOLL_CTL_ADD, fd, &event) != 0)
        fail_errno(EXIT_SYSTEM, "cannot wait for files");
}

static struct timespec span(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

struct watch *watch_new(int64_t tick_ms)
{
    struct watch *watch = memory_new(1, sizeof *watch);
    struct itimerspec tick = {.it_interval = span(tick_ms), .it_value = span(tick_ms)};
    watch->directory = -1;
    watch->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    watch->both = epoll_create1(EPOLL_CLOEXEC);
    if (watch->timer < 0 || watch->both < 0 || timerfd_settime(watch->timer, 0, &tick, NULL) != 0)
        fail_errno(EXIT_SYSTEM, "cannot wait for files");
    wait_for(watch, watch->timer);
    if (watch->changes >= 0)
        wait_for(watch, watch->changes);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    if (watch->changes >= 0)
        close(watch->changes);
    close(watch->timer);
    close(watch->both);
    free(watch->name);
    free(watch);
}

void watch_name(struct watch *watch, const char *directory, const char *name)
{
    char *copy = memory_text(slice_of(name));
    free(watch->name);
    watch->name = copy;
    watch_forget(watch, watch->directory);
    watch->directory =
        inotify_add_watch(watch->changes, directory,
                          IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
}

/* By way of /proc, since the file may have another name by now. */
int watch_file(struct watch *watch, int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return inotify_add_watch(watch->changes, path,
                             IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVE_SELF);
}

void watch_forget(struct watch *watch, int number)
{
    if (number >= 0)
        inotify_rm_watch(watch->changes, number);
}

int watch_fd(const struct watch *watch)
{
    return watch->both;
}

/* In a busy directory most of what happens concerns others. */
static bool concerns(const struct watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_IGNORED)
        return false;
    return event->wd != watch->directory || event->len == 0 ||
           strcmp(event->name, watch->name) == 0;
}

static bool read_changes(struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[16 * 1024];
    bool any = false;
    while (true) {
        ssize_t count = read(watch->changes, bytes, sizeof bytes);
        if (count <= 0)
            return any;
        for (ssize_t at = 0; at < count;) {
            const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
            any |= concerns(watch, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

bool watch_told(struct watch *watch)
{
    struct epoll_event event;
    uint64_t ticks;
    if (epoll_wait(watch->both, &event, 1, 0) == 0)
        return false;
    bool told = read(watch->timer, &ticks, sizeof ticks) > 0;
    return (watch->changes >= 0 && read_changes(watch)) || told;
}
