#include <ctype.h>
#include <stdlib.h>

#include "error.h"
#include "fast.h"
#include "filter_inside.h"
#include "output.h"
#include "relay.h"

enum { MOST_STAGES = 10000 };

/* What is read of _begin; the rest of it travels on as bytes. */
enum { BEGIN_VERSION, BEGIN_PIPELINE, BEGIN_STAGE, BEGIN_BOUNDED, BEGIN_RESTORE, BEGIN_COLUMNS };

struct control {
    struct layout *begin, *watermark, *barrier;
    struct buffer scratch;
};

static void scan(struct filter *filter, struct layout *layout, struct slice line,
                 struct json_value *values)
{
    struct json_error error;
    if (!layout_scan(layout, line, values, &error))
        fail(EXIT_USAGE, "line %llu is a broken control line: %s", filter_line_number(filter),
             error.reason);
}

static int64_t whole_number(struct filter *filter, const struct json_value *value, const char *name)
{
    const char *why;
    int64_t number;
    if (!type_int(value, &number, &why))
        fail(EXIT_USAGE, "line %llu is a broken control line: %s is not a whole number",
             filter_line_number(filter), name);
    return number;
}

static uint64_t epoch_of(struct filter *filter, const struct json_value *value, const char *name)
{
    int64_t epoch = whole_number(filter, value, name);
    if (epoch < 0)
        fail(EXIT_USAGE, "line %llu is a broken control line: %s is out of range",
             filter_line_number(filter), name);
    return (uint64_t)epoch;
}

/* Epochs are counted from 1; 0 stands for none, as null does. */
static uint64_t epoch_or_none(struct filter *filter, const struct json_value *value,
                              const char *name)
{
    return json_is_null(value) ? 0 : epoch_of(filter, value, name);
}

/* It is in the sink's tables and in file names' company: nothing but plain letters and digits. */
static void read_pipeline(struct filter *filter, const struct json_value *value)
{
    struct slice id = json_decode(value, &filter->control->scratch);
    bool plain = id.length > 0 && id.length < sizeof filter->run.pipeline;
    for (size_t i = 0; i < id.length && plain; i++)
        plain = isalnum((unsigned char)id.at[i]);
    if (!plain)
        fail(EXIT_USAGE, "line %llu is a broken control line: pipeline is no id",
             filter_line_number(filter));
    memcpy(filter->run.pipeline, id.at, id.length);
}

/* Passes the line on with its stage raised; all other bytes stay. */
static void forward_begin(struct filter *filter, struct slice line, const struct json_value *stage)
{
    const char *behind = stage->at + stage->length;
    if (filter->calls->is_last)
        return;
    output_bytes((struct slice){line.at, (size_t)(stage->at - line.at)});
    output_integer(filter->run.stage);
    output_bytes((struct slice){behind, (size_t)(line.at + line.length - behind)});
    output_text("\n");
}

static void handle_begin(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    struct json_value value[BEGIN_COLUMNS];
    if (filter->run.begun)
        fail(EXIT_USAGE, "line %llu is a second _begin: pipes cannot be put one behind the other",
             filter_line_number(filter));
    filter->run.begun = true;
    scan(filter, filter->control->begin, line, value);
    int64_t version = whole_number(filter, &value[BEGIN_VERSION], "version");
    if (version != 1)
        fail(EXIT_USAGE, "_begin has version %lld: this filter speaks version 1",
             (long long)version);
    if (!json_is_null(&value[BEGIN_PIPELINE]))
        read_pipeline(filter, &value[BEGIN_PIPELINE]);
    filter->run.restore = epoch_or_none(filter, &value[BEGIN_RESTORE], "restore");
    int64_t stage = whole_number(filter, &value[BEGIN_STAGE], "stage");
    if (stage < 0 || stage > MOST_STAGES)
        fail(EXIT_USAGE, "line %llu is a broken control line: stage is out of range",
             filter_line_number(filter));
    filter->run.stage = (int)stage + 1;
    filter->run.bounded = value[BEGIN_BOUNDED].kind == JSON_TRUE;
    if (filter->run.pipeline[0] && filter->state_path)
        relay_open(filter->state_path);
    forward_begin(filter, line, &value[BEGIN_STAGE]);
}

void control_announce(struct filter *filter, struct schema *schema)
{
    struct stream *stream = filter_stream(filter, slice_of(schema->stream));
    if (stream->schema)
        fail(EXIT_USAGE, "line %llu is a second _schema of stream %s", filter_line_number(filter),
             schema->stream);
    stream->schema = schema;
    stream->order = filter->announced++;
    stream->counts = tally_of(filter->tally, stream->name);
    if (filter->calls->schema)
        filter->calls->schema(filter->state, schema);
    if (stream->intake)
        intake_open(stream->intake, schema);
}

static void handle_schema(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    const char *why;
    struct schema *schema = schema_read(line, &why);
    if (!schema)
        fail(EXIT_USAGE, "line %llu is a broken _schema: %s", filter_line_number(filter), why);
    control_announce(filter, schema);
    struct intake *intake = filter_stream(filter, slice_of(schema->stream))->intake;
    if (!intake || intake->request.keep || intake->request.keep_schema)
        filter_pass(filter, line);
}

static const struct stream *announced(const struct filter *filter, size_t order)
{
    const struct stream *stream = filter->streams;
    while (stream && !(stream->schema && stream->order == order))
        stream = stream->next;
    return stream;
}

static void list_streams(const struct filter *filter, struct buffer *out)
{
    for (size_t i = 0; i < filter->announced; i++) {
        const struct stream *stream = announced(filter, i);
        if (stream->name[0] != '_')
            buffer_printf(out, "%s%s", out->length ? ", " : "", stream->name);
    }
    if (out->length == 0)
        buffer_append_text(out, "none");
}

/* Every schema has been seen: what was asked for must be there. */
void control_start(struct filter *filter)
{
    filter->started = true;
    for (struct stream *stream = filter->streams; stream; stream = stream->next) {
        if (!stream->expected || stream->schema)
            continue;
        struct buffer there = {0};
        list_streams(filter, &there);
        fail(EXIT_USAGE, "there is no stream %s in the input (there are: %.*s)", stream->name,
             (int)there.length, there.at);
    }
    if (filter->calls->start)
        filter->calls->start(filter->state);
    hold_restore(filter);
    tally_input_begins(filter->tally);
}

/* There are many of them, so first as writers write them. */
static int64_t read_watermark(struct filter *filter, struct slice line)
{
    static const char head[] = "{\"_stream\":\"_watermark\",\"_ts\":";
    size_t length = sizeof head - 1;
    uint64_t plain;
    struct json_value value[1];
    if (line.length > length && line.at[line.length - 1] == '}' &&
        memcmp(line.at, head, length) == 0 &&
        fast_integer(line.at + length, line.length - length - 1, &plain) &&
        plain <= TIMESTAMP_FOREVER)
        return (int64_t)plain;
    scan(filter, filter->control->watermark, line, value);
    int64_t watermark_ms = whole_number(filter, &value[0], "_ts");
    if (watermark_ms > TIMESTAMP_FOREVER || watermark_ms < -TIMESTAMP_FOREVER)
        fail(EXIT_USAGE, "line %llu is a broken control line: _ts is out of range",
             filter_line_number(filter));
    return watermark_ms;
}

static void handle_watermark(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    int64_t watermark_ms = read_watermark(filter, line), forwarded = watermark_ms;
    if (watermark_ms <= filter->received_ms)
        return; /* it says nothing new */
    filter->received_ms = watermark_ms;
    if (filter->calls->watermark)
        forwarded = filter->calls->watermark(filter->state, watermark_ms);
    if (forwarded <= filter->watermark_ms)
        return;
    filter->watermark_ms = forwarded;
    if (forwarded == watermark_ms) {
        filter_pass(filter, line);
        return;
    }
    if (filter->calls->is_last)
        return;
    output_text("{\"_stream\":\"_watermark\",\"_ts\":");
    output_integer(forwarded);
    output_text("}\n");
}

/* With state, a wrong number would outlive the run: numbers go up, and what is committed is behind.
 */
static uint64_t check_epochs(struct filter *filter, uint64_t epoch, uint64_t committed)
{
    const struct run *run = &filter->run;
    uint64_t before = filter->epoch > run->restore ? filter->epoch : run->restore;
    if (run->pipeline[0] && epoch <= before)
        fail(EXIT_USAGE, "line %llu is a broken control line: epoch %llu stands behind %llu",
             filter_line_number(filter), (unsigned long long)epoch, (unsigned long long)before);
    if (run->pipeline[0] && committed >= epoch)
        fail(EXIT_USAGE,
             "line %llu is a broken control line: epoch %llu says that %llu is committed",
             filter_line_number(filter), (unsigned long long)epoch, (unsigned long long)committed);
    return epoch;
}

static void handle_barrier(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    struct json_value value[2];
    scan(filter, filter->control->barrier, line, value);
    uint64_t committed = epoch_or_none(filter, &value[1], "committed");
    filter->epoch = check_epochs(filter, epoch_of(filter, &value[0], "epoch"), committed);
    tally_commit_begins(filter->tally);
    if (filter->calls->barrier)
        filter->calls->barrier(filter->state, filter->epoch);
    if (hold_save(filter, filter->epoch) || filter->calls->is_last)
        tally_commit_ends(filter->tally);
    filter_save_metrics(filter);
    filter_pass(filter, line); /* a barrier that is passed on proves that the state is durable */
    if (filter->run.pipeline[0] != '\0')
        output_flush(); /* what is ready is committed, however little follows */
    hold_forget(filter, committed);
}

static void handle_end(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    filter->ended = true;
    if (filter->calls->end)
        filter->calls->end(filter->state);
    filter_pass(filter, line);
}

static void handle_died(struct filter *filter, struct stream *unused, struct slice line)
{
    (void)unused;
    (void)line;
    filter->upstream_died = true;
}

static void add(struct filter *filter, const char *name,
                void (*handle)(struct filter *, struct stream *, struct slice))
{
    filter_stream(filter, slice_of(name))->handle = handle;
}

void control_register(struct filter *filter)
{
    static const char *const begin[BEGIN_COLUMNS] = {"version", "pipeline", "stage", "bounded",
                                                     "restore"};
    static const char *const watermark[] = {"_ts"}, *const barrier[] = {"epoch", "committed"};
    filter->control = memory_new(1, sizeof *filter->control);
    filter->control->begin = layout_new(begin, BEGIN_COLUMNS, LAYOUT_WHOLE);
    filter->control->watermark = layout_new(watermark, 1, LAYOUT_WHOLE);
    filter->control->barrier = layout_new(barrier, 2, LAYOUT_WHOLE);
    add(filter, "_begin", handle_begin);
    add(filter, "_schema", handle_schema);
    add(filter, "_watermark", handle_watermark);
    add(filter, "_barrier", handle_barrier);
    add(filter, "_end", handle_end);
    add(filter, "_died", handle_died);
}

void control_free(struct filter *filter)
{
    layout_free(filter->control->begin);
    layout_free(filter->control->watermark);
    layout_free(filter->control->barrier);
    buffer_free(&filter->control->scratch);
    free(filter->control);
}

bool control_comes_first(const struct stream *stream)
{
    return stream->handle == handle_begin || stream->handle == handle_schema ||
           stream->handle == handle_died;
}
