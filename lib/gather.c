#include "gather.h"

#include <stdlib.h>

#include "sink_rules.h"

/* One record being gathered. */
struct gathering {
    struct gather *gather;
    struct schema *fresh; /* columns that there are not yet; NULL: none */
    struct buffer decoded;
    const char *why;
};

static void refuse_column(struct gathering *gathering, const char *column, const char *why)
{
    struct buffer *refused = &gathering->gather->refused;
    gathering->why = why;
    refused->length = 0;
    if (column)
        buffer_append_text(refused, column);
    buffer_append_char(refused, '\0');
}

static const char *name_problem(const struct gather *gather, const char *name)
{
    for (const char *const *reserved = gather->reserved; reserved && *reserved; reserved++)
        if (strcmp(*reserved, name) == 0)
            return "has a name that the database keeps for itself";
    return sink_name_problem(gather->columns, name);
}

/* Collects the names of members that are no columns yet; none is added before all can be. */
static void gather_fresh(void *context, const struct json_value *name,
                         const struct json_value *value)
{
    struct gathering *gathering = context;
    const struct schema *columns = gathering->gather->columns;
    struct type any = {.kind = TYPE_ANY};
    (void)value;
    if (gathering->why)
        return;
    struct slice decoded = json_decode(name, &gathering->decoded);
    for (size_t i = 0; i < columns->column_count; i++)
        if (slice_is(decoded, columns->column[i].name))
            return;
    char *column = memory_text(decoded);
    const char *why = name_problem(gathering->gather, column);
    if (!gathering->fresh)
        gathering->fresh = schema_new(columns->stream);
    why = why ? why : sink_name_problem(gathering->fresh, column);
    if (why)
        refuse_column(gathering, column, why);
    else
        schema_add_column(gathering->fresh, column, &any, false);
    free(column);
}

static void gather_value(void *context, const struct json_value *name,
                         const struct json_value *value)
{
    struct gathering *gathering = context;
    struct slice decoded = json_decode(name, &gathering->decoded);
    const struct schema *columns = gathering->gather->columns;
    for (size_t i = 0; i < columns->column_count; i++)
        if (slice_is(decoded, columns->column[i].name))
            gathering->gather->value[i] = *value;
}

/* Room for the value of each column, missing. */
static void reset(struct gather *gather)
{
    size_t count = gather->columns->column_count;
    if (count > gather->room)
        gather->value = memory_resize(gather->value, count, sizeof *gather->value);
    gather->room = count > gather->room ? count : gather->room;
    for (size_t i = 0; i < count; i++)
        gather->value[i] = (struct json_value){0};
}

/* The members of OBJECT by column; false when one cannot be a column. */
static bool gather_object(struct gathering *gathering, struct slice object)
{
    struct gather *gather = gathering->gather;
    struct json_error error;
    const char *end = object.at + object.length;
    if (!json_scan_object(object.at, end, 0, gather_fresh, gathering, &error))
        refuse_column(gathering, NULL, error.reason);
    size_t fresh = gathering->fresh ? gathering->fresh->column_count : 0;
    size_t count = gather->columns->column_count + fresh;
    if (!gathering->why && count == 0)
        refuse_column(gathering, NULL, "has no columns");
    if (!gathering->why && count > gather->most_columns)
        refuse_column(gathering, NULL, gather->too_many);
    if (gathering->why)
        return false;
    for (size_t i = 0; i < fresh; i++)
        gather->add(gather->context, gathering->fresh->column[i].name);
    reset(gather);
    return json_scan_object(object.at, end, 0, gather_value, gathering, &error);
}

bool gather(struct gather *gather, struct slice body, const char **column, const char **why)
{
    static struct buffer object;
    struct gathering gathering = {.gather = gather};
    gather->refused.length = 0;
    bool gathered = gather_object(&gathering, sink_object(body, &object));
    *why = gathering.why;
    *column = gather->refused.length > 1 ? gather->refused.at : NULL;
    buffer_free(&gathering.decoded);
    schema_free(gathering.fresh);
    return gathered;
}

void gather_free(struct gather *gather)
{
    buffer_free(&gather->refused);
    free(gather->value);
}
