#include "positions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#include "error.h"
#include "snapshot.h"
#include "state.h"
#include "tree.h"

/* A source as it was when an epoch ended. */
struct position {
    char *stream, *path;
    bool regular, idle, ended, timed_row_seen;
    uint64_t bytes, lines, inode;
    uint32_t head; /* checksum of the first bytes */
    int64_t highest_ms, example_ms;
    bool resumed; /* one of this run's sources goes on from it */
};

struct positions {
    struct directory directory;
    char pipeline[PIPELINE_ID + 1];
    struct snapshot *snapshot;
    uint64_t epoch, highest_epoch;
    int64_t watermark_ms;
    bool drained;
    struct position *position;
    size_t count;
};

/* ---- opening ---- */

/* Going back behind what the sink has committed would be another sink's wish. */
static void check_restore(const struct positions *positions, int64_t restore)
{
    const char *path = positions->directory.path;
    uint64_t committed = state_committed(&positions->directory);
    if (restore < 0 && positions->highest_epoch > 0)
        fail(EXIT_USAGE,
             "%s has epochs up to %" PRIu64
             ": say which one is committed, --restore \"$(ft-sink --committed TARGET)\"",
             path, positions->highest_epoch);
    if (restore > 0 && (uint64_t)restore > positions->highest_epoch)
        fail(EXIT_USAGE,
             "--restore: %s has epochs up to %" PRIu64 " only: is it the state of that sink?", path,
             positions->highest_epoch);
    if (restore >= 0 && (uint64_t)restore < committed)
        fail(EXIT_USAGE,
             "--restore: epoch %" PRIu64 " was committed, and %" PRId64
             " is asked for: is that the sink of %s? To begin again remove the directory",
             committed, restore, path);
    if (restore > 0 && !snapshot_has(positions->snapshot, (uint64_t)restore))
        fail(EXIT_SYSTEM, "%s: epoch %" PRId64 " is missing", path, restore);
}

struct positions *positions_open(const char *path, int64_t restore)
{
    struct positions *positions = memory_new(1, sizeof *positions);
    directory_open(&positions->directory, path, true);
    positions->snapshot = snapshot_open(&positions->directory, 0, error_program_name());
    state_pipeline(&positions->directory, true, positions->pipeline);
    snapshot_pipeline(positions->snapshot, positions->pipeline);
    positions->highest_epoch = snapshot_highest(positions->snapshot);
    check_restore(positions, restore);
    positions->epoch = restore > 0 ? (uint64_t)restore : 0;
    positions->watermark_ms = WATERMARK_NONE;
    return positions;
}

void positions_free(struct positions *positions)
{
    if (!positions)
        return;
    for (size_t i = 0; i < positions->count; i++) {
        free(positions->position[i].stream);
        free(positions->position[i].path);
    }
    free(positions->position);
    snapshot_free(positions->snapshot);
    directory_close(&positions->directory);
    free(positions);
}

const char *positions_pipeline(const struct positions *positions)
{
    return positions->pipeline;
}

uint64_t positions_epoch(const struct positions *positions)
{
    return positions->epoch;
}

uint64_t positions_highest_epoch(const struct positions *positions)
{
    return positions->highest_epoch;
}

int64_t positions_watermark_ms(const struct positions *positions)
{
    return positions->watermark_ms;
}

bool positions_drained(const struct positions *positions)
{
    return positions->drained;
}

/* ---- settings ---- */

static void set(struct positions *positions, const char *name, const char *stream,
                const struct buffer *value)
{
    struct buffer full = {0};
    buffer_printf(&full, "the %s of %s", name, stream);
    snapshot_setting(positions->snapshot, full.at, buffer_slice(value));
    buffer_free(&full);
}

void positions_stream(struct positions *positions, const struct stream_contract *stream)
{
    const struct schema *schema = stream->schema;
    char type[TYPE_TEXT];
    struct buffer text = {0};
    if (schema->timed)
        buffer_printf(&text, "%s %s", schema->time_column, type_format(&stream->time_type, type));
    else
        buffer_append_text(&text, "none");
    set(positions, "time", schema->stream, &text);
    text.length = 0;
    if (stream->lag_ms == LAG_UNBOUNDED)
        buffer_append_text(&text, "unbounded");
    else
        buffer_printf(&text, "%" PRId64 " ms", stream->lag_ms);
    if (schema->timed)
        set(positions, "lag", schema->stream, &text);
    text.length = 0;
    for (size_t i = 0; i < schema->key_count; i++)
        buffer_printf(&text, "%s%s", i ? ", " : "", schema->key[i]);
    set(positions, "key", schema->stream, &text);
    buffer_free(&text);
}

void positions_step(struct positions *positions, int64_t step_ms)
{
    char digits[INTEGER_TEXT];
    snapshot_setting(positions->snapshot, "--watermark-step (in ms)",
                     slice_of_integer(step_ms, digits));
}

/* ---- reading back ---- */

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

static void take_source(struct positions *positions, const struct json_t *line)
{
    const char *path = tree_text(tree_member(line, "source"));
    const char *stream = tree_text(tree_member(line, "stream"));
    if (!path || !stream)
        fail(EXIT_SYSTEM, "%s/0-ft-ingest: is damaged: a source has no name",
             positions->directory.path);
    positions->position =
        memory_resize(positions->position, positions->count + 1, sizeof *positions->position);
    positions->position[positions->count++] = (struct position){
        .stream = memory_text(slice_of(stream)),
        .path = memory_text(slice_of(path)),
        .regular = flag(line, "regular"),
        .idle = flag(line, "idle"),
        .ended = flag(line, "ended"),
        .timed_row_seen = flag(line, "timed_row_seen"),
        .bytes = (uint64_t)number(line, "position", 0),
        .lines = (uint64_t)number(line, "line", 0),
        .inode = (uint64_t)number(line, "inode", 0),
        .head = (uint32_t)number(line, "head_crc32", 0),
        .highest_ms = number(line, "highest_ms", INT64_MIN),
        .example_ms = number(line, "example_ms", INT64_MIN),
    };
}

static void take_line(void *context, const struct part *part, int64_t horizon_ms, struct slice text)
{
    (void)part;
    (void)horizon_ms;
    struct positions *positions = context;
    struct buffer why = {0};
    struct json_t *line = tree_read(text, &why);
    const char *stream = tree_text(tree_member(line, "_stream"));
    if (stream && strcmp(stream, "_source") == 0) {
        take_source(positions, line);
    } else {
        positions->watermark_ms = number(line, "watermark_ms", WATERMARK_NONE);
        positions->drained = flag(line, "drained");
    }
    tree_free(line);
    buffer_free(&why);
}

void positions_restore(struct positions *positions)
{
    snapshot_restore(positions->snapshot, positions->epoch, take_line, positions);
}

/* ---- which source is which ---- */

static uint32_t checksum(struct slice bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes.at, bytes.length);
}

static uint64_t inode_of(const struct source *source)
{
    struct stat status;
    if (fstat(input_fd(source->input), &status) != 0)
        fail_errno(EXIT_SYSTEM, "%s", input_name(source->input));
    return status.st_ino;
}

static size_t head_length(uint64_t bytes)
{
    return bytes < INPUT_HEAD ? (size_t)bytes : INPUT_HEAD;
}

static bool begins_alike(const struct source *source, const struct position *position)
{
    struct slice head = input_head(source->input, head_length(position->bytes));
    return head.length == head_length(position->bytes) && checksum(head) == position->head;
}

static bool is_candidate(const struct source *source, const struct position *position)
{
    return !position->resumed && position->regular == input_is_regular(source->input) &&
           strcmp(position->stream, source->contract->schema->stream) == 0;
}

_Noreturn static void is_shorter(const struct source *source, const struct position *position)
{
    fail(EXIT_USAGE,
         "%s: is shorter than the %" PRIu64 " bytes that were read of %s: say --new-file to read "
         "it from its start",
         input_name(source->input), position->bytes, position->path);
}

static void resume(struct source *source, struct position *position)
{
    position->resumed = true;
    if (!input_resume(source->input, position->bytes, position->lines))
        is_shorter(source, position);
    source->timed_row_seen = position->timed_row_seen;
    source->example_ms = position->example_ms;
    clock_advance(&source->clock, position->highest_ms);
    source->clock.idle = position->idle;
    source->ended_before = position->ended;
}

static bool is_cut(const struct source *source, const struct position *position)
{
    struct stat status;
    return !input_is_packed(source->input) && fstat(input_fd(source->input), &status) == 0 &&
           (uint64_t)status.st_size < position->bytes;
}

/* The position of this very file: the same inode, and as far as is known the same content. */
static struct position *find_file(struct positions *positions, const struct source *source,
                                  enum positions_doubt doubt)
{
    uint64_t inode = inode_of(source);
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!is_candidate(source, position) || position->inode != inode)
            continue;
        if (begins_alike(source, position))
            return doubt == POSITIONS_NEW_FILE && is_cut(source, position) ? NULL : position;
        bool is_judged = input_head(source->input, INPUT_HEAD).length >=
                         head_length(position->bytes); /* the inode was used again */
        if (!is_judged && doubt != POSITIONS_NEW_FILE)
            is_shorter(source, position);
    }
    return NULL;
}

/* Another inode, but it begins with the same bytes. */
static struct position *find_copy(struct positions *positions, const struct source *source,
                                  enum positions_doubt doubt)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!is_candidate(source, position) || position->bytes == 0 ||
            !begins_alike(source, position))
            continue;
        if (doubt == POSITIONS_ASK)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") begins as %s did (inode %" PRIu64 "), of which %" PRIu64
                 " bytes were read: say --same-file to go on there, or --new-file to read it from "
                 "its start",
                 input_name(source->input), inode_of(source), position->path, position->inode,
                 position->bytes);
        return doubt == POSITIONS_SAME_FILE ? position : NULL;
    }
    return NULL;
}

static struct position *find_pipe(struct positions *positions, const struct source *source)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!is_candidate(source, position) ||
            strcmp(position->path, input_name(source->input)) != 0)
            continue;
        if (!begins_alike(source, position))
            fail(EXIT_USAGE, "%s: does not begin as it did, when %" PRIu64 " bytes were read of it",
                 input_name(source->input), position->bytes);
        return position;
    }
    return NULL;
}

/* A source that is new goes on in time from where its stream's ended ones stopped. */
static void inherit(const struct positions *positions, struct source *source)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (position->ended && strcmp(position->stream, source->contract->schema->stream) == 0)
            clock_advance(&source->clock, position->highest_ms);
    }
}

static void refuse_left(const struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (!position->resumed && !position->ended)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") was read up to byte %" PRIu64
                 " and not to its end, and is not among the sources: add it, whatever its name is "
                 "now, or say --new-file to leave the rest",
                 position->path, position->inode, position->bytes);
    }
}

void positions_resume(struct positions *positions, struct source *source, size_t count,
                      enum positions_doubt doubt)
{
    struct position **found = memory_new(count, sizeof(struct position *));
    for (size_t i = 0; i < count; i++) { /* who is known for certain first */
        found[i] = input_is_regular(source[i].input) ? find_file(positions, &source[i], doubt)
                                                     : find_pipe(positions, &source[i]);
        if (found[i])
            resume(&source[i], found[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (found[i])
            continue;
        if (input_is_regular(source[i].input))
            found[i] = find_copy(positions, &source[i], doubt);
        if (found[i])
            resume(&source[i], found[i]);
        else
            inherit(positions, &source[i]);
    }
    if (doubt != POSITIONS_NEW_FILE)
        refuse_left(positions);
    free(found);
}

/* ---- saving ---- */

static void put_flag(struct buffer *line, const char *name, bool value)
{
    if (value)
        buffer_printf(line, ",\"%s\":true", name);
}

static void put_time(struct buffer *line, const char *name, int64_t time_ms)
{
    if (time_ms != INT64_MIN)
        buffer_printf(line, ",\"%s\":%" PRId64, name, time_ms);
}

static void put_position(struct buffer *line, const struct position *position)
{
    buffer_append_text(line, "{\"_stream\":\"_source\",\"stream\":");
    json_quote(line, slice_of(position->stream));
    buffer_append_text(line, ",\"source\":");
    json_quote(line, slice_of(position->path));
    buffer_printf(line,
                  ",\"position\":%" PRIu64 ",\"line\":%" PRIu64 ",\"inode\":%" PRIu64
                  ",\"head_crc32\":%" PRIu32,
                  position->bytes, position->lines, position->inode, position->head);
    put_time(line, "highest_ms", position->highest_ms);
    put_time(line, "example_ms", position->example_ms);
    put_flag(line, "regular", position->regular);
    put_flag(line, "idle", position->idle);
    put_flag(line, "ended", position->ended);
    put_flag(line, "timed_row_seen", position->timed_row_seen);
    buffer_append_text(line, "}\n");
}

static void put_source(struct buffer *line, const struct source *source)
{
    struct position position = {
        .stream = source->contract->schema->stream,
        .path = (char *)input_name(source->input),
        .regular = input_is_regular(source->input),
        .idle = source->clock.idle,
        .ended = source->ended,
        .timed_row_seen = source->timed_row_seen,
        .inode = inode_of(source),
        .highest_ms = source->clock.highest_ms,
        .example_ms = source->example_ms,
    };
    position.bytes = source_position(source, &position.lines);
    position.head = checksum(input_head(source->input, head_length(position.bytes)));
    put_position(line, &position);
}

uint64_t positions_save(struct positions *positions, uint64_t epoch, const struct source *source,
                        size_t count, int64_t watermark_ms, bool drained)
{
    struct buffer *line = snapshot_lines(positions->snapshot);
    buffer_append_text(line, "{\"_stream\":\"_ingest\"");
    put_time(line, "watermark_ms", watermark_ms);
    put_flag(line, "drained", drained);
    buffer_append_text(line, "}\n");
    for (size_t i = 0; i < count; i++)
        put_source(line, &source[i]);
    for (size_t i = 0; i < positions->count; i++)
        if (!positions->position[i].resumed && positions->position[i].ended)
            put_position(line, &positions->position[i]);
    snapshot_save(positions->snapshot, epoch);
    uint64_t committed = state_committed(&positions->directory);
    snapshot_forget(positions->snapshot, committed);
    return committed;
}
