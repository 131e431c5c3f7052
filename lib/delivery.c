#include "delivery.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "delivery_inside.h"
#include "error.h"
#include "state.h"

bool delivery_is_of_lines(const struct delivery *self)
{
    return self->settings->calls == &sink_lines;
}

struct written *delivery_find(const struct delivery *self, const char *stream)
{
    struct written *written = self->written;
    while (written && strcmp(written->stream, stream) != 0)
        written = written->next;
    return written;
}

/* Databases do not tell names apart by case. */
static void refuse_second(const struct delivery *self, const char *table)
{
    for (const struct written *written = self->written; written; written = written->next)
        if (strcasecmp(written->table_name, table) == 0)
            fail(EXIT_USAGE, "table %s is named twice", table);
}

static struct written *add_written(struct delivery *self, struct slice table, const char *stream)
{
    struct written *written = memory_new(1, sizeof *written);
    written->delivery = self;
    written->table_name = memory_text(table);
    refuse_second(self, written->table_name);
    written->stream = memory_text(slice_of(stream));
    *self->last = written;
    self->last = &written->next;
    return written;
}

struct delivery *delivery_new(const struct delivery_settings *settings)
{
    struct delivery *self = memory_new(1, sizeof *self);
    self->settings = settings;
    self->last = &self->written;
    self->now_ms = -1;
    return self;
}

void delivery_name(struct delivery *self, struct slice table, const char *stream)
{
    if (delivery_find(self, stream))
        fail(EXIT_USAGE, "stream %s is named twice", stream);
    add_written(self, table, stream);
    self->named = true;
}

bool delivery_is_named(const struct delivery *self, const char *stream)
{
    return delivery_find(self, stream);
}

/* ---- the beginning ---- */

static void on_schema(void *state, const struct schema *schema)
{
    struct delivery *self = state;
    struct written *written = delivery_find(self, schema->stream);
    if (written)
        delivery_make_table(self, written, schema);
    else if (delivery_is_rejected(schema))
        delivery_count_rejects(self);
    else if (!self->named)
        delivery_make_table(self, add_written(self, slice_of(schema->stream), schema->stream),
                            schema);
}

static void list_written(const struct delivery *self, struct buffer *out)
{
    for (const struct written *written = self->written; written; written = written->next)
        if (written->stream[0] != '_')
            buffer_printf(out, "%s%s", out->length ? ", " : "", written->stream);
    buffer_append_char(out, '\0');
}

/* With state: nobody else writes for this pipeline, and the run goes on from our last epoch. */
static void go_on(struct delivery *self)
{
    const struct run *run = filter_about(self->filter);
    uint64_t committed = self->settings->calls->committed(self->target);
    if (committed != run->restore)
        fail(EXIT_USAGE,
             "%s: epoch %" PRIu64 " of pipeline %s is committed, and the run goes on from %" PRIu64
             ": start it again with --restore %" PRIu64,
             self->settings->place.shown, committed, run->pipeline, run->restore, committed);
    if (committed > 0)
        state_set_committed(&self->state, committed);
}

static void open_target(struct delivery *self)
{
    bool has_state = filter_has_state(self->filter);
    if (has_state && !self->settings->calls->committed)
        fail(EXIT_USAGE,
             "%s cannot remember which epoch it was given: with --state, write to a database",
             self->settings->place.shown);
    if (has_state && !directory_open(&self->state, self->settings->state, false))
        fail(EXIT_USAGE, "--state: there is no directory %s", self->settings->state);
    if (has_state)
        state_check_pipeline(&self->state, filter_about(self->filter)->pipeline);
    if (has_state) /* not before: ft-ingest in the same pipe may still ask --committed */
        state_lock_sink(&self->state);
    self->target = self->settings->calls->open(&self->settings->place, filter_about(self->filter));
    if (has_state)
        go_on(self);
}

static void on_start(void *state)
{
    struct delivery *self = state;
    struct buffer list = {0};
    list_written(self, &list);
    if (!self->named && list.length == 1)
        fail(EXIT_USAGE, "there is no stream in the input");
    if (!self->named && delivery_is_of_lines(self) && strchr(list.at, ','))
        fail(EXIT_USAGE, "the input has several streams: name the one to print (there are: %s)",
             list.at);
    buffer_free(&list);
    if (!delivery_is_of_lines(self) && !filter_about(self->filter)->begun)
        fail(EXIT_USAGE,
             "the input has no _begin: it is not known whether tables are to be replaced");
    open_target(self);
    for (struct written *written = self->written; written; written = written->next)
        written->table = self->settings->calls->table(self->target, &written->request);
    if (self->settings->calls->opened)
        self->settings->calls->opened(self->target);
    self->uncommitted = true; /* the tables themselves */
}

/* ---- the rest ---- */

static void on_barrier(void *state, uint64_t epoch)
{
    struct delivery *self = state;
    self->settings->calls->commit(self->target, epoch);
    delivery_release(self);
    self->uncommitted = false;
    if (self->state.path)
        state_set_committed(&self->state, epoch);
}

static void on_end(void *state)
{
    struct delivery *self = state;
    if (self->uncommitted && !delivery_is_of_lines(self))
        fail(EXIT_USAGE, "the input ended with records that no _barrier commits");
    if (self->unshown > 0)
        warn("%" PRIu64 " record%s rejected (the first: %.*s): see 'ft-sink - _rejected'",
             self->unshown, self->unshown == 1 ? " was" : "s were", (int)self->first_reason.length,
             self->first_reason.at);
    buffer_free(&self->first_reason);
}

static void free_written(struct delivery *self)
{
    for (struct written *written = self->written, *next; written; written = next) {
        next = written->next;
        schema_free(written->schema);
        free(written->columns);
        free(written->value);
        free(written->table_name);
        free(written->stream);
        free(written);
    }
}

int delivery_run(struct delivery *self)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .barrier = on_barrier,
                                              .end = on_end,
                                              .is_last = true};
    self->filter = filter_new(&calls, self);
    delivery_take_rejects(self);
    if (!delivery_is_of_lines(self) && !delivery_find(self, "_rejected"))
        add_written(self, slice_of("_rejected"), "_rejected");
    for (const struct written *written = self->written; written; written = written->next)
        filter_expect(self->filter, written->stream);
    if (!self->named)
        filter_refuse_unannounced(self->filter);
    filter_metrics(self->filter, self->settings->metrics);
    filter_state(self->filter, self->settings->state);
    int status = filter_run(self->filter);
    self->settings->calls->close(self->target);
    directory_close(&self->state);
    filter_free(self->filter);
    free_written(self);
    layout_free(self->reject_layout);
    free(self);
    return status;
}
