/* Records go into a summary, and rows come out. */
#include "fast.h"
#include "fields.h"
#include "reject.h"
#include "summary_inside.h"

enum fate summary_reject(const struct summary *summary, const struct record *record)
{
    return select_reject(record, &summary->columns, &summary->evaluation, NULL);
}

/* The values of --by, each spelled as all that are equal to it. */
static bool read_group(struct summary *summary, const struct record *record)
{
    for (size_t i = 0; i < summary->group.count; i++) {
        const struct json_value *value = &record->value[i];
        struct slice text = {0};
        if (!json_is_null(value) && !value_key(&summary->group_type[i], value, summary->arena,
                                               &text, &summary->evaluation.why)) {
            summary->evaluation.culprit = (ptrdiff_t)i;
            return false;
        }
        summary->group_value[i] = fields_value(text);
    }
    return true;
}

static struct slice pack_group(struct summary *summary)
{
    size_t size = fields_size(summary->group_value, summary->group.count);
    summary->key.length = 0;
    buffer_reserve(&summary->key, size + FAST_PADDING);
    fields_pack(summary->key.at, summary->group_value, summary->group.count);
    return (struct slice){summary->key.at, size};
}

struct evaluation *summary_evaluation(struct summary *summary)
{
    return &summary->evaluation;
}

enum fate summary_take(struct summary *summary, const struct record *record, struct slice *key)
{
    bool holds = true;
    arena_reset(summary->arena);
    summary->evaluation.column = record->value;
    summary->evaluation.about = summary->where ? "--where" : NULL;
    if (summary->where && !expression_holds(summary->where, &summary->evaluation, &holds))
        return summary_reject(summary, record);
    if (!holds)
        return FATE_DROPPED;
    summary->evaluation.about = NULL;
    if (!read_group(summary, record))
        return summary_reject(summary, record);
    *key = pack_group(summary);
    return FATE_USED;
}

/* ---- rows ---- */

static void unpack_group(struct summary *summary, const struct window *window)
{
    fields_unpack(window->key.at, summary->group_text, summary->group.count);
    for (size_t i = 0; i < summary->group.count; i++)
        summary->group_value[i] = fields_value(summary->group_text[i]);
    summary->evaluation.column = summary->group_value;
    summary->evaluation.window_start_ms = window->span.start_ms;
    summary->evaluation.window_end_ms = window->span.end_ms;
    summary->evaluation.aggregate = summary->result;
}

/* The buffer may move while it is written. */
static void cut_values(struct summary *summary)
{
    size_t at = 0;
    for (size_t i = 0; i < summary->select->count; i++) {
        summary->value[i] = (struct slice){summary->text.at + at, summary->value_end[i] - at};
        at = summary->value_end[i];
    }
}

bool summary_row(struct summary *summary, const struct window *window, const struct slice **values,
                 const char **reason)
{
    const struct select *select = summary->select;
    arena_reset(summary->arena);
    if (!aggregates_results(summary->aggregates, window->accumulators, summary->arena,
                            summary->result, reason))
        return false;
    unpack_group(summary, window);
    summary->text.length = 0;
    for (size_t i = 0; i < select->count; i++) {
        if (!select_write(select, i, &summary->evaluation, &summary->text)) {
            *reason = reject_reason(&summary->reason, select->item[i].name, NULL, false,
                                    summary->evaluation.why);
            return false;
        }
        summary->value_end[i] = summary->text.length;
    }
    cut_values(summary);
    *values = summary->value;
    return true;
}

void summary_describe(struct summary *summary, const struct window *window, struct buffer *out)
{
    unpack_group(summary, window);
    buffer_append_char(out, '{');
    for (size_t i = 0; i < summary->group.count; i++) {
        struct slice text = summary->group_text[i];
        json_quote(out, slice_of(summary->group.name[i]));
        buffer_append_char(out, ':');
        buffer_append(out, text.length > 0 ? text : slice_of("null"));
        buffer_append_char(out, ',');
    }
    buffer_printf(out, "\"window_start\":%lld,\"window_end\":%lld}",
                  (long long)window->span.start_ms, (long long)window->span.end_ms);
}
