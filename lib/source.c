#include "source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "fast.h"
#include "output.h"
#include "reject.h"
#include "source_inside.h"

/* The time column where the contract says more of it than how it is read; else -1. */
static ptrdiff_t find_ruled_column(const struct stream_contract *contract)
{
    const struct schema *schema = contract->schema;
    ptrdiff_t index = schema->time_column ? schema_find(schema, schema->time_column) : -1;
    if (index < 0)
        return -1;
    const struct column_rule *rule = &contract->rule[index];
    bool ruled = schema->column[index].type.kind != TYPE_TIMESTAMP || rule->has_min ||
                 rule->has_max || rule->value_count > 0;
    return ruled ? index : -1;
}

static void open_common(struct source *source, struct stream_contract *contract,
                        struct counts *counts)
{
    *source = (struct source){.contract = contract, .counts = counts, .drains = true};
    source->ruled_column = find_ruled_column(contract);
    clock_start(&source->clock, contract->lag_ms);
    source->example_ms = INT64_MIN;
    buffer_append_text(&source->tag, "{\"_stream\":");
    json_quote(&source->tag, slice_of(contract->schema->stream));
}

void source_open(struct source *source, struct stream_contract *contract, struct counts *counts)
{
    const struct schema *schema = contract->schema;
    const char *const time[] = {schema->time_column};
    open_common(source, contract, counts);
    source->door = door_new(time, schema->timed ? 1 : 0, schema->upsert);
}

const char *source_topic(const struct stream_contract *contract)
{
    return contract->topic ? contract->topic : contract->schema->stream;
}

/* The door finds the time, then what is taken, which must not be there as well; a time that is
 * taken is among the latter. */
void source_open_partition(struct source *source, struct stream_contract *contract,
                           struct counts *counts, int32_t number, const struct take_list *take)
{
    const struct schema *schema = contract->schema;
    size_t count;
    open_common(source, contract, counts);
    source->envelope = envelope_new(take, contract);
    source->partition = memory_new(1, sizeof *source->partition);
    partition_open(source->partition, source_topic(contract), number);
    const char *const *taken = envelope_columns(source->envelope, &count);
    const char **columns = memory_new(count + 1, sizeof *columns);
    source->time_in_text = schema->timed && envelope_time_column(source->envelope) < 0;
    columns[0] = schema->time_column;
    for (size_t i = 0; i < count; i++)
        columns[source->time_in_text + i] = taken[i];
    source->door = door_new(columns, source->time_in_text + count, schema->upsert);
    free(columns);
}

void source_close(struct source *source)
{
    door_free(source->door);
    envelope_free(source->envelope);
    if (source->partition)
        partition_close(source->partition);
    free(source->partition);
    buffer_free(&source->one_line);
    buffer_free(&source->tag);
}

static bool reject(struct source *source, const struct arrival *arrival, const char *column,
                   const char *reason, const int64_t *time_ms)
{
    source->counts->fate[FATE_REJECTED]++;
    reject_write(&(struct rejection){.stream = source->contract->schema->stream,
                                     .source = arrival->source,
                                     .line = arrival->line,
                                     .byte_offset = arrival->byte_offset,
                                     .is_message = source->partition,
                                     .reason = reason,
                                     .column = column,
                                     .timed = time_ms,
                                     .time_ms = time_ms ? *time_ms : 0,
                                     .raw = arrival->text,
                                     .hide_raw = schema_has_pii(source->contract->schema)});
    return false;
}

/* ---- the tagged line ---- */

static inline char *copy(char *to, struct slice bytes)
{
    if (bytes.length > 0)
        memcpy(to, bytes.at, bytes.length);
    return to + bytes.length;
}

/* The tag, _ts unless TIME is empty, what is taken of a message's envelope, and the object TEXT
 * behind its brace; PIECE gets them. */
enum { TAG, TS, TIME, FRONT, COMMA, REST, NEWLINE, PIECES };

static void cut_line(const struct source *source, struct slice text, struct slice time,
                     struct slice *piece)
{
    const char *inside = json_skip_space(text.at + 1, text.at + text.length);
    piece[TAG] = buffer_slice(&source->tag);
    piece[TS] = (struct slice){",\"_ts\":", time.length > 0 ? 7 : 0};
    piece[TIME] = time;
    piece[FRONT] = source->envelope ? envelope_front(source->envelope) : (struct slice){0};
    piece[COMMA] = (struct slice){",", *inside != '}'};
    piece[REST] = (struct slice){text.at + 1, text.length - 1};
    piece[NEWLINE] = (struct slice){"\n", 1};
}

/* A message has its newlines between tokens, where blanks mean the same. */
static struct slice in_one_line(struct source *source, struct slice text)
{
    struct buffer *line = &source->one_line;
    if (!memchr(text.at, '\n', text.length))
        return text;
    line->length = 0;
    buffer_append(line, text);
    buffer_reserve(line, FAST_PADDING);
    for (char *at = line->at; (at = memchr(at, '\n', (size_t)(line->at + line->length - at)));)
        *at++ = ' ';
    return buffer_slice(line);
}

static void put_out(struct source *source, struct slice text, struct slice time)
{
    struct slice piece[PIECES];
    size_t size = 0;
    if (source->partition)
        text = in_one_line(source, text);
    cut_line(source, text, time, piece);
    for (int i = 0; i < PIECES; i++)
        size += piece[i].length;
    char *to = output_room(size);
    for (int i = 0; i < PIECES; i++) {
        if (to)
            to = copy(to, piece[i]);
        else
            output_bytes(piece[i]);
    }
    if (to)
        output_filled(to);
}

static bool put_out_untimed(struct source *source, const struct admitted *admitted)
{
    put_out(source, admitted->text, (struct slice){0});
    source->counts->fate[FATE_PASSED]++;
    return false;
}

static bool put_out_timed(struct source *source, const struct admitted *admitted,
                          const struct json_value *value, int64_t time_ms)
{
    char digits[INTEGER_TEXT];
    struct slice time = json_text(value);
    bool as_spelled = source->contract->time_type.form == TIMESTAMP_MS && time_ms > 0 &&
                      value->kind == JSON_NUMBER;
    if (!as_spelled)
        time = slice_of_integer(time_ms, digits);
    put_out(source, admitted->text, time);
    source->counts->fate[FATE_PASSED]++;
    source->timed_row_seen = true;
    source->example_ms = time_ms;
    if (time_ms <= source->clock.highest_ms)
        return false;
    clock_advance(&source->clock, time_ms);
    return true;
}

/* ---- records ---- */

static bool take_timed(struct source *source, const struct arrival *arrival,
                       const struct admitted *admitted, const struct json_value *value,
                       const struct judgement *judgement)
{
    const char *column = source->contract->schema->time_column;
    int64_t time_ms;
    if (json_is_null(value) && source->contract->time_may_miss)
        return source->timed_row_seen ? reject(source, arrival, column, "late", NULL)
                                      : put_out_untimed(source, admitted);
    const char *why = source_judge_time(source, value, judgement, &time_ms);
    if (!why)
        return put_out_timed(source, admitted, value, time_ms);
    bool has_time = strcmp(why, "late") == 0 || strncmp(why, "future", 6) == 0;
    return reject(source, arrival, column, why, has_time ? &time_ms : NULL);
}

bool source_take(struct source *source, const struct arrival *arrival,
                 const struct judgement *judgement)
{
    struct admitted admitted;
    const char *why;
    if (!door_admit(source->door, arrival->text, &admitted, &why))
        return reject(source, arrival, NULL, why, NULL);
    if (!source->contract->schema->timed)
        return put_out_untimed(source, &admitted);
    return take_timed(source, arrival, &admitted, &admitted.value[0], judgement);
}

static bool reject_longer(struct source *source, const struct arrival *arrival, const char *what,
                          uint64_t length)
{
    struct buffer reason = {0};
    buffer_printf(&reason, "the %s has %" PRIu64 " bytes, more than --max-line allows", what,
                  length);
    buffer_append_char(&reason, '\0');
    reject(source, arrival, NULL, reason.at, NULL);
    buffer_free(&reason);
    return false;
}

void source_take_long(struct source *source, const struct arrival *arrival, uint64_t length)
{
    reject_longer(source, arrival, "line", length);
}

/* ---- messages ---- */

static bool reject_for(struct source *source, const struct arrival *arrival,
                       const struct envelope_problem *problem)
{
    static struct buffer reason;
    const struct schema *schema = source->contract->schema;
    struct json_value value = {.at = problem->value.at,
                               .length = (uint32_t)problem->value.length,
                               .kind = problem->value.length > 0 ? JSON_STRING : JSON_MISSING};
    ptrdiff_t index = problem->column ? schema_find(schema, problem->column) : -1;
    bool secret = index >= 0 && schema->column[index].pii;
    return reject(source, arrival, problem->column,
                  reject_reason(&reason, problem->column, &value, secret, problem->why), NULL);
}

/* What is taken must not stand in the payload as well. */
static const char *find_double(const struct source *source, const struct admitted *admitted)
{
    size_t count;
    const char *const *column = envelope_columns(source->envelope, &count);
    for (size_t i = 0; i < count; i++)
        if (admitted->value[source->time_in_text + i].kind != JSON_MISSING)
            return column[i];
    return NULL;
}

static bool take_record(struct source *source, const struct arrival *arrival, struct slice text,
                        const struct judgement *judgement)
{
    struct admitted admitted;
    const char *why;
    if (!door_admit(source->door, text, &admitted, &why))
        return reject(source, arrival, NULL, why, NULL);
    const char *twice = find_double(source, &admitted);
    if (twice) {
        const struct envelope_problem problem = {
            twice, "is in the payload, and taken of its message too", {0}};
        return reject_for(source, arrival, &problem);
    }
    if (!source->contract->schema->timed)
        return put_out_untimed(source, &admitted);
    ptrdiff_t taken = envelope_time_column(source->envelope);
    struct json_value time =
        taken < 0 ? admitted.value[0] : envelope_value(source->envelope, (size_t)taken);
    return take_timed(source, arrival, &admitted, &time, judgement);
}

bool source_take_message(struct source *source, const struct arrival *arrival,
                         const struct message *message, const struct judgement *judgement)
{
    bool is_tombstone = message->payload_bytes < 0;
    struct slice text = message->payload;
    struct envelope_problem problem;
    struct arrival shown = *arrival; /* a tombstone has nothing but its key to show */
    shown.text = is_tombstone ? message->key : message->payload;
    if (is_tombstone && !envelope_tombstone(source->envelope, message, &text, &problem))
        return reject_for(source, &shown, &problem);
    if (!envelope_fill(source->envelope, message, &problem))
        return reject_for(source, &shown, &problem);
    return take_record(source, &shown, text, judgement);
}

void source_take_long_message(struct source *source, const struct arrival *arrival,
                              const struct message *message)
{
    uint64_t length = 0;
    struct arrival shown = *arrival;
    shown.text = message->payload;
    if (message->key_bytes > 0)
        length += (uint64_t)message->key_bytes;
    if (message->payload_bytes > 0)
        length += (uint64_t)message->payload_bytes;
    reject_longer(source, &shown, "message", length);
}

void source_end(struct source *source)
{
    source->ended = true;
    if (source->drains)
        clock_end(&source->clock);
}
