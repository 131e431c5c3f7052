#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "hash.h"
#include "json.h"
#include "snapshot_inside.h"
#include "tree.h"

char *manifest_file(uint64_t epoch)
{
    struct buffer name = {0};
    buffer_printf(&name, "%" PRIu64 ".manifest", epoch);
    return name.at;
}

/* ---- writing ---- */

void manifest_mention(const struct part *part, unsigned number, struct buffer *out)
{
    buffer_printf(out, "{\"part\":\"%s\",\"segment\":%u,", part->name, number);
}

static void write_part(const struct part *part, struct buffer *out)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct segment *segment = &part->segment[i];
        manifest_mention(part, segment->number, out);
        buffer_printf(out, "\"bytes\":%" PRIu64 ",\"lines\":%" PRIu64 ",\"checksum\":%" PRIu64,
                      segment->bytes, segment->lines, segment->checksum);
        if (segment->last_ms != INT64_MAX)
            buffer_printf(out, ",\"last_ms\":%" PRId64, segment->last_ms);
        buffer_append_text(out, "}\n");
    }
    if (part->horizon_ms != INT64_MIN)
        buffer_printf(out, "{\"part\":\"%s\",\"horizon_ms\":%" PRId64 "}\n", part->name,
                      part->horizon_ms);
}

void manifest_write(const struct snapshot *snapshot, uint64_t epoch, struct buffer *out)
{
    buffer_printf(out, "{\"version\":%d,\"filter\":", SNAPSHOT_VERSION);
    json_quote(out, slice_of(snapshot->filter));
    buffer_printf(out, ",\"pipeline\":\"%s\",\"epoch\":%" PRIu64 "}\n", snapshot->pipeline, epoch);
    for (size_t i = 0; i < snapshot->setting_count; i++) {
        buffer_append_text(out, "{\"setting\":");
        json_quote(out, slice_of(snapshot->setting[i].name));
        buffer_append_text(out, ",\"value\":");
        json_quote(out, slice_of(snapshot->setting[i].value));
        buffer_append_text(out, "}\n");
    }
    for (size_t i = 0; i < snapshot->part_count; i++)
        write_part(snapshot->part[i], out);
    buffer_append(out, buffer_slice(&snapshot->lines));
    uint64_t checksum = hash_checksum(0, buffer_slice(out));
    buffer_printf(out, "{\"end\":%" PRIu64 ",\"checksum\":%" PRIu64 "}\n", epoch, checksum);
}

/* ---- reading ---- */

struct reading {
    struct snapshot *snapshot;
    uint64_t epoch;
    bool *matched; /* by setting of this run */
    struct buffer *lines;
};

_Noreturn static void damaged(const struct reading *reading, const char *how)
{
    fail(EXIT_SYSTEM, "%s/%" PRIu64 ".manifest: is damaged: %s", reading->snapshot->directory.path,
         reading->epoch, how);
}

static int64_t integer(const struct reading *reading, const struct json_t *line, const char *name)
{
    int64_t number;
    if (!tree_integer(tree_member(line, name), &number))
        damaged(reading, "a number is missing");
    return number;
}

_Noreturn static void differs(const struct reading *reading, const char *name, const char *then,
                              const char *now)
{
    fail(EXIT_USAGE,
         "%s was written with %s %s, and this run has %s: go on with that, or begin with a new "
         "--state",
         reading->snapshot->directory.path, name, then, now);
}

static void check_setting(struct reading *reading, const struct json_t *line)
{
    struct snapshot *snapshot = reading->snapshot;
    const char *name = tree_text(tree_member(line, "setting"));
    const char *value = tree_text(tree_member(line, "value"));
    if (!name || !value)
        damaged(reading, "a setting has no text");
    for (size_t i = 0; i < snapshot->setting_count; i++) {
        if (strcmp(snapshot->setting[i].name, name) != 0)
            continue;
        if (strcmp(snapshot->setting[i].value, value) != 0)
            differs(reading, name, value, snapshot->setting[i].value);
        reading->matched[i] = true;
        return;
    }
    differs(reading, name, value, "no such setting");
}

static void check_head(struct reading *reading, const struct json_t *line)
{
    const struct snapshot *snapshot = reading->snapshot;
    const char *pipeline = tree_text(tree_member(line, "pipeline"));
    const char *filter = tree_text(tree_member(line, "filter"));
    int64_t version = integer(reading, line, "version");
    if (version != SNAPSHOT_VERSION)
        fail(EXIT_USAGE, "%s: its state has version %" PRId64 ", and this program reads %d",
             snapshot->directory.path, version, SNAPSHOT_VERSION);
    if (!filter || strcmp(filter, snapshot->filter) != 0)
        damaged(reading, "it is of another filter");
    if (!pipeline || strcmp(pipeline, snapshot->pipeline) != 0)
        fail(EXIT_USAGE, "%s: its state is of pipeline %s, and this is %s",
             snapshot->directory.path, pipeline ? pipeline : "?", snapshot->pipeline);
}

static void read_segment(struct reading *reading, struct part *part, const struct json_t *line)
{
    struct segment segment = {
        .number = (unsigned)integer(reading, line, "segment"),
        .bytes = (uint64_t)integer(reading, line, "bytes"),
        .lines = (uint64_t)integer(reading, line, "lines"),
        .checksum = (uint64_t)integer(reading, line, "checksum"),
        .last_ms = INT64_MAX,
    };
    tree_integer(tree_member(line, "last_ms"), &segment.last_ms);
    part->segment = memory_resize(part->segment, part->count + 1, sizeof segment);
    part->segment[part->count++] = segment;
}

static void read_part(struct reading *reading, const char *name, const struct json_t *line)
{
    struct part *part = snapshot_find_part(reading->snapshot, name);
    if (!part)
        damaged(reading, "it has a part that this filter does not know");
    if (tree_member(line, "segment"))
        read_segment(reading, part, line);
    else
        part->horizon_ms = integer(reading, line, "horizon_ms");
}

static struct json_t *tree_of(const struct reading *reading, struct slice line)
{
    struct buffer why = {0};
    struct json_t *tree = tree_read(line, &why);
    if (!tree)
        damaged(reading, "a line is broken");
    buffer_free(&why);
    return tree;
}

/* The first line of REST, without its newline; REST is what follows. */
static struct slice next_line(const struct reading *reading, struct slice *rest)
{
    const char *newline = memchr(rest->at, '\n', rest->length);
    if (!newline)
        damaged(reading, "it is cut off");
    struct slice line = {rest->at, (size_t)(newline - rest->at)};
    *rest = (struct slice){newline + 1, rest->length - line.length - 1};
    return line;
}

static void read_line(struct reading *reading, struct slice text)
{
    struct json_t *line = tree_of(reading, text);
    const char *part = tree_text(tree_member(line, "part"));
    if (part) {
        read_part(reading, part, line);
    } else if (tree_member(line, "setting")) {
        check_setting(reading, line);
    } else if (tree_member(line, "_stream")) {
        buffer_append(reading->lines, text);
        buffer_append_char(reading->lines, '\n');
    } else {
        damaged(reading, "a line is broken");
    }
    tree_free(line);
}

static void read_head(struct reading *reading, struct slice text)
{
    struct json_t *line = tree_of(reading, text);
    check_head(reading, line);
    tree_free(line);
}

/* TEXT without its last line, which says that it is whole. */
static struct slice without_end(const struct reading *reading, struct slice text)
{
    int64_t epoch, checksum;
    const char *before = memrchr(text.at, '\n', text.length - 1);
    struct slice whole = {text.at, before ? (size_t)(before - text.at) + 1 : 0};
    struct slice last = {text.at + whole.length, text.length - whole.length - 1};
    if (!before || text.at[text.length - 1] != '\n')
        damaged(reading, "it is cut off");
    struct json_t *line = tree_of(reading, last);
    if (!tree_integer(tree_member(line, "end"), &epoch))
        damaged(reading, "it is cut off");
    if (!tree_integer(tree_member(line, "checksum"), &checksum) ||
        (uint64_t)epoch != reading->epoch || (uint64_t)checksum != hash_checksum(0, whole))
        damaged(reading, "its checksum is not what its last line says");
    tree_free(line);
    return whole;
}

void manifest_read(struct snapshot *snapshot, uint64_t epoch, struct buffer *lines)
{
    struct buffer text = {0};
    struct reading reading = {.snapshot = snapshot, .epoch = epoch, .lines = lines};
    char *file = manifest_file(epoch);
    if (!directory_read(&snapshot->directory, file, &text))
        damaged(&reading, "it has gone");
    reading.matched = memory_new(snapshot->setting_count, sizeof *reading.matched);
    struct slice rest = buffer_slice(&text);
    read_head(&reading, next_line(&reading, &rest)); /* of another version, all else may differ */
    rest.length = without_end(&reading, buffer_slice(&text)).length - (size_t)(rest.at - text.at);
    while (rest.length > 0)
        read_line(&reading, next_line(&reading, &rest));
    for (size_t i = 0; i < snapshot->setting_count; i++)
        if (!reading.matched[i])
            differs(&reading, snapshot->setting[i].name, "left out", snapshot->setting[i].value);
    free(reading.matched);
    free(file);
    buffer_free(&text);
}
