#include "schema.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json.h"
#include "tree.h"

enum { STREAM_NAME_MAX = 63 };

struct schema *schema_new(const char *stream)
{
    struct schema *schema = memory_new(1, sizeof *schema);

    schema->stream = memory_text(slice_of(stream));
    schema->open = true; /* until a column is added */
    return schema;
}

void schema_free(struct schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < schema->column_count; i++)
        free(schema->column[i].name);
    for (size_t i = 0; i < schema->key_count; i++)
        free(schema->key[i]);
    free(schema->column);
    free(schema->key);
    free(schema->time_column);
    free(schema->stream);
    free(schema);
}

void schema_add_column(struct schema *schema, const char *name, const struct type *type, bool pii)
{
    size_t count = schema->column_count;

    if (schema_find(schema, name) >= 0)
        fail(EXIT_USAGE, "stream %s has a column \"%s\" already", schema->stream, name);
    schema->column = memory_resize(schema->column, count + 1, sizeof *schema->column);
    schema->column[count] =
        (struct column){.name = memory_text(slice_of(name)), .type = *type, .pii = pii};
    schema->column_count = count + 1;
    schema->open = false;
}

void schema_add_key(struct schema *schema, const char *column)
{
    size_t count = schema->key_count;

    schema->key = memory_resize(schema->key, count + 1, sizeof *schema->key);
    schema->key[count] = memory_text(slice_of(column));
    schema->key_count = count + 1;
}

void schema_drop_key(struct schema *schema)
{
    while (schema->key_count > 0)
        free(schema->key[--schema->key_count]);
}

struct schema *schema_copy(const struct schema *from, const char *stream)
{
    struct schema *schema = schema_new(stream);
    for (size_t i = 0; i < from->column_count; i++)
        schema_add_column(schema, from->column[i].name, &from->column[i].type, from->column[i].pii);
    for (size_t i = 0; i < from->key_count; i++)
        schema_add_key(schema, from->key[i]);
    schema->upsert = from->upsert;
    schema->timed = from->timed;
    schema->null_keys = from->null_keys;
    schema->open = from->open;
    schema->time_column = from->time_column ? memory_text(slice_of(from->time_column)) : NULL;
    return schema;
}

void schema_take(struct schema *schema, const struct schema *from, const char *column,
                 const char *name)
{
    struct type any = {.kind = TYPE_ANY};
    ptrdiff_t index = from ? schema_find(from, column) : -1;
    if (schema->open)
        return;
    if (index < 0)
        schema_add_column(schema, name, &any, false);
    else
        schema_add_column(schema, name, &from->column[index].type, from->column[index].pii);
}

static const char *follow_key(struct schema *schema, const struct schema *from,
                              schema_name_of *name_of, const void *context)
{
    for (size_t i = 0; i < from->key_count; i++)
        if (!name_of(context, from->key[i]))
            return from->upsert ? from->key[i] : NULL;
    for (size_t i = 0; i < from->key_count; i++)
        schema_add_key(schema, name_of(context, from->key[i]));
    schema->null_keys = from->null_keys;
    return NULL;
}

const char *schema_follow(struct schema *schema, const struct schema *from, schema_name_of *name_of,
                          const void *context)
{
    const char *time = from->time_column ? name_of(context, from->time_column) : NULL;
    schema->upsert = from->upsert;
    schema->timed = from->timed;
    schema->time_column = time ? memory_text(slice_of(time)) : NULL;
    return follow_key(schema, from, name_of, context);
}

ptrdiff_t schema_find(const struct schema *schema, const char *column)
{
    for (size_t i = 0; i < schema->column_count; i++)
        if (strcmp(schema->column[i].name, column) == 0)
            return (ptrdiff_t)i;
    return -1;
}

bool schema_has_pii(const struct schema *schema)
{
    for (size_t i = 0; i < schema->column_count; i++)
        if (schema->column[i].pii)
            return true;
    return false;
}

void schema_require_facts(const struct schema *schema)
{
    if (schema->upsert)
        fail(EXIT_USAGE, "stream %s is an upsert stream: a correction would be counted twice",
             schema->stream);
    if (!schema->timed)
        fail(EXIT_USAGE, "stream %s has no event time", schema->stream);
}

static void write_key(const struct schema *schema, struct buffer *out)
{
    buffer_append_text(out, ",\"key\":[");
    for (size_t i = 0; i < schema->key_count; i++) {
        if (i)
            buffer_append_char(out, ',');
        json_quote(out, slice_of(schema->key[i]));
    }
    buffer_append_char(out, ']');
}

static void write_columns(const struct schema *schema, struct buffer *out)
{
    char type[TYPE_TEXT];

    buffer_append_text(out, ",\"columns\":[");
    for (size_t i = 0; i < schema->column_count; i++) {
        const struct column *column = &schema->column[i];

        buffer_append_text(out, i ? ",[" : "[");
        json_quote(out, slice_of(column->name));
        buffer_append_char(out, ',');
        json_quote(out, slice_of(type_format(&column->type, type)));
        buffer_append_text(out, column->pii ? ",\"pii\"]" : "]");
    }
    buffer_append_char(out, ']');
}

void schema_write(const struct schema *schema, struct buffer *out)
{
    buffer_append_text(out, "{\"_stream\":\"_schema\",\"stream\":");
    json_quote(out, slice_of(schema->stream));
    buffer_append_text(out, schema->upsert ? ",\"kind\":\"upsert\"" : ",\"kind\":\"append\"");
    if (schema->key_count)
        write_key(schema, out);
    if (schema->null_keys)
        buffer_append_text(out, ",\"null_keys\":true");
    if (schema->timed) {
        buffer_append_text(out, ",\"time\":");
        if (schema->time_column)
            json_quote(out, slice_of(schema->time_column));
        else
            buffer_append_text(out, "null");
    }
    if (!schema->open)
        write_columns(schema, out);
    buffer_append_text(out, "}\n");
}

/* Each read_ function below takes one member and returns what is wrong with it, or NULL. */

static const char *read_kind(struct schema *schema, const struct json_t *kind)
{
    const char *text = tree_text(kind);

    if (!text || (strcmp(text, "append") != 0 && strcmp(text, "upsert") != 0))
        return "its \"kind\" is neither \"append\" nor \"upsert\"";
    schema->upsert = text[0] == 'u';
    return NULL;
}

static const char *read_column(struct schema *schema, const struct json_t *column)
{
    const char *name = tree_text(tree_element(column, 0));
    const char *text = tree_text(tree_element(column, 1));
    const char *class = tree_text(tree_element(column, 2));
    size_t size = tree_count(column);
    struct type type;

    if (!name || !text || size > 3 || (size == 3 && (!class || strcmp(class, "pii") != 0)))
        return "a column is not [NAME, TYPE] or [NAME, TYPE, \"pii\"]";
    if (!type_parse(text, &type))
        return "a column has a type that does not exist";
    if (schema_find(schema, name) >= 0)
        return "it has two columns of one name";
    schema_add_column(schema, name, &type, size == 3);
    return NULL;
}

static const char *read_columns(struct schema *schema, const struct json_t *columns)
{
    const char *why = NULL;

    if (!columns)
        return NULL;
    if (!tree_is_array(columns))
        return "its \"columns\" is not an array";
    schema->open = false;
    for (size_t i = 0; !why && i < tree_count(columns); i++)
        why = read_column(schema, tree_element(columns, i));
    return why;
}

static const char *read_key(struct schema *schema, const struct json_t *key)
{
    if (key && !tree_is_array(key))
        return "its \"key\" is not an array";
    for (size_t i = 0; i < tree_count(key); i++) {
        const char *column = tree_text(tree_element(key, i));

        if (!column)
            return "its \"key\" holds something that is not a column name";
        if (!schema->open && schema_find(schema, column) < 0)
            return "its \"key\" names a column that it does not have";
        schema_add_key(schema, column);
    }
    if (schema->upsert && schema->key_count == 0)
        return "it is of kind \"upsert\" and has no \"key\"";
    return NULL;
}

static const char *read_null_keys(struct schema *schema, const struct json_t *null_keys)
{
    schema->null_keys = null_keys && tree_is_true(null_keys);
    return !null_keys || tree_is_true(null_keys) ? NULL : "its \"null_keys\" is not true";
}

static const char *read_time(struct schema *schema, const struct json_t *time)
{
    const char *column = tree_text(time);

    schema->timed = time != NULL;
    if (time && !column && !tree_is_null(time))
        return "its \"time\" is neither a column name nor null";
    if (column)
        schema->time_column = memory_text(slice_of(column));
    return NULL;
}

/* Fills the schema from the line's members. Unknown ones are left for later versions. */
static const char *read_members(struct schema *schema, const struct json_t *line)
{
    const char *why = read_kind(schema, tree_member(line, "kind"));

    if (!why)
        why = read_columns(schema, tree_member(line, "columns"));
    if (!why)
        why = read_key(schema, tree_member(line, "key"));
    if (!why)
        why = read_null_keys(schema, tree_member(line, "null_keys"));
    if (!why)
        why = read_time(schema, tree_member(line, "time"));
    return why;
}

/* A filter's own stream (_rejected) may have a schema too. */
static bool is_any_stream_name(const char *name)
{
    return schema_is_stream_name(name[0] == '_' ? name + 1 : name);
}

static struct schema *read_line(const struct json_t *line, const char **why)
{
    const char *type = tree_text(tree_member(line, "_stream"));
    const char *stream = tree_text(tree_member(line, "stream"));
    struct schema *schema;

    *why = "it is not a _schema line";
    if (!type || strcmp(type, "_schema") != 0)
        return NULL;
    *why = "its \"stream\" is not the name of a stream";
    if (!stream || !is_any_stream_name(stream))
        return NULL;
    schema = schema_new(stream);
    *why = read_members(schema, line);
    if (!*why)
        return schema;
    schema_free(schema);
    return NULL;
}

struct schema *schema_read(struct slice line, const char **why)
{
    struct buffer where = {0};
    struct json_t *tree = tree_read(line, &where);
    struct schema *schema;

    buffer_free(&where);
    *why = "it is not JSON, or has a member twice";
    if (!tree)
        return NULL;
    schema = read_line(tree, why);
    tree_free(tree);
    return schema;
}

void schema_list_columns(const struct schema *schema, struct buffer *out)
{
    if (schema->open) {
        buffer_append_text(out, "any column");
        return;
    }
    for (size_t i = 0; i < schema->column_count; i++) {
        if (i)
            buffer_append_text(out, ", ");
        buffer_append_text(out, schema->column[i].name);
    }
}

void schema_tell_missing(const struct schema *schema, const char *name, struct buffer *out)
{
    buffer_printf(out, "stream %s has no column %s (it has ", schema->stream, name);
    schema_list_columns(schema, out);
    buffer_append_text(out, ")");
    buffer_append_char(out, '\0');
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool schema_is_stream_name(const char *name)
{
    size_t length = 0;

    if (!is_letter(name[0]))
        return false;
    while (is_letter(name[length]) || name[length] == '_' ||
           (name[length] >= '0' && name[length] <= '9'))
        length++;
    return name[length] == '\0' && length <= STREAM_NAME_MAX;
}

bool schema_is_reserved(struct slice name)
{
    return slice_is(name, "_stream") || slice_is(name, "_ts") || slice_is(name, "_op");
}
