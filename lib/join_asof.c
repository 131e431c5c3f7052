/*
 * The as-of join: the right row as it was at the left one's time (FOR SYSTEM_TIME AS OF), whatever
 * the order in which they came. It is the lookup join in the order of event time.
 *
 * A version of a right row is held until the watermark has passed its successor: all left rows up
 * to then have been answered.
 */
#include "error.h"
#include "join_timed.h"

static void check_right(const struct join *join, const struct schema *schema)
{
    if (!schema->timed)
        fail(EXIT_USAGE, "stream %s has no event time: without --as-of it is looked up as it is",
             schema->stream);
    if (schema->upsert)
        join_check_key(join, schema); /* of facts, the key is another thing */
}

static void on_start(struct join *join)
{
    const struct schema *right = filter_schema(join->filter, join->right);
    join_timed_start(join, TIMELINES_LATEST);
    filter_setting(join->filter, "a right stream of kind",
                   slice_of(right->upsert ? "upsert" : "append"));
}

static enum fate on_right(struct join *join, const struct record *record)
{
    struct join_timed *timed = join->held;
    int64_t time_ms = record->timed ? record->time_ms : INT64_MIN;
    struct slice key;
    if (!join_right_key(join, record->value, &key))
        return FATE_USED; /* a null matches nothing */
    join_save_record(join, record, time_ms);
    timelines_add(timed->right, key, time_ms, record->value, record->is_delete);
    return FATE_HELD;
}

static enum fate answer(struct join *join, const struct record *record, struct slice body)
{
    const struct join_timed *timed = join->held;
    const struct timed_row *row = NULL;
    struct slice key;
    join_timed_release(join, timelines_advance(timed->right, record->time_ms));
    if (join_left_key(join, record->value, &key))
        row = timelines_first(timed->right, key);
    if (row)
        timelines_fields(timed->right, row, join->fields);
    return join_answer(join, record, body, row);
}

static int64_t on_watermark(struct join *join, int64_t watermark_ms)
{
    const struct join_timed *timed = join->held;
    join_timed_settle(join, watermark_ms, answer);
    join_timed_release(join, timelines_advance(timed->right, watermark_ms));
    return watermark_ms;
}

static void save_version(void *context, int64_t time_ms, bool is_end, const struct slice *fields)
{
    struct join *join = context;
    if (is_end)
        join_save_delete(join, time_ms, fields);
    else
        join_save_row(join, time_ms, fields);
}

/* An old version may be the one that holds, so they do not age. */
static void on_save(struct join *join)
{
    const struct join_timed *timed = join->held;
    join_timed_save_left(join);
    if (!join_outgrown(join, timelines_count(timed->right)))
        return;
    part_restart(join->right_part);
    timelines_each(timed->right, save_version, join);
}

const struct join_kind join_asof = {.name = "as-of",
                                    .no_match = "had no match in the table at that time",
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
