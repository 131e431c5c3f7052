#include "emit.h"

#include <stdlib.h>

#include "fast.h"
#include "json.h"
#include "output.h"

/* The texts have FAST_PADDING bytes behind them. */
struct emitter {
    struct buffer tag;   /* {"_stream":"NAME" */
    struct buffer *name; /* ,"NAME": */
    size_t count;
};

struct emitter *emitter_new(const char *stream, const char *const *names, size_t count)
{
    struct emitter *emitter = memory_new(1, sizeof *emitter);
    buffer_append_text(&emitter->tag, "{\"_stream\":");
    json_quote(&emitter->tag, slice_of(stream));
    buffer_reserve(&emitter->tag, FAST_PADDING);
    emitter->name = memory_new(count, sizeof *emitter->name);
    emitter->count = count;
    for (size_t i = 0; i < count; i++) {
        buffer_append_char(&emitter->name[i], ',');
        json_quote(&emitter->name[i], slice_of(names[i]));
        buffer_append_char(&emitter->name[i], ':');
        buffer_reserve(&emitter->name[i], FAST_PADDING);
    }
    return emitter;
}

void emitter_free(struct emitter *emitter)
{
    if (!emitter)
        return;
    for (size_t i = 0; i < emitter->count; i++)
        buffer_free(&emitter->name[i]);
    free(emitter->name);
    buffer_free(&emitter->tag);
    free(emitter);
}

static inline char *put(char *to, struct slice bytes)
{
    if (bytes.length > 0)
        memcpy(to, bytes.at, bytes.length);
    return to + bytes.length;
}

/* One of the emitter's texts; there is room behind TO. */
static inline char *put_own(char *to, const struct buffer *text)
{
    fast_copy(to, text->at, text->length);
    return to + text->length;
}

#define put_literal(to, text) put(to, (struct slice){"" text, sizeof text - 1})

enum { FRAME = 64 + FAST_PADDING }; /* _ts, _op, comma and brace */

/* The line with the first COUNT of the names; a value of length 0 is null, or else left out. */
struct line {
    const struct emitter *emitter;
    const struct emission *emission;
    size_t count;
    bool nulls;
};

static const struct slice null = {"null", 4};

/* At most so many bytes: room for all of it is made once. */
static size_t line_size(const struct line *line)
{
    size_t size = line->emitter->tag.length + line->emission->body.length + FRAME;
    for (size_t i = 0; i < line->count; i++)
        size += line->emitter->name[i].length + line->emission->values[i].length + null.length;
    return size;
}

static char *put_names(char *to, const struct line *line)
{
    const struct slice *values = line->emission->values;
    for (size_t i = 0; i < line->count; i++) {
        if (values[i].length == 0 && !line->nulls)
            continue;
        to = put_own(to, &line->emitter->name[i]);
        to = put(to, values[i].length > 0 ? values[i] : null);
    }
    return to;
}

static char *put_line(char *to, const struct line *line)
{
    const struct emission *emission = line->emission;
    char digits[INTEGER_TEXT];
    to = put_own(to, &line->emitter->tag);
    if (emission->timed) {
        to = put_literal(to, ",\"_ts\":");
        to = put(to, slice_of_integer(emission->time_ms, digits));
    }
    if (emission->is_delete)
        to = put_literal(to, ",\"_op\":\"delete\"");
    to = put(to, (struct slice){",", emission->body.length > 0});
    to = put(to, emission->body);
    to = put_names(to, line);
    return put_literal(to, "}\n");
}

static void append_line(struct buffer *out, const struct line *line)
{
    buffer_reserve(out, line_size(line));
    out->length = (size_t)(put_line(out->at + out->length, line) - out->at);
}

void emit(const struct emitter *emitter, const struct emission *emission)
{
    struct line line = {emitter, emission, emission->is_delete ? 0 : emitter->count, true};
    struct buffer large = {0};
    char *to = output_room(line_size(&line));
    if (to) {
        output_filled(put_line(to, &line));
        return;
    }
    append_line(&large, &line);
    output_bytes(buffer_slice(&large));
    buffer_free(&large);
}

void emit_into(const struct emitter *emitter, const struct emission *emission, struct buffer *out)
{
    append_line(out, &(struct line){emitter, emission, emitter->count, false});
}
