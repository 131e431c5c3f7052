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

void emit(const struct emitter *emitter, const struct emission *emission)
{
    output_bytes(buffer_slice(&emitter->tag));
    if (emission->timed) {
        output_text(",\"_ts\":");
        output_integer(emission->time_ms);
    }
    if (emission->is_delete)
        output_text(",\"_op\":\"delete\"");
    if (emission->body.length > 0) {
        output_text(",");
        output_bytes(emission->body);
    }
    for (size_t i = 0; i < emitter->count && !emission->is_delete; i++) {
        output_bytes(buffer_slice(&emitter->name[i]));
        if (emission->values[i].length > 0)
            output_bytes(emission->values[i]);
        else
            output_text("null");
    }
    output_text("}\n");
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

/* Room for all of it is made once: state has a line for every touch. */
void emit_into(const struct emitter *emitter, const struct emission *emission, struct buffer *out)
{
    enum { FRAME = 64 + FAST_PADDING }; /* _ts, _op, comma and brace */
    char digits[INTEGER_TEXT];
    size_t size = emitter->tag.length + emission->body.length + FRAME;
    for (size_t i = 0; i < emitter->count; i++)
        size += emitter->name[i].length + emission->values[i].length;
    buffer_reserve(out, size);
    char *to = put_own(out->at + out->length, &emitter->tag);
    if (emission->timed) {
        to = put_literal(to, ",\"_ts\":");
        to = put(to, slice_of_integer(emission->time_ms, digits));
    }
    if (emission->is_delete)
        to = put_literal(to, ",\"_op\":\"delete\"");
    to = put(to, (struct slice){",", emission->body.length > 0});
    to = put(to, emission->body);
    for (size_t i = 0; i < emitter->count; i++) {
        if (emission->values[i].length == 0)
            continue;
        to = put_own(to, &emitter->name[i]);
        to = put(to, emission->values[i]);
    }
    to = put_literal(to, "}\n");
    out->length = (size_t)(to - out->at);
}
