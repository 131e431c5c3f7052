#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "fast.h"
#include "snapshot_inside.h"
#include "state.h"

struct snapshot *snapshot_open(const struct directory *state, int stage, const char *name)
{
    struct snapshot *snapshot = memory_new(1, sizeof *snapshot);
    snapshot->filter = memory_text(slice_of(name));
    state_stage(state, stage, name, &snapshot->directory);
    snapshot->lock = directory_lock(&snapshot->directory, "lock");
    snapshot->committed = state_committed(state);
    snapshot->changed = true; /* the first manifest is written in any case */
    return snapshot;
}

void snapshot_pipeline(struct snapshot *snapshot, const char *id)
{
    snapshot->pipeline = memory_text(slice_of(id));
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (size_t i = 0; i < snapshot->part_count; i++)
        part_free(snapshot->part[i]);
    for (size_t i = 0; i < snapshot->setting_count; i++) {
        free(snapshot->setting[i].name);
        free(snapshot->setting[i].value);
    }
    for (size_t i = 0; i < snapshot->dropped_count; i++)
        free(snapshot->dropped[i].file);
    free(snapshot->part);
    free(snapshot->setting);
    free(snapshot->dropped);
    free(snapshot->manifest);
    free(snapshot->filter);
    free(snapshot->pipeline);
    buffer_free(&snapshot->lines);
    directory_close(&snapshot->directory);
    close(snapshot->lock);
    free(snapshot);
}

void snapshot_setting(struct snapshot *snapshot, const char *name, struct slice value)
{
    snapshot->setting =
        memory_resize(snapshot->setting, snapshot->setting_count + 1, sizeof *snapshot->setting);
    snapshot->setting[snapshot->setting_count++] =
        (struct setting){memory_text(slice_of(name)), memory_text(value)};
}

struct part *snapshot_find_part(const struct snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < snapshot->part_count; i++)
        if (strcmp(snapshot->part[i]->name, name) == 0)
            return snapshot->part[i];
    return NULL;
}

struct part *snapshot_part(struct snapshot *snapshot, const char *name)
{
    struct part *part = memory_new(1, sizeof *part);
    *part = (struct part){.snapshot = snapshot,
                          .name = memory_text(slice_of(name)),
                          .horizon_ms = INT64_MIN,
                          .next_number = 1,
                          .fd = -1};
    snapshot->part =
        memory_resize(snapshot->part, snapshot->part_count + 1, sizeof *snapshot->part);
    snapshot->part[snapshot->part_count++] = part;
    return part;
}

void snapshot_drop(struct snapshot *snapshot, char *file)
{
    snapshot->dropped =
        memory_resize(snapshot->dropped, snapshot->dropped_count + 1, sizeof *snapshot->dropped);
    snapshot->dropped[snapshot->dropped_count++] = (struct dropped){file, 0};
    snapshot->changed = true;
}

struct buffer *snapshot_lines(struct snapshot *snapshot)
{
    snapshot->changed = true;
    return &snapshot->lines;
}

/* ---- which manifests there are ---- */

static void add_manifest(struct snapshot *snapshot, uint64_t epoch)
{
    snapshot->manifest =
        memory_resize(snapshot->manifest, snapshot->manifest_count + 1, sizeof *snapshot->manifest);
    snapshot->manifest[snapshot->manifest_count++] = epoch;
}

static void notice_manifest(void *context, const char *name)
{
    uint64_t epoch;
    int length = 0;
    if (sscanf(name, "%" SCNu64 ".manifest%n", &epoch, &length) == 1 && length > 0 &&
        name[length] == '\0')
        add_manifest(context, epoch);
}

static int compare_epochs(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void list_manifests(struct snapshot *snapshot)
{
    snapshot->manifest_count = 0;
    directory_list(&snapshot->directory, notice_manifest, snapshot);
    if (snapshot->manifest_count > 0)
        qsort(snapshot->manifest, snapshot->manifest_count, sizeof *snapshot->manifest,
              compare_epochs);
}

/* The newest at or below EPOCH; 0 when there is none. */
static uint64_t newest(const struct snapshot *snapshot, uint64_t epoch)
{
    uint64_t found = 0;
    for (size_t i = 0; i < snapshot->manifest_count && snapshot->manifest[i] <= epoch; i++)
        found = snapshot->manifest[i];
    return found;
}

bool snapshot_has(const struct snapshot *snapshot, uint64_t epoch)
{
    return epoch > 0 && newest(snapshot, epoch) == epoch;
}

uint64_t snapshot_highest(struct snapshot *snapshot)
{
    list_manifests(snapshot);
    return newest(snapshot, UINT64_MAX);
}

/* ---- forgetting ---- */

static void forget_segments(struct snapshot *snapshot, uint64_t epoch)
{
    size_t left = 0;
    for (size_t i = 0; i < snapshot->dropped_count; i++) {
        struct dropped dropped = snapshot->dropped[i];
        if (dropped.epoch == 0 || dropped.epoch > epoch) {
            snapshot->dropped[left++] = dropped;
            continue;
        }
        directory_remove(&snapshot->directory, dropped.file);
        free(dropped.file);
    }
    snapshot->dropped_count = left;
}

void snapshot_forget(struct snapshot *snapshot, uint64_t committed)
{
    uint64_t needed = newest(snapshot, committed);
    size_t old = 0;
    if (needed == 0)
        return;
    while (old < snapshot->manifest_count && snapshot->manifest[old] < needed) {
        char *file = manifest_file(snapshot->manifest[old++]);
        directory_remove(&snapshot->directory, file);
        free(file);
    }
    snapshot->manifest_count -= old;
    if (old > 0)
        memmove(snapshot->manifest, snapshot->manifest + old,
                snapshot->manifest_count * sizeof *snapshot->manifest);
    forget_segments(snapshot, needed);
}

/* ---- restoring ---- */

static bool has_segment(const struct part *part, unsigned number)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->segment[i].number == number)
            return true;
    return false;
}

/* The manifests that are there besides the restored one: one of them may be asked for yet. */
struct others {
    struct snapshot *snapshot;
    struct buffer text;
};

static void read_others(struct others *others, uint64_t restored)
{
    struct snapshot *snapshot = others->snapshot;
    struct buffer text = {0};
    for (size_t i = 0; i < snapshot->manifest_count; i++) {
        char *file = manifest_file(snapshot->manifest[i]);
        if (snapshot->manifest[i] != restored && directory_read(&snapshot->directory, file, &text))
            buffer_append(&others->text, buffer_slice(&text));
        free(file);
    }
    buffer_append_char(&others->text, '\0');
    buffer_free(&text);
}

/* Our next manifest drops what only others need; what nobody needs goes at once. */
static void notice_segment(struct others *others, const char *name, struct part *part,
                           unsigned number)
{
    struct buffer mention = {0};
    if (number >= part->next_number)
        part->next_number = number + 1;
    if (has_segment(part, number))
        return;
    manifest_mention(part, number, &mention);
    buffer_append_char(&mention, '\0');
    if (strstr(others->text.at, mention.at))
        snapshot_drop(others->snapshot, memory_text(slice_of(name)));
    else
        directory_remove(&others->snapshot->directory, name);
    buffer_free(&mention);
}

static void notice_file(void *context, const char *name)
{
    struct others *others = context;
    struct snapshot *snapshot = others->snapshot;
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".new") == 0)
        directory_remove(&snapshot->directory, name); /* a crash has left it */
    for (size_t i = 0; i < snapshot->part_count; i++) {
        struct part *part = snapshot->part[i];
        size_t prefix = strlen(part->name);
        unsigned number;
        int end = 0;
        if (strncmp(name, part->name, prefix) == 0 &&
            sscanf(name + prefix, "-%u.ndjson%n", &number, &end) == 1 && end > 0 &&
            name[prefix + (size_t)end] == '\0')
            notice_segment(others, name, part, number);
    }
}

/*
 * What no restart can ask for any more is removed. That the sink has committed what is RESTORED was
 * said by somebody who may be wrong; ft-sink will then refuse, and name an epoch that must be
 * there.
 */
static void clean(struct snapshot *snapshot, uint64_t restored)
{
    struct others others = {.snapshot = snapshot};
    snapshot_forget(snapshot, snapshot->committed < restored ? snapshot->committed : restored);
    read_others(&others, restored);
    directory_list(&snapshot->directory, notice_file, &others);
    buffer_free(&others.text);
}

static bool take_lines(const struct buffer *lines, snapshot_taker *take, void *context)
{
    for (size_t at = 0; at < lines->length;) {
        const char *newline = memchr(lines->at + at, '\n', lines->length - at);
        size_t length = (size_t)(newline - lines->at) - at;
        if (!take(context, NULL, INT64_MIN, (struct slice){lines->at + at, length}))
            return false;
        at += length + 1;
    }
    return true;
}

static uint64_t count_bytes(const struct snapshot *snapshot)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < snapshot->part_count; i++)
        for (size_t j = 0; j < snapshot->part[i]->count; j++)
            bytes += snapshot->part[i]->segment[j].bytes;
    return bytes;
}

void snapshot_restore(struct snapshot *snapshot, uint64_t epoch, snapshot_taker *take,
                      void *context)
{
    struct buffer lines = {0};
    list_manifests(snapshot);
    uint64_t found = newest(snapshot, epoch);
    if (epoch > 0 && found == 0)
        fail(EXIT_USAGE, "%s: there is no snapshot of epoch %" PRIu64 ": was the pipe changed?",
             snapshot->directory.path, epoch);
    if (found > 0)
        manifest_read(snapshot, found, &lines);
    snapshot->restoring = true;
    buffer_reserve(&lines, FAST_PADDING);
    if (!take_lines(&lines, take, context))
        fail(EXIT_SYSTEM, "%s/%" PRIu64 ".manifest: is damaged: a line cannot be taken back",
             snapshot->directory.path, found);
    for (size_t i = 0; i < snapshot->part_count; i++)
        part_restore(snapshot->part[i], take, context);
    clean(snapshot, found); /* now that what is needed was there, and whole */
    snapshot->restoring = false;
    snapshot->changed = true;
    snapshot->bytes = count_bytes(snapshot);
    buffer_free(&lines);
}

/* ---- saving ---- */

void snapshot_save(struct snapshot *snapshot, uint64_t epoch)
{
    struct buffer text = {0};
    for (size_t i = 0; i < snapshot->part_count; i++)
        part_age(snapshot->part[i]);
    if (!snapshot->changed)
        return;
    for (size_t i = 0; i < snapshot->part_count; i++)
        part_sync(snapshot->part[i]);
    manifest_write(snapshot, epoch, &text);
    char *file = manifest_file(epoch);
    directory_replace(&snapshot->directory, file, buffer_slice(&text));
    free(file);
    add_manifest(snapshot, epoch);
    for (size_t i = snapshot->dropped_count; i-- > 0 && snapshot->dropped[i].epoch == 0;)
        snapshot->dropped[i].epoch = epoch;
    snapshot->changed = false;
    snapshot->lines.length = 0;
    snapshot->bytes = count_bytes(snapshot) + text.length;
    buffer_free(&text);
}

uint64_t snapshot_bytes(const struct snapshot *snapshot)
{
    return snapshot->bytes;
}
