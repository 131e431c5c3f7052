#include "filter.h"

#include <stdlib.h>

#include "error.h"
#include "fast.h"
#include "filter_inside.h"
#include "output.h"
#include "progress.h"
#include "reject.h"
#include "signals.h"

static const char begin_of_line[] = "{\"_stream\":\"";

/* So many streams without a _schema are counted by name; a line can name any. */
enum { MOST_UNANNOUNCED = 64 };

static struct stream *add_stream(struct filter *filter, struct slice name)
{
    struct stream *stream = memory_new(1, sizeof *stream);
    stream->name = memory_text(name);
    buffer_append_text(&stream->prefix, "{\"_stream\":");
    json_quote(&stream->prefix, name);
    buffer_reserve(&stream->prefix, FAST_PADDING);
    stream->handle = intake_record;
    stream->next = filter->streams;
    filter->streams = stream;
    return stream;
}

struct stream *filter_find(const struct filter *filter, struct slice name)
{
    struct stream *stream = filter->streams;
    while (stream && !slice_is(name, stream->name))
        stream = stream->next;
    return stream;
}

struct stream *filter_stream(struct filter *filter, struct slice name)
{
    struct stream *stream = filter_find(filter, name);
    return stream ? stream : add_stream(filter, name);
}

unsigned long long filter_line_number(const struct filter *filter)
{
    return input_line_number(filter->input);
}

/* Passes LINE of the input on as it stands. */
void filter_pass(struct filter *filter, struct slice line)
{
    if (filter->calls->is_last)
        return;
    if (!input_terminated(filter->input)) {
        output_bytes(line);
        output_text("\n");
        return;
    }
    output_pass((struct slice){line.at, line.length + 1});
}

static void tell(const void *context, struct tally_report *report)
{
    const struct filter *filter = context;
    const struct filter_calls *calls = filter->calls;
    bool has_keys = calls->keys && filter->started;
    *report =
        (struct tally_report){.path = filter->metrics_path,
                              .stage = filter->run.stage,
                              .watermark_ms = filter->watermark_ms,
                              .epoch = filter->epoch,
                              .state_keys = has_keys ? (int64_t)calls->keys(filter->state) : -1,
                              .state_bytes = hold_bytes(filter)};
}

void filter_save_metrics(struct filter *filter)
{
    struct tally_report now;
    if (!filter->metrics_path)
        return;
    tell(filter, &now);
    tally_save(filter->tally, &now);
}

/* For lines that no writer wrote this way: members in another order, white space. */
static struct stream *identify_slowly(struct filter *filter, struct slice line)
{
    struct json_value value[1];
    struct json_error error = {0};
    bool scanned = layout_scan(filter->stream_layout, line, value, &error);
    if (scanned && value[0].kind == JSON_STRING) {
        struct slice name = json_decode(&value[0], &filter->scratch);
        struct stream *stream = filter_find(filter, name);
        if (!stream && filter->unannounced_count < MOST_UNANNOUNCED) {
            filter->unannounced_count++;
            return add_stream(filter, name);
        }
        return stream ? stream : &filter->unannounced;
    }
    if (scanned || !filter->run.begun)
        fail(EXIT_USAGE, "line %llu has no _stream: put ft-ingest before this",
             filter_line_number(filter));
    intake_refuse(NULL, line, NULL, NULL, error.reason);
    tally_of(filter->tally, "")->fate[FATE_REJECTED]++;
    return NULL;
}

static bool has_prefix(const struct stream *stream, struct slice line)
{
    size_t length = stream->prefix.length;
    return line.length > length && fast_same(line.at, stream->prefix.at, length);
}

static struct stream *identify(struct filter *filter, struct slice line)
{
    if (filter->latest && has_prefix(filter->latest, line))
        return filter->latest;
    size_t head = sizeof begin_of_line - 1;
    if (line.length > head && memcmp(line.at, begin_of_line, head) == 0)
        for (struct stream *stream = filter->streams; stream; stream = stream->next)
            if (has_prefix(stream, line))
                return stream;
    return identify_slowly(filter, line);
}

static void handle_line(struct filter *filter, struct slice line)
{
    if (filter->ended)
        fail(EXIT_USAGE, "line %llu stands behind _end", filter_line_number(filter));
    struct stream *stream = identify(filter, line);
    if (!stream)
        return;
    filter->latest = stream;
    if (!filter->started && !control_comes_first(stream))
        control_start(filter);
    stream->handle(filter, stream, line);
}

/* A last line without newline was either cut off or typed by somebody. */
static bool is_whole(struct slice line)
{
    struct json_value value;
    struct json_error error;
    const char *end = line.at + line.length;
    const char *p = json_skip_space(line.at, end);
    p = p < end && *p == '{' ? json_scan_value(p, end, 0, &value, &error) : NULL;
    return p && json_skip_space(p, end) == end;
}

static void read_more(struct filter *filter)
{
    output_settle();
    if (!input_ready(filter->input))
        output_wait(input_fd(filter->input));
    input_read(filter->input);
    progress_look();
}

static bool is_blank(struct slice line)
{
    return json_skip_space(line.at, line.at + line.length) == line.at + line.length;
}

static void read_all(struct filter *filter)
{
    struct slice line;
    while (true) {
        switch (input_line(filter->input, &line)) {
        case INPUT_LINE:
            if (!is_blank(line) && (input_terminated(filter->input) || is_whole(line)))
                handle_line(filter, line);
            break;
        case INPUT_MORE:
            read_more(filter);
            break;
        default:
            return;
        }
    }
}

int filter_run(struct filter *filter)
{
    signals_ignore_first();
    output_open();
    control_announce(filter, reject_schema());
    progress_begin(filter->tally, tell, filter);
    read_all(filter);
    if (!filter->ended && filter->upstream_died)
        fail_silently(EXIT_UPSTREAM);
    if (!filter->ended)
        fail(EXIT_UPSTREAM, "the input ended without _end: what wrote it has died");
    filter_save_metrics(filter);
    output_close();
    progress_end();
    return EXIT_DONE;
}

struct filter *filter_new(const struct filter_calls *calls, void *state)
{
    static const char *const stream_column[] = {"_stream"};
    struct filter *filter = memory_new(1, sizeof *filter);
    filter->calls = calls;
    filter->state = state;
    filter->received_ms = filter->watermark_ms = INT64_MIN;
    filter->unannounced.name = "";
    filter->unannounced.handle = intake_record;
    buffer_append_text(&filter->unannounced.prefix, "\n"); /* which begins no line */
    buffer_reserve(&filter->unannounced.prefix, FAST_PADDING);
    filter->tally = tally_new();
    filter->stream_layout = layout_new(stream_column, 1, LAYOUT_WHOLE);
    filter->input = input_open("-", 0, false);
    control_register(filter);
    return filter;
}

void filter_expect(struct filter *filter, const char *stream)
{
    filter_stream(filter, slice_of(stream))->expected = true;
}

void filter_refuse_unannounced(struct filter *filter)
{
    filter->refuse_unannounced = true;
}

void filter_consume(struct filter *filter, const struct intake_request *request)
{
    struct stream *stream = filter_stream(filter, slice_of(request->stream));
    if (stream->intake)
        fail(EXIT_USAGE, "stream %s is named twice", request->stream);
    stream->intake = intake_new(filter, stream, request);
}

void filter_metrics(struct filter *filter, const char *path)
{
    filter->metrics_path = path;
}

void stream_free(struct stream *stream)
{
    intake_free(stream->intake);
    schema_free(stream->schema);
    buffer_free(&stream->prefix);
    free(stream->name);
    free(stream);
}

void filter_free(struct filter *filter)
{
    for (struct stream *stream = filter->streams, *next; stream; stream = next) {
        next = stream->next;
        stream_free(stream);
    }
    hold_free(filter);
    buffer_free(&filter->unannounced.prefix);
    layout_free(filter->stream_layout);
    control_free(filter);
    buffer_free(&filter->scratch);
    tally_free(filter->tally);
    input_free(filter->input);
    free(filter);
}

const struct schema *filter_schema(const struct filter *filter, const char *name)
{
    const struct stream *stream = filter_find(filter, slice_of(name));
    return stream ? stream->schema : NULL;
}

const struct run *filter_about(const struct filter *filter)
{
    return &filter->run;
}

void filter_emit_schema(struct filter *filter, const struct schema *schema)
{
    const struct stream *stream = filter_find(filter, slice_of(schema->stream));
    if (stream && stream->schema && (!stream->intake || stream->intake->request.keep))
        fail(EXIT_USAGE, "there is a stream %s already: choose another name with --to",
             schema->stream);
    filter->own = tally_of(filter->tally, schema->stream);
    filter->scratch.length = 0;
    schema_write(schema, &filter->scratch);
    output_bytes(buffer_slice(&filter->scratch));
}

void filter_release(struct filter *filter, const char *stream, enum fate fate, uint64_t count)
{
    struct counts *counts = tally_of(filter->tally, stream);
    counts->fate[FATE_HELD] -= count;
    counts->fate[fate] += count;
}

void filter_count(struct filter *filter, const char *stream, enum fate fate)
{
    tally_of(filter->tally, stream)->fate[fate]++;
}

void filter_emitted(struct filter *filter)
{
    filter->own->emitted++;
}
