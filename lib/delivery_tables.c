/* What is known of tables before the first record. */
#include <stdlib.h>

#include "delivery_inside.h"
#include "error.h"
#include "sink_rules.h"

static const struct column *column_of(const struct schema *schema, const char *name)
{
    ptrdiff_t index = schema_find(schema, name);
    return index < 0 ? NULL : &schema->column[index];
}

/* The name that COLUMN has in a table with chosen columns; NULL when it was not chosen. */
static const char *name_of(const void *context, const char *column)
{
    const struct delivery *self = context;
    for (size_t i = 0; i < self->settings->take.count; i++)
        if (strcmp(self->settings->take.at[i].column, column) == 0)
            return self->settings->take.at[i].name;
    return NULL;
}

static struct schema *chosen_schema(const struct delivery *self, const struct written *written,
                                    const struct schema *stream)
{
    struct type any = {.kind = TYPE_ANY};
    struct schema *table = schema_new(written->table_name);
    for (size_t i = 0; i < self->settings->take.count; i++) {
        const struct column *column = column_of(stream, self->settings->take.at[i].column);
        schema_add_column(table, self->settings->take.at[i].name, column ? &column->type : &any,
                          column && column->pii);
    }
    const char *missing = schema_follow(table, stream, name_of, self);
    if (missing)
        fail(EXIT_USAGE, "--take: %s is the key of stream %s, whose rows replace each other",
             missing, stream->stream);
    return table;
}

static void ask_for_columns(struct written *written, const struct schema *stream,
                            const struct take_list *take)
{
    written->column_count = take ? take->count : stream->column_count;
    written->columns = memory_new(written->column_count, sizeof *written->columns);
    for (size_t i = 0; i < written->column_count; i++)
        written->columns[i] = take ? take->at[i].column : stream->column[i].name;
}

bool delivery_is_rejected(const struct schema *schema)
{
    return strcmp(schema->stream, "_rejected") == 0;
}

void delivery_make_table(struct delivery *self, struct written *written,
                         const struct schema *stream)
{
    struct type timestamp = {.kind = TYPE_TIMESTAMP};
    bool chosen = self->settings->take.count > 0 && !delivery_is_rejected(stream);
    written->schema =
        chosen ? chosen_schema(self, written, stream) : schema_copy(stream, written->table_name);
    ask_for_columns(written, stream, chosen ? &self->settings->take : NULL);
    if (self->settings->write_time && !delivery_is_rejected(stream)) {
        if (written->schema->open)
            fail(EXIT_USAGE, "--write-time: stream %s declares no columns: choose some with --take",
                 stream->stream);
        schema_add_column(written->schema, self->settings->write_time, &timestamp, false);
        written->value = memory_new(written->column_count + 1, sizeof *written->value);
    }
    written->request =
        (struct sink_table){.name = written->table_name,
                            .schema = written->schema,
                            .whole = !chosen && !self->settings->write_time,
                            .refused = delivery_is_rejected(stream) ? NULL : delivery_take_refused,
                            .context = written};
    sink_check_names(&written->request);
    filter_consume(self->filter, &(struct intake_request){.stream = stream->stream,
                                                          .columns = written->columns,
                                                          .column_count = written->column_count,
                                                          .required_columns = written->column_count,
                                                          .record = delivery_take_record,
                                                          .state = written});
}
