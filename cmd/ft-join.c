/* ft-join: adds to each row of a stream what a table knows of it. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "columns.h"
#include "command.h"
#include "door.h"
#include "emit.h"
#include "error.h"
#include "fields.h"
#include "filter.h"
#include "input.h"
#include "reject.h"
#include "table.h"
#include "take.h"

static const char help[] =
    "usage: ft-join --from STREAM (--with STREAM | --table NAME=FILE) --on COLUMN --take COLUMNS\n"
    "               [OPTION]...\n"
    "\n"
    "Lookup join: to each row of the left stream, the row that the right table has under its key "
    "as\n"
    "the left row passes. A row without a match keeps its place, with nulls. Keys are equal when\n"
    "their decoded texts are (7 and \"7\" meet; 7.0 and \"007\" do not); null matches nothing.\n"
    "\n"
    "  -f, --from STREAM         the left side; consumed\n"
    "  -w, --with STREAM         the right side, a table (upsert stream) of the pipe; consumed\n"
    "      --table NAME=FILE     or read from an NDJSON file (gzip or plain) before the first "
    "record\n"
    "  -o, --on 'COLUMN, ...'    the columns that both sides have in common\n"
    "                            (LEFT_COLUMN = RIGHT_COLUMN where they differ)\n"
    "      --take 'COLUMN AS NAME, ...'\n"
    "                            columns of the right row to add to the left one\n"
    "      --to STREAM           name of the stream that is made; the left one's\n"
    "      --inner               drop left rows without a match\n"
    "      --reject              send left rows without a match to _rejected\n"
    "      --keep                pass the right stream on as well\n";

struct join {
    struct filter *filter;
    const char *left, *right, *file, *to;
    char *table_name;
    struct take_list on, take;
    bool inner, reject, keep;
    uint64_t file_bytes;
    unsigned long file_sum;

    struct columns left_columns;  /* --on, then the names that must be free */
    size_t left_count;            /* so many of them are of --on */
    struct columns right_columns; /* --take without repetition, then what else --on needs (kept
                                     too when it goes to disk) */
    size_t *left_key, *right_key; /* where the columns of --on are in these */
    size_t *taken;                /* where --take[i] is in right_columns */
    size_t field_count;           /* so many right columns are kept */
    struct table *table;
    struct part *part; /* the table on disk; NULL without state, and when it is a file */
    struct emitter *line;
    struct emitter *emitter;
    struct slice *fields; /* of the right row */
    struct slice *values; /* what is added to the left one */
    struct buffer scratch;
};

/* What becomes of a left row without a match. */
static enum fate unmatched(const struct join *self)
{
    if (self->inner)
        return FATE_DROPPED;
    return self->reject ? FATE_REJECTED : FATE_USED;
}

static enum fate on_left(void *state, const struct record *record)
{
    struct join *self = state;
    struct slice key;
    enum fate fate = FATE_USED;
    for (size_t i = self->left_count; i < self->left_columns.count; i++)
        if (record->value[i].kind != JSON_MISSING)
            return record_reject(record, self->left_columns.name[i], NULL,
                                 "is in the record already, and would be added to it");
    if (!record->is_delete) {
        bool found =
            fields_key(record->value, self->left_key, self->on.count, &self->scratch, &key) &&
            table_find(self->table, key, self->fields);
        fate = found ? FATE_USED : unmatched(self);
        for (size_t i = 0; i < self->take.count; i++)
            self->values[i] = found ? self->fields[self->taken[i]] : (struct slice){0};
    }
    if (fate == FATE_REJECTED)
        return record_reject(record, self->on.at[0].column, &record->value[0],
                             "has no match in the table");
    if (fate != FATE_USED)
        return fate;
    emit(self->emitter, &(struct emission){.timed = record->timed,
                                           .time_ms = record->time_ms,
                                           .is_delete = record->is_delete,
                                           .body = record_body(record),
                                           .values = self->values});
    filter_emitted(self->filter);
    return FATE_USED;
}

/* A row of the right side, from the pipe or a file: its fate, and that of the row it replaces. */
static enum fate change_table(struct join *self, const char *stream, const struct json_value *value,
                              struct slice key, bool is_delete)
{
    bool was_there =
        is_delete ? table_remove(self->table, key) : table_put(self->table, key, value);
    if (was_there)
        filter_release(self->filter, stream, FATE_USED, 1);
    return is_delete ? FATE_USED : FATE_HELD;
}

/* ---- on disk: each change to the table, until there are so many that it is written anew ---- */

enum { CHANGES_PER_ROW = 2, FEWEST_CHANGES = 1000 };

static void save_row(void *state, const struct slice *fields)
{
    struct join *self = state;
    fields_write(part_begin(self->part), INT64_MIN, fields, self->field_count);
    part_end(self->part, INT64_MAX);
}

static void save_delete(struct join *self, const struct slice *fields)
{
    emit_into(self->line, &(struct emission){.is_delete = true, .values = fields},
              part_begin(self->part));
    part_end(self->part, INT64_MAX);
}

static void save_change(struct join *self, const struct record *record)
{
    for (size_t i = 0; i < self->field_count; i++)
        self->fields[i] = json_text(&record->value[i]);
    if (record->is_delete)
        save_delete(self, self->fields);
    else
        save_row(self, self->fields);
}

static void on_save(void *state)
{
    struct join *self = state;
    if (!self->part ||
        part_lines(self->part) <= CHANGES_PER_ROW * table_count(self->table) + FEWEST_CHANGES)
        return;
    part_restart(self->part);
    table_each(self->table, save_row, self);
}

static enum fate on_right(void *state, const struct record *record)
{
    struct join *self = state;
    struct slice key;
    if (!fields_key(record->value, self->right_key, self->on.count, &self->scratch, &key))
        return FATE_USED; /* a null matches nothing */
    if (self->part)
        save_change(self, record);
    return change_table(self, self->right, record->value, key, record->is_delete);
}

/* ---- a table in a file ---- */

static enum fate refuse_row(const struct join *self, const struct input *input, struct slice line,
                            const char *why)
{
    if (filter_about(self->filter)->restore > 0)
        return FATE_REJECTED; /* the run that began has told of it: it is the same file */
    reject_write(&(struct rejection){.stream = self->table_name,
                                     .source = input_name(input),
                                     .line = input_line_number(input),
                                     .byte_offset = input_line_offset(input),
                                     .reason = why,
                                     .raw = line});
    return FATE_REJECTED;
}

static enum fate take_row(struct join *self, struct door *door, const struct input *input,
                          struct slice line)
{
    struct admitted row;
    struct slice key;
    const char *why;
    if (!door_admit(door, line, &row, &why))
        return refuse_row(self, input, line, why);
    if (!fields_key(row.value, self->right_key, self->on.count, &self->scratch, &key))
        return refuse_row(self, input, line, "a column of --on is missing");
    return change_table(self, self->table_name, row.value, key, row.is_delete);
}

static void read_file(struct join *self)
{
    struct input *input = input_open(self->file, 0, true);
    struct door *door = door_new(self->right_columns.name, self->right_columns.count, true);
    struct slice line;
    enum input_status status;
    while ((status = input_line(input, &line)) != INPUT_END) {
        if (status != INPUT_LINE) {
            input_read(input);
            continue;
        }
        self->file_bytes += line.length;
        self->file_sum = crc32_z(self->file_sum, (const unsigned char *)line.at, line.length);
        if (door_trim(line).length > 0)
            filter_count(self->filter, self->table_name, take_row(self, door, input, line));
    }
    door_free(door);
    input_free(input);
}

/* ---- what is known before the first record ---- */

/* A lookup by other columns than the key could have several answers. */
static void check_right(const struct join *self, const struct schema *schema)
{
    if (schema->timed && !schema->upsert)
        fail(EXIT_USAGE,
             "stream %s is no table: which of its rows a lookup met would depend on arrival order",
             schema->stream);
    if (schema->key_count == 0)
        return;
    size_t found = 0;
    for (size_t i = 0; i < schema->key_count; i++)
        for (size_t j = 0; j < self->on.count; j++)
            found += strcmp(schema->key[i], self->on.at[j].name) == 0;
    if (found != schema->key_count || found != self->on.count)
        fail(EXIT_USAGE, "--on: %s is not the key of %s (its key is %s%s)", self->on.at[0].name,
             schema->stream, schema->key[0], schema->key_count > 1 ? ", ..." : "");
}

static void on_schema(void *state, const struct schema *schema)
{
    struct join *self = state;
    if (self->right && strcmp(schema->stream, self->right) == 0)
        check_right(self, schema);
}

/* What the file holds is a setting: with another content, rows would have been joined otherwise. */
static void set_file_sum(struct join *self)
{
    char text[64];
    snprintf(text, sizeof text, "%llu bytes with checksum %lu",
             (unsigned long long)self->file_bytes, (unsigned long)self->file_sum);
    filter_setting(self->filter, "a --table of", slice_of(text));
}

static void open_part(struct join *self)
{
    filter_setting(self->filter, "--from", slice_of(self->left));
    filter_setting_list(self->filter, "--on", &self->on);
    filter_setting_list(self->filter, "--take", &self->take);
    filter_setting_flag(self->filter, "--inner", self->inner);
    filter_setting_flag(self->filter, "--reject", self->reject);
    if (self->file) {
        set_file_sum(self);
        return;
    }
    filter_setting(self->filter, "--with", slice_of(self->right));
    filter_setting_columns(self->filter, self->right, self->right_columns.name, self->field_count);
    self->part = filter_part(self->filter, self->right, NULL);
    self->line = emitter_new(self->right, self->right_columns.name, self->field_count);
}

/* A row that goes to disk takes along under which key it is. */
static void lay_out_fields(struct join *self)
{
    if (self->right && filter_has_state(self->filter))
        self->field_count = self->right_columns.count;
    self->fields = memory_new(self->field_count, sizeof *self->fields);
    self->table = table_new(self->field_count);
}

static void on_start(void *state)
{
    struct join *self = state;
    const struct schema *right = self->right ? filter_schema(self->filter, self->right) : NULL;
    struct schema *row = schema_copy(filter_schema(self->filter, self->left), self->to);
    for (size_t i = 0; i < self->take.count; i++)
        schema_take(row, right, self->take.at[i].column, self->take.at[i].name);
    filter_emit_schema(self->filter, row);
    schema_free(row);
    lay_out_fields(self);
    if (self->file)
        read_file(self);
    open_part(self);
}

/* Which columns of each side are asked for, and where among them the keys are. */
static void lay_out_columns(struct join *self)
{
    self->left_key = memory_new(self->on.count, sizeof *self->left_key);
    self->right_key = memory_new(self->on.count, sizeof *self->right_key);
    self->taken = memory_new(self->take.count, sizeof *self->taken);
    for (size_t i = 0; i < self->take.count; i++)
        self->taken[i] = columns_add(&self->right_columns, self->take.at[i].column);
    self->field_count = self->right_columns.count;
    for (size_t i = 0; i < self->on.count; i++) {
        self->left_key[i] = columns_add(&self->left_columns, self->on.at[i].column);
        self->right_key[i] = columns_add(&self->right_columns, self->on.at[i].name);
    }
    self->left_count = self->left_columns.count;
    for (size_t i = 0; i < self->take.count; i++)
        if (columns_add(&self->left_columns, self->take.at[i].name) < self->left_count)
            fail(EXIT_USAGE, "--take: the left side has a column %s already (see --on)",
                 self->take.at[i].name);
    self->values = memory_new(self->take.count, sizeof *self->values);
}

static void consume(struct join *self)
{
    filter_expect(self->filter, self->left);
    filter_consume(self->filter, &(struct intake_request){.stream = self->left,
                                                          .columns = self->left_columns.name,
                                                          .column_count = self->left_columns.count,
                                                          .required_columns = self->left_count,
                                                          .record = on_left});
    if (!self->right)
        return;
    filter_expect(self->filter, self->right);
    filter_consume(self->filter,
                   &(struct intake_request){.stream = self->right,
                                            .columns = self->right_columns.name,
                                            .column_count = self->right_columns.count,
                                            .required_columns = self->right_columns.count,
                                            .record = on_right,
                                            .keep = self->keep});
}

static uint64_t keys(void *state)
{
    const struct join *self = state;
    return table_count(self->table);
}

static int run(struct join *self, const struct command *command)
{
    static const struct filter_calls calls = {
        .schema = on_schema, .start = on_start, .save = on_save, .keys = keys};
    const char **names = take_names(&self->take);
    self->filter = filter_new(&calls, self);
    self->emitter = emitter_new(self->to, names, self->take.count);
    free(names);
    lay_out_columns(self);
    consume(self);
    filter_metrics(self->filter, command->metrics);
    filter_state(self->filter, command->state);
    int status = filter_run(self->filter);
    filter_free(self->filter);
    emitter_free(self->emitter);
    emitter_free(self->line);
    table_free(self->table);
    columns_free(&self->left_columns);
    columns_free(&self->right_columns);
    take_free(&self->on);
    take_free(&self->take);
    buffer_free(&self->scratch);
    free(self->left_key);
    free(self->right_key);
    free(self->taken);
    free(self->fields);
    free(self->values);
    free(self->table_name);
    return status;
}

enum {
    OPTION_TABLE = COMMAND_LONG,
    OPTION_TAKE,
    OPTION_TO,
    OPTION_INNER,
    OPTION_REJECT,
    OPTION_KEEP
};

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'},           {"with", required_argument, NULL, 'w'},
    {"table", required_argument, NULL, OPTION_TABLE}, {"on", required_argument, NULL, 'o'},
    {"take", required_argument, NULL, OPTION_TAKE},   {"to", required_argument, NULL, OPTION_TO},
    {"inner", no_argument, NULL, OPTION_INNER},       {"reject", no_argument, NULL, OPTION_REJECT},
    {"keep", no_argument, NULL, OPTION_KEEP},         {0},
};

static void set_table(struct join *self, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals[1] == '\0')
        fail(EXIT_USAGE, "--table: \"%s\" is not NAME=FILE", text);
    free(self->table_name);
    self->table_name = memory_text((struct slice){text, (size_t)(equals - text)});
    command_stream("--table", self->table_name);
    self->file = equals + 1;
}

static void set_option(struct join *self, int option)
{
    switch (option) {
    case 'f':
        self->left = command_stream("--from", optarg);
        break;
    case 'w':
        self->right = command_stream("--with", optarg);
        break;
    case OPTION_TABLE:
        set_table(self, optarg);
        break;
    case 'o':
        take_free(&self->on);
        self->on = take_parse("--on", optarg, TAKE_EQUALS);
        break;
    case OPTION_TAKE:
        take_free(&self->take);
        self->take = take_parse("--take", optarg, TAKE_AS);
        break;
    case OPTION_TO:
        self->to = command_stream("--to", optarg);
        break;
    case OPTION_INNER:
        self->inner = true;
        break;
    case OPTION_REJECT:
        self->reject = true;
        break;
    default:
        self->keep = true;
    }
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-join", .help = help, .options = options};
    struct join self = {0};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&self, option);
    command_required("--from", self.left);
    command_required("--with or --table", self.right ? self.right : self.file);
    command_required("--on", self.on.count ? "given" : NULL);
    command_required("--take", self.take.count ? "given" : NULL);
    if (self.right && self.file)
        fail(EXIT_USAGE, "--with and --table exclude each other");
    if (self.inner && self.reject)
        fail(EXIT_USAGE, "--inner and --reject exclude each other");
    if (self.right && strcmp(self.left, self.right) == 0)
        fail(EXIT_USAGE, "--from and --with are one stream");
    command_no_arguments(argc, argv);
    if (!self.to)
        self.to = self.left;
    return run(&self, &command);
}
