/* ft-firsttouch: gives each conversion the first touch of its customer inside a window. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "columns.h"
#include "command.h"
#include "emit.h"
#include "error.h"
#include "fields.h"
#include "filter.h"
#include "take.h"
#include "touches.h"
#include "waiting.h"

static const char help[] =
    "usage: ft-firsttouch --touches STREAM --conversions STREAM --by COLUMN --window DURATION "
    "[OPTION]...\n"
    "\n"
    "For each conversion at time T: the touch with the same --by value and T - window <= _ts <= "
    "T,\n"
    "both ends included, that is least by (_ts, key). The row is emitted when the watermark has\n"
    "reached T: final, once, in the order of (T, key). A conversion without a touch keeps its "
    "row,\n"
    "with nulls. Neither arrival order nor the clock decides.\n"
    "\n"
    "  -t, --touches STREAM      what customers did; consumed\n"
    "  -v, --conversions STREAM  what they did in the end; consumed\n"
    "  -b, --by 'COLUMN, ...'    the columns that both streams have in common\n"
    "                            (TOUCH_COLUMN = CONVERSION_COLUMN where they differ)\n"
    "  -w, --window DURATION     how far back a touch counts: 15s, 30m, 7d\n"
    "      --take 'COLUMN AS NAME, ...'\n"
    "                            columns of the touch to add to the row\n"
    "      --time-as NAME        name of the touch's time in the row; first_touch_timestamp\n"
    "      --delta-as NAME       name of T - touch time, in ms; delta_first_touch_to_order\n"
    "      --to STREAM           name of the stream that is made; first_touch\n"
    "      --inner               drop conversions without a touch\n"
    "      --keep                pass touches and conversions on as well\n";

struct firsttouch {
    struct filter *filter;
    const char *touches_stream, *conversions_stream, *to, *time_as, *delta_as;
    int64_t window_ms;
    struct take_list by, take;
    bool inner, keep;

    struct columns touch_columns; /* --take and the key, kept; then what else --by needs (kept
                                     too when it goes to disk) */
    struct columns
        conversion_columns; /* --by and the key, kept; then the names that must be free */
    size_t touch_fields, conversion_fields; /* how many of them are kept */
    size_t *touch_by, *conversion_by;       /* where the columns of --by are in these */
    size_t *conversion_key;                 /* and the key's */
    size_t conversion_key_count;
    size_t *taken; /* where --take[i] is in touch_columns */

    struct touches *touches;
    struct waiting *waiting; /* conversions */
    uint64_t held_touches;
    int64_t watermark_ms;
    struct part *touch_part, *conversion_part; /* on disk; NULL without state */
    struct emitter *emitter;
    struct slice *fields; /* of the touch found */
    struct slice *values; /* of the row being emitted */
    struct buffer scratch, left_text, right_text;
};

static enum fate on_touch(void *state, const struct record *record)
{
    struct firsttouch *self = state;
    struct slice key;
    if (!fields_key(record->value, self->touch_by, self->by.count, &self->scratch, &key))
        return FATE_USED; /* a null matches nothing, now or later */
    touches_add(self->touches, key, record->time_ms, record->value);
    self->held_touches++;
    return FATE_HELD;
}

static enum fate on_conversion(void *state, const struct record *record)
{
    struct firsttouch *self = state;
    for (size_t i = self->conversion_fields; i < self->conversion_columns.count; i++)
        if (record->value[i].kind != JSON_MISSING)
            return record_reject(record, self->conversion_columns.name[i], NULL,
                                 "is in the record already, and would be added to it");
    struct slice key;
    waiting_add(self->waiting, record);
    if (fields_key(record->value, self->conversion_by, self->by.count, &self->scratch, &key))
        touches_announce(self->touches, key);
    return FATE_HELD;
}

static struct slice key_text(const struct json_value *value, struct buffer *scratch)
{
    return json_is_null(value) ? slice_of("") : json_decode(value, scratch);
}

/* Order of two conversions of one time: by their keys; without keys, by all that they hold. */
static int compare_conversions(void *state, const struct waited *a, const struct waited *b)
{
    struct firsttouch *self = state;
    for (size_t i = 0; i < self->conversion_key_count; i++) {
        size_t column = self->conversion_key[i];
        int order = slice_compare(key_text(&a->record.value[column], &self->left_text),
                                  key_text(&b->record.value[column], &self->right_text));
        if (order != 0)
            return order;
    }
    /* one key twice at one time is a correction: the later line stays behind the earlier */
    return self->conversion_key_count == 0 ? slice_compare(a->body, b->body) : 0;
}

static void emit_row(struct firsttouch *self, const struct waited *conversion, bool found,
                     int64_t touch_ms)
{
    char time[INTEGER_TEXT], delta[INTEGER_TEXT];
    size_t count = self->take.count;
    int64_t time_ms = conversion->record.time_ms;
    for (size_t i = 0; i < count + 2; i++)
        self->values[i] = (struct slice){0};
    if (found) {
        for (size_t i = 0; i < count; i++)
            self->values[i] = self->fields[self->taken[i]];
        self->values[count] = slice_of_integer(touch_ms, time);
        self->values[count + 1] = slice_of_integer(time_ms - touch_ms, delta);
    }
    emit(self->emitter,
         &(struct emission){
             .timed = true, .time_ms = time_ms, .body = conversion->body, .values = self->values});
    filter_emitted(self->filter);
}

static enum fate answer(struct firsttouch *self, const struct waited *conversion)
{
    const struct record *record = &conversion->record;
    int64_t touch_ms = 0;
    struct slice key;
    bool found =
        fields_key(record->value, self->conversion_by, self->by.count, &self->scratch, &key) &&
        touches_first(self->touches, key, record->time_ms - self->window_ms, record->time_ms,
                      &touch_ms, self->fields);
    if (!found && self->inner)
        return FATE_DROPPED;
    emit_row(self, conversion, found, touch_ms);
    return FATE_USED;
}

/* ---- on disk ---- */

static void save_touch(void *state, int64_t time_ms, const struct slice *fields)
{
    struct firsttouch *self = state;
    fields_write(part_begin(self->touch_part), time_ms, fields, self->touch_fields);
    part_end(self->touch_part, time_ms);
}

/* Not all at the barrier: then the pipe would wait for the disk. */
enum { SAVED_AT_ONCE = 50000 };

static int64_t on_watermark(void *state, int64_t watermark_ms)
{
    struct firsttouch *self = state;
    struct waited batch[WAITING_BATCH];
    for (size_t count; (count = waiting_next(self->waiting, watermark_ms, batch)) > 0;)
        for (size_t i = 0; i < count; i++)
            filter_release(self->filter, self->conversions_stream, answer(self, &batch[i]), 1);
    touches_expire(self->touches, watermark_ms - self->window_ms);
    self->watermark_ms = watermark_ms;
    if (self->touch_part && touches_untold(self->touches) >= SAVED_AT_ONCE)
        touches_news(self->touches, save_touch, self);
    return watermark_ms;
}

static void save_conversion(void *state, int64_t time_ms, struct slice line)
{
    struct firsttouch *self = state;
    buffer_append(part_begin(self->conversion_part), line);
    part_end(self->conversion_part, time_ms);
}

/* Each epoch adds what came in it and is still needed. The rest ages by its horizon. */
static void on_save(void *state)
{
    struct firsttouch *self = state;
    touches_news(self->touches, save_touch, self);
    waiting_news(self->waiting, save_conversion, self);
    if (self->watermark_ms == INT64_MIN)
        return;
    part_expire(self->touch_part, self->watermark_ms - self->window_ms);
    part_expire(self->conversion_part, self->watermark_ms + 1);
}

static void on_restored(void *state)
{
    struct firsttouch *self = state;
    touches_news(self->touches, NULL, NULL); /* they are on disk */
    waiting_news(self->waiting, NULL, NULL);
}

static void open_parts(struct firsttouch *self)
{
    char window[INTEGER_TEXT];
    filter_setting(self->filter, "--touches", slice_of(self->touches_stream));
    filter_setting(self->filter, "--conversions", slice_of(self->conversions_stream));
    filter_setting_list(self->filter, "--by", &self->by);
    filter_setting(self->filter, "--window (in ms)", slice_of_integer(self->window_ms, window));
    filter_setting_list(self->filter, "--take", &self->take);
    filter_setting_flag(self->filter, "--inner", self->inner);
    filter_setting_key(self->filter, self->touches_stream);
    filter_setting_key(self->filter, self->conversions_stream);
    filter_setting_columns(self->filter, self->touches_stream, self->touch_columns.name,
                           self->touch_fields);
    self->touch_part = filter_part(self->filter, self->touches_stream, NULL);
    self->conversion_part = filter_part(self->filter, self->conversions_stream, NULL);
}

static void count_touches(struct firsttouch *self)
{
    uint64_t count = touches_count(self->touches);
    filter_release(self->filter, self->touches_stream, FATE_USED, self->held_touches - count);
    self->held_touches = count;
}

static void on_barrier(void *state, uint64_t epoch)
{
    (void)epoch;
    count_touches(state);
}

static uint64_t keys(void *state)
{
    const struct firsttouch *self = state;
    return touches_keys(self->touches);
}

static void on_end(void *state)
{
    struct firsttouch *self = state;
    touches_sweep(self->touches);
    count_touches(self);
}

/* ---- what is known before the first record ---- */

static void consume_touches(struct firsttouch *self, const struct schema *schema)
{
    struct columns *columns = &self->touch_columns;
    bool remember = filter_has_state(self->filter);
    size_t *key = memory_new(schema->key_count, sizeof *key);
    self->taken = memory_new(self->take.count, sizeof *self->taken);
    self->touch_by = memory_new(self->by.count, sizeof *self->touch_by);
    for (size_t i = 0; i < self->take.count; i++)
        self->taken[i] = columns_add(columns, self->take.at[i].column);
    for (size_t i = 0; i < schema->key_count; i++)
        key[i] = columns_add(columns, schema->key[i]);
    self->touch_fields = columns->count;
    for (size_t i = 0; i < self->by.count; i++)
        self->touch_by[i] = columns_add(columns, self->by.at[i].column);
    if (remember) /* a touch that goes to disk takes along whose it was */
        self->touch_fields = columns->count;
    self->touches = touches_new(self->touch_fields, key, schema->key_count, remember);
    self->fields = memory_new(self->touch_fields, sizeof *self->fields);
    free(key);
    filter_consume(self->filter, &(struct intake_request){.stream = self->touches_stream,
                                                          .columns = columns->name,
                                                          .column_count = columns->count,
                                                          .required_columns = columns->count,
                                                          .record = on_touch,
                                                          .keep = self->keep});
}

/* The added names are asked for too: a record that has one of them already is rejected. */
static void ask_for_added(struct firsttouch *self, const char *name)
{
    if (columns_add(&self->conversion_columns, name) < self->conversion_fields)
        fail(EXIT_USAGE, "stream %s has a column %s already: give it another name",
             self->conversions_stream, name);
}

static void consume_conversions(struct firsttouch *self, const struct schema *schema)
{
    struct columns *columns = &self->conversion_columns;
    self->conversion_by = memory_new(self->by.count, sizeof *self->conversion_by);
    self->conversion_key = memory_new(schema->key_count, sizeof *self->conversion_key);
    self->conversion_key_count = schema->key_count;
    for (size_t i = 0; i < self->by.count; i++)
        self->conversion_by[i] = columns_add(columns, self->by.at[i].name);
    for (size_t i = 0; i < schema->key_count; i++)
        self->conversion_key[i] = columns_add(columns, schema->key[i]);
    self->conversion_fields = columns->count;
    self->waiting = waiting_new(self->conversion_fields, compare_conversions, self);
    for (size_t i = 0; i < self->take.count; i++)
        ask_for_added(self, self->take.at[i].name);
    ask_for_added(self, self->time_as);
    ask_for_added(self, self->delta_as);
    filter_consume(self->filter,
                   &(struct intake_request){.stream = self->conversions_stream,
                                            .columns = columns->name,
                                            .column_count = columns->count,
                                            .required_columns = self->conversion_fields,
                                            .record = on_conversion,
                                            .keep = self->keep});
}

static void on_schema(void *state, const struct schema *schema)
{
    struct firsttouch *self = state;
    bool touches = strcmp(schema->stream, self->touches_stream) == 0;
    if (!touches && strcmp(schema->stream, self->conversions_stream) != 0)
        return;
    schema_require_facts(schema);
    if (touches)
        consume_touches(self, schema);
    else
        consume_conversions(self, schema);
}

/* The row: the conversion's columns, what was taken of the touch, its time, the delta. */
static void on_start(void *state)
{
    struct firsttouch *self = state;
    const struct schema *touches = filter_schema(self->filter, self->touches_stream);
    struct schema *row =
        schema_copy(filter_schema(self->filter, self->conversions_stream), self->to);
    struct type timestamp = {.kind = TYPE_TIMESTAMP}, integer = {.kind = TYPE_INT};
    struct columns names = {0};
    for (size_t i = 0; i < self->take.count; i++) {
        schema_take(row, touches, self->take.at[i].column, self->take.at[i].name);
        columns_add(&names, self->take.at[i].name);
    }
    if (!row->open) {
        schema_add_column(row, self->time_as, &timestamp, false);
        schema_add_column(row, self->delta_as, &integer, false);
    }
    columns_add(&names, self->time_as);
    columns_add(&names, self->delta_as);
    if (names.count != self->take.count + 2)
        fail(EXIT_USAGE, "--take, --time-as and --delta-as give one name to two columns");
    filter_emit_schema(self->filter, row);
    self->emitter = emitter_new(self->to, names.name, names.count);
    self->values = memory_new(names.count, sizeof *self->values);
    columns_free(&names);
    open_parts(self);
    schema_free(row);
}

static int run(struct firsttouch *self, const struct command *command)
{
    static const struct filter_calls calls = {.schema = on_schema,
                                              .start = on_start,
                                              .watermark = on_watermark,
                                              .barrier = on_barrier,
                                              .restored = on_restored,
                                              .save = on_save,
                                              .end = on_end,
                                              .keys = keys};
    self->filter = filter_new(&calls, self);
    filter_expect(self->filter, self->touches_stream);
    filter_expect(self->filter, self->conversions_stream);
    filter_metrics(self->filter, command->metrics);
    filter_state(self->filter, command->state);
    int status = filter_run(self->filter);
    filter_free(self->filter);
    waiting_free(self->waiting);
    touches_free(self->touches);
    emitter_free(self->emitter);
    columns_free(&self->touch_columns);
    columns_free(&self->conversion_columns);
    take_free(&self->by);
    take_free(&self->take);
    buffer_free(&self->scratch);
    buffer_free(&self->left_text);
    buffer_free(&self->right_text);
    free(self->taken);
    free(self->fields);
    free(self->values);
    free(self->touch_by);
    free(self->conversion_by);
    free(self->conversion_key);
    return status;
}

enum {
    OPTION_TAKE = COMMAND_LONG,
    OPTION_TIME_AS,
    OPTION_DELTA_AS,
    OPTION_TO,
    OPTION_INNER,
    OPTION_KEEP
};

static const struct option options[] = {
    {"touches", required_argument, NULL, 't'},
    {"conversions", required_argument, NULL, 'v'},
    {"by", required_argument, NULL, 'b'},
    {"window", required_argument, NULL, 'w'},
    {"take", required_argument, NULL, OPTION_TAKE},
    {"time-as", required_argument, NULL, OPTION_TIME_AS},
    {"delta-as", required_argument, NULL, OPTION_DELTA_AS},
    {"to", required_argument, NULL, OPTION_TO},
    {"inner", no_argument, NULL, OPTION_INNER},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {0},
};

static void set_option(struct firsttouch *self, int option)
{
    switch (option) {
    case 't':
        self->touches_stream = command_stream("--touches", optarg);
        break;
    case 'v':
        self->conversions_stream = command_stream("--conversions", optarg);
        break;
    case 'b':
        take_free(&self->by);
        self->by = take_parse("--by", optarg, TAKE_EQUALS);
        break;
    case 'w':
        self->window_ms = command_duration("--window", optarg);
        break;
    case OPTION_TAKE:
        take_free(&self->take);
        self->take = take_parse("--take", optarg, TAKE_AS);
        break;
    case OPTION_TIME_AS:
        self->time_as = take_name("--time-as", optarg);
        break;
    case OPTION_DELTA_AS:
        self->delta_as = take_name("--delta-as", optarg);
        break;
    case OPTION_TO:
        self->to = command_stream("--to", optarg);
        break;
    case OPTION_INNER:
        self->inner = true;
        break;
    default:
        self->keep = true;
    }
}

int main(int argc, char **argv)
{
    struct command command = {.name = "ft-firsttouch", .help = help, .options = options};
    struct firsttouch self = {.to = "first_touch",
                              .time_as = "first_touch_timestamp",
                              .delta_as = "delta_first_touch_to_order",
                              .window_ms = -1,
                              .watermark_ms = INT64_MIN};
    command_begin(&command);
    for (int option; (option = command_option(&command, argc, argv)) != -1;)
        set_option(&self, option);
    command_required("--touches", self.touches_stream);
    command_required("--conversions", self.conversions_stream);
    command_required("--by", self.by.count ? "given" : NULL);
    command_required("--window", self.window_ms >= 0 ? "given" : NULL);
    if (strcmp(self.touches_stream, self.conversions_stream) == 0)
        fail(EXIT_USAGE,
             "--touches and --conversions are one stream: give ft-ingest the file under two names");
    command_no_arguments(argc, argv);
    return run(&self, &command);
}
