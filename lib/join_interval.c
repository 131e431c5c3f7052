/*
 * The interval join: every right row whose time is between the left one's + FROM and + TO, both
 * included. A left row is answered once and for all, when nothing that it can meet can come any
 * more: so it has either its matches or one row of nulls, never both.
 *
 * With TO > 0 answers come that much behind the watermark, which is held back by it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "error.h"
#include "fields.h"
#include "join_timed.h"

static void check_right(const struct join *join, const struct schema *schema)
{
    (void)join;
    if (schema->upsert)
        fail(EXIT_USAGE,
             "stream %s is an upsert stream: a row and its correction would both be met",
             schema->stream);
    if (!schema->timed)
        fail(EXIT_USAGE, "stream %s has no event time", schema->stream);
}

static void on_start(struct join *join)
{
    char bounds[64];
    join_timed_start(join, TIMELINES_ALL);
    snprintf(bounds, sizeof bounds, "%" PRId64 " AND %" PRId64, join->from_ms, join->to_ms);
    filter_setting(join->filter, "--between (in ms)", slice_of(bounds));
}

static enum fate on_right(struct join *join, const struct record *record)
{
    struct join_timed *timed = join->held;
    struct slice key;
    if (!join_right_key(join, record->value, &key))
        return FATE_USED; /* a null matches nothing */
    timelines_add(timed->right, key, record->time_ms, record->value, false);
    return FATE_HELD;
}

static enum fate answer(struct join *join, const struct record *record, struct slice body)
{
    const struct join_timed *timed = join->held;
    const struct timed_row *row = NULL;
    struct slice key;
    bool found = false;
    /* those that follow are not earlier, so what is too old for this one is for them too */
    join_timed_release(join, timelines_forget(timed->right, record->time_ms + join->from_ms));
    if (join_left_key(join, record->value, &key))
        row = timelines_first(timed->right, key);
    for (; row && timelines_time(row) <= record->time_ms + join->to_ms;
         row = timelines_next(row), found = true) {
        timelines_fields(timed->right, row, join->fields);
        join_answer(join, record, body, true);
    }
    return found ? FATE_USED : join_answer(join, record, body, false);
}

/* From when on right rows are needed, by left ones that are not answered yet. */
static int64_t needed_from(const struct join *join)
{
    const struct join_timed *timed = join->held;
    if (timed->settled_ms == INT64_MIN)
        return INT64_MIN;
    return timed->settled_ms == TIMESTAMP_FOREVER ? INT64_MAX
                                                  : timed->settled_ms + 1 + join->from_ms;
}

static int64_t on_watermark(struct join *join, int64_t watermark_ms)
{
    const struct join_timed *timed = join->held;
    bool last = watermark_ms == TIMESTAMP_FOREVER;
    int64_t settled_ms = watermark_ms - (join->to_ms > 0 && !last ? join->to_ms : 0);
    timelines_advance(timed->right, watermark_ms);
    join_timed_settle(join, settled_ms, answer);
    join_timed_release(join, timelines_forget(timed->right, needed_from(join)));
    return settled_ms < -TIMESTAMP_FOREVER ? INT64_MIN : settled_ms; /* before all of time: none */
}

static void save_row(void *context, int64_t time_ms, bool is_end, const struct slice *fields)
{
    const struct join *join = context;
    (void)is_end;
    fields_write(part_begin(join->right_part), time_ms, fields, join->field_count);
    part_end(join->right_part, time_ms);
}

static void on_save(struct join *join)
{
    const struct join_timed *timed = join->held;
    join_timed_save_left(join);
    timelines_news(timed->right, save_row, join);
    if (needed_from(join) != INT64_MIN)
        part_expire(join->right_part, needed_from(join));
}

const struct join_kind join_interval = {.name = "interval",
                                        .no_match = "has no match in the interval",
                                        .many = true,
                                        .check_left = join_timed_check_left,
                                        .check_right = check_right,
                                        .start = on_start,
                                        .left = join_timed_left,
                                        .right = on_right,
                                        .watermark = on_watermark,
                                        .restored = join_timed_restored,
                                        .save = on_save,
                                        .keys = join_timed_keys,
                                        .free = join_timed_free};
