#include "join_timed.h"

#include <stdlib.h>

#include "error.h"
#include "hash.h"

void join_timed_check_left(const struct join *join, const struct schema *schema)
{
    (void)join;
    if (schema->upsert)
        fail(EXIT_USAGE, "stream %s is an upsert stream: a correction would be answered twice",
             schema->stream);
    if (!schema->timed)
        fail(EXIT_USAGE, "stream %s has no event time", schema->stream);
}

void join_timed_start(struct join *join, enum timelines_kind kind)
{
    struct join_timed *timed = join->held = memory_new(1, sizeof *timed);
    join_open_part(join);
    timed->left_part = filter_part(join->filter, join->left, NULL);
    timed->left = waiting_new(join->left_count, NULL, NULL);
    timed->right = timelines_new(kind, join->field_count);
    timed->settled_ms = INT64_MIN;
}

void join_timed_free(struct join *join)
{
    struct join_timed *timed = join->held;
    waiting_free(timed->left);
    timelines_free(timed->right);
    free(timed);
}

enum fate join_timed_left(struct join *join, const struct record *record)
{
    struct join_timed *timed = join->held;
    waiting_add(timed->left, record);
    return FATE_HELD;
}

/* Finding a right row goes through three cache misses, each depending on the last (slot, entry,
 * row); in a batch they overlap. */
static void prefetch(struct join *join, const struct waited *batch, size_t count)
{
    const struct join_timed *timed = join->held;
    uint64_t hash[WAITING_BATCH];
    struct slice key;
    size_t keys = 0;
    for (size_t i = 0; i < count; i++)
        if (join_left_key(join, batch[i].record.value, &key))
            hash[keys++] = hash_bytes(key);
    timelines_prefetch(timed->right, hash, keys);
}

void join_timed_settle(struct join *join, int64_t until_ms,
                       enum fate (*answer)(struct join *, const struct record *, struct slice))
{
    struct join_timed *timed = join->held;
    uint64_t count[FATES] = {0};
    struct waited batch[WAITING_BATCH];
    for (size_t taken; (taken = waiting_next(timed->left, until_ms, batch)) > 0;) {
        prefetch(join, batch, taken);
        for (size_t i = 0; i < taken; i++)
            count[answer(join, &batch[i].record, batch[i].body)]++;
    }
    for (enum fate fate = 0; fate < FATES; fate++)
        if (count[fate] > 0)
            filter_release(join->filter, join->left, fate, count[fate]);
    timed->settled_ms = until_ms;
}

void join_timed_release(struct join *join, uint64_t count)
{
    if (count > 0)
        filter_release(join->filter, join->right, FATE_USED, count);
}

static void save_left(void *context, int64_t time_ms, struct slice line)
{
    const struct join_timed *timed = context;
    buffer_append(part_begin(timed->left_part), line);
    part_end(timed->left_part, time_ms);
}

/* Each epoch adds those that came in it and still wait. The rest ages by its horizon. */
void join_timed_save_left(struct join *join)
{
    struct join_timed *timed = join->held;
    waiting_news(timed->left, save_left, timed);
    if (timed->settled_ms != INT64_MIN)
        part_expire(timed->left_part, timed->settled_ms + 1);
}

void join_timed_restored(struct join *join)
{
    struct join_timed *timed = join->held;
    waiting_news(timed->left, NULL, NULL); /* they are on disk */
    timelines_news(timed->right, NULL, NULL);
}

uint64_t join_timed_keys(const struct join *join)
{
    const struct join_timed *timed = join->held;
    return timelines_keys(timed->right);
}
