#include <inttypes.h>
#include <stdio.h>
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

void source_open_common(struct source *source, struct stream_contract *contract,
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
    source_open_common(source, contract, counts);
    source->door = door_new(time, schema->timed ? 1 : 0, schema->upsert);
}

void source_close(struct source *source)
{
    door_free(source->door);
    envelope_free(source->envelope);
    tombstone_free(source->tombstone);
    if (source->partition)
        partition_close(source->partition);
    free(source->partition);
    buffer_free(&source->one_line);
    buffer_free(&source->tag);
}

bool source_reject(struct source *source, const struct arrival *arrival, const char *column,
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

bool source_put_untimed(struct source *source, const struct admitted *admitted)
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

bool source_take_timed(struct source *source, const struct arrival *arrival,
                       const struct admitted *admitted, const struct json_value *value,
                       const struct judgement *judgement)
{
    const char *column = source->contract->schema->time_column;
    int64_t time_ms;
    if (json_is_null(value) && source->contract->time_may_miss)
        return source->timed_row_seen ? source_reject(source, arrival, column, "late", NULL)
                                      : source_put_untimed(source, admitted);
    const char *why = source_judge_time(source, value, judgement, &time_ms);
    if (!why)
        return put_out_timed(source, admitted, value, time_ms);
    bool has_time = strcmp(why, "late") == 0 || strncmp(why, "future", 6) == 0;
    return source_reject(source, arrival, column, why, has_time ? &time_ms : NULL);
}

bool source_take(struct source *source, const struct arrival *arrival,
                 const struct judgement *judgement)
{
    struct admitted admitted;
    const char *why;
    if (!door_admit(source->door, arrival->text, &admitted, &why))
        return source_reject(source, arrival, NULL, why, NULL);
    if (!source->contract->schema->timed)
        return source_put_untimed(source, &admitted);
    return source_take_timed(source, arrival, &admitted, &admitted.value[0], judgement);
}

bool source_reject_longer(struct source *source, const struct arrival *arrival, const char *what,
                          uint64_t length)
{
    struct buffer reason = {0};
    buffer_printf(&reason, "the %s has %" PRIu64 " bytes, more than --max-line allows", what,
                  length);
    buffer_append_char(&reason, '\0');
    source_reject(source, arrival, NULL, reason.at, NULL);
    buffer_free(&reason);
    return false;
}

void source_take_long(struct source *source, const struct arrival *arrival, uint64_t length)
{
    source_reject_longer(source, arrival, "line", length);
}

void source_end(struct source *source)
{
    source->ended = true;
    if (source->drains)
        clock_end(&source->clock);
}
