#include "sink_rules.h"

#include <stdlib.h>
#include <strings.h>

#include "error.h"
#include "fast.h"

enum { LONGEST_NAME = 63 };

const char *sink_name_problem(const struct schema *schema, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > LONGEST_NAME)
        return "has a name that is empty or longer than 63 bytes";
    for (size_t i = 0; i < schema->column_count; i++)
        if (schema->column[i].name != name && strcasecmp(schema->column[i].name, name) == 0)
            return "has a name that differs from another column's only in case";
    return NULL;
}

void sink_check_names(const struct sink_table *table)
{
    if (strlen(table->name) > LONGEST_NAME)
        fail(EXIT_USAGE, "table %s has a name that is longer than 63 bytes", table->name);
    for (size_t i = 0; i < table->schema->column_count; i++) {
        const char *name = table->schema->column[i].name;
        const char *problem = sink_name_problem(table->schema, name);
        if (problem)
            fail(EXIT_USAGE, "table %s: column %s %s", table->name, name, problem);
    }
}

void sink_quote_name(struct buffer *sql, const char *name)
{
    buffer_append_char(sql, '"');
    for (; *name; name++) {
        if (*name == '"')
            buffer_append_char(sql, '"');
        buffer_append_char(sql, *name);
    }
    buffer_append_char(sql, '"');
}

bool sink_has_state(const struct run *run)
{
    return run->pipeline[0] != '\0';
}

bool sink_replaces(const struct run *run)
{
    return run->bounded && !sink_has_state(run);
}

/* ---- what is there already ---- */

/* A run with state writes to its own tables alone. */
static void check_pipeline(const char *target, const char *table, const struct run *run,
                           const char *owner)
{
    if (owner[0] == '\0')
        fail(EXIT_USAGE,
             "%s: table %s was filled by a run without state: drop it, or choose another name",
             target, table);
    if (strcmp(owner, run->pipeline) != 0)
        fail(EXIT_USAGE,
             "%s: table %s belongs to pipeline %s, and this is %s: go on with the state of that, "
             "drop the table, or choose another name",
             target, table, owner, run->pipeline);
}

void sink_check_owner(const char *target, const char *table, const struct run *run,
                      const char *owner)
{
    if (!owner)
        fail(EXIT_USAGE, "%s: table %s was not made by ft-sink: drop it, or choose another name",
             target, table);
    if (sink_has_state(run))
        check_pipeline(target, table, run, owner);
    else if (owner[0] != '\0')
        fail(EXIT_USAGE, "%s: table %s belongs to pipeline %s, which has state: go on with that",
             target, table, owner);
}

_Noreturn void sink_lacks_column(const char *target, const char *table, const char *column)
{
    fail(EXIT_USAGE, "%s: table %s is there, but has no column %s: drop it, or choose another name",
         target, table, column);
}

_Noreturn void sink_has_other_key(const char *target, const char *table)
{
    fail(EXIT_USAGE, "%s: table %s is there with another key: drop it, or choose another name",
         target, table);
}

/* A filter that was taken out for a while would go on from where it was, and miss what came since.
 */
void sink_check_stage(const char *target, const struct run *run, const char *stage)
{
    if (strtol(stage, NULL, 10) != run->stage)
        fail(EXIT_USAGE,
             "%s: pipeline %s had %s filters before ft-sink, and this run has %d: go on with those",
             target, run->pipeline, stage, run->stage);
}

_Noreturn void sink_has_other_writer(const char *target, const struct run *run, uint64_t epoch)
{
    fail(EXIT_SYSTEM, "%s: cannot commit epoch %llu: another run writes for pipeline %s", target,
         (unsigned long long)epoch, run->pipeline);
}

/* ---- rows ---- */

struct slice sink_object(struct slice body, struct buffer *object)
{
    object->length = 0;
    buffer_append_char(object, '{');
    buffer_append(object, body);
    buffer_append_char(object, '}');
    buffer_reserve(object, FAST_PADDING);
    return buffer_slice(object);
}

bool sink_is_in_key(const struct schema *schema, const char *column)
{
    for (size_t i = 0; i < schema->key_count; i++)
        if (strcmp(schema->key[i], column) == 0)
            return true;
    return false;
}

bool sink_has_key(const struct schema *schema, const struct json_value *value, const char **column,
                  const char **why)
{
    for (size_t i = 0; i < schema->key_count && !schema->null_keys; i++) {
        if (!json_is_null(&value[schema_find(schema, schema->key[i])]))
            continue;
        *column = schema->key[i];
        *why = "is in the key and null";
        return false;
    }
    return true;
}

bool sink_text(const struct type *type, const struct json_value *value, struct buffer *scratch,
               struct slice *text, const char **why)
{
    if (type->kind != TYPE_TIMESTAMP && type->kind != TYPE_DECIMAL) {
        if (!type_accepts(type, value, why))
            return false;
        *text = type->kind == TYPE_JSON ? json_text(value) : json_decode(value, scratch);
        return true;
    }
    scratch->length = 0;
    if (!type_render(type, value, scratch, why))
        return false;
    *text = buffer_slice(scratch);
    if (text->at[0] == '"') /* as JSON it is a string */
        *text = (struct slice){text->at + 1, text->length - 2};
    return true;
}
