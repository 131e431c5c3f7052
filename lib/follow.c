#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "follow_inside.h"

/* How often it is looked where the system does not tell. */
enum { TICK_MS = 1000, SHORTEST_TICK_MS = 10 };

int64_t follow_now_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t follow_written_ns(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

struct stat follow_status(const struct input *input)
{
    struct stat status;
    if (fstat(input_fd(input), &status) != 0)
        fail_errno(EXIT_SYSTEM, "%s", input_name(input));
    return status;
}

/* ---- opening ---- */

void follow_refuse_other_kinds(const struct follow *follow, const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        fail(EXIT_USAGE, "%s: is %s, and only files can be followed", follow->path,
             S_ISDIR(status->st_mode) ? "a directory" : "a pipe or a device");
}

void follow_find_place(struct follow *follow)
{
    struct stat status;
    char *place = lstat(follow->path, &status) == 0 && S_ISLNK(status.st_mode)
                      ? realpath(follow->path, NULL)
                      : NULL;
    if (!place)
        place = memory_text(slice_of(follow->path));
    free(follow->place);
    follow->place = place;
    char *slash = strrchr(place, '/');
    if (!slash) {
        watch_name(follow->watch, ".", place);
        return;
    }
    char *directory = memory_text((struct slice){place, (size_t)(slash - place) + 1});
    watch_name(follow->watch, directory, slash + 1);
    free(directory);
}

/* All rotations of a time when nobody ran are open at once; the limit that a shell gives is for who
 * calls select(2). */
static void allow_many_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct follow *follow_open(const char *path, size_t max_line, int64_t wait_ms)
{
    struct follow *follow = memory_new(1, sizeof *follow);
    struct stat status;
    int64_t tick_ms = wait_ms < TICK_MS ? wait_ms : TICK_MS;
    follow->path = memory_text(slice_of(path));
    follow->max_line = max_line;
    follow->wait_ms = wait_ms;
    follow->watch = watch_new(tick_ms < SHORTEST_TICK_MS ? SHORTEST_TICK_MS : tick_ms);
    follow->look = true;
    follow->known_ns = INT64_MIN;
    allow_many_files();
    if (stat(path, &status) == 0)
        follow_refuse_other_kinds(follow, &status);
    else if (errno != ENOENT)
        fail_errno(EXIT_SYSTEM, "%s", path);
    follow_find_place(follow);
    return follow;
}

void follow_forget_watch(struct follow *follow, const struct follow_file *file)
{
    for (size_t i = 0; i < follow->count; i++)
        if (&follow->file[i] != file && follow->file[i].watch == file->watch)
            return; /* the same file, that was cut */
    watch_forget(follow->watch, file->watch);
}

void follow_close(struct follow *follow)
{
    if (!follow)
        return;
    for (size_t i = 0; i < follow->count; i++)
        input_free(follow->file[i].input);
    for (size_t i = 0; i < follow->finished_count; i++)
        free(follow->finished[i].name);
    watch_free(follow->watch);
    free(follow->file);
    free(follow->place);
    free(follow->path);
    free(follow);
}

const char *follow_path(const struct follow *follow)
{
    return follow->path;
}

/* ---- the files ---- */

bool follow_has(const struct follow *follow, const struct stat *status)
{
    for (size_t i = 0; i < follow->count; i++)
        if (follow->file[i].inode == status->st_ino && follow->file[i].device == status->st_dev)
            return true;
    return false;
}

/* A file that lies there since yesterday was silent since then. */
static int64_t heard_ms(const struct stat *status)
{
    int64_t silent_ms = follow_now_ms(CLOCK_REALTIME) - follow_written_ns(status) / 1000000;
    return follow_now_ms(CLOCK_MONOTONIC) - (silent_ms > 0 ? silent_ms : 0);
}

struct follow_file *follow_insert(struct follow *follow, size_t at, struct input *input)
{
    struct stat status = follow_status(input);
    follow->file = memory_resize(follow->file, follow->count + 1, sizeof *follow->file);
    struct follow_file *file = &follow->file[at];
    memmove(file + 1, file, (follow->count - at) * sizeof *file);
    follow->count++;
    if (input_line_number(input) == 0)
        input_head(input, INPUT_HEAD); /* copies are known by it */
    input_grow(input);
    *file = (struct follow_file){
        .input = input,
        .device = status.st_dev,
        .inode = status.st_ino,
        .watch = watch_file(follow->watch, input_fd(input)),
        .pending = true,
        .unwritten = input_is_packed(input), /* nobody goes on in the midst of that */
        .begun_ns = follow_written_ns(&status),
        .heard_ms = heard_ms(&status),
    };
    return file;
}

static void retire(struct follow *follow, size_t index)
{
    struct follow_file *file = &follow->file[index];
    follow_remember(follow, file);
    follow_forget_watch(follow, file);
    input_free(file->input);
    follow->count--;
    memmove(file, file + 1, (follow->count - index) * sizeof *file);
    follow->look = true;
}

bool follow_has_file(struct follow *follow)
{
    follow_ready(follow);
    return follow->count > 0 || follow->finished_count > 0;
}

/* ---- whose turn it is ---- */

enum writers { WRITERS_NONE, WRITERS_SOME, WRITERS_UNKNOWN };

/*
 * A lease for reading is given only while nobody has the file open for writing. It is let go of at
 * once, so that nobody waits for us; should somebody come in between, the signal that tells us is
 * one that does nothing.
 */
static enum writers look_for_writers(const struct follow_file *file)
{
    int fd = input_fd(file->input);
    if (fcntl(fd, F_SETSIG, SIGURG) != 0)
        return WRITERS_UNKNOWN;
    if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
        return errno == EAGAIN ? WRITERS_SOME : WRITERS_UNKNOWN;
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return WRITERS_NONE;
}

static void pass(struct follow *follow, struct follow_file *file, enum writers writers)
{
    file->passed = true;
    if (!follow->writer_said)
        warn("%s: its successor is read now, for it was silent for %" PRId64
             " ms, though %s: what still comes is read when it comes",
             input_name(file->input), follow->wait_ms,
             writers == WRITERS_SOME ? "somebody has it open for writing"
                                     : "the system cannot tell whether anybody writes to it");
    follow->writer_said = true;
}

/*
 * File AT has lost its name: it is finished, or passed, or still waited for. Where nobody can tell
 * it is finished when its successor has lost the name too.
 */
static void look_at_old(struct follow *follow, size_t at)
{
    struct follow_file *file = &follow->file[at];
    if (file->unwritten)
        return;
    enum writers writers = look_for_writers(file);
    bool is_old = file->passed && at + 2 < follow->count;
    if (writers == WRITERS_NONE || (writers == WRITERS_UNKNOWN && is_old))
        file->unwritten = file->pending = true; /* read to its end once more */
    else if (!file->passed && follow_now_ms(CLOCK_MONOTONIC) - file->heard_ms >= follow->wait_ms)
        pass(follow, file, writers);
}

/* Number AT; there may be others before it behind that. */
static size_t look_at_file(struct follow *follow, size_t at)
{
    struct follow_file *file = &follow->file[at];
    struct stat status = follow_status(file->input);
    if (input_taken(file->input) == 0 && follow_written_ns(&status) != file->begun_ns) {
        file->begun_ns = follow_written_ns(&status);
        at += follow_look_for_copies(follow, at);
        file = &follow->file[at];
        file->pending = true;
    }
    if (file->pending)
        return at; /* of many that wait each would be looked into whenever one is done */
    file->pending = (uint64_t)status.st_size != input_taken(file->input) || follow_is_cut(file);
    return at;
}

/* Many that nobody lets go of cannot all be kept. */
static void let_go(struct follow *follow)
{
    for (size_t i = 0; i < follow->count && follow->count > FOLLOW_KEPT; i++)
        if (follow->file[i].passed && !follow->file[i].pending)
            retire(follow, i--);
}

static void look(struct follow *follow)
{
    follow->look = false;
    if (!follow->begun)
        follow_know_all(follow);
    follow->begun = true;
    follow_look_at_name(follow);
    for (size_t i = 0; i < follow->count; i++) {
        i = look_at_file(follow, i);
        if (i + 1 < follow->count)
            look_at_old(follow, i);
    }
    let_go(follow);
}

static bool choose(struct follow *follow)
{
    for (size_t i = 0; i < follow->count; i++) {
        follow->current = i;
        if (follow->file[i].pending)
            return true;
        if (!follow->file[i].passed)
            return false;
    }
    return false;
}

bool follow_ready(struct follow *follow)
{
    if (watch_told(follow->watch) || follow->look)
        look(follow);
    return choose(follow);
}

int follow_fd(const struct follow *follow)
{
    return watch_fd(follow->watch);
}

/* ---- reading ---- */

void follow_read(struct follow *follow)
{
    struct follow_file *file = &follow->file[follow->current];
    uint64_t before = input_taken(file->input);
    file->pending = true;
    if (!file->cut)
        input_read(file->input);
    if (follow_is_cut(file)) {
        follow_cut(follow, follow->current, before);
        return;
    }
    if (input_is_packed(file->input) && !file->unwritten)
        fail(EXIT_USAGE, "%s: is compressed: only plain text can be followed", follow->path);
    if (!input_at_end(file->input)) {
        file->heard_ms = follow_now_ms(CLOCK_MONOTONIC);
        return;
    }
    file->pending = false;
    if (file->unwritten)
        input_finish(file->input, input_taken(file->input));
}

enum input_status follow_line(struct follow *follow, struct slice *line)
{
    if (follow->current >= follow->count)
        return INPUT_MORE;
    enum input_status status = input_line(follow->file[follow->current].input, line);
    if (status != INPUT_END)
        return status;
    retire(follow, follow->current);
    return INPUT_MORE;
}

struct input *follow_input(const struct follow *follow)
{
    return follow->current < follow->count ? follow->file[follow->current].input : NULL;
}
