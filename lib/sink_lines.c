/* Standard output as a target: plain NDJSON, without the members that are ours. */
#include <stdlib.h>

#include "message_key.h"
#include "output.h"
#include "sink_rules.h"

struct lines {
    const struct schema *schema;
    bool whole;
    struct buffer *name; /* ,"NAME": of each column */
    struct buffer line, decoded;
    struct message_key *key; /* that is printed; NULL: none */
    /* while a whole body is copied */
    const char *bad_column, *why;
};

struct target {
    bool print_key;
    struct lines **table;
    size_t count;
};

static void *lines_open(const struct sink_place *place, const struct run *run)
{
    (void)run;
    struct target *target = memory_new(1, sizeof *target);
    target->print_key = place->print_key;
    return target;
}

static void *lines_table(void *context, const struct sink_table *table)
{
    struct target *target = context;
    struct lines *lines = memory_new(1, sizeof *lines);
    lines->schema = table->schema;
    lines->whole = table->whole || table->schema->open;
    lines->name = memory_new(table->schema->column_count, sizeof *lines->name);
    for (size_t i = 0; i < table->schema->column_count; i++) {
        buffer_append_char(&lines->name[i], ',');
        json_quote(&lines->name[i], slice_of(table->schema->column[i].name));
        buffer_append_char(&lines->name[i], ':');
    }
    if (target->print_key)
        lines->key = message_key_new(table->schema);
    target->table = memory_resize(target->table, target->count + 1, sizeof(struct lines *));
    target->table[target->count++] = lines;
    return lines;
}

/* A member of the body as the type of its column shows it, or as it is. */
static void copy_member(void *context, const struct json_value *name,
                        const struct json_value *value)
{
    struct lines *lines = context;
    struct slice text = json_decode(name, &lines->decoded);
    const struct type *type = NULL;
    for (size_t i = 0; i < lines->schema->column_count; i++) {
        const struct column *column = &lines->schema->column[i];
        if (slice_is(text, column->name)) {
            type = &column->type;
            lines->bad_column = lines->why ? lines->bad_column : column->name;
        }
    }
    buffer_append_char(&lines->line, ',');
    buffer_append(&lines->line, json_text(name));
    buffer_append_char(&lines->line, ':');
    if (!type || lines->why)
        buffer_append(&lines->line, json_text(value));
    else
        type_render(type, value, &lines->line, &lines->why);
}

static void copy_body(struct lines *lines, struct slice body)
{
    static struct buffer scratch;
    struct json_error error;
    struct slice object = sink_object(body, &scratch);
    if (json_scan_object(object.at, object.at + object.length, 0, copy_member, lines, &error))
        return;
    lines->bad_column = NULL;
    lines->why = error.reason;
}

static bool put_whole(struct lines *lines, const struct sink_row *row, const char **column,
                      const char **why)
{
    lines->why = NULL;
    copy_body(lines, row->body);
    *column = lines->bad_column;
    *why = lines->why;
    return !lines->why;
}

static bool put_chosen(struct lines *lines, const struct sink_row *row, const char **column,
                       const char **why)
{
    for (size_t i = 0; i < lines->schema->column_count; i++) {
        buffer_append(&lines->line, buffer_slice(&lines->name[i]));
        *column = lines->schema->column[i].name;
        if (!type_render(&lines->schema->column[i].type, &row->value[i], &lines->line, why))
            return false;
    }
    return true;
}

/* What the line begins with: the key and a tab, where it is printed. */
static bool put_key(struct lines *lines, const struct sink_row *row, const char **column,
                    const char **why)
{
    lines->line.length = 0;
    if (!lines->key)
        return true;
    if (!message_key_append(lines->key, row, &lines->line, column, why))
        return false;
    buffer_append_char(&lines->line, '\t');
    return true;
}

static bool lines_put(void *context, const struct sink_row *row, const char **column,
                      const char **why)
{
    struct lines *lines = context;
    if (!put_key(lines, row, column, why))
        return false;
    size_t start = lines->line.length;
    bool is_tombstone = row->is_delete && lines->key; /* the key, and nothing */
    if (row->is_delete && !lines->key) /* without it the line would say the opposite */
        buffer_append_text(&lines->line, ",\"_op\":\"delete\"");
    if (!is_tombstone && !(lines->whole ? put_whole : put_chosen)(lines, row, column, why))
        return false;
    if (!is_tombstone && lines->line.length == start)
        buffer_append_char(&lines->line, '{');
    if (!is_tombstone) {
        lines->line.at[start] = '{'; /* it was the first member's comma */
        buffer_append_char(&lines->line, '}');
    }
    buffer_append_char(&lines->line, '\n');
    output_bytes(buffer_slice(&lines->line));
    return true;
}

static void lines_commit(void *context, uint64_t epoch)
{
    (void)context;
    (void)epoch;
}

static void lines_close(void *context)
{
    struct target *target = context;
    for (size_t i = 0; i < target->count; i++) {
        struct lines *lines = target->table[i];
        for (size_t j = 0; j < lines->schema->column_count; j++)
            buffer_free(&lines->name[j]);
        free(lines->name);
        buffer_free(&lines->line);
        message_key_free(lines->key);
        buffer_free(&lines->decoded);
        free(lines);
    }
    free(target->table);
    free(target);
}

static const char *const prefixes[] = {"-", NULL};

const struct sink_calls sink_lines = {.prefix = prefixes,
                                      .open = lines_open,
                                      .table = lines_table,
                                      .put = lines_put,
                                      .commit = lines_commit,
                                      .close = lines_close};
