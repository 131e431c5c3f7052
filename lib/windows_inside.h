/*
 * What the parts of `windows` share: windows.c (which are open), sessions.c (those that merge) and
 * windows_fire.c (which are complete, and in what order). Nobody else includes it.
 */
#ifndef WINDOWS_INSIDE_H
#define WINDOWS_INSIDE_H

#include "heap.h"
#include "map.h"
#include "pool.h"
#include "windows.h"

/* A window; its accumulators stand behind it. */
struct open_window {
    _Alignas(16) struct span span;
    struct sessions *sessions; /* of its key, when it is one of them */
    uint32_t news;             /* its place among the news, from 1 on; 0: it is none */
    bool is_there;             /* false: new, and not yet filled */
    bool is_gone;              /* a session that went into another: the heap lets go of it */
};

/*
 * The sessions of one key, in the order of time. Most keys have one at a time, and need no array.
 * In the array they stand somewhere in the middle: they come at one end and go at the other.
 */
struct sessions {
    uint32_t count, room; /* room at FAR; 0: it is in NEAR */
    uint32_t first;       /* of FAR */
    union {
        struct open_window *near;
        struct open_window **far;
    };
};

/* A complete window, with what it is sorted by. */
struct due {
    struct span span;
    uint64_t prefix; /* of its key: the first bytes of the first value, as a number */
    struct slice key;
    struct open_window *window;
};

struct windows {
    struct spans *spans;
    struct aggregates *aggregates;
    size_t key_fields;
    bool merge, remember;
    struct map *map;   /* struct open_window by span and key; with MERGE, struct sessions by key */
    struct pool *pool; /* with MERGE, of struct open_window */
    struct heap *heap; /* by when they are due, or (sessions that grew) were once */
    size_t count;
    struct open_window **news;
    size_t news_count, news_room;
    struct due *due;
    size_t due_count, due_room;
    struct buffer key;
    struct slice *left, *right; /* two keys that are compared, and their texts, decoded */
    struct buffer left_text, right_text;
};

static inline void *accumulators_of(struct open_window *window)
{
    return window + 1;
}

/* windows.c: the packed key of WINDOW. */
struct slice window_key(const struct windows *windows, const struct open_window *window);

/* windows.c */
void window_show(struct windows *windows, struct open_window *window, window_visitor *visit,
                 void *context);

/* windows.c: forgets WINDOW, to which the heap does not point any more. */
void window_remove(struct windows *windows, struct open_window *window);

/* windows.c: it is none of the news. */
void window_leave_news(struct windows *windows, struct open_window *window);

/* sessions.c: the one at INDEX. */
struct open_window *sessions_at(const struct sessions *sessions, size_t index);

/* sessions.c: the first session of KEY that touches SPAN; when none does, a new one that is not
 * there yet. */
struct open_window *session_find(struct windows *windows, struct slice key, struct span span);

/*
 * sessions.c: SESSION now reaches over SPAN, and takes in those that it touches then. With COVERED
 * it has already what was in them: only they go.
 */
void session_widen(struct windows *windows, struct open_window *session, struct span span,
                   bool covered);

/* sessions.c: takes SESSION out of its key's. */
void session_take_out(struct windows *windows, struct open_window *session);

/* sessions.c: frees it. */
void session_free(struct windows *windows, struct open_window *session);

#endif
