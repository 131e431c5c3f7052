#include "positions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "error.h"
#include "position.h"
#include "snapshot.h"
#include "state.h"
#include "tree.h"

struct positions {
    struct directory directory;
    char pipeline[PIPELINE_ID + 1];
    struct snapshot *snapshot;
    uint64_t epoch, highest_epoch;
    int64_t watermark_ms;
    bool drained;
    struct position *position;
    size_t count;
    struct position *first; /* what was followed for the first time, as it was then */
    size_t first_count;
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
    for (size_t i = 0; i < positions->count; i++)
        position_free(&positions->position[i]);
    free(positions->position);
    for (size_t i = 0; i < positions->first_count; i++)
        position_free(&positions->first[i]);
    free(positions->first);
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

static bool take_source(struct positions *positions, const struct json_t *line)
{
    positions->position =
        memory_resize(positions->position, positions->count + 1, sizeof *positions->position);
    return position_read(&positions->position[positions->count++], line);
}

static bool take_line(void *context, const struct part *part, int64_t horizon_ms, struct slice text)
{
    (void)part;
    (void)horizon_ms;
    struct positions *positions = context;
    bool taken = true;
    struct buffer why = {0};
    struct json_t *line = tree_read(text, &why);
    const char *stream = tree_text(tree_member(line, "_stream"));
    if (stream && strcmp(stream, "_source") == 0) {
        taken = take_source(positions, line);
    } else {
        tree_integer(tree_member(line, "watermark_ms"), &positions->watermark_ms);
        positions->drained = tree_is_true(tree_member(line, "drained"));
    }
    tree_free(line);
    buffer_free(&why);
    return taken;
}

void positions_restore(struct positions *positions)
{
    snapshot_restore(positions->snapshot, positions->epoch, take_line, positions);
}

/* ---- which source is which ---- */

_Noreturn static void is_shorter(const struct source *source, const struct position *position)
{
    bool helps = input_is_regular(source->reader->input) && !input_is_packed(source->reader->input);
    fail(EXIT_USAGE, "%s: is shorter than the %" PRIu64 " bytes that were read of %s%s",
         input_name(source->reader->input), position->bytes, position->path,
         helps ? ": say --new-file to read it from its start" : "");
}

static void resume(struct source *source, struct position *position)
{
    if (position->followed && follow_state_open(position->followed) > 1)
        fail(EXIT_USAGE,
             "%s: was followed, and older files of that name are not read to their end: say "
             "--follow again",
             position->path);
    if (!position_resume(position, source))
        is_shorter(source, position);
}

/* The position of this very file: the same inode NOW, and as far as is known the same content. */
static struct position *find_file(struct positions *positions, const struct source *source,
                                  uint64_t inode, enum positions_doubt doubt)
{
    bool is_new = doubt == POSITIONS_NEW_FILE;
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || position->inode != inode)
            continue;
        if (position_begins_alike(position, source)) /* else: the inode was used again */
            return is_new && position_is_cut(position, source) ? NULL : position;
    }
    return NULL;
}

/* A file that has too few bytes to be known by was cut, unless its old content is in a copy that is
 * among the sources too (logrotate's copytruncate). */
static void refuse_cut(const struct positions *positions, const struct source *source)
{
    struct position now = position_of(source);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (now.regular && position_may_be(position, source) && position->inode == now.inode &&
            position_is_beyond(position, source))
            is_shorter(source, position);
    }
    position_free(&now);
}

/* Another inode, but it begins with the same bytes. */
static struct position *find_copy(struct positions *positions, const struct source *source,
                                  uint64_t inode, enum positions_doubt doubt)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || position->bytes == 0 ||
            !position_begins_alike(position, source))
            continue;
        if (doubt == POSITIONS_ASK)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") begins as %s did (inode %" PRIu64 "), of which %" PRIu64
                 " bytes were read: say --same-file to go on there, or --new-file to read it from "
                 "its start",
                 input_name(source->reader->input), inode, position->path, position->inode,
                 position->bytes);
        return doubt == POSITIONS_SAME_FILE ? position : NULL;
    }
    return NULL;
}

static struct position *find_pipe(struct positions *positions, const struct source *source,
                                  const char *path)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || strcmp(position->path, path) != 0)
            continue;
        if (!position_begins_alike(position, source))
            fail(EXIT_USAGE, "%s: does not begin as it did, when %" PRIu64 " bytes were read of it",
                 path, position->bytes);
        return position;
    }
    return NULL;
}

static struct position *find_partition(const struct positions *positions,
                                       const struct source *source)
{
    for (size_t i = 0; i < positions->count; i++)
        if (position_may_be(&positions->position[i], source))
            return &positions->position[i];
    return NULL;
}

int64_t positions_offset(const struct positions *positions, const struct source *source)
{
    const struct position *position = find_partition(positions, source);
    return position ? position->offset : -1;
}

static struct position *find(struct positions *positions, const struct source *source,
                             enum positions_doubt doubt, bool certain)
{
    if (source->partition)
        return certain ? find_partition(positions, source) : NULL;
    struct position now = position_of(source), *found = NULL;
    if (!now.regular)
        found = certain ? find_pipe(positions, source, now.path) : NULL;
    else if (certain)
        found = find_file(positions, source, now.inode, doubt);
    else
        found = find_copy(positions, source, now.inode, doubt);
    position_free(&now);
    return found;
}

/*
 * A source that is new goes on in time from where its stream's ended ones stopped. What was true
 * for ever would come too late in it for what was answered since.
 */
static void inherit(const struct positions *positions, struct source *source)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (!position->ended || strcmp(position->stream, source->contract->schema->stream) != 0)
            continue;
        clock_advance(&source->clock, position->highest_ms);
        source->timed_row_seen |= position->timed_row_seen;
    }
}

static void refuse_left(const struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (position->resumed)
            continue;
        if (position->topic)
            fail(EXIT_USAGE,
                 "%s[%" PRId32 "] was read up to offset %" PRId64
                 " and is not among the sources: add %s:%" PRId32 ", or say --new-file to leave it",
                 position->topic, position->partition, position->offset, position->stream,
                 position->partition);
        bool has_nothing = position->followed && follow_state_open(position->followed) == 0;
        if (!position->ended && !has_nothing)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") was read up to byte %" PRIu64
                 " and not to its end, and is not among the sources: add it, whatever its name is "
                 "now, or say --new-file to leave the rest",
                 position->path, position->inode, position->bytes);
    }
}

static bool is_followed(const struct source *source)
{
    return source->reader->follow != NULL;
}

static bool is_same_file(const struct source *a, const struct source *b)
{
    if (is_followed(a) || is_followed(b)) /* which may not be there */
        return strcmp(reader_name(a->reader), reader_name(b->reader)) == 0;
    return input_is_same_file(a->reader->input, b->reader->input);
}

/* One of the two would be known again, and the other be read from its start. */
static void refuse_twice(const struct source *source, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (source[i].contract == source[j].contract && !source[i].partition &&
                !source[j].partition && is_same_file(&source[i], &source[j]))
                fail(EXIT_USAGE, "%s and %s are one file: stream %s would have its records twice",
                     reader_name(source[j].reader), reader_name(source[i].reader),
                     source[i].contract->schema->stream);
}

/*
 * What is not committed may have been rotated before the next run, which would take it for what
 * was rotated before the first start. So the file "followed" says how that has found things.
 */
static void read_first(struct positions *positions)
{
    struct buffer text = {0}, why = {0};
    if (!directory_read(&positions->directory, "followed", &text))
        text.length = 0;
    for (size_t at = 0; at < text.length;) {
        const char *newline = memchr(text.at + at, '\n', text.length - at);
        struct slice line = {text.at + at, newline ? (size_t)(newline - text.at) - at : 0};
        struct json_t *tree = tree_read(line, &why);
        positions->first =
            memory_resize(positions->first, positions->first_count + 1, sizeof *positions->first);
        if (!newline || !tree || !position_read(&positions->first[positions->first_count++], tree))
            fail(EXIT_SYSTEM, "%s/followed: is damaged", positions->directory.path);
        tree_free(tree);
        at += line.length + 1;
    }
    buffer_free(&text);
    buffer_free(&why);
}

static void write_first(struct positions *positions, const struct buffer *lines)
{
    if (lines->length > 0)
        directory_replace(&positions->directory, "followed", buffer_slice(lines));
}

/* Its files are found by itself; which source it was is told by the name that it is followed by. */
static struct position *find_followed(struct position *position, size_t count,
                                      const struct source *source)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t i = 0; i < count; i++)
            if (position_may_be_followed(&position[i], source, exact))
                return &position[i];
    return NULL;
}

static void begin_to_follow(const struct source *source, struct buffer *lines)
{
    follow_has_file(source->reader->follow);
    struct position now = position_of(source);
    position_write(&now, lines);
    position_free(&now);
}

/* Whether it goes on from what is committed; else it is in LINES how it begins. */
static bool resume_followed(struct positions *positions, struct source *source,
                            enum positions_doubt doubt, struct buffer *lines)
{
    struct position *position = find_followed(positions->position, positions->count, source);
    struct position *first = find_followed(positions->first, positions->first_count, source);
    bool is_new = doubt == POSITIONS_NEW_FILE;
    if (position) {
        position_follow(position, source, is_new);
    } else if (first && !is_new) {
        position_write(first, lines);
        position_follow(first, source, false);
    } else {
        begin_to_follow(source, lines);
    }
    return position;
}

static void resume_all_followed(struct positions *positions, struct source *source, size_t count,
                                enum positions_doubt doubt, bool *resumed)
{
    struct buffer lines = {0};
    read_first(positions);
    for (size_t i = 0; i < count; i++)
        if (is_followed(&source[i]))
            resumed[i] = resume_followed(positions, &source[i], doubt, &lines);
    write_first(positions, &lines);
    buffer_free(&lines);
}

void positions_resume(struct positions *positions, struct source *source, size_t count,
                      enum positions_doubt doubt)
{
    bool *resumed = memory_new(count, sizeof *resumed);
    refuse_twice(source, count);
    resume_all_followed(positions, source, count, doubt, resumed);
    for (int certain = 1; certain >= 0; certain--) { /* who is known for certain first */
        for (size_t i = 0; i < count; i++) {
            struct position *position = resumed[i] || is_followed(&source[i])
                                            ? NULL
                                            : find(positions, &source[i], doubt, certain);
            if (position)
                resume(&source[i], position);
            resumed[i] |= position != NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool is_file = !source[i].partition && !is_followed(&source[i]);
        if (!resumed[i] && is_file && doubt != POSITIONS_NEW_FILE)
            refuse_cut(positions, &source[i]);
        if (!resumed[i])
            inherit(positions, &source[i]);
    }
    if (doubt != POSITIONS_NEW_FILE)
        refuse_left(positions);
    free(resumed);
}

/* ---- saving ---- */

uint64_t positions_save(struct positions *positions, uint64_t epoch, const struct source *source,
                        size_t count, int64_t watermark_ms, bool drained)
{
    struct buffer *line = snapshot_lines(positions->snapshot);
    buffer_append_text(line, "{\"_stream\":\"_ingest\"");
    if (watermark_ms != WATERMARK_NONE)
        buffer_printf(line, ",\"watermark_ms\":%" PRId64, watermark_ms);
    buffer_append_text(line, drained ? ",\"drained\":true}\n" : "}\n");
    for (size_t i = 0; i < count; i++) {
        struct position now = position_of(&source[i]);
        position_write(&now, line);
        position_free(&now);
    }
    for (size_t i = 0; i < positions->count; i++)
        if (!positions->position[i].resumed &&
            (positions->position[i].ended || positions->position[i].topic))
            position_write(&positions->position[i], line);
    snapshot_save(positions->snapshot, epoch);
    uint64_t committed = state_committed(&positions->directory);
    snapshot_forget(positions->snapshot, committed);
    return committed;
}
