/* Which of a followed file's rotations nobody has read yet. */
#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "follow_inside.h"

/* Some that copy keep whole seconds. */
static bool is_after(const struct stat *status, int64_t known_ns)
{
    int64_t written_ns = follow_written_ns(status);
    return written_ns >= known_ns ||
           (status->st_mtim.tv_nsec == 0 && written_ns >= known_ns - known_ns % 1000000000);
}

/* How FILE begins, in ROOM: as it stands on the disk, for logs may all have the same first lines,
 * and perhaps no more was read of it. */
static struct slice head_of(const struct follow_file *file, char room[INPUT_HEAD])
{
    uint64_t taken = input_taken(file->input);
    if (file->cut || input_is_packed(file->input) || follow_is_cut(file))
        return input_head(file->input, taken < INPUT_HEAD ? (size_t)taken : INPUT_HEAD);
    ssize_t got = pread(input_fd(file->input), room, INPUT_HEAD, 0);
    if (got < 0)
        fail_errno(EXIT_SYSTEM, "%s: cannot read", input_name(file->input));
    return (struct slice){room, (size_t)got};
}

/*
 * Whether the file of INODE, of whose text BYTES are known by their HEAD, is itself a rotation that
 * stands there. Then another one is no copy of it, however alike they are: who copies a file does
 * that to cut it, and who packs it removes it.
 */
static bool stands_there(const struct follow *follow, struct rotations *rotations, ino_t inode,
                         uint64_t bytes, uint32_t head)
{
    for (size_t i = 0; i < rotations->count; i++) {
        struct rotation *rotation = &rotations->rotation[i];
        if (rotation->rotated && !rotation->current && rotation->status.st_ino == inode &&
            follow_look_into(follow, rotation) && follow_has_at_least(rotation, bytes) &&
            input_begins(rotation->input, bytes, head))
            return true;
    }
    return false;
}

/* Whether it is FILE, or the beginning of it, once more. */
static bool is_copy_of(const struct rotation *rotation, const struct follow_file *file)
{
    char room[INPUT_HEAD];
    uint64_t bytes = (uint64_t)follow_status(file->input).st_size;
    uint64_t taken = input_taken(file->input);
    struct slice head = head_of(file, room);
    struct slice other = input_head(rotation->input, INPUT_HEAD);
    size_t common = head.length < other.length ? head.length : other.length;
    bool fits = follow_has_at_most(rotation, bytes > taken ? bytes : taken);
    return common > 0 && memcmp(head.at, other.at, common) == 0 &&
           (fits || input_is_packed(file->input));
}

static bool is_copy(const struct follow *follow, struct rotations *rotations,
                    const struct rotation *rotation)
{
    for (size_t i = 0; i < follow->count; i++) {
        const struct follow_file *file = &follow->file[i];
        uint64_t bytes = input_taken(file->input);
        if (is_copy_of(rotation, file) && !stands_there(follow, rotations, file->inode, bytes,
                                                        input_checksum(file->input, bytes)))
            return true;
    }
    return false;
}

/* The finished file that it is, or is the beginning of. */
static const struct follow_mark *find_finished(const struct follow *follow,
                                               struct rotations *rotations,
                                               const struct rotation *rotation)
{
    for (size_t i = 0; i < follow->finished_count; i++) {
        const struct follow_mark *mark = &follow->finished[i];
        bool same = mark->inode == rotation->status.st_ino;
        bool fits = same ? follow_has_at_least(rotation, mark->bytes)
                         : mark->bytes > 0 && follow_has_at_most(rotation, mark->bytes);
        if (fits && input_begins(rotation->input, mark->bytes, mark->head) &&
            (same || !stands_there(follow, rotations, mark->inode, mark->bytes, mark->head)))
            return mark;
    }
    return NULL;
}

bool follow_is_known(const struct follow *follow, struct rotations *rotations,
                     const struct rotation *rotation)
{
    return !is_after(&rotation->status, follow->known_ns) ||
           find_finished(follow, rotations, rotation);
}

/* It need not be read. */
static void remember(struct follow *follow, const struct rotation *rotation)
{
    follow_remember_mark(
        follow, (struct follow_mark){.name = memory_text(slice_of(rotation->path)),
                                     .bytes = rotation->bytes,
                                     .inode = rotation->status.st_ino,
                                     .head = input_checksum(rotation->input, rotation->bytes),
                                     .written_ns = follow_written_ns(&rotation->status)});
}

static bool may_be_news(const struct follow *follow, const struct rotation *rotation,
                        int64_t known_ns)
{
    return rotation->rotated && !rotation->current && !rotation->taken &&
           rotation->status.st_size > 0 && !follow_has(follow, &rotation->status) &&
           is_after(&rotation->status, known_ns);
}

/* Adds ROTATION when it is news, or what came to it late is. */
static bool add_news(struct follow *follow, struct rotations *rotations, struct rotation *rotation,
                     int64_t known_ns, size_t at)
{
    if (!may_be_news(follow, rotation, known_ns))
        return false;
    if (!follow_is_readable(rotation->path)) {
        if (follow_written_ns(&rotation->status) > known_ns)
            warn("%s: cannot be read as it is compressed: it is left out, unless it was read "
                 "before",
                 rotation->path);
        return false;
    }
    if (!follow_look_into(follow, rotation) || follow_has(follow, &rotation->status))
        return false; /* it was renamed meanwhile */
    const struct follow_mark *mark = find_finished(follow, rotations, rotation);
    if (!mark && is_copy(follow, rotations, rotation)) {
        remember(follow, rotation);
        return false;
    }
    if (!mark)
        return follow_take(follow, rotation, at, 0, 0);
    if (mark->inode == rotation->status.st_ino && !follow_has_at_most(rotation, mark->bytes))
        return follow_take(follow, rotation, at, mark->bytes, mark->lines);
    return false;
}

/* Whatever is not read is known. */
static void know(struct follow *follow, const struct rotations *rotations)
{
    for (size_t i = 0; i < rotations->count; i++) {
        const struct rotation *rotation = &rotations->rotation[i];
        if (!rotation->rotated || rotation->current || follow_has(follow, &rotation->status))
            continue;
        int64_t written_ns = follow_written_ns(&rotation->status);
        if (written_ns > follow->known_ns)
            follow->known_ns = written_ns;
    }
}

size_t follow_add_news(struct follow *follow, struct rotations *rotations, size_t at)
{
    int64_t known_ns = follow->known_ns; /* which moves on as some are found to be known */
    size_t count = 0;
    for (size_t i = 0; i < rotations->count; i++)
        count += add_news(follow, rotations, &rotations->rotation[i], known_ns, at + count);
    know(follow, rotations);
    return count;
}

void follow_know_all(struct follow *follow)
{
    struct rotations rotations = follow_list(follow, NULL);
    for (size_t i = 0; i < rotations.count; i++) {
        struct rotation *rotation = &rotations.rotation[i];
        if (rotation->rotated && !rotation->current && i + FOLLOW_REMEMBERED >= rotations.count &&
            follow_is_readable(rotation->path) && follow_look_into(follow, rotation))
            remember(follow, rotation);
    }
    follow->known_ns = 0; /* where there was none, whatever comes is news */
    know(follow, &rotations);
    follow_list_free(&rotations);
}
