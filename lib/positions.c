/* Where ft-ingest is in its sources: read back, and saved. */
#include <inttypes.h>
#include <stdlib.h>

#include "error.h"
#include "positions_inside.h"
#include "snapshot.h"
#include "tree.h"

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
