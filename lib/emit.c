#include "emit.h"

#include <stdlib.h>

#include "json.h"
#include "output.h"

struct emitter {
    struct buffer tag;   /* {"_stream":"NAME" */
    struct buffer *name; /* "NAME": */
    size_t count;
};

struct emitter *emitter_new(const char *stream, const char *const *names, size_t count)
{
    struct emitter *emitter = memory_new(1, sizeof *emitter);
    buffer_append_text(&emitter->tag, "{\"_stream\":");
    json_quote(&emitter->tag, slice_of(stream));
    emitter->name = memory_new(count, sizeof *emitter->name);
    emitter->count = count;
    for (size_t i = 0; i < count; i++) {
        buffer_append_char(&emitter->name[i], ',');
        json_quote(&emitter->name[i], slice_of(names[i]));
        buffer_append_char(&emitter->name[i], ':');
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
