#include "layout.h"

#include <stdint.h>
#include <stdlib.h>

#include "fast.h"
#include "schema.h"

enum {
    SHAPES = 8,        /* kept per layout; streams with optional members have a few */
    MAX_PIECES = 1024, /* an object with more members is scanned each time */
};

/* The text before a value (from the end of the value before it), and what the value is for. */
struct piece {
    const char *text; /* in the shape's own, once it is learnt */
    uint32_t length;
    int32_t column; /* wanted column, or -1 */
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
    size_t lead;       /* how many pieces are of reserved members at the front */
    size_t lead_skip;  /* bytes of the text behind them that are not the user's */
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
    const char *learnt_to; /* the end of the last piece's value */
    const char *folded_to; /* the end of a _stream that the next piece's text holds, or NULL */
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

static void all_missing(const struct layout *layout, struct json_value *values)
{
    for (size_t i = 0; i < layout->column_count; i++)
        values[i] = (struct json_value){0};
}

/* json_scan_value with short ways for what stands in most lines: plain strings, whole numbers. */
static inline const char *scan_value(const char *p, const char *end, struct json_value *value)
{
    struct json_error error;
    if (*p == '"') {
        const char *quote = fast_string_end(p + 1, end);
        if (quote) {
            *value = (struct json_value){p, (uint32_t)(quote + 1 - p), JSON_STRING, 0};
            return quote + 1;
        }
    } else if (*p >= '1' && *p <= '9') {
        const char *behind = fast_digits_end(p, end);
        if (behind < end && (*behind == ',' || *behind == '}')) {
            *value = (struct json_value){p, (uint32_t)(behind - p), JSON_NUMBER, 0};
            return behind;
        }
    }
    return json_scan_value(p, end, 1, value, &error);
}

/* Compares LINE with SHAPE; the values are filled as far as it goes. */
static bool matches(struct layout *layout, const struct shape *shape, struct slice line,
                    struct json_value *values)
{
    const char *p = line.at, *end = line.at + line.length, *body = NULL;
    struct json_value unwanted;
    if (shape->to_end)
        all_missing(layout, values);
    else if (end[-1] != '}')
        return false;
    const struct piece *piece = shape->piece, *stop = piece + shape->stop;
    const struct piece *lead = piece + shape->lead;
    for (; piece < stop; piece++) {
        if ((size_t)(end - p) <= piece->length || !fast_same(p, piece->text, piece->length))
            return false;
        if (piece == lead)
            body = p + shape->lead_skip;
        /* straight to its place: a copy would wait for the stores that it is made of */
        p = scan_value(p + piece->length, end,
                       piece->column < 0 ? &unwanted : &values[piece->column]);
        if (!p)
            return false;
    }
    if (shape->to_end && ((size_t)(end - p) != shape->tail.length ||
                          memcmp(p, shape->tail.at, shape->tail.length) != 0))
        return false;
    layout->body = body ? body : shape->lead == shape->count ? p + shape->lead_skip : p;
    return true;
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
    const char *from = layout->learnt_to, *behind = value->at + value->length;
    const char *folded_to = layout->folded_to;
    if (column >= 0)
        layout->values[column] = *value;
    if (schema_is_reserved(decoded) && shape->lead < shape->count)
        shape->canonical = false;
    if (column < 0 && slice_is(decoded, "_stream")) {
        layout->folded_to = behind; /* it never changes: its value is text like any other */
        return;
    }
    if (schema_is_reserved(decoded)) {
        shape->lead += shape->lead == shape->count;
    } else if (shape->lead == shape->count) {
        layout->body = folded_to ? folded_to : from;
        shape->lead_skip = (size_t)(layout->body - from);
    }
    layout->learnt_to = behind;
    layout->folded_to = NULL;
    if (shape->count++ >= MAX_PIECES)
        return;
    if (shape->count > shape->capacity) {
        shape->capacity = shape->capacity ? shape->capacity * 2 : 16;
        shape->piece = memory_resize(shape->piece, shape->capacity, sizeof *shape->piece);
    }
    shape->piece[shape->count - 1] = (struct piece){from, (uint32_t)(value->at - from), column};
}

/* Takes the pieces' text over from the line, with the tail behind it. */
static void keep_text(struct shape *shape, struct slice tail)
{
    size_t length = tail.length;
    for (size_t i = 0; i < shape->count; i++)
        length += shape->piece[i].length;
    shape->text.length = 0;
    buffer_reserve(&shape->text, length + FAST_PADDING);
    for (size_t i = 0; i < shape->count; i++) {
        struct slice text = {shape->piece[i].text, shape->piece[i].length};
        shape->piece[i].text = shape->text.at + shape->text.length;
        buffer_append(&shape->text, text);
    }
    shape->tail = (struct slice){shape->text.at + shape->text.length, tail.length};
    buffer_append(&shape->text, tail);
}

/* When all that is wanted was found, nothing behind it needs to be looked at. */
static void set_stop(const struct layout *layout, struct shape *shape)
{
    size_t found = 0;
    size_t stop = shape->lead + (shape->lead_skip > 0 && shape->lead < shape->count);
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->piece[i].column < 0)
            continue;
        found++;
        if (stop < i + 1)
            stop = i + 1;
    }
    shape->to_end = layout->depth == LAYOUT_WHOLE || found < layout->column_count ||
                    shape->lead == shape->count; /* no user's member, and none may come */
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
    layout->folded_to = NULL;
    layout->values = values;
    layout->body = NULL;
    shape->known = false;
    shape->canonical = true;
    shape->count = shape->lead = shape->lead_skip = 0;
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
    if (!layout->body) {
        layout->body = layout->folded_to ? layout->folded_to : layout->learnt_to;
        shape->lead_skip = (size_t)(layout->body - layout->learnt_to);
    }
    if (shape->count == 0 || shape->count > MAX_PIECES)
        return true;
    keep_text(shape, (struct slice){layout->learnt_to, (size_t)(end - layout->learnt_to)});
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
    if (schema_is_reserved(json_decode(name, rebuild->decoded)))
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
        while (start < end && *start != '{' && *start != ',')
            start++;
        start = start < end ? json_skip_space(start + 1, end) : end;
        return (struct slice){start, (size_t)(end - start)};
    }
    struct rebuild rebuild = {scratch, &layout->decoded};
    struct json_error error;
    scratch->length = 0;
    json_scan_object(json_skip_space(line.at, end), end, 0, append_user_member, &rebuild, &error);
    return buffer_slice(scratch);
}
