/* ft-ingest --tagged: lines that were tagged before are replayed. */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "door.h"
#include "epochs.h"
#include "error.h"
#include "ingest.h"
#include "input.h"
#include "layout.h"
#include "output.h"
#include "progress.h"
#include "reject.h"
#include "signals.h"
#include "tally.h"
#include "timestamp.h"

struct known {
    struct schema *schema;
    struct known *next;
};

struct replay {
    struct input *input;
    struct layout *layout; /* _stream, _ts, _op */
    struct known *known;
    struct tally *tally;
    struct buffer scratch;
    struct epochs epochs;
    const char *metrics;
    int64_t watermark_ms;
};

enum { LIVE_EPOCH_MS = 1000 };
enum { STREAM, TIME, OPERATION, COLUMNS };

static const struct schema *find(const struct replay *replay, const char *stream)
{
    for (const struct known *known = replay->known; known; known = known->next)
        if (strcmp(known->schema->stream, stream) == 0)
            return known->schema;
    return NULL;
}

/* TIME_MS may be NULL. */
static void refuse(struct replay *replay, const struct schema *schema, struct slice line,
                   const char *reason, const int64_t *time_ms)
{
    tally_of(replay->tally, schema ? schema->stream : "")->fate[FATE_REJECTED]++;
    reject_write(&(struct rejection){.stream = schema ? schema->stream : NULL,
                                     .source = input_name(replay->input),
                                     .line = input_line_number(replay->input),
                                     .byte_offset = input_line_offset(replay->input),
                                     .reason = reason,
                                     .column = time_ms ? schema->time_column : NULL,
                                     .timed = time_ms,
                                     .time_ms = time_ms ? *time_ms : 0,
                                     .raw = line,
                                     .hide_raw = schema && schema_has_pii(schema)});
}

static void pass(struct slice line)
{
    output_bytes(line);
    output_literal("\n");
}

static void replay_schema(struct replay *replay, struct slice line)
{
    const char *why;
    struct schema *schema = schema_read(line, &why);
    if (!schema)
        fail(EXIT_USAGE, "%s: line %" PRIu64 " is a broken _schema: %s", input_name(replay->input),
             input_line_number(replay->input), why);
    if (find(replay, schema->stream))
        fail(EXIT_USAGE, "%s: line %" PRIu64 " is a second _schema of stream %s",
             input_name(replay->input), input_line_number(replay->input), schema->stream);
    struct known *known = memory_new(1, sizeof *known);
    *known = (struct known){schema, replay->known};
    replay->known = known;
    pass(line);
}

static void replay_watermark(struct replay *replay, struct slice line,
                             const struct json_value *time)
{
    const char *why;
    int64_t watermark_ms;
    if (!type_int(time, &watermark_ms, &why) || watermark_ms <= replay->watermark_ms ||
        watermark_ms < -TIMESTAMP_FOREVER || watermark_ms >= TIMESTAMP_FOREVER)
        return; /* the last one is put out at the end, also when the recording was cut off */
    replay->watermark_ms = watermark_ms;
    pass(line);
}

/* NULL when the record may pass. */
static const char *judge(const struct replay *replay, const struct schema *schema,
                         const struct json_value *value, int64_t *time_ms)
{
    const char *why;
    bool has_time = value[TIME].kind != JSON_MISSING,
         has_op = value[OPERATION].kind != JSON_MISSING;
    if (has_op && (!schema->upsert || !slice_is(json_text(&value[OPERATION]), "\"delete\"")))
        return "the reserved member _op is not \"delete\"";
    if (has_time && (!schema->timed || !type_int(&value[TIME], time_ms, &why)))
        return "the reserved member _ts is not a time";
    if (!has_time && schema->timed && !schema->upsert)
        return "there is no time";
    return has_time && *time_ms <= replay->watermark_ms ? "late" : NULL;
}

static void replay_record(struct replay *replay, struct slice name, struct slice line,
                          const struct json_value *value)
{
    char *stream = memory_text(name);
    const struct schema *schema = find(replay, stream);
    if (!schema)
        fail(EXIT_USAGE, "%s: line %" PRIu64 " is of stream %s, which has no _schema before it",
             input_name(replay->input), input_line_number(replay->input), stream);
    free(stream);
    int64_t time_ms = 0;
    const char *why = judge(replay, schema, value, &time_ms);
    if (why) {
        refuse(replay, schema, line, why, strcmp(why, "late") == 0 ? &time_ms : NULL);
        return;
    }
    tally_of(replay->tally, schema->stream)->fate[FATE_PASSED]++;
    pass(line);
}

static void replay_line(struct replay *replay, struct slice line)
{
    struct json_value value[COLUMNS];
    struct json_error error;
    if (!layout_scan(replay->layout, line, value, &error)) {
        refuse(replay, NULL, line, error.reason, NULL);
        return;
    }
    if (value[STREAM].kind != JSON_STRING)
        fail(EXIT_USAGE, "%s: line %" PRIu64 " has no _stream: it was not tagged",
             input_name(replay->input), input_line_number(replay->input));
    struct slice name = json_decode(&value[STREAM], &replay->scratch);
    if (slice_is(name, "_schema"))
        replay_schema(replay, line);
    else if (slice_is(name, "_watermark"))
        replay_watermark(replay, line, &value[TIME]);
    else if (slice_is(name, "_rejected"))
        pass(line);
    else if (name.length > 0 && name.at[0] != '_')
        replay_record(replay, name, line, value);
    /* _begin, _barrier, _end and _died were of the run that is replayed; this one has its own. */
}

static void tell(const void *context, struct tally_report *report)
{
    const struct replay *replay = context;
    *report = (struct tally_report){.path = replay->metrics,
                                    .watermark_ms = replay->watermark_ms,
                                    .epoch = replay->epochs.number,
                                    .state_keys = -1,
                                    .state_bytes = -1};
}

static void save_metrics(const struct replay *replay)
{
    struct tally_report report;
    tell(replay, &report);
    if (report.path)
        tally_save(replay->tally, &report);
}

static void close_epoch_if_due(struct replay *replay)
{
    if (epochs_close_if_due(&replay->epochs))
        save_metrics(replay);
}

/* Waits for more, and closes epochs on the way when the recording is still being made. */
static void read_more(struct replay *replay)
{
    while (!input_ready(replay->input) && !signals_stopped()) {
        int64_t wait_ms = epochs_wait_ms(&replay->epochs);
        output_flush();
        struct pollfd ready[] = {
            {input_fd(replay->input), POLLIN, 0}, {signals_fd(), POLLIN, 0}, output_poll()};
        if (poll(ready, 3, progress_wait_ms(wait_ms == INT64_MAX ? -1 : (int)wait_ms)) > 0)
            output_polled(&ready[2]);
        close_epoch_if_due(replay);
        progress_look();
    }
    if (signals_stopped())
        return;
    input_read(replay->input);
    close_epoch_if_due(replay);
    progress_look();
}

static void replay_all(struct replay *replay)
{
    struct slice line;
    while (true) {
        switch (input_line(replay->input, &line)) {
        case INPUT_LINE:
            line = door_trim(line);
            if (line.length > 0)
                replay_line(replay, line);
            replay->epochs.records += line.length > 0;
            break;
        case INPUT_LONG:
            refuse(replay, NULL, line, "the line is longer than --max-line allows", NULL);
            break;
        case INPUT_MORE:
            if (signals_stopped())
                return;
            read_more(replay);
            break;
        case INPUT_END:
            return;
        }
    }
}

int ingest_tagged(const char *path, size_t max_line, const char *metrics)
{
    static const char *const columns[COLUMNS] = {"_stream", "_ts", "_op"};
    struct replay replay = {.input = input_open(path, max_line, true),
                            .layout = layout_new(columns, COLUMNS, LAYOUT_WHOLE),
                            .tally = tally_new(),
                            .metrics = metrics,
                            .watermark_ms = INT64_MIN};
    bool bounded = input_is_regular(replay.input);
    output_open();
    if (!bounded) /* half of a file would replace the tables that all of it has filled */
        signals_stop_first();
    epochs_start(&replay.epochs, (struct epoch_length){.ms = bounded ? 0 : LIVE_EPOCH_MS});
    progress_begin(replay.tally, tell, &replay);
    ingest_put_begin(NULL, bounded, 0);
    replay_all(&replay);
    ingest_put_end(&replay.epochs, !signals_stopped());
    save_metrics(&replay);
    output_close();
    progress_end();
    for (struct known *known = replay.known, *next; known; known = next) {
        next = known->next;
        schema_free(known->schema);
        free(known);
    }
    input_free(replay.input);
    layout_free(replay.layout);
    buffer_free(&replay.scratch);
    tally_free(replay.tally);
    return EXIT_DONE;
}
