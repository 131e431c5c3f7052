/* The lookup join: the right row as it is when the left one passes. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "door.h"
#include "error.h"
#include "input.h"
#include "join.h"
#include "reject.h"
#include "table.h"

static struct table *table_of(const struct join *join)
{
    return join->held;
}

static enum fate on_left(struct join *join, const struct record *record)
{
    struct slice key;
    bool found = !record->is_delete && join_left_key(join, record->value, &key) &&
                 table_find(table_of(join), key, join->fields);
    return join_answer(join, record, record_body(record), found);
}

/* A row of the right side, from the pipe or a file: its fate, and that of the row it replaces. */
static enum fate change(struct join *join, const char *stream, const struct json_value *value,
                        struct slice key, bool is_delete)
{
    struct table *table = table_of(join);
    bool was_there = is_delete ? table_remove(table, key) : table_put(table, key, value);
    if (was_there)
        filter_release(join->filter, stream, FATE_USED, 1);
    return is_delete ? FATE_USED : FATE_HELD;
}

static enum fate on_right(struct join *join, const struct record *record)
{
    struct slice key;
    if (!join_right_key(join, record->value, &key))
        return FATE_USED; /* a null matches nothing */
    join_save_record(join, record, INT64_MIN);
    return change(join, join->right, record->value, key, record->is_delete);
}

static void save_row(void *join, const struct slice *fields)
{
    join_save_row(join, INT64_MIN, fields);
}

static void on_save(struct join *join)
{
    if (!join_outgrown(join, table_count(table_of(join))))
        return;
    part_restart(join->right_part);
    table_each(table_of(join), save_row, join);
}

/* ---- a table in a file ---- */

struct table_file {
    struct join *join;
    struct input *input;
    struct door *door;
    uint64_t bytes;
    unsigned long sum;
};

static enum fate refuse_row(const struct table_file *file, struct slice line, const char *why)
{
    if (filter_about(file->join->filter)->restore > 0)
        return FATE_REJECTED; /* the run that began has told of it: it is the same file */
    reject_write(&(struct rejection){.stream = file->join->table_name,
                                     .source = input_name(file->input),
                                     .line = input_line_number(file->input),
                                     .byte_offset = input_line_offset(file->input),
                                     .reason = why,
                                     .raw = line});
    return FATE_REJECTED;
}

static enum fate take_row(const struct table_file *file, struct slice line)
{
    struct join *join = file->join;
    struct admitted row;
    struct slice key;
    const char *why;
    if (!door_admit(file->door, line, &row, &why))
        return refuse_row(file, line, why);
    if (!join_right_key(join, row.value, &key))
        return refuse_row(file, line, "a column of --on is missing");
    return change(join, join->table_name, row.value, key, row.is_delete);
}

static void read_lines(struct table_file *file)
{
    struct join *join = file->join;
    struct slice line;
    enum input_status status;
    while ((status = input_line(file->input, &line)) != INPUT_END) {
        if (status != INPUT_LINE) {
            input_read(file->input);
            continue;
        }
        file->bytes += line.length;
        file->sum = crc32_z(file->sum, (const unsigned char *)line.at, line.length);
        if (door_trim(line).length > 0)
            filter_count(join->filter, join->table_name, take_row(file, line));
    }
}

/* What the file holds is a setting: with another content, rows would have been joined otherwise. */
static void read_file(struct join *join)
{
    struct table_file file = {
        .join = join,
        .input = input_open(join->file, 0, true),
        .door = door_new(join->right_columns.name, join->right_columns.count, true)};
    char text[64];
    read_lines(&file);
    door_free(file.door);
    input_free(file.input);
    snprintf(text, sizeof text, "%llu bytes with checksum %lu", (unsigned long long)file.bytes,
             file.sum);
    filter_setting(join->filter, "a --table of", slice_of(text));
}

/* ---- the calls ---- */

static void check_left(const struct join *join, const struct schema *schema)
{
    (void)join;
    (void)schema; /* whatever passes is looked up */
}

static void check_right(const struct join *join, const struct schema *schema)
{
    if (schema->timed && !schema->upsert)
        fail(EXIT_USAGE,
             "stream %s is no table: which of its rows a lookup met would depend on arrival order",
             schema->stream);
    join_check_key(join, schema);
}

static void on_start(struct join *join)
{
    join_open_part(join);
    join->held = table_new(join->field_count);
    if (join->file)
        read_file(join);
}

static uint64_t keys(const struct join *join)
{
    return table_count(table_of(join));
}

static void free_table(struct join *join)
{
    table_free(table_of(join));
}

const struct join_kind join_lookup = {.name = "lookup",
                                      .no_match = "has no match in the table",
                                      .check_left = check_left,
                                      .check_right = check_right,
                                      .start = on_start,
                                      .left = on_left,
                                      .right = on_right,
                                      .save = on_save,
                                      .keys = keys,
                                      .free = free_table};
