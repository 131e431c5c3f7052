/* The time of a record, judged before the watermark sees it. */
#include "reject.h"
#include "source_inside.h"

/* The years in which a shop's events are believed to be: 1990-01-01 to 2200-01-01. */
static bool is_plausible(int64_t time_ms)
{
    return time_ms >= INT64_C(631152000000) && time_ms < INT64_C(7258118400000);
}

static const char *const unit_names[] = {
    [TIMESTAMP_MS] = "ms", [TIMESTAMP_S] = "s", [TIMESTAMP_US] = "us", [TIMESTAMP_NS] = "ns"};

static bool is_secret(const struct source *source)
{
    const struct schema *schema = source->contract->schema;
    ptrdiff_t index = schema_find(schema, schema->time_column);
    return index >= 0 && schema->column[index].pii;
}

static void append_value(const struct source *source, struct buffer *reason,
                         const struct json_value *value)
{
    if (is_secret(source))
        buffer_append_text(reason, "the value");
    else
        json_quote_for_message(reason, json_text(value));
}

/*
 * A number that is implausible in the declared unit and plausible in another: somebody has mixed
 * units, and one such time would carry the watermark to the year 56971.
 */
static bool is_of_other_unit(const struct source *source, const struct json_value *value,
                             struct buffer *reason)
{
    char meant[TIMESTAMP_TEXT], good[TIMESTAMP_TEXT];
    enum timestamp_form declared = source->contract->time_type.form;
    int64_t other_ms;
    if (value->kind != JSON_NUMBER || declared > TIMESTAMP_NS)
        return false;
    for (enum timestamp_form form = TIMESTAMP_MS; form <= TIMESTAMP_NS; form++) {
        if (form == declared || !timestamp_from_number(json_text(value), form, &other_ms) ||
            !is_plausible(other_ms))
            continue;
        reason->length = 0;
        buffer_printf(reason, "unit: column %s: ", source->contract->schema->time_column);
        append_value(source, reason, value);
        buffer_printf(reason, " makes no sense in %s, and is %s in %s", unit_names[declared],
                      is_secret(source) ? "plausible" : timestamp_format(other_ms, meant),
                      unit_names[form]);
        if (source->example_ms != INT64_MIN && !is_secret(source))
            buffer_printf(reason, "; a good one was %s",
                          timestamp_format(source->example_ms, good));
        buffer_append_char(reason, '\0');
        return true;
    }
    return false;
}

static bool read_time(const struct source *source, const struct json_value *value, int64_t *time_ms,
                      const char **why)
{
    if (!type_timestamp(&source->contract->time_type, value, time_ms, why))
        return false;
    *why = "is out of range";
    return *time_ms > -TIMESTAMP_FOREVER && *time_ms < TIMESTAMP_FOREVER;
}

/* The contract's type and range for the time column, before the watermark sees it. */
static bool is_agreed(const struct source *source, const struct json_value *value,
                      struct buffer *scratch, const char **why)
{
    return source->ruled_column < 0 ||
           contract_accepts(source->contract, (size_t)source->ruled_column, value, scratch, why);
}

/* NULL when the time may move the watermark, else the reason why the record is rejected. */
const char *source_judge_time(struct source *source, const struct json_value *value,
                              const struct judgement *judgement, int64_t *time_ms)
{
    static struct buffer reason, scratch;
    const char *column = source->contract->schema->time_column, *why;
    char bound[TIMESTAMP_TEXT];
    if (json_is_null(value))
        return reject_reason(&reason, column, NULL, false, "there is no time");
    bool readable = read_time(source, value, time_ms, &why);
    if (!(readable && is_plausible(*time_ms)) && is_of_other_unit(source, value, &reason))
        return reason.at;
    if (!readable)
        return reject_reason(&reason, column, value, is_secret(source), why);
    if (!is_agreed(source, value, &scratch, &why))
        return reject_reason(&reason, column, value, is_secret(source), why);
    if (*time_ms > judgement->future_ms) {
        reason.length = 0;
        buffer_printf(&reason, "future: column %s: ", column);
        append_value(source, &reason, value);
        buffer_printf(&reason, " is later than %s", timestamp_format(judgement->future_ms, bound));
        buffer_append_char(&reason, '\0');
        return reason.at;
    }
    if (clock_is_late(&source->clock, *time_ms) || *time_ms <= judgement->emitted_ms)
        return "late";
    return NULL;
}
