/* ft-join: adds to each row of a stream what a table, or another stream, knows of it. */
#include <stdlib.h>

#include "command.h"
#include "error.h"
#include "join.h"

static const char help[] =
    "usage: ft-join --from STREAM (--with STREAM | --table NAME=FILE) --on COLUMN --take COLUMNS\n"
    "               [OPTION]...\n"
    "\n"
    "Lookup join: to each row of the left stream, the row that the right table has under its key "
    "as\n"
    "the left row passes. With --as-of, the row that it had at the left row's time: left rows "
    "wait\n"
    "for the watermark, and leave in the order of their times, so that arrival order never "
    "decides.\n"
    "With --between, all rows of a time about the left row's.\n"
    "A row without a match is kept, with nulls. Keys are equal when their decoded texts are (7 "
    "and\n"
    "\"7\" meet; 7.0 and \"007\" do not); null matches nothing.\n"
    "\n"
    "  -f, --from STREAM         the left side; consumed\n"
    "  -w, --with STREAM         the right side: a table (upsert stream) of the pipe; consumed\n"
    "      --table NAME=FILE     or read from an NDJSON file (gzip or plain) before the first "
    "record\n"
    "      --as-of               join with the right row as it was at the left one's event "
    "time\n"
    "      --between 'A AND B'   join with every right row from A to B after the left one, both\n"
    "                            included: '-30m AND 0s' is the half hour before it. The right "
    "side\n"
    "                            is then a stream of facts\n"
    "  -o, --on 'COLUMN, ...'    the columns that both sides have in common\n"
    "                            (LEFT_COLUMN = RIGHT_COLUMN where they differ)\n"
    "      --take 'COLUMN AS NAME, ...'\n"
    "                            columns of the right row to add to the left one\n"
    "      --take-left 'COLUMN AS NAME, ...'\n"
    "                            columns of the left row; all of it when not given\n"
    "      --to STREAM           name of the stream that is made; the left one's\n"
    "      --inner               drop left rows without a match\n"
    "      --reject              send left rows without a match to _rejected\n"
    "      --keep                pass the right stream on as well\n"
    "      --keep-left           pass the left stream on as well; needs --to\n";

/* A row that has a name already that would be added to it cannot be answered. */
static enum fate on_left(void *state, const struct record *record)
{
    struct join *join = state;
    for (size_t i = join->left_count; i < join->left_columns.count; i++)
        if (record->value[i].kind != JSON_MISSING)
            return record_reject(record, join->left_columns.name[i], NULL,
                                 "is in the record already, and would be added to it");
    return join->kind->left(join, record);
}

static enum fate on_right(void *state, const struct record *record)
{
    struct join *join = state;
    return join->kind->right(join, record);
}

static void on_schema(void *state, const struct schema *schema)
{
    struct join *join = state;
    if (strcmp(schema->stream, join->left) == 0)
        join->kind->check_left(join, schema);
    if (join->right && strcmp(schema->stream, join->right) == 0)
        join->kind->check_right(join, schema);
}

static void on_start(void *state)
{
    struct join *join = state;
    struct schema *row = join_row_schema(join);
    filter_emit_schema(join->filter, row);
    schema_free(row);
    join->kind->start(join);
}

static int64_t on_watermark(void *state, int64_t watermark_ms)
{
    struct join *join = state;
    return join->kind->watermark ? join->kind->watermark(join, watermark_ms) : watermark_ms;
}

static void on_restored(void *state)
{
    struct join *join = state;
    if (join->kind->restored)
        join->kind->restored(join);
}

static void on_save(void *state)
{
    struct join *join = state;
    join->kind->save(join);
}

static uint64_t keys(void *state)
{
    const struct join *join = state;
    return join->kind->keys(join);
}

static void consume(struct join *join)
{
    filter_expect(join->filter, join->left);
    filter_consume(join->filter, &(struct intake_request){.stream = join->left,
                                                          .columns = join->left_columns.name,
                                                          .column_count = join->left_columns.count,
                                                          .required_columns = join->left_count,
                                                          .record = on_left,
                                                          .keep = join->keep_left});
    if (!join->right)
        return;
    filter_expect(join->filter, join->right);
    filter_consume(join->filter,
                   &(struct intake_request){.stream = join->right,
                                            .columns = join->right_columns.name,
                                            .column_count = join->right_columns.count,
                                            .required_columns = join->right_columns.count,
                                            .record = on_right,
                                            .keep = join->keep});
}

static int run(struct join *join, const struct command *command)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .watermark = on_watermark,
                                              .restored = on_restored,
                                              .save = on_save,
                                              .keys = keys};
    join->filter = filter_new(&calls, join);
    join_lay_out(join);
    consume(join);
    filter_metrics(join->filter, command->metrics);
    filter_state(join->filter, command->state);
    int status = filter_run(join->filter);
    join->kind->free(join);
    filter_free(join->filter);
    join_free(join);
    take_free(&join->on);
    take_free(&join->take);
    take_free(&join->take_left);
    free(join->table_name);
    return status;
}

enum {
    OPTION_TABLE = COMMAND_LONG,
    OPTION_TAKE,
    OPTION_TAKE_LEFT,
    OPTION_TO,
    OPTION_INNER,
    OPTION_REJECT,
    OPTION_KEEP,
    OPTION_KEEP_LEFT,
    OPTION_AS_OF,
    OPTION_BETWEEN
};

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'},
    {"with", required_argument, NULL, 'w'},
    {"table", required_argument, NULL, OPTION_TABLE},
    {"on", required_argument, NULL, 'o'},
    {"take", required_argument, NULL, OPTION_TAKE},
    {"take-left", required_argument, NULL, OPTION_TAKE_LEFT},
    {"to", required_argument, NULL, OPTION_TO},
    {"inner", no_argument, NULL, OPTION_INNER},
    {"reject", no_argument, NULL, OPTION_REJECT},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {"keep-left", no_argument, NULL, OPTION_KEEP_LEFT},
    {"as-of", no_argument, NULL, OPTION_AS_OF},
    {"between", required_argument, NULL, OPTION_BETWEEN},
    {0},
};

static void set_table(struct join *join, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals[1] == '\0')
        fail(EXIT_USAGE, "--table: \"%s\" is not NAME=FILE", text);
    free(join->table_name);
    join->table_name = memory_text((struct slice){text, (size_t)(equals - text)});
    command_stream("--table", join->table_name);
    join->file = equals + 1;
}

static void set_kind(struct join *join, const struct join_kind *kind)
{
    if (join->kind != &join_lookup && join->kind != kind)
        fail(EXIT_USAGE, "--as-of and --between exclude each other");
    join->kind = kind;
}

static void set_option(struct join *join, int option)
{
    switch (option) {
    case 'f':
        join->left = command_stream("--from", optarg);
        break;
    case 'w':
        join->right = command_stream("--with", optarg);
        break;
    case OPTION_TABLE:
        set_table(join, optarg);
        break;
    case 'o':
        take_free(&join->on);
        join->on = take_parse("--on", optarg, TAKE_EQUALS);
        break;
    case OPTION_TAKE:
        take_free(&join->take);
        join->take = take_parse("--take", optarg, TAKE_AS);
        break;
    case OPTION_TAKE_LEFT:
        take_free(&join->take_left);
        join->take_left = take_parse("--take-left", optarg, TAKE_AS);
        break;
    case OPTION_TO:
        join->to = command_stream("--to", optarg);
        break;
    case OPTION_INNER:
        join->inner = true;
        break;
    case OPTION_REJECT:
        join->reject = true;
        break;
    case OPTION_KEEP:
        join->keep = true;
        break;
    case OPTION_KEEP_LEFT:
        join->keep_left = true;
        break;
    case OPTION_AS_OF:
        set_kind(join, &join_asof);
        break;
    default:
        set_kind(join, &join_interval);
        command_between("--between", optarg, &join->from_ms, &join->to_ms);
    }
}

static void check_options(const struct join *join)
{
    command_required("--from", join->left);
    command_required("--with or --table", join->right ? join->right : join->file);
    command_required("--on", join->on.count ? "given" : NULL);
    command_required("--take", join->take.count ? "given" : NULL);
    if (join->right && join->file)
        fail(EXIT_USAGE, "--with and --table exclude each other");
    if (join->kind != &join_lookup && join->file)
        fail(EXIT_USAGE, "--table: the rows of a file have no event time: give --with");
    if (join->inner && join->reject)
        fail(EXIT_USAGE, "--inner and --reject exclude each other");
    if (join->right && strcmp(join->left, join->right) == 0)
        fail(EXIT_USAGE, "--from and --with are one stream");
    if (join->keep_left && (!join->to || strcmp(join->to, join->left) == 0))
        fail(EXIT_USAGE, "--keep-left: %s goes on, and the rows need another name: give --to",
             join->left);
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-join", .help = help, .options = options};
    struct join join = {.kind = &join_lookup};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&join, option);
    check_options(&join);
    command_no_arguments(argc, argv);
    if (!join.to)
        join.to = join.left;
    return run(&join, &command);
}
