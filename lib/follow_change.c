/* What becomes of a followed file: it is cut, or its name goes over to another one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "follow_inside.h"

enum { GONE_MS = 1000 }; /* who is away for so long is worth a message */

/* ---- what was cut ---- */

bool follow_is_cut(const struct follow_file *file)
{
    char head[INPUT_HEAD];
    uint64_t taken = input_taken(file->input);
    size_t count = taken < INPUT_HEAD ? (size_t)taken : INPUT_HEAD;
    if (file->cut || input_is_packed(file->input))
        return false;
    if ((uint64_t)follow_status(file->input).st_size < taken)
        return true;
    ssize_t got = pread(input_fd(file->input), head, count, 0);
    return got < 0 ||
           !slice_equal((struct slice){head, (size_t)got}, input_head(file->input, count));
}

static void say_cut(const struct follow_file *file, uint64_t bytes, const struct rotation *copy)
{
    const char *name = input_name(file->input);
    uint64_t size = (uint64_t)follow_status(file->input).st_size;
    if (copy)
        warn("%s: was cut or written anew: it had %" PRIu64 " bytes or more, and has %" PRIu64
             "; what is missing up to byte %" PRIu64 " is read from %s",
             name, bytes, size, copy->bytes, copy->path);
    else
        warn("%s: was cut or written anew: it had %" PRIu64 " bytes or more, and has %" PRIu64
             "; what stood behind byte %" PRIu64
             " is lost, if anything did, for no copy of it has as much",
             name, bytes, size, bytes);
}

/* The same file, from its start. The descriptor's position is shared, but the other one reads no
 * more. */
static struct input *begin_again(const struct follow *follow, const struct follow_file *file)
{
    int fd = fcntl(input_fd(file->input), F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
        fail_errno(EXIT_SYSTEM, "%s: cannot read", input_name(file->input));
    return input_new(fd, input_name(file->input), follow->max_line, true);
}

void follow_cut(struct follow *follow, size_t at, uint64_t bytes)
{
    struct follow_file *file = &follow->file[at];
    uint64_t offset = input_position(file->input), lines = input_line_number(file->input);
    struct rotations rotations = follow_list(follow, NULL);
    struct rotation *copy = follow_find_copy(follow, &rotations, file, bytes);
    say_cut(file, bytes, copy);
    follow_insert(follow, at + 1, begin_again(follow, file));
    file = &follow->file[at];
    file->cut = file->unwritten = file->pending = true;
    input_finish(file->input, bytes);
    if (copy) {
        input_free(file->input);
        memmove(file, file + 1, (--follow->count - at) * sizeof *file);
        follow_take(follow, copy, at, offset, lines);
    }
    follow_add_news(follow, &rotations, at + 1);
    follow_list_free(&rotations);
}

size_t follow_look_for_copies(struct follow *follow, size_t at)
{
    input_read(follow->file[at].input); /* by which a copy of what stands there now is known */
    struct rotations rotations = follow_list(follow, NULL);
    size_t count = follow_add_news(follow, &rotations, at);
    follow_list_free(&rotations);
    return count;
}

/* ---- what has a new name ---- */

/* Between a file's renaming and its successor's making there is always a moment without one. */
static void say_gone(struct follow *follow)
{
    int64_t now_ms = follow_now_ms(CLOCK_MONOTONIC);
    if (!follow->gone_since_ms)
        follow->gone_since_ms = now_ms;
    if (follow->gone_said || (follow->count > 0 && now_ms - follow->gone_since_ms < GONE_MS))
        return;
    warn("%s: is not there; waiting for it", follow->path);
    follow->gone_said = true;
}

static struct follow_file *last_of(struct follow *follow)
{
    return follow->count > 0 ? &follow->file[follow->count - 1] : NULL;
}

static struct input *open_name(const struct follow *follow)
{
    int fd = open(follow->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT)
        fail_errno(EXIT_SYSTEM, "%s", follow->path);
    return fd < 0 ? NULL : input_new(fd, follow->path, follow->max_line, true);
}

/* Whether FILE stands there as a rotation: then what has its name now is no copy of it, however it
 * begins. */
static bool was_rotated(struct follow *follow, const struct follow_file *file)
{
    struct rotations rotations = follow_list(follow, NULL);
    bool was = false;
    for (size_t i = 0; i < rotations.count; i++) {
        const struct rotation *rotation = &rotations.rotation[i];
        was |= rotation->rotated && !rotation->current && rotation->status.st_ino == file->inode &&
               rotation->status.st_dev == file->device;
    }
    follow_list_free(&rotations);
    return was;
}

/* Whether INPUT is a copy of what was read last, put in its place: then that is gone on with. */
static bool take_over(struct follow *follow, struct input *input)
{
    struct follow_file *last = last_of(follow);
    uint64_t taken = last ? input_taken(last->input) : 0;
    if (follow->new_file || taken == 0 || last->cut || input_is_packed(last->input) ||
        (uint64_t)follow_status(input).st_size < taken ||
        !input_begins(input, taken, input_checksum(last->input, taken)) ||
        was_rotated(follow, last))
        return false;
    uint64_t offset = input_position(last->input);
    warn("%s: was replaced by a copy of itself; going on there at byte %" PRIu64, follow->path,
         offset);
    input_resume(input, offset, input_line_number(last->input));
    follow_forget_watch(follow, last);
    input_free(last->input);
    follow->count--;
    return true;
}

/* The name has a file that is not among those that are read. */
static void take_new(struct follow *follow, struct input *input)
{
    input_head(input, INPUT_HEAD);
    if (input_is_packed(input))
        fail(EXIT_USAGE, "%s: is compressed: only plain text can be followed", follow->path);
    if (last_of(follow))
        last_of(follow)->heard_ms = follow_now_ms(CLOCK_MONOTONIC);
    take_over(follow, input);
    follow_insert(follow, follow->count, input);
    follow_find_place(follow);
    struct rotations rotations = follow_list(follow, NULL);
    follow->news = follow_add_news(follow, &rotations, follow->count - 1);
    follow_list_free(&rotations);
}

void follow_look_at_name(struct follow *follow)
{
    struct stat status;
    bool there = stat(follow->path, &status) == 0;
    if (!there && errno != ENOENT)
        fail_errno(EXIT_SYSTEM, "%s", follow->path);
    if (!there) {
        say_gone(follow);
        return;
    }
    follow_refuse_other_kinds(follow, &status);
    follow->gone_said = false;
    follow->gone_since_ms = 0;
    if (follow_has(follow, &status))
        return;
    struct input *input = open_name(follow);
    if (!input)
        return;
    status = follow_status(input); /* it may be another one already */
    if (follow_has(follow, &status))
        input_free(input);
    else
        take_new(follow, input);
}
