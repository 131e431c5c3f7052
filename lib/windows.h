/*
 * The windows that are open: for each key and span of time, what was added up of its records, until
 * the watermark says that there will be no more. Spans that merge are sessions: a record may open
 * one, make it longer, or make one of two.
 *
 * A key is some values, packed as fields_pack (fields.h) does it; a null is a key like others.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregate.h"
#include "bytes.h"
#include "expression.h"
#include "spans.h"

struct windows;

/* As it is shown to a visitor, who may not change it. */
struct window {
    struct span span;
    struct slice key; /* with FAST_PADDING bytes behind it that can be read */
    const void *accumulators;
};

typedef void window_visitor(void *context, const struct window *window);

/* SPANS and AGGREGATES are borrowed. A key has KEY_FIELDS values. Without REMEMBER there are no
 * news. */
struct windows *windows_new(struct spans *spans, struct aggregates *aggregates, size_t key_fields,
                            bool remember);
void windows_free(struct windows *windows);

/*
 * Adds a record of KEY at MS, whose values are in EVALUATION. All or nothing: false, with `why` and
 * `culprit` in EVALUATION, when it cannot be added; then nothing has changed.
 */
bool windows_add(struct windows *windows, struct slice key, int64_t ms,
                 struct evaluation *evaluation);

/* Takes back what was a window, with ACCUMULATORS as aggregates_write wrote them; it replaces what
 * of its key and span is there. False when they are not such. It is no news. */
bool windows_put(struct windows *windows, struct slice key, struct span span,
                 struct slice accumulators);

/*
 * Shows VISIT the windows that are complete at WATERMARK_MS, in the order of (end, start, the
 * decoded values of the key, null first), and forgets them.
 */
void windows_fire(struct windows *windows, int64_t watermark_ms, window_visitor *visit,
                  void *context);

/* Shows VISIT (NULL: nobody) the windows that have changed since the last call; and all. In no
 * order. */
void windows_news(struct windows *windows, window_visitor *visit, void *context);
void windows_each(struct windows *windows, window_visitor *visit, void *context);

size_t windows_count(const struct windows *windows);

#endif
