/* What a filter holds goes to disk at barriers, and comes back when a run goes on. */
#include <stdlib.h>

#include "error.h"
#include "filter_inside.h"
#include "state.h"

/* A part of the snapshot, and how its lines are taken back. */
struct held {
    struct part *part;
    struct stream *stream; /* its own, or the consumed stream of that name */
    bool own;
    struct held *next;
};

struct hold {
    struct directory directory; /* of the pipeline */
    struct snapshot *snapshot;  /* NULL: the run has no state, or the filter holds none */
    struct held *held;
};

void filter_state(struct filter *filter, const char *path)
{
    filter->state_path = path;
}

bool filter_has_state(const struct filter *filter)
{
    bool run = filter->run.pipeline[0] != '\0';
    if (run && !filter->state_path)
        fail(EXIT_USAGE, "the run has state (pipeline %s): --state is needed here too",
             filter->run.pipeline);
    if (!run && filter->state_path)
        fail(EXIT_USAGE, "--state: the input has no state: give ft-ingest --state too");
    return run;
}

static void open_snapshot(struct filter *filter)
{
    if (!directory_open(&filter->hold->directory, filter->state_path, false))
        fail(EXIT_USAGE, "--state: there is no directory %s", filter->state_path);
    state_check_pipeline(&filter->hold->directory, filter->run.pipeline);
    filter->hold->snapshot =
        snapshot_open(&filter->hold->directory, filter->run.stage, error_program_name());
    snapshot_pipeline(filter->hold->snapshot, filter->run.pipeline);
}

struct snapshot *filter_snapshot(struct filter *filter)
{
    if (!filter->hold) {
        filter->hold = memory_new(1, sizeof *filter->hold);
        if (filter_has_state(filter))
            open_snapshot(filter);
    }
    return filter->hold->snapshot;
}

void filter_setting(struct filter *filter, const char *name, struct slice value)
{
    struct snapshot *snapshot = filter_snapshot(filter);
    if (snapshot)
        snapshot_setting(snapshot, name, value);
}

void filter_setting_list(struct filter *filter, const char *name, const struct take_list *list)
{
    struct buffer text = {0};
    take_write(list, &text);
    filter_setting(filter, name, buffer_slice(&text));
    buffer_free(&text);
}

void filter_setting_flag(struct filter *filter, const char *name, bool given)
{
    filter_setting(filter, name, slice_of(given ? "given" : "not given"));
}

static void set_names(struct filter *filter, const char *what, const char *stream,
                      const char *const *names, size_t count)
{
    struct buffer name = {0}, text = {0};
    buffer_printf(&name, "the %s of %s", what, stream);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&text, "%s%s", i ? ", " : "", names[i]);
    filter_setting(filter, name.at, buffer_slice(&text));
    buffer_free(&name);
    buffer_free(&text);
}

void filter_setting_key(struct filter *filter, const char *stream)
{
    const struct schema *schema = filter_schema(filter, stream);
    set_names(filter, "key", stream, (const char *const *)schema->key, schema->key_count);
}

void filter_setting_columns(struct filter *filter, const char *stream, const char *const *columns,
                            size_t count)
{
    set_names(filter, "columns kept", stream, columns, count);
}

/* A stream of the snapshot alone, which no line of the pipe is of. */
static struct stream *own_stream(struct filter *filter, const struct intake_request *request)
{
    struct schema *schema = schema_new(request->stream);
    struct stream *stream = memory_new(1, sizeof *stream);
    schema->timed = true;
    stream->name = memory_text(slice_of(request->stream));
    stream->schema = schema;
    stream->intake = intake_new(filter, stream, request);
    intake_open(stream->intake, schema);
    return stream;
}

struct part *filter_part(struct filter *filter, const char *name,
                         const struct intake_request *request)
{
    if (!filter_snapshot(filter))
        return NULL;
    struct held *held = memory_new(1, sizeof *held);
    held->part = snapshot_part(filter->hold->snapshot, name);
    held->own = request;
    held->stream = request ? own_stream(filter, request) : filter_find(filter, slice_of(name));
    held->next = filter->hold->held;
    filter->hold->held = held;
    return held->part;
}

static bool take_back(void *context, const struct part *part, int64_t horizon_ms, struct slice line)
{
    struct filter *filter = context;
    struct held *held = filter->hold->held;
    while (held && held->part != part)
        held = held->next;
    return held && intake_take_back(held->stream->intake, line, horizon_ms);
}

void hold_restore(struct filter *filter)
{
    if (!filter->hold || !filter->hold->snapshot)
        return;
    snapshot_restore(filter->hold->snapshot, filter->run.restore, take_back, filter);
    if (filter->calls->restored)
        filter->calls->restored(filter->state);
}

bool hold_save(struct filter *filter, uint64_t epoch)
{
    if (!filter->hold || !filter->hold->snapshot)
        return false;
    if (filter->calls->save)
        filter->calls->save(filter->state);
    snapshot_save(filter->hold->snapshot, epoch);
    return true;
}

int64_t hold_bytes(const struct filter *filter)
{
    if (!filter->hold || !filter->hold->snapshot)
        return -1;
    return (int64_t)snapshot_bytes(filter->hold->snapshot);
}

void hold_forget(struct filter *filter, uint64_t committed)
{
    if (filter->hold && filter->hold->snapshot)
        snapshot_forget(filter->hold->snapshot, committed);
}

void hold_free(struct filter *filter)
{
    if (!filter->hold)
        return;
    for (struct held *held = filter->hold->held, *next; held; held = next) {
        next = held->next;
        if (held->own)
            stream_free(held->stream);
        free(held);
    }
    snapshot_free(filter->hold->snapshot);
    directory_close(&filter->hold->directory);
    free(filter->hold);
}
