#include "position.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "error.h"
#include "tree.h"

static struct stat status_of(const struct source *source)
{
    struct stat status;
    if (fstat(input_fd(source->reader->input), &status) != 0)
        fail_errno(EXIT_SYSTEM, "%s", input_name(source->reader->input));
    return status;
}

static size_t head_length(uint64_t bytes)
{
    return bytes < INPUT_HEAD ? (size_t)bytes : INPUT_HEAD;
}

/* A file's name can be any bytes; JSON and messages want text. */
static char *shown_path(const struct source *source)
{
    struct slice name = slice_of(reader_name(source->reader));
    struct buffer text = {0};
    if (json_is_utf8(name))
        return memory_text(name);
    json_quote_for_message(&text, name);
    buffer_append_char(&text, '\0');
    return text.at;
}

/* What is known of the file. */
static void look_at_file(struct position *position, const struct source *source)
{
    position->regular = input_is_regular(source->reader->input);
    position->inode = status_of(source).st_ino;
    position->bytes = reader_position(source->reader, &position->lines);
    position->head = input_checksum(source->reader->input, position->bytes);
}

static void look_at_files(struct position *position, const struct source *source)
{
    position->regular = true;
    position->followed = memory_new(1, sizeof *position->followed);
    *position->followed = follow_state_of(source->reader->follow);
    size_t count = follow_state_open(position->followed);
    if (count == 0)
        return; /* it is not there yet */
    const struct follow_mark *last = &position->followed->mark[count - 1];
    position->inode = last->inode;
    position->bytes = last->bytes;
    position->lines = last->lines;
    position->head = last->head;
}

struct position position_of(const struct source *source)
{
    const struct partition *partition = source->partition;
    struct position position = {
        .stream = memory_text(slice_of(source->contract->schema->stream)),
        .idle = source->clock.idle,
        .timed_row_seen = source->timed_row_seen,
        .highest_ms = source->clock.highest_ms,
        .example_ms = source->example_ms,
    };
    if (partition) {
        position.topic = memory_text(slice_of(partition->topic));
        position.partition = partition->number;
        position.offset = partition->next_offset;
        return position;
    }
    position.path = shown_path(source);
    position.ended = source->ended;
    if (source->reader->follow)
        look_at_files(&position, source);
    else
        look_at_file(&position, source);
    return position;
}

void position_free(struct position *position)
{
    free(position->stream);
    free(position->topic);
    free(position->path);
    if (position->followed)
        follow_state_free(position->followed);
    free(position->followed);
}

/* ---- as a line ---- */

static bool flag(const struct json_t *line, const char *name)
{
    return tree_is_true(tree_member(line, name));
}

static int64_t number(const struct json_t *line, const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    tree_integer(tree_member(line, name), &value);
    return value;
}

static bool read_partition(struct position *position, const struct json_t *line, const char *topic)
{
    int64_t partition = number(line, "partition", -1);
    position->topic = memory_text(slice_of(topic));
    position->partition = (int32_t)partition;
    position->offset = number(line, "offset", -1);
    return partition >= 0 && partition <= INT32_MAX;
}

static bool read_file(struct position *position, const struct json_t *line)
{
    const char *path = tree_text(tree_member(line, "source"));
    int64_t bytes = number(line, "position", -1), lines = number(line, "line", -1);
    if (!path || bytes < 0 || lines < 0)
        return false;
    position->path = memory_text(slice_of(path));
    position->regular = flag(line, "regular");
    position->ended = flag(line, "ended");
    position->bytes = (uint64_t)bytes;
    position->lines = (uint64_t)lines;
    position->inode = (uint64_t)number(line, "inode", 0);
    position->head = (uint32_t)number(line, "head_crc32", 0);
    const struct json_t *followed = tree_member(line, "followed");
    if (!followed)
        return true;
    position->followed = memory_new(1, sizeof *position->followed);
    return follow_state_read(position->followed, followed);
}

bool position_read(struct position *position, const struct json_t *line)
{
    const char *stream = tree_text(tree_member(line, "stream"));
    const char *topic = tree_text(tree_member(line, "topic"));
    *position = (struct position){
        .idle = flag(line, "idle"),
        .timed_row_seen = flag(line, "timed_row_seen"),
        .highest_ms = number(line, "highest_ms", INT64_MIN),
        .example_ms = number(line, "example_ms", INT64_MIN),
    };
    if (!stream)
        return false;
    position->stream = memory_text(slice_of(stream));
    return topic ? read_partition(position, line, topic) : read_file(position, line);
}

static void write_flag(struct buffer *out, const char *name, bool value)
{
    if (value)
        buffer_printf(out, ",\"%s\":true", name);
}

static void write_time(struct buffer *out, const char *name, int64_t time_ms)
{
    if (time_ms != INT64_MIN)
        buffer_printf(out, ",\"%s\":%" PRId64, name, time_ms);
}

static void write_partition(const struct position *position, struct buffer *out)
{
    buffer_append_text(out, ",\"topic\":");
    json_quote(out, slice_of(position->topic));
    buffer_printf(out, ",\"partition\":%" PRId32, position->partition);
    if (position->offset >= 0)
        buffer_printf(out, ",\"offset\":%" PRId64, position->offset);
}

/* Inodes of some file systems need all 64 bits, and numbers in JSON have a sign. */
static void write_file(const struct position *position, struct buffer *out)
{
    buffer_append_text(out, ",\"source\":");
    json_quote(out, slice_of(position->path));
    buffer_printf(out,
                  ",\"position\":%" PRIu64 ",\"line\":%" PRIu64 ",\"inode\":%" PRId64
                  ",\"head_crc32\":%" PRIu32,
                  position->bytes, position->lines, (int64_t)position->inode, position->head);
}

void position_write(const struct position *position, struct buffer *out)
{
    if (position->topic && position->partition < 0)
        return; /* it has said nothing yet, not even which it is */
    buffer_append_text(out, "{\"_stream\":\"_source\",\"stream\":");
    json_quote(out, slice_of(position->stream));
    if (position->topic)
        write_partition(position, out);
    else
        write_file(position, out);
    write_time(out, "highest_ms", position->highest_ms);
    write_time(out, "example_ms", position->example_ms);
    write_flag(out, "regular", position->regular);
    write_flag(out, "idle", position->idle);
    write_flag(out, "ended", position->ended);
    write_flag(out, "timed_row_seen", position->timed_row_seen);
    if (position->followed) {
        buffer_append_text(out, ",\"followed\":");
        follow_state_write(position->followed, out);
    }
    buffer_append_text(out, "}\n");
}

/* ---- which source it is of ---- */

static bool is_partition(const struct position *position, const struct partition *partition)
{
    return (partition->number == position->partition || partition->number < 0) &&
           strcmp(position->topic, partition->topic) == 0;
}

bool position_may_be(const struct position *position, const struct source *source)
{
    if (position->resumed || strcmp(position->stream, source->contract->schema->stream) != 0 ||
        !position->topic != !source->partition)
        return false;
    return source->partition ? is_partition(position, source->partition)
                             : position->regular == input_is_regular(source->reader->input);
}

bool position_begins_alike(const struct position *position, const struct source *source)
{
    return input_begins(source->reader->input, position->bytes, position->head);
}

bool position_is_beyond(const struct position *position, const struct source *source)
{
    size_t wanted = head_length(position->bytes);
    return input_head(source->reader->input, wanted).length < wanted;
}

bool position_is_cut(const struct position *position, const struct source *source)
{
    return !input_is_packed(source->reader->input) &&
           (uint64_t)status_of(source).st_size < position->bytes;
}

static void take_clock(struct position *position, struct source *source)
{
    position->resumed = true;
    source->timed_row_seen = position->timed_row_seen;
    source->example_ms = position->example_ms;
    source->clock.idle = position->idle;
    clock_advance(&source->clock, position->highest_ms);
}

/* What comes before its offset is passed over as it comes. */
static bool resume_partition(const struct position *position, struct partition *partition)
{
    if (partition->number < 0)
        partition_number(partition, position->partition);
    partition->next_offset = position->offset;
    return true;
}

bool position_resume(struct position *position, struct source *source)
{
    take_clock(position, source);
    source->ended_before = position->ended;
    return source->partition
               ? resume_partition(position, source->partition)
               : input_resume(source->reader->input, position->bytes, position->lines);
}

/* ---- followed ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool position_may_be_followed(const struct position *position, const struct source *source,
                              bool exact)
{
    if (position->resumed || !position->regular ||
        strcmp(position->stream, source->contract->schema->stream) != 0)
        return false;
    char *path = shown_path(source);
    bool same = exact ? strcmp(path, position->path) == 0
                      : strcmp(last_part(path), last_part(position->path)) == 0;
    free(path);
    return same;
}

void position_follow(struct position *position, struct source *source, bool new_file)
{
    struct follow_mark only = {.name = position->path,
                               .bytes = position->bytes,
                               .lines = position->lines,
                               .inode = position->inode,
                               .head = position->head,
                               .written_ns = INT64_MIN};
    struct follow_state alone = {.mark = &only, .count = 1, .known_ns = INT64_MIN};
    take_clock(position, source);
    follow_resume(source->reader->follow, position->followed ? position->followed : &alone,
                  new_file);
}
