#include "reject.h"

#include "error.h"
#include "fast.h"
#include "output.h"

static struct {
    bool keep_raw, strict;
    struct buffer line;
    void (*take)(void *, struct slice);
    void *context;
} rejects;

void reject_settings(bool keep_raw, bool strict)
{
    rejects.keep_raw = keep_raw;
    rejects.strict = strict;
}

void reject_destination(void (*take)(void *context, struct slice line), void *context)
{
    rejects.take = take;
    rejects.context = context;
}

const char *reject_reason(struct buffer *out, const char *column, const struct json_value *value,
                          bool secret, const char *why)
{
    out->length = 0;
    if (column) {
        buffer_append_text(out, "column ");
        json_quote_for_message(out, slice_of(column));
        buffer_append_text(out, ": ");
    }
    if (value && value->kind != JSON_MISSING) {
        if (secret)
            buffer_append_text(out, "the value");
        else
            json_quote_for_message(out, json_text(value));
        buffer_append_char(out, ' ');
    }
    buffer_append_text(out, why);
    buffer_append_char(out, '\0');
    return out->at;
}

static void append_base64(struct buffer *out, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.at;
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        unsigned three = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)p[i + 2] : 0);
        buffer_append_char(out, digits[three >> 18]);
        buffer_append_char(out, digits[three >> 12 & 63]);
        buffer_append_char(out, left > 1 ? digits[three >> 6 & 63] : '=');
        buffer_append_char(out, left > 2 ? digits[three & 63] : '=');
    }
}

static void append_text(struct buffer *line, const char *name, const char *text)
{
    struct buffer readable = {0};
    buffer_printf(line, ",\"%s\":", name);
    if (!json_is_utf8(slice_of(text))) /* a file's name can be any bytes */
        json_quote_for_message(&readable, slice_of(text));
    json_quote(line, readable.length > 0 ? buffer_slice(&readable) : slice_of(text));
    buffer_free(&readable);
}

static void append_raw(struct buffer *line, struct slice raw)
{
    bool text = json_is_utf8(raw) && !memchr(raw.at, '\0', raw.length); /* no sink takes a NUL */
    if (raw.length == 0 || text) {
        buffer_append_text(line, ",\"raw\":");
        json_quote(line, raw);
        return;
    }
    buffer_append_text(line, ",\"raw_base64\":\"");
    append_base64(line, raw);
    buffer_append_char(line, '"');
}

/* --strict: the first one ends the process, and says where it stands. */
_Noreturn static void refuse(const struct rejection *rejection)
{
    struct buffer place = {0};
    if (rejection->source)
        buffer_printf(&place, "%s: %s %llu: ", rejection->source,
                      rejection->is_message ? "offset" : "line",
                      (unsigned long long)rejection->line);
    if (rejection->stream)
        buffer_printf(&place, "%s: ", rejection->stream);
    fail(EXIT_REFUSED, "refused: %.*s%s", (int)place.length, place.length ? place.at : "",
         rejection->reason);
}

void reject_write(const struct rejection *rejection)
{
    struct buffer *line = &rejects.line;
    if (rejects.strict)
        refuse(rejection);
    line->length = 0;
    buffer_append_text(line, "{\"_stream\":\"_rejected\"");
    append_text(line, "filter", error_program_name());
    if (rejection->stream)
        append_text(line, "stream", rejection->stream);
    if (rejection->source) {
        append_text(line, "source", rejection->source);
        buffer_printf(line, ",\"line\":%llu", (unsigned long long)rejection->line);
        if (!rejection->is_message)
            buffer_printf(line, ",\"byte_offset\":%llu",
                          (unsigned long long)rejection->byte_offset);
    }
    append_text(line, "reason", rejection->reason);
    if (rejection->column)
        append_text(line, "column", rejection->column);
    if (rejection->timed)
        buffer_printf(line, ",\"record_time\":%lld", (long long)rejection->time_ms);
    if (!rejection->hide_raw || rejects.keep_raw)
        append_raw(line, rejection->raw);
    buffer_append_text(line, "}\n");
    buffer_reserve(line, FAST_PADDING);
    if (rejects.take)
        rejects.take(rejects.context, buffer_slice(line));
    else
        output_bytes(buffer_slice(line));
}

struct schema *reject_schema(void)
{
    static const struct {
        const char *name, *type;
    } columns[] = {
        {"filter", "string"},     {"stream", "string"},         {"source", "string"},
        {"line", "int"},          {"byte_offset", "int"},       {"reason", "string"},
        {"column", "string"},     {"record_time", "timestamp"}, {"raw", "string"},
        {"raw_base64", "string"},
    };
    struct schema *schema = schema_new("_rejected");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct type type;
        type_parse(columns[i].type, &type);
        schema_add_column(schema, columns[i].name, &type, false);
    }
    return schema;
}
