#include "windows.h"

#include <stdlib.h>

#include "fast.h"
#include "hash.h"
#include "timestamp.h"
#include "windows_inside.h"

struct windows *windows_new(struct spans *spans, struct aggregates *aggregates, size_t key_fields,
                            bool remember)
{
    struct windows *windows = memory_new(1, sizeof *windows);
    size_t size = sizeof(struct open_window) + aggregates_size(aggregates);
    windows->spans = spans;
    windows->aggregates = aggregates;
    windows->key_fields = key_fields;
    windows->merge = spans_merge(spans);
    windows->remember = remember;
    windows->map = map_new(windows->merge ? sizeof(struct sessions) : size);
    windows->pool = windows->merge ? pool_new() : NULL;
    windows->heap = heap_new(NULL, NULL);
    windows->left = memory_new(key_fields, sizeof *windows->left);
    windows->right = memory_new(key_fields, sizeof *windows->right);
    return windows;
}

size_t windows_count(const struct windows *windows)
{
    return windows->count;
}

struct slice window_key(const struct windows *windows, const struct open_window *window)
{
    if (windows->merge)
        return map_key(windows->map, window->sessions);
    struct slice key = map_key(windows->map, window);
    return (struct slice){key.at + sizeof(struct span), key.length - sizeof(struct span)};
}

void window_leave_news(struct windows *windows, struct open_window *window)
{
    if (window->news == 0)
        return;
    struct open_window *last = windows->news[--windows->news_count];
    windows->news[window->news - 1] = last;
    last->news = window->news;
    window->news = 0;
}

void window_remove(struct windows *windows, struct open_window *window)
{
    window_leave_news(windows, window);
    aggregates_clear(windows->aggregates, accumulators_of(window));
    windows->count -= window->is_there;
    if (!windows->merge) {
        map_remove(windows->map, window);
        return;
    }
    session_take_out(windows, window);
    session_free(windows, window);
}

/* The window of KEY for SPAN; when it is new, it is not there yet. */
static struct open_window *find(struct windows *windows, struct slice key, struct span span)
{
    if (windows->merge)
        return session_find(windows, key, span);
    windows->key.length = 0;
    buffer_append(&windows->key, (struct slice){(const char *)&span, sizeof span});
    buffer_append(&windows->key, key);
    struct slice whole = buffer_slice(&windows->key);
    struct open_window *window = map_add(windows->map, whole, hash_bytes(whole));
    window->span = span;
    return window;
}

/* What was found is there from now on, and waits until it is due. */
static void establish(struct windows *windows, struct open_window *window)
{
    if (window->is_there)
        return;
    window->is_there = true;
    windows->count++;
    heap_push(windows->heap, spans_due(windows->spans, window->span), window);
}

static void note(struct windows *windows, struct open_window *window)
{
    if (!windows->remember || window->news > 0)
        return;
    if (windows->news_count == windows->news_room) {
        windows->news_room = windows->news_room ? windows->news_room * 2 : 64;
        windows->news = memory_resize(windows->news, windows->news_room, sizeof *windows->news);
    }
    windows->news[windows->news_count++] = window;
    window->news = (uint32_t)windows->news_count;
}

/* A record is in several windows only when these are apart; then what fails does so in the first,
 * for it fails for the values of the record. */
bool windows_add(struct windows *windows, struct slice key, int64_t ms,
                 struct evaluation *evaluation)
{
    const struct span *span;
    size_t count = spans_of(windows->spans, ms, &span);
    for (size_t i = 0; i < count; i++) {
        if (span[i].end_ms > TIMESTAMP_FOREVER) {
            evaluation->why = "its window ends out of range";
            evaluation->culprit = -1;
            return false;
        }
        struct open_window *window = find(windows, key, span[i]);
        evaluation->window_start_ms = span[i].start_ms;
        evaluation->window_end_ms = span[i].end_ms;
        if (!aggregates_add(windows->aggregates, accumulators_of(window), evaluation)) {
            if (!window->is_there)
                window_remove(windows, window);
            return false;
        }
        if (windows->merge)
            session_widen(windows, window, span[i], false);
        establish(windows, window);
        note(windows, window);
    }
    return true;
}

bool windows_put(struct windows *windows, struct slice key, struct span span,
                 struct slice accumulators)
{
    struct open_window *window = find(windows, key, span);
    aggregates_clear(windows->aggregates, accumulators_of(window));
    if (windows->merge)
        session_widen(windows, window, span, true);
    establish(windows, window);
    return aggregates_read(windows->aggregates, accumulators, accumulators_of(window));
}

/* Keys in the map have nothing behind them that can be read. */
void window_show(struct windows *windows, struct open_window *window, window_visitor *visit,
                 void *context)
{
    windows->key.length = 0;
    buffer_append(&windows->key, window_key(windows, window));
    buffer_reserve(&windows->key, FAST_PADDING);
    visit(context, &(struct window){.span = window->span,
                                    .key = buffer_slice(&windows->key),
                                    .accumulators = accumulators_of(window)});
}

void windows_news(struct windows *windows, window_visitor *visit, void *context)
{
    for (size_t i = 0; i < windows->news_count; i++) {
        if (visit)
            window_show(windows, windows->news[i], visit, context);
        windows->news[i]->news = 0;
    }
    windows->news_count = 0;
}

void windows_each(struct windows *windows, window_visitor *visit, void *context)
{
    size_t cursor = 0;
    for (void *value; (value = map_next(windows->map, &cursor));) {
        const struct sessions *sessions = value;
        if (!windows->merge)
            window_show(windows, value, visit, context);
        for (size_t i = 0; windows->merge && i < sessions->count; i++)
            window_show(windows, sessions_at(sessions, i), visit, context);
    }
}

void windows_free(struct windows *windows)
{
    if (!windows)
        return;
    for (struct open_window *window; (window = heap_pop(windows->heap, INT64_MAX));)
        if (!window->is_gone)
            window_remove(windows, window);
        else
            session_free(windows, window);
    heap_free(windows->heap);
    map_free(windows->map);
    pool_free(windows->pool);
    buffer_free(&windows->key);
    buffer_free(&windows->left_text);
    buffer_free(&windows->right_text);
    free(windows->left);
    free(windows->right);
    free(windows->news);
    free(windows->due);
    free(windows);
}
