/* Rows for PostgreSQL: values as COPY reads them. */
#include <stdio.h>

#include "postgres_inside.h"

/* What timestamptz holds: from 4714-11-24 BC to 294276-12-31. */
#define EARLIEST_MS INT64_C(-210866803200000)
#define LATEST_MS INT64_C(9224318015999999)

/* A tab would end the value, a newline the row. */
static void append_escaped(struct buffer *row, struct slice text)
{
    buffer_reserve(row, 2 * text.length);
    char *to = row->at + row->length;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        char letter = c == '\\' ? '\\' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
        if (letter)
            *to++ = '\\';
        *to++ = letter ? letter : c;
    }
    row->length = (size_t)(to - row->at);
}

/* Before the year 1 the server counts as historians do, and before 10000 as we do. */
static bool append_timestamp(struct buffer *row, const struct type *type,
                             const struct json_value *value, const char **why)
{
    int64_t ms;
    char text[TIMESTAMP_TEXT];
    if (!type_timestamp(type, value, &ms, why))
        return false;
    *why = "is out of range for timestamptz";
    if (ms < EARLIEST_MS || ms > LATEST_MS)
        return false;
    int64_t year = timestamp_date((ms - (ms % DAY_MS + DAY_MS) % DAY_MS) / DAY_MS).year;
    timestamp_format(ms, text);
    const char *behind = strchr(text + 1, '-'); /* the year's sign is before it */
    buffer_printf(row, "%04lld%s%s", (long long)(year > 0 ? year : 1 - year), behind,
                  year > 0 ? "" : " BC");
    return true;
}

/* There is no year 0: it is the one before 1. */
static void append_date(struct buffer *row, struct slice text)
{
    bool before = memcmp(text.at, "0000", 4) == 0;
    if (before)
        text = (struct slice){text.at + 4, text.length - 4};
    buffer_append_text(row, before ? "0001" : "");
    buffer_append(row, text);
    buffer_append_text(row, before ? " BC" : "");
}

/* A string without an escape holds nothing that COPY would read otherwise. */
static bool is_verbatim(const struct type *type, const struct json_value *value)
{
    return type->kind == TYPE_DECIMAL ||
           (type->kind != TYPE_JSON && value->kind <= JSON_STRING && !value->escaped);
}

static bool append_value(struct postgres_table *table, const struct type *type,
                         const struct json_value *value, const char **why)
{
    struct buffer *row = &table->portion.text;
    struct slice text;
    if (json_is_null(value)) {
        buffer_append(row, (struct slice){"\\N", 2});
        return true;
    }
    if (type->kind == TYPE_TIMESTAMP)
        return append_timestamp(row, type, value, why);
    if (!sink_text(type, value, &table->scratch, &text, why))
        return false;
    if (type->kind == TYPE_DATE)
        append_date(row, text);
    else if (is_verbatim(type, value))
        buffer_append(row, text);
    else
        append_escaped(row, text);
    return true;
}

bool postgres_has_deletions(const struct postgres_table *table)
{
    return table->request->schema->upsert && table->columns->key_count > 0;
}

/* Of a deletion the key is all that counts. */
static bool append_values(struct postgres_table *table, const struct sink_row *row,
                          const struct json_value *value, const char **column, const char **why)
{
    static const struct json_value null = {0};
    const struct schema *columns = table->columns;
    for (size_t i = 0; i < columns->column_count; i++) {
        *column = columns->column[i].name;
        bool counts = !row->is_delete || sink_is_in_key(columns, *column);
        if (i > 0)
            buffer_append_char(&table->portion.text, '\t');
        if (!append_value(table, &columns->column[i].type, counts ? &value[i] : &null, why))
            return false;
    }
    return true;
}

bool postgres_append_row(struct postgres_table *table, const struct sink_row *row,
                         const struct json_value *value, const char **column, const char **why)
{
    struct buffer *text = &table->portion.text;
    size_t before = text->length;
    if (!sink_has_key(table->columns, value, column, why))
        return false;
    if (postgres_has_deletions(table))
        buffer_append_text(text, row->is_delete ? "t\t" : "f\t");
    if (!append_values(table, row, value, column, why)) {
        text->length = before;
        return false;
    }
    buffer_append_char(text, '\n');
    portion_end_row(&table->portion, row->line, row->timed, row->time_ms);
    return true;
}
