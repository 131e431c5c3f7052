#include <stdlib.h>

#include "error.h"
#include "fields.h"
#include "filter_inside.h"
#include "reject.h"

static void check_columns(const struct intake *intake, const struct schema *schema)
{
    const struct intake_request *request = &intake->request;
    for (size_t i = 0; i < request->required_columns && !schema->open; i++) {
        if (schema_find(schema, request->columns[i]) >= 0)
            continue;
        struct buffer missing = {0};
        schema_tell_missing(schema, request->columns[i], &missing);
        fail(EXIT_USAGE, "%s", missing.at);
    }
}

struct intake *intake_new(struct filter *filter, struct stream *stream,
                          const struct intake_request *request)
{
    struct intake *intake = memory_new(1, sizeof *intake);
    intake->filter = filter;
    intake->stream = stream;
    intake->request = *request;
    if (!request->state)
        intake->request.state = filter->state;
    return intake;
}

/* Now that it is known whether the stream is timed and whether rows can be deleted. */
void intake_open(struct intake *intake, const struct schema *schema)
{
    const struct intake_request *request = &intake->request;
    check_columns(intake, schema);
    const char **columns = memory_new(request->column_count + 2, sizeof *columns);
    size_t count = request->column_count;
    for (size_t i = 0; i < count; i++)
        columns[i] = request->columns[i];
    intake->time_index = intake->op_index = -1;
    if (schema->timed) {
        intake->time_index = (ptrdiff_t)count;
        columns[count++] = "_ts";
    }
    if (schema->upsert) {
        intake->op_index = (ptrdiff_t)count;
        columns[count++] = "_op";
    }
    intake->layout = layout_new(columns, count, LAYOUT_WANTED);
    intake->value = memory_new(count, sizeof *intake->value);
    free(columns);
}

struct slice record_body(const struct record *record)
{
    return layout_body(record->intake->layout, record->line, &record->intake->filter->scratch);
}

static const struct schema *known_schema(const struct stream *stream)
{
    return stream->intake ? stream->intake->request.known : NULL;
}

static bool hides_raw(const struct stream *stream)
{
    const struct schema *known = known_schema(stream);
    return (stream->schema && schema_has_pii(stream->schema)) || (known && schema_has_pii(known));
}

static bool is_secret_in(const struct schema *schema, const char *column)
{
    ptrdiff_t index = schema && column ? schema_find(schema, column) : -1;
    return index >= 0 && schema->column[index].pii;
}

enum fate intake_refuse(const struct stream *stream, struct slice line, const struct record *record,
                        const char *column, const char *reason)
{
    reject_write(&(struct rejection){
        .stream = stream ? stream->name : NULL,
        .reason = reason,
        .column = column,
        .timed = record && record->timed,
        .time_ms = record ? record->time_ms : 0,
        .raw = line,
        .hide_raw = stream && hides_raw(stream),
    });
    return FATE_REJECTED;
}

enum fate record_reject(const struct record *record, const char *column,
                        const struct json_value *value, const char *why)
{
    struct filter *filter = record->intake->filter;
    bool secret = is_secret_in(record->schema, column) ||
                  is_secret_in(known_schema(record->intake->stream), column);
    const char *reason = reject_reason(&filter->scratch, column, value, secret, why);
    return intake_refuse(record->intake->stream, record->line, record, column, reason);
}

static bool read_reserved(struct intake *intake, struct record *record, const char **why)
{
    if (intake->time_index >= 0) {
        const struct json_value *time = &intake->value[intake->time_index];
        bool there = time->kind != JSON_MISSING;
        if (there && !type_int(time, &record->time_ms, why))
            return false;
        *why = "has a _ts out of range";
        if (record->time_ms > TIMESTAMP_FOREVER || record->time_ms < -TIMESTAMP_FOREVER)
            return false;
        record->timed = there;
        *why = "has no _ts";
        if (!record->timed && !intake->stream->schema->upsert)
            return false;
        *why = "late"; /* somebody in the middle of the pipe has moved it */
        if (record->timed && !intake->stream->schema->upsert &&
            record->time_ms <= intake->filter->received_ms)
            return false;
    }
    if (intake->op_index >= 0) {
        const struct json_value *op = &intake->value[intake->op_index];
        record->is_delete = op->kind != JSON_MISSING;
        *why = "has an _op that is not \"delete\"";
        if (record->is_delete && !slice_is(json_text(op), "\"delete\""))
            return false;
    }
    return true;
}

static enum fate take_in(struct intake *intake, struct slice line)
{
    struct json_error error;
    struct record record = {
        .schema = intake->stream->schema, .line = line, .value = intake->value, .intake = intake};
    const char *why = NULL;
    if (!layout_scan(intake->layout, line, intake->value, &error))
        why = error.reason;
    else if (read_reserved(intake, &record, &why))
        return intake->request.record(intake->request.state, &record);
    return intake_refuse(intake->stream, line, &record, NULL, why);
}

/* Of what was kept as an array the columns are all that there is. */
static bool read_row(struct intake *intake, struct record *record)
{
    if (!fields_read(record->line, &record->time_ms, intake->value, intake->request.column_count))
        return false;
    record->timed = record->time_ms != INT64_MIN;
    return true;
}

bool intake_take_back(struct intake *intake, struct slice line, int64_t horizon_ms)
{
    struct json_error error;
    struct record record = {
        .schema = intake->stream->schema, .line = line, .value = intake->value, .intake = intake};
    const char *why;
    bool read = line.at[0] == '[' ? read_row(intake, &record)
                                  : layout_scan(intake->layout, line, intake->value, &error) &&
                                        read_reserved(intake, &record, &why);
    if (!read)
        return false;
    if (record.timed && record.time_ms < horizon_ms)
        return true;
    enum fate fate = intake->request.record(intake->request.state, &record);
    if (fate == FATE_HELD && intake->stream->counts)
        intake->stream->counts->fate[FATE_HELD]++;
    return fate != FATE_REJECTED;
}

void intake_record(struct filter *filter, struct stream *stream, struct slice line)
{
    struct intake *intake = stream->intake;
    if (!stream->counts)
        stream->counts = tally_of(filter->tally, stream->name);
    if (!stream->schema && filter->refuse_unannounced && stream->name[0] != '_')
        fail(EXIT_USAGE, "line %llu is of stream %s, which has no _schema before it",
             filter_line_number(filter), stream->name);
    if (!intake || !intake->layout) {
        stream->counts->fate[FATE_PASSED]++;
        filter_pass(filter, line);
        return;
    }
    enum fate fate = take_in(intake, line);
    stream->counts->fate[fate]++;
    if (fate == FATE_PASSED || (fate != FATE_REJECTED && intake->request.keep))
        filter_pass(filter, line);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    layout_free(intake->layout);
    free(intake->value);
    free(intake);
}
