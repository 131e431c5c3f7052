#include "join.h"

#include <stdlib.h>

#include "error.h"
#include "fields.h"
#include "output.h"

/* ---- columns ---- */

/* The left row goes over as it is: it must not have the names that are added. */
static void ask_for_added(struct join *join)
{
    for (size_t i = 0; i < join->take.count; i++)
        if (columns_add(&join->left_columns, join->take.at[i].name) < join->left_count)
            fail(EXIT_USAGE, "--take: the left side has a column %s already (see --on)",
                 join->take.at[i].name);
}

static void make_emitter(struct join *join)
{
    size_t left = join->take_left.count;
    const char **names = memory_new(left + join->take.count, sizeof *names);
    for (size_t i = 0; i < left; i++)
        names[i] = join->take_left.at[i].name;
    for (size_t i = 0; i < join->take.count; i++) {
        names[left + i] = join->take.at[i].name;
        for (size_t j = 0; j < left; j++)
            if (strcmp(names[j], names[left + i]) == 0)
                fail(EXIT_USAGE, "--take: %s is a name of --take-left already", names[j]);
    }
    join->emitter = emitter_new(join->to, names, left + join->take.count);
    free(names);
}

void join_lay_out(struct join *join)
{
    join->left_taken = memory_new(join->take_left.count, sizeof *join->left_taken);
    join->left_key = memory_new(join->on.count, sizeof *join->left_key);
    join->right_key = memory_new(join->on.count, sizeof *join->right_key);
    join->taken = memory_new(join->take.count, sizeof *join->taken);
    for (size_t i = 0; i < join->take.count; i++)
        join->taken[i] = columns_add(&join->right_columns, join->take.at[i].column);
    join->field_count = join->right_columns.count;
    for (size_t i = 0; i < join->on.count; i++) {
        join->left_key[i] = columns_add(&join->left_columns, join->on.at[i].column);
        join->right_key[i] = columns_add(&join->right_columns, join->on.at[i].name);
    }
    for (size_t i = 0; i < join->take_left.count; i++)
        join->left_taken[i] = columns_add(&join->left_columns, join->take_left.at[i].column);
    join->left_count = join->left_columns.count;
    if (join->take_left.count == 0)
        ask_for_added(join);
    make_emitter(join);
    join->fields = memory_new(join->right_columns.count, sizeof *join->fields);
    join->values = memory_new(join->take_left.count + join->take.count, sizeof *join->values);
}

void join_free(struct join *join)
{
    emitter_free(join->emitter);
    emitter_free(join->right_line);
    columns_free(&join->left_columns);
    columns_free(&join->right_columns);
    buffer_free(&join->scratch);
    buffer_free(&join->line);
    free(join->left_key);
    free(join->right_key);
    free(join->taken);
    free(join->left_taken);
    free(join->fields);
    free(join->values);
}

/* The name under which COLUMN of the left side goes on; NULL when it does not. */
static const char *name_of(const void *context, const char *column)
{
    const struct join *join = context;
    for (size_t i = 0; i < join->take_left.count; i++)
        if (strcmp(join->take_left.at[i].column, column) == 0)
            return join->take_left.at[i].name;
    return NULL;
}

/* Of the left row what --take-left says. */
static struct schema *left_part(const struct join *join, const struct schema *left)
{
    struct schema *row = schema_new(join->to);
    row->open = false;
    for (size_t i = 0; i < join->take_left.count; i++)
        schema_take(row, left, join->take_left.at[i].column, join->take_left.at[i].name);
    const char *missing = schema_follow(row, left, name_of, join);
    if (missing)
        fail(EXIT_USAGE,
             "--take-left: the rows of %s replace each other by their key: %s is missing",
             left->stream, missing);
    return row;
}

/* The left one's columns, then what was taken of the right one. */
struct schema *join_row_schema(const struct join *join)
{
    const struct schema *left = filter_schema(join->filter, join->left);
    const struct schema *right = join->right ? filter_schema(join->filter, join->right) : NULL;
    struct schema *row =
        join->take_left.count > 0 ? left_part(join, left) : schema_copy(left, join->to);
    for (size_t i = 0; i < join->take.count; i++)
        schema_take(row, right, join->take.at[i].column, join->take.at[i].name);
    if (join->kind->many)
        schema_drop_key(row);
    return row;
}

/* By other columns than the key there could be several answers. */
void join_check_key(const struct join *join, const struct schema *schema)
{
    size_t found = 0;
    if (schema->key_count == 0)
        return;
    for (size_t i = 0; i < schema->key_count; i++)
        for (size_t j = 0; j < join->on.count; j++)
            found += strcmp(schema->key[i], join->on.at[j].name) == 0;
    if (found != schema->key_count || found != join->on.count)
        fail(EXIT_USAGE, "--on: %s is not the key of %s (its key is %s%s)", join->on.at[0].name,
             schema->stream, schema->key[0], schema->key_count > 1 ? ", ..." : "");
}

bool join_left_key(struct join *join, const struct json_value *values, struct slice *key)
{
    return fields_key(values, join->left_key, join->on.count, &join->scratch, key);
}

bool join_right_key(struct join *join, const struct json_value *values, struct slice *key)
{
    return fields_key(values, join->right_key, join->on.count, &join->scratch, key);
}

/* ---- a row is made ---- */

static enum fate fate_of(const struct join *join, bool found)
{
    if (found)
        return FATE_USED;
    if (join->inner)
        return FATE_DROPPED;
    return join->reject ? FATE_REJECTED : FATE_USED;
}

/* Only the key's columns are there, and they are all that a row which deletes has. */
static void emit_delete(struct join *join, const struct emission *emission)
{
    join->line.length = 0;
    emit_into(join->emitter, emission, &join->line);
    output_bytes(buffer_slice(&join->line));
}

enum fate join_answer(struct join *join, const struct record *record, struct slice body, bool found)
{
    enum fate fate = record->is_delete ? FATE_USED : fate_of(join, found);
    if (fate == FATE_REJECTED)
        return record_reject(record, join->on.at[0].column, &record->value[0],
                             join->kind->no_match);
    if (fate != FATE_USED)
        return fate;
    size_t left = join->take_left.count;
    for (size_t i = 0; i < left; i++)
        join->values[i] = json_text(&record->value[join->left_taken[i]]);
    for (size_t i = 0; i < join->take.count; i++)
        join->values[left + i] = found ? join->fields[join->taken[i]] : (struct slice){0};
    struct emission emission = {.timed = record->timed,
                                .time_ms = record->time_ms,
                                .is_delete = record->is_delete,
                                .body = left > 0 ? (struct slice){0} : body,
                                .values = join->values};
    if (left > 0 && record->is_delete)
        emit_delete(join, &emission);
    else
        emit(join->emitter, &emission);
    filter_emitted(join->filter);
    return FATE_USED;
}

/* ---- the right side on disk: each change, until there are so many that it is written anew ---- */

enum { CHANGES_PER_ROW = 2, FEWEST_CHANGES = 1000 };

void join_open_part(struct join *join)
{
    struct filter *filter = join->filter;
    filter_setting(filter, "a join of kind", slice_of(join->kind->name));
    filter_setting(filter, "--from", slice_of(join->left));
    filter_setting_list(filter, "--on", &join->on);
    filter_setting_list(filter, "--take", &join->take);
    filter_setting_list(filter, "--take-left", &join->take_left);
    filter_setting_flag(filter, "--inner", join->inner);
    filter_setting_flag(filter, "--reject", join->reject);
    if (!join->right)
        return;
    if (filter_has_state(filter)) /* a row that goes to disk takes along under which key it is */
        join->field_count = join->right_columns.count;
    filter_setting(filter, "--with", slice_of(join->right));
    filter_setting_columns(filter, join->right, join->right_columns.name, join->field_count);
    join->right_part = filter_part(filter, join->right, NULL);
    join->right_line = emitter_new(join->right, join->right_columns.name, join->field_count);
}

void join_save_row(struct join *join, int64_t time_ms, const struct slice *fields)
{
    fields_write(part_begin(join->right_part), time_ms, fields, join->field_count);
    part_end(join->right_part, INT64_MAX);
}

void join_save_delete(struct join *join, int64_t time_ms, const struct slice *fields)
{
    emit_into(
        join->right_line,
        &(struct emission){
            .timed = time_ms != INT64_MIN, .time_ms = time_ms, .is_delete = true, .values = fields},
        part_begin(join->right_part));
    part_end(join->right_part, INT64_MAX);
}

void join_save_record(struct join *join, const struct record *record, int64_t time_ms)
{
    if (!join->right_part)
        return;
    for (size_t i = 0; i < join->field_count; i++)
        join->fields[i] = json_text(&record->value[i]);
    if (record->is_delete)
        join_save_delete(join, time_ms, join->fields);
    else
        join_save_row(join, time_ms, join->fields);
}

bool join_outgrown(const struct join *join, uint64_t rows)
{
    return join->right_part &&
           part_lines(join->right_part) > CHANGES_PER_ROW * rows + FEWEST_CHANGES;
}
