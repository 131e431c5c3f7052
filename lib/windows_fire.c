/* Which windows are complete, and in what order they are shown. */
#include <stdlib.h>

#include "fields.h"
#include "windows_inside.h"

/* The text of a null, which comes first, is NULL. */
static struct slice decoded(struct slice text, struct buffer *scratch)
{
    struct json_value value = fields_value(text);
    return text.length > 0 ? json_decode(&value, scratch) : (struct slice){0};
}

static int compare_values(struct slice a, struct slice b)
{
    if (!a.at || !b.at)
        return (a.at != NULL) - (b.at != NULL);
    return slice_compare(a, b);
}

static int compare_keys(struct windows *windows, const struct due *a, const struct due *b)
{
    fields_unpack(a->key.at, windows->left, windows->key_fields);
    fields_unpack(b->key.at, windows->right, windows->key_fields);
    for (size_t i = 0; i < windows->key_fields; i++) {
        int order = compare_values(decoded(windows->left[i], &windows->left_text),
                                   decoded(windows->right[i], &windows->right_text));
        if (order != 0)
            return order;
    }
    return slice_compare(a->key, b->key); /* 7 and "7", where nobody declared a type */
}

static int compare_due(const void *a, const void *b, void *context)
{
    const struct due *x = a, *y = b;
    if (x->span.end_ms != y->span.end_ms)
        return x->span.end_ms < y->span.end_ms ? -1 : 1;
    if (x->span.start_ms != y->span.start_ms)
        return x->span.start_ms < y->span.start_ms ? -1 : 1;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    return compare_keys(context, x, y);
}

/* In the order of keys as far as it goes, and beside each other: most keys need not be looked at.
 */
static uint64_t prefix_of(struct windows *windows, struct slice key)
{
    uint64_t prefix = 0;
    if (windows->key_fields == 0)
        return 0;
    fields_unpack(key.at, windows->left, 1);
    struct slice text = decoded(windows->left[0], &windows->left_text);
    for (size_t i = 0; i < sizeof prefix; i++)
        prefix = prefix << 8 | (i < text.length ? (unsigned char)text.at[i] : 0);
    return prefix;
}

static void add_due(struct windows *windows, struct open_window *window)
{
    if (windows->due_count == windows->due_room) {
        windows->due_room = windows->due_room ? windows->due_room * 2 : 64;
        windows->due = memory_resize(windows->due, windows->due_room, sizeof *windows->due);
    }
    struct slice key = window_key(windows, window);
    windows->due[windows->due_count++] =
        (struct due){window->span, prefix_of(windows, key), key, window};
}

/* The heap has a session by when it was due once: it may have grown since, or be gone. */
static void collect(struct windows *windows, int64_t watermark_ms)
{
    windows->due_count = 0;
    for (struct open_window *window; (window = heap_pop(windows->heap, watermark_ms));) {
        int64_t due_ms = spans_due(windows->spans, window->span);
        if (window->is_gone)
            session_free(windows, window);
        else if (due_ms > watermark_ms)
            heap_push(windows->heap, due_ms, window);
        else
            add_due(windows, window);
    }
}

/* From the last one on: of the sessions of a key, none is moved up by one for each before it. */
static void remove_sessions(struct windows *windows)
{
    for (size_t i = windows->due_count; i-- > 0;)
        window_remove(windows, windows->due[i].window);
}

void windows_fire(struct windows *windows, int64_t watermark_ms, window_visitor *visit,
                  void *context)
{
    enum { AHEAD = 8 };
    collect(windows, watermark_ms);
    if (windows->due_count == 0)
        return;
    qsort_r(windows->due, windows->due_count, sizeof *windows->due, compare_due, windows);
    for (size_t i = 0; i < windows->due_count; i++) {
        if (i + AHEAD < windows->due_count)
            __builtin_prefetch(windows->due[i + AHEAD].window);
        window_show(windows, windows->due[i].window, visit, context);
        if (!windows->merge)
            window_remove(windows, windows->due[i].window);
    }
    if (windows->merge)
        remove_sessions(windows);
}
