#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "hash.h"
#include "input.h"
#include "snapshot_inside.h"

enum {
    PENDING = 256 << 10,
    SEGMENT = 32 << 20,  /* then the next one is begun */
    WORTHWHILE = 4 << 20 /* the last one is dropped for its age from this size on */
};

char *part_file(const struct part *part, const struct segment *segment)
{
    struct buffer name = {0};
    buffer_printf(&name, "%s-%u.ndjson", part->name, segment->number);
    return name.at;
}

void part_free(struct part *part)
{
    if (part->fd >= 0)
        close(part->fd);
    buffer_free(&part->pending);
    free(part->segment);
    free(part->name);
    free(part);
}

const char *part_name(const struct part *part)
{
    return part->name;
}

uint64_t part_lines(const struct part *part)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < part->count; i++)
        lines += part->segment[i].lines;
    return lines;
}

/* ---- appending ---- */

static bool needs_segment(const struct part *part)
{
    return part->count == 0 || part->sealed || part->segment[part->count - 1].bytes >= SEGMENT;
}

static void begin_segment(struct part *part)
{
    part_sync(part);
    if (part->fd >= 0)
        close(part->fd);
    part->fd = -1;
    part->sealed = false;
    part->segment = memory_resize(part->segment, part->count + 1, sizeof *part->segment);
    part->segment[part->count++] =
        (struct segment){.number = part->next_number++, .last_ms = INT64_MIN};
}

/* What is pending belongs to the last segment. */
static void flush(struct part *part)
{
    if (part->pending.length == 0)
        return;
    const struct directory *directory = &part->snapshot->directory;
    struct segment *segment = &part->segment[part->count - 1];
    char *file = part_file(part, segment);
    if (part->fd < 0)
        part->fd = directory_create(directory, file);
    directory_write(directory, file, part->fd, buffer_slice(&part->pending));
    part->pending.length = 0;
    part->unsynced = true;
    free(file);
}

struct buffer *part_begin(struct part *part)
{
    part->begun = part->pending.length;
    return &part->pending;
}

void part_end(struct part *part, int64_t time_ms)
{
    size_t length = part->pending.length - part->begun;
    if (part->snapshot->restoring) {
        part->pending.length = part->begun;
        return;
    }
    if (needs_segment(part)) { /* the line at hand is of the next one */
        part->pending.length = part->begun;
        begin_segment(part);
        memmove(part->pending.at, part->pending.at + part->begun, length);
        part->pending.length = length;
        part->begun = 0;
    }
    struct segment *last = &part->segment[part->count - 1];
    last->checksum =
        hash_checksum(last->checksum, (struct slice){part->pending.at + part->begun, length});
    last->bytes += length;
    last->lines++;
    if (last->last_ms < time_ms)
        last->last_ms = time_ms;
    part->snapshot->changed = true;
    if (part->pending.length >= PENDING)
        flush(part);
}

void part_sync(struct part *part)
{
    flush(part);
    if (!part->unsynced)
        return;
    char *file = part_file(part, &part->segment[part->count - 1]);
    directory_sync(&part->snapshot->directory, file, part->fd);
    part->unsynced = false;
    free(file);
}

/* ---- ageing ---- */

/* The segment at INDEX is not in the next manifest, and not needed once that holds. */
static void drop(struct part *part, size_t index)
{
    if (index + 1 == part->count) {
        part->pending.length = 0;
        part->unsynced = false;
        if (part->fd >= 0)
            close(part->fd);
        part->fd = -1;
        part->sealed = true;
    }
    snapshot_drop(part->snapshot, part_file(part, &part->segment[index]));
    part->count--;
    memmove(part->segment + index, part->segment + index + 1,
            (part->count - index) * sizeof *part->segment);
}

void part_restart(struct part *part)
{
    while (part->count > 0)
        drop(part, part->count - 1);
}

void part_expire(struct part *part, int64_t horizon_ms)
{
    if (horizon_ms <= part->horizon_ms)
        return;
    part->horizon_ms = horizon_ms;
    if (part->count > 0)
        part->snapshot->changed = true;
}

void part_age(struct part *part)
{
    for (size_t i = part->count; i-- > 0;)
        if (part->segment[i].last_ms < part->horizon_ms &&
            (i + 1 < part->count || part->segment[i].bytes >= WORTHWHILE))
            drop(part, i);
}

/* ---- restoring ---- */

_Noreturn static void damaged(const struct part *part, const char *file, const char *how)
{
    fail(EXIT_SYSTEM, "%s/%s: is damaged: %s", part->snapshot->directory.path, file, how);
}

static bool next_line(struct input *input, struct slice *line)
{
    enum input_status status;
    while ((status = input_line(input, line)) == INPUT_MORE)
        input_read(input);
    return status == INPUT_LINE && input_terminated(input);
}

static void restore_segment(struct part *part, const struct segment *segment, snapshot_taker *take,
                            void *context)
{
    char *file = part_file(part, segment);
    int fd = directory_open_file(&part->snapshot->directory, file);
    if (fd < 0)
        damaged(part, file, "it is missing");
    struct input *input = input_new(fd, file, 0, false);
    uint64_t bytes = 0;
    uint64_t checksum = 0;
    for (struct slice line; bytes < segment->bytes && next_line(input, &line);) {
        bytes += line.length + 1;
        checksum = hash_checksum(checksum, (struct slice){line.at, line.length + 1});
        if (!take(context, part, part->horizon_ms, line))
            damaged(part, file, "a line cannot be taken back");
    }
    if (bytes != segment->bytes)
        damaged(part, file, "it is shorter than its manifest says");
    if (checksum != segment->checksum)
        damaged(part, file, "its checksum is not what its manifest says");
    input_free(input);
    free(file);
}

void part_restore(struct part *part, snapshot_taker *take, void *context)
{
    for (size_t i = 0; i < part->count; i++)
        restore_segment(part, &part->segment[i], take, context);
    part->sealed = true;
}
