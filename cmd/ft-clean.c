/* ft-clean: checks records against their contract, and chooses among them and their columns. */
#include <stdlib.h>

#include "checked.h"
#include "command.h"
#include "contract.h"
#include "dedup.h"
#include "error.h"
#include "filter.h"
#include "output.h"
#include "repeats.h"
#include "reshape.h"
#include "take.h"

static const char help[] =
    "usage: ft-clean [-c CONTRACT] [--from STREAM]... [OPTION]...\n"
    "\n"
    "Checks every column that the contract lists: required, type, accepted values, range. A "
    "record\n"
    "that keeps to it passes as the bytes it was; one that does not goes to _rejected, with the\n"
    "column and the reason. Columns that are not listed pass unchecked.\n"
    "\n"
    "  -c, --contract FILE       what is agreed about the streams; $FT_CONTRACT when not given.\n"
    "                            Without one, the types and keys that came with the streams are\n"
    "                            checked.\n"
    "  -f, --from STREAM         check this stream (may be given again); else every stream in the\n"
    "                            pipe that the contract describes\n"
    "      --check STREAM        beside the one of --from, check this stream too (may be given "
    "again)\n"
    "\n"
    "These are for exactly one --from. Expressions are SQL (ft-expressions(7)).\n"
    "\n"
    "      --where CONDITION     only records for which it is true\n"
    "      --select 'EXPRESSION AS NAME, ...'\n"
    "                            the columns of the record; * stands for those that it has\n"
    "  -t, --to STREAM           name of the stream that is made; that of --from\n"
    "      --keep                with --to: the stream of --from goes on as well\n"
    "      --dedup 'COLUMN, ...' of the records that are equal in these columns of --from, keep "
    "the\n"
    "                            first: least by (_ts, bytes). A record leaves when the watermark\n"
    "                            has reached it, in that order. A null equals nothing.\n"
    "      --within DURATION     only what is at most so far behind the one kept is a duplicate;\n"
    "                            without it, keys are remembered for ever\n";

/* A stream that is being checked. */
struct taken {
    struct clean *clean;
    struct checked *checked;
    struct taken *next;
};

struct clean {
    struct filter *filter;
    struct contract *contract;
    struct contract *keys; /* of open streams */
    bool has_contract;
    const char **from; /* streams that are checked; those of --check behind the others */
    size_t from_count, check_count;
    struct taken *taken;
    struct take_list key; /* of --dedup; empty without */
    int64_t within_ms;
    struct repeats *repeats; /* NULL without --dedup */
    const char *to, *where, *select;
    bool keep;
    struct reshape *reshape; /* NULL without --where, --select and --to */
};

static enum fate on_record(void *state, const struct record *record)
{
    const struct taken *taken = state;
    return checked_record(taken->checked, record);
}

/* The same for the stream of --where, --select, --to and --dedup. */
static enum fate on_chosen(void *state, const struct record *record)
{
    const struct taken *taken = state;
    const struct clean *self = taken->clean;
    struct slice line = record->line;
    enum fate fate = checked_record(taken->checked, record);
    if (fate == FATE_PASSED && self->reshape)
        fate = reshape_record(self->reshape, record, &line);
    if (fate != FATE_PASSED && fate != FATE_USED)
        return fate;
    if (self->repeats)
        return repeats_hold(self->repeats, record, line);
    if (fate == FATE_USED) {
        output_bytes(line);
        output_text("\n");
        filter_emitted(self->filter);
    }
    return fate;
}

static void on_start(void *state)
{
    struct clean *self = state;
    if (self->reshape)
        reshape_announce(self->reshape);
    if (!self->repeats)
        return;
    filter_setting(self->filter, "--where", slice_of(self->where ? self->where : ""));
    filter_setting(self->filter, "--select", slice_of(self->select ? self->select : ""));
    filter_setting(self->filter, "--to", slice_of(self->to ? self->to : ""));
    repeats_start(self->repeats);
}

static int64_t on_watermark(void *state, int64_t watermark_ms)
{
    struct clean *self = state;
    if (self->repeats)
        repeats_watermark(self->repeats, watermark_ms);
    return watermark_ms;
}

/* Without --dedup nothing is held, and the next two are not called. */
static void on_restored(void *state)
{
    struct clean *self = state;
    repeats_restored(self->repeats);
}

static void on_save(void *state)
{
    struct clean *self = state;
    repeats_save(self->repeats);
}

static uint64_t keys(void *state)
{
    const struct clean *self = state;
    return self->repeats ? repeats_keys(self->repeats) : 0;
}

static bool is_wanted(const struct clean *self, const char *stream)
{
    for (size_t i = 0; i < self->from_count + self->check_count; i++)
        if (strcmp(self->from[i], stream) == 0)
            return true;
    return self->from_count == 0;
}

/* What is known of the columns: what the stream came with, or else what the contract says. */
static void check_key(const struct clean *self, const struct schema *came,
                      const struct schema *agreed)
{
    const struct schema *known = came->open ? agreed : came;
    if (came->upsert)
        fail(EXIT_USAGE, "stream %s is an upsert stream: its rows replace each other already",
             came->stream);
    if (!came->timed)
        fail(EXIT_USAGE, "stream %s has no event time: which record is the first?", came->stream);
    for (size_t i = 0; i < self->key.count && !known->open; i++) {
        if (schema_find(known, self->key.at[i].column) >= 0)
            continue;
        struct buffer missing = {0};
        schema_tell_missing(known, self->key.at[i].column, &missing);
        fail(EXIT_USAGE, "--dedup: %s", missing.at);
    }
}

/* REQUEST says what to do with the records; the schema goes on unless they go on under another. */
static void consume(struct taken *taken, const struct intake_request *request)
{
    const struct clean *self = taken->clean;
    const struct checked *checked = taken->checked;
    struct intake_request whole = *request;
    whole.stream = checked->known->stream;
    whole.columns = checked->columns.name;
    whole.column_count = checked->columns.count;
    whole.state = taken;
    whole.known = checked->agreed;
    whole.keep_schema = request->keep_schema && !self->has_contract;
    filter_consume(self->filter, &whole);
    if (request->keep_schema && self->has_contract)
        filter_emit_schema(self->filter, checked->known);
}

/* The stream that --where, --select, --to and --dedup are for. */
static void consume_chosen(struct taken *taken, const struct schema *came)
{
    const struct clean *self = taken->clean;
    struct checked *checked = taken->checked;
    if (self->repeats) {
        check_key(self, came, checked->agreed);
        repeats_ask(self->repeats, &checked->columns);
    }
    if (self->reshape)
        reshape_open(self->reshape, checked->known, &checked->columns);
    bool replaced = self->reshape && reshape_makes_lines(self->reshape);
    consume(taken, &(struct intake_request){.record = on_chosen,
                                            .keep = self->keep,
                                            .keep_schema = !replaced || self->keep});
}

static void on_schema(void *state, const struct schema *schema)
{
    struct clean *self = state;
    if (schema->stream[0] == '_' || !is_wanted(self, schema->stream))
        return;
    const struct stream_contract *contract = self->has_contract
                                                 ? contract_find(self->contract, schema->stream)
                                                 : contract_add_schema(self->contract, schema);
    if (!contract)
        return;
    /* of an open stream the key is known: its columns are checked, and no schema is made of that */
    const struct stream_contract *rules = contract;
    if (self->has_contract && contract->schema->open)
        rules = contract_add_schema(self->keys,
                                    contract->schema->key_count ? contract->schema : schema);
    struct taken *taken = memory_new(1, sizeof *taken);
    *taken = (struct taken){.clean = self,
                            .checked = checked_new(rules, contract->schema, schema),
                            .next = self->taken};
    self->taken = taken;
    if (self->from_count == 1 && strcmp(self->from[0], schema->stream) == 0)
        consume_chosen(taken, schema);
    else
        consume(taken, &(struct intake_request){.record = on_record, .keep_schema = true});
}

static int run(struct clean *self, const struct command *command)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .watermark = on_watermark,
                                              .restored = on_restored,
                                              .save = on_save,
                                              .keys = keys};
    self->filter = filter_new(&calls, self);
    if (self->where || self->select || self->to)
        self->reshape = reshape_new(self->filter, self->to, self->where, self->select);
    if (self->key.count > 0)
        self->repeats = repeats_new(self->filter, self->from[0], &self->key, self->within_ms,
                                    self->select || self->to ? FATE_USED : FATE_PASSED);
    for (size_t i = 0; i < self->from_count + self->check_count; i++)
        filter_expect(self->filter, self->from[i]);
    filter_metrics(self->filter, command->metrics);
    filter_state(self->filter, command->state);
    int status = filter_run(self->filter);
    filter_free(self->filter);
    for (struct taken *taken = self->taken, *next; taken; taken = next) {
        next = taken->next;
        checked_free(taken->checked);
        free(taken);
    }
    contract_free(self->contract);
    contract_free(self->keys);
    repeats_free(self->repeats);
    reshape_free(self->reshape);
    take_free(&self->key);
    free(self->from);
    return status;
}

enum {
    OPTION_DEDUP = COMMAND_LONG,
    OPTION_WITHIN,
    OPTION_WHERE,
    OPTION_SELECT,
    OPTION_KEEP,
    OPTION_CHECK,
};

static const struct option options[] = {
    {"contract", required_argument, NULL, 'c'},
    {"from", required_argument, NULL, 'f'},
    {"dedup", required_argument, NULL, OPTION_DEDUP},
    {"within", required_argument, NULL, OPTION_WITHIN},
    {"where", required_argument, NULL, OPTION_WHERE},
    {"select", required_argument, NULL, OPTION_SELECT},
    {"to", required_argument, NULL, 't'},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {"check", required_argument, NULL, OPTION_CHECK},
    {0},
};

/* Into the list at INDEX, before those of --check or behind all. */
static void add_stream(struct clean *self, size_t index, const char *stream)
{
    size_t count = self->from_count + self->check_count;
    self->from = memory_resize(self->from, count + 1, sizeof *self->from);
    for (size_t i = count; i > index; i--)
        self->from[i] = self->from[i - 1];
    self->from[index] = stream;
}

static void check_from(const struct clean *self, const char *path)
{
    for (size_t i = 0; i < self->from_count + self->check_count; i++)
        if (!contract_find(self->contract, self->from[i]))
            fail(EXIT_USAGE, "%s: there is no stream %s in %s",
                 i < self->from_count ? "--from" : "--check", self->from[i], path);
}

static void check_options(const struct clean *self)
{
    const char *chooses = self->key.count > 0 ? "--dedup"
                          : self->where       ? "--where"
                          : self->select      ? "--select"
                          : self->to          ? "--to"
                                              : NULL;
    if (self->key.count == 0 && self->within_ms != DEDUP_FOREVER)
        fail(EXIT_USAGE, "--within goes with --dedup (see --help)");
    if (chooses && self->from_count != 1)
        fail(EXIT_USAGE, "%s needs exactly one --from (see --help)", chooses);
    if (self->check_count > 0 && self->from_count == 0)
        fail(EXIT_USAGE, "--check goes with --from: without it, all streams are checked");
    if (self->keep && (!self->to || strcmp(self->to, self->from[0]) == 0))
        fail(EXIT_USAGE, "--keep needs another name for the stream that is made: --to");
}

static void set_option(struct clean *self, int option)
{
    switch (option) {
    case 'f':
        add_stream(self, self->from_count, command_stream("--from", optarg));
        self->from_count++;
        break;
    case OPTION_CHECK:
        add_stream(self, self->from_count + self->check_count, command_stream("--check", optarg));
        self->check_count++;
        break;
    case OPTION_DEDUP:
        take_free(&self->key);
        self->key = take_parse("--dedup", optarg, TAKE_PLAIN);
        break;
    case OPTION_WITHIN:
        self->within_ms = command_duration("--within", optarg);
        break;
    case OPTION_WHERE:
        self->where = optarg;
        break;
    case OPTION_SELECT:
        self->select = optarg;
        break;
    case 't':
        self->to = command_stream("--to", optarg);
        break;
    default:
        self->keep = true;
    }
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-clean", .help = help, .options = options};
    struct clean self = {.within_ms = DEDUP_FOREVER};
    const char *path = getenv("FT_CONTRACT");
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;) {
        if (option == 'c')
            path = optarg;
        else
            set_option(&self, option);
    }
    check_options(&self);
    command_no_arguments(argc, argv);
    self.has_contract = path;
    self.keys = contract_new();
    self.contract = path ? contract_read(path) : contract_new();
    if (path)
        check_from(&self, path);
    return run(&self, &command);
}
