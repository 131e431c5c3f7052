#include "layout.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    SHAPES = 4,        /* kept per layout; streams with optional members have a few */
    MAX_PIECES = 1024, /* an object with more members is scanned each time */
};

/* The text before a value (from the end of the value before it), and what the value is for. */
struct piece {
    uint32_t offset, length; /* in the shape's text */
    int32_t column;          /* wanted column, or -1 */
};

struct shape {
    bool known;
    struct buffer text;
    struct piece *piece;
    size_t count, capacity;
    struct slice tail; /* the text behind the last value */
    size_t stop;       /* pieces that must be looked at */
    bool to_end;       /* then the tail must match too */
    bool canonical;    /* reserved members, if any, come first */
    size_t lead;       /* how many members are reserved ones at the front */
};

struct layout {
    char **column;
    size_t column_count;
    enum layout_depth depth;
    struct shape shape[SHAPES];
    size_t current;   /* the shape of the line scanned last */
    size_t next;      /* the shape to be replaced next */
    const char *body; /* in the line scanned last: one before its first user member */
    struct buffer decoded;
    /* while learning */
    const char *learnt_to; /* the end of the last value seen */
    struct json_value *values;
};

struct layout *layout_new(const char *const *columns, size_t count, enum layout_depth depth)
{
    struct layout *layout = memory_new(1, sizeof *layout);
    layout->column = memory_new(count, sizeof *layout->column);
    for (size_t i = 0; i < count; i++)
        layout->column[i] = memory_text(slice_of(columns[i]));
    layout->column_count = count;
    layout->depth = depth;
    return layout;
}

void layout_free(struct layout *layout)
{
    if (!layout)
        return;
    for (size_t i = 0; i < layout->column_count; i++)
        free(layout->column[i]);
    free(layout->column);
    for (size_t i = 0; i < SHAPES; i++) {
        buffer_free(&layout->shape[i].text);
        free(layout->shape[i].piece);
    }
    buffer_free(&layout->decoded);
    free(layout);
}

/* memcmp for lengths that are short and known late, without the call. */
static inline bool same(const char *a, const char *b, size_t length)
{
    uint64_t x, y;
    if (length < 8) {
        for (size_t i = 0; i < length; i++)
            if (a[i] != b[i])
                return false;
        return true;
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y)
            return false;
    }
    memcpy(&x, a + length - 8, 8);
    memcpy(&y, b + length - 8, 8);
    return x == y;
}

static void all_missing(const struct layout *layout, struct json_value *values)
{
    for (size_t i = 0; i < layout->column_count; i++)
        values[i] = (struct json_value){0};
}

/* Compares LINE with SHAPE; the values are filled as far as it goes. */
static bool matches(struct layout *layout, const struct shape *shape, struct slice line,
                    struct json_value *values)
{
    const char *p = line.at, *end = line.at + line.length, *body = NULL;
    struct json_value value;
    struct json_error error;
    if (shape->to_end)
        all_missing(layout, values);
    else if (end[-1] != '}')
        return false;
    for (size_t i = 0; i < shape->stop; i++) {
        const struct piece *piece = &shape->piece[i];
        if ((size_t)(end - p) <= piece->length ||
            !same(p, shape->text.at + piece->offset, piece->length))
            return false;
        if (i == shape->lead)
            body = p;
        p = json_scan_value(p + piece->length, end, 1, &value, &error);
        if (!p)
            return false;
        if (piece->column >= 0)
            values[piece->column] = value;
    }
    if (shape->to_end && ((size_t)(end - p) != shape->tail.length ||
                          memcmp(p, shape->tail.at, shape->tail.length) != 0))
        return false;
    layout->body = body ? body : p;
    return true;
}

static bool is_reserved(struct slice name)
{
    return slice_is(name, "_stream") || slice_is(name, "_ts") || slice_is(name, "_op");
}

static int32_t find_column(const struct layout *layout, struct slice name)
{
    for (size_t i = 0; i < layout->column_count; i++)
        if (slice_is(name, layout->column[i]))
            return (int32_t)i;
    return -1;
}

static void learn_member(void *context, const struct json_value *name,
                         const struct json_value *value)
{
    struct layout *layout = context;
    struct shape *shape = &layout->shape[layout->current];
    struct slice decoded = json_decode(name, &layout->decoded);
    int32_t column = find_column(layout, decoded);
    if (column >= 0)
        layout->values[column] = *value;
    if (is_reserved(decoded)) {
        if (shape->lead == shape->count)
            shape->lead++;
        else
            shape->canonical = false;
    } else if (shape->lead == shape->count) {
        layout->body = layout->learnt_to;
    }
    struct slice literal = {layout->learnt_to, (size_t)(value->at - layout->learnt_to)};
    layout->learnt_to = value->at + value->length;
    if (shape->count++ >= MAX_PIECES)
        return;
    if (shape->count > shape->capacity) {
        shape->capacity = shape->capacity ? shape->capacity * 2 : 16;
        shape->piece = memory_resize(shape->piece, shape->capacity, sizeof *shape->piece);
    }
    shape->piece[shape->count - 1] =
        (struct piece){(uint32_t)shape->text.length, (uint32_t)literal.length, column};
    buffer_append(&shape->text, literal);
}

/* When all that is wanted was found, nothing behind it needs to be looked at. */
static void set_stop(const struct layout *layout, struct shape *shape)
{
    size_t found = 0, stop = shape->lead;
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->piece[i].column < 0)
            continue;
        found++;
        if (stop < i + 1)
            stop = i + 1;
    }
    shape->to_end = layout->depth == LAYOUT_WHOLE || found < layout->column_count;
    shape->stop = shape->to_end ? shape->count : stop;
}

/* The general scanner: judges all of LINE, and remembers its shape. */
static bool learn(struct layout *layout, struct slice line, struct json_value *values,
                  struct json_error *error)
{
    const char *end = line.at + line.length, *p = json_skip_space(line.at, end);
    struct shape *shape = &layout->shape[layout->next];
    layout->current = layout->next;
    layout->learnt_to = line.at;
    layout->values = values;
    layout->body = NULL;
    shape->known = false;
    shape->canonical = true;
    shape->count = shape->lead = shape->text.length = 0;
    all_missing(layout, values);
    if (p == end || *p != '{') {
        *error = (struct json_error){"not a JSON object", p};
        return false;
    }
    p = json_scan_object(p, end, 0, learn_member, layout, error);
    if (!p)
        return false;
    if (json_skip_space(p, end) != end) {
        *error = (struct json_error){"text behind the object", p};
        return false;
    }
    if (!layout->body)
        layout->body = layout->learnt_to;
    if (shape->count == 0 || shape->count > MAX_PIECES)
        return true;
    size_t tail = shape->text.length;
    buffer_append(&shape->text,
                  (struct slice){layout->learnt_to, (size_t)(end - layout->learnt_to)});
    shape->tail = (struct slice){shape->text.at + tail, shape->text.length - tail};
    set_stop(layout, shape);
    shape->known = true;
    layout->next = (layout->next + 1) % SHAPES;
    return true;
}

bool layout_scan(struct layout *layout, struct slice line, struct json_value *values,
                 struct json_error *error)
{
    if (line.length > 0 && layout->shape[layout->current].known &&
        matches(layout, &layout->shape[layout->current], line, values))
        return true;
    for (size_t i = 0; i < SHAPES && line.length > 0; i++) {
        if (i == layout->current || !layout->shape[i].known ||
            !matches(layout, &layout->shape[i], line, values))
            continue;
        layout->current = i;
        return true;
    }
    return learn(layout, line, values, error);
}

struct rebuild {
    struct buffer *out, *decoded;
};

static void append_user_member(void *context, const struct json_value *name,
                               const struct json_value *value)
{
    struct rebuild *rebuild = context;
    if (is_reserved(json_decode(name, rebuild->decoded)))
        return;
    if (rebuild->out->length > 0)
        buffer_append_char(rebuild->out, ',');
    buffer_append(rebuild->out, json_text(name));
    buffer_append_char(rebuild->out, ':');
    buffer_append(rebuild->out, json_text(value));
}

struct slice layout_body(struct layout *layout, struct slice line, struct buffer *scratch)
{
    const char *end = line.at + line.length;
    if (layout->shape[layout->current].canonical) {
        while (end[-1] != '}')
            end--;
        end--;
        const char *start = layout->body;
        if (start >= end)
            return (struct slice){end, 0};
        while (*start != '{' && *start != ',')
            start++;
        start = json_skip_space(start + 1, end);
        return (struct slice){start, (size_t)(end - start)};
    }
    struct rebuild rebuild = {scratch, &layout->decoded};
    struct json_error error;
    scratch->length = 0;
    json_scan_object(json_skip_space(line.at, end), end, 0, append_user_member, &rebuild, &error);
    return buffer_slice(scratch);
}
