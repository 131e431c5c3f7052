/* Records as rows, and what becomes of those that are refused. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "delivery_inside.h"
#include "error.h"
#include "reject.h"

static struct json_value write_time(struct delivery *self)
{
    struct timespec now;
    int64_t now_ms = self->settings->pinned_ms;
    if (now_ms < 0) {
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    }
    if (now_ms != self->now_ms) {
        self->now_ms = now_ms;
        snprintf(self->now, sizeof self->now, "%" PRId64, now_ms);
    }
    return (struct json_value){self->now, (uint32_t)strlen(self->now), JSON_NUMBER, 0};
}

static enum fate refuse(const struct written *written, const struct record *record,
                        const char *column, const char *why)
{
    ptrdiff_t index = column ? schema_find(written->schema, column) : -1;
    bool of_record = index >= 0 && (size_t)index < written->column_count;
    return record_reject(record, of_record ? written->columns[index] : column,
                         of_record ? &record->value[index] : NULL, why);
}

enum fate delivery_take_record(void *state, const struct record *record)
{
    struct written *written = state;
    struct delivery *self = written->delivery;
    struct sink_row row = {.value = record->value,
                           .is_delete = record->is_delete,
                           .line = record->line,
                           .timed = record->timed,
                           .time_ms = record->time_ms};
    const char *column, *why;
    if (self->settings->write_time && written->value) {
        for (size_t i = 0; i < written->column_count; i++)
            written->value[i] = record->value[i];
        written->value[written->column_count] = write_time(self);
        row.value = written->value;
    }
    if (written->request.whole || written->schema->open)
        row.body = record_body(record);
    self->uncommitted = true;
    if (!self->settings->calls->put(written->table, &row, &column, &why))
        return refuse(written, record, column, why);
    written->held += self->settings->calls->defers;
    return self->settings->calls->defers ? FATE_HELD : FATE_USED;
}

/* A record that was held, and that the target refuses now. */
void delivery_take_refused(void *state, const struct sink_refusal *refusal)
{
    struct written *written = state;
    struct filter *filter = written->delivery->filter;
    reject_write(&(struct rejection){
        .stream = written->stream,
        .reason = refusal->why,
        .timed = refusal->timed,
        .time_ms = refusal->time_ms,
        .raw = refusal->line,
        .hide_raw = !refusal->line.at || schema_has_pii(filter_schema(filter, written->stream)),
    });
    written->held--;
    filter_release(filter, written->stream, FATE_REJECTED, 1);
}

/* Of what is committed no record is held any longer. */
void delivery_release(struct delivery *self)
{
    for (struct written *written = self->written; written; written = written->next) {
        filter_release(self->filter, written->stream, FATE_USED, written->held);
        written->held = 0;
    }
}

/* A target that shows one stream does not show what was rejected; it is counted, and said. */
static void count_unshown(struct delivery *self, const struct json_value *reason)
{
    struct buffer decoded = {0};
    if (self->unshown++ == 0)
        json_quote_for_message(&self->first_reason, json_decode(reason, &decoded));
    buffer_free(&decoded);
}

static enum fate on_unshown(void *state, const struct record *record)
{
    count_unshown(state, &record->value[0]);
    return FATE_DROPPED;
}

/* There is nowhere else to put it. */
static void put_rejected(const struct delivery *self, const struct written *written,
                         const struct sink_row *row)
{
    const char *column = NULL, *why;
    if (!self->settings->calls->put(written->table, row, &column, &why))
        fail(EXIT_SYSTEM, "%s: cannot write to %s: %s", self->settings->place.shown,
             written->table_name, why);
}

/* What ft-sink itself rejects goes straight to its own _rejected. */
static void take_rejected(void *state, struct slice line)
{
    struct delivery *self = state;
    struct written *written = delivery_find(self, "_rejected");
    struct sink_row row = {.body = {0}};
    struct json_error error;
    struct json_value *value = memory_new(REJECT_COLUMNS, sizeof *value);
    if (!layout_scan(self->reject_layout, line, value, &error))
        fail(EXIT_SYSTEM, "a line of _rejected is broken: %s", error.reason);
    row.value = value;
    row.body = layout_body(self->reject_layout, line, NULL);
    if (written && written->table)
        put_rejected(self, written, &row);
    else
        count_unshown(self, &value[REJECT_REASON]);
    free(value);
}

static struct layout *rejected_layout(void)
{
    const char *name[REJECT_COLUMNS];
    struct schema *schema = reject_schema();
    for (size_t i = 0; i < REJECT_COLUMNS; i++)
        name[i] = schema->column[i].name;
    struct layout *layout = layout_new(name, REJECT_COLUMNS, LAYOUT_WHOLE);
    schema_free(schema);
    return layout;
}

void delivery_take_rejects(struct delivery *self)
{
    self->reject_layout = rejected_layout();
    reject_destination(take_rejected, self);
}

void delivery_count_rejects(struct delivery *self)
{
    static const char *const columns[] = {"reason"};
    filter_consume(self->filter, &(struct intake_request){.stream = "_rejected",
                                                          .columns = columns,
                                                          .column_count = 1,
                                                          .record = on_unshown});
}
