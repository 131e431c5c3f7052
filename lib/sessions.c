/* The sessions of one key: few, apart from each other, in the order of time. */
#include <stdlib.h>

#include "hash.h"
#include "windows_inside.h"

/* ---- the list ---- */

static struct open_window **list_of(struct sessions *sessions)
{
    return sessions->room > 0 ? sessions->far + sessions->first : &sessions->near;
}

struct open_window *sessions_at(const struct sessions *sessions, size_t index)
{
    return sessions->room > 0 ? sessions->far[sessions->first + index] : sessions->near;
}

/* The first that does not end before MS. Mostly it is the last one, or behind it. */
static size_t first_ending_at(const struct sessions *sessions, int64_t ms)
{
    size_t low = 0, high = sessions->count;
    if (high > 0 && sessions_at(sessions, high - 1)->span.end_ms < ms)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sessions_at(sessions, middle)->span.end_ms < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many touch SPAN; *FIRST is the index of the first, or where one would go. */
static size_t touching(const struct sessions *sessions, struct span span, size_t *first)
{
    size_t behind = *first = first_ending_at(sessions, span.start_ms);
    while (behind < sessions->count && sessions_at(sessions, behind)->span.start_ms <= span.end_ms)
        behind++;
    return behind - *first;
}

/* Moves them into the middle of an array that has as much room again at each end. */
static void spread(struct sessions *sessions)
{
    uint32_t count = sessions->count, room = 3 * count + 1;
    struct open_window **far = memory_new(room, sizeof(struct open_window *));
    memcpy(far + count, list_of(sessions), count * sizeof(struct open_window *));
    if (sessions->room > 0)
        free(sessions->far);
    sessions->far = far;
    sessions->room = room;
    sessions->first = count;
}

/* Those on the shorter side of INDEX make way. */
static void insert(struct sessions *sessions, size_t index, struct open_window *session)
{
    bool in_front = index < sessions->count / 2 + 1 && sessions->room > 0;
    bool fits = in_front ? sessions->first > 0 : sessions->first + sessions->count < sessions->room;
    if (sessions->count > 0 && !fits)
        spread(sessions);
    struct open_window **list = list_of(sessions);
    in_front = in_front && sessions->room > 0;
    if (in_front) {
        memmove(list - 1, list, index * sizeof(struct open_window *));
        sessions->first--;
    } else {
        memmove(list + index + 1, list + index,
                (sessions->count - index) * sizeof(struct open_window *));
    }
    list_of(sessions)[index] = session;
    sessions->count++;
}

static void take_away(struct sessions *sessions, size_t index)
{
    struct open_window **list = list_of(sessions);
    sessions->count--;
    if (index == 0 && sessions->room > 0)
        sessions->first++;
    else
        memmove(list + index, list + index + 1,
                (sessions->count - index) * sizeof(struct open_window *));
    if (sessions->count > 0 || sessions->room == 0)
        return;
    free(sessions->far);
    sessions->room = sessions->first = 0;
}

/* ---- the sessions ---- */

static size_t session_size(const struct windows *windows)
{
    return sizeof(struct open_window) + aggregates_size(windows->aggregates);
}

void session_free(struct windows *windows, struct open_window *session)
{
    pool_put(windows->pool, session, session_size(windows));
}

struct open_window *session_find(struct windows *windows, struct slice key, struct span span)
{
    size_t first;
    struct sessions *sessions = map_add(windows->map, key, hash_bytes(key));
    if (touching(sessions, span, &first) > 0)
        return sessions_at(sessions, first);
    struct open_window *session = pool_get(windows->pool, session_size(windows));
    memset(session, 0, session_size(windows));
    session->span = span;
    session->sessions = sessions;
    insert(sessions, first, session);
    return session;
}

void session_take_out(struct windows *windows, struct open_window *session)
{
    size_t index;
    struct sessions *sessions = session->sessions;
    touching(sessions, session->span, &index);
    take_away(sessions, index);
    if (sessions->count == 0)
        map_remove(windows->map, sessions);
}

static struct span around(struct span a, struct span b)
{
    return (struct span){a.start_ms < b.start_ms ? a.start_ms : b.start_ms,
                         a.end_ms > b.end_ms ? a.end_ms : b.end_ms};
}

/* One that is not SESSION among those that touch SPAN; NULL when there is none. */
static struct open_window *neighbour(const struct open_window *session, struct span span)
{
    size_t first;
    if (touching(session->sessions, span, &first) < 2)
        return NULL;
    struct open_window *found = sessions_at(session->sessions, first);
    return found == session ? sessions_at(session->sessions, first + 1) : found;
}

void session_widen(struct windows *windows, struct open_window *session, struct span span,
                   bool covered)
{
    struct open_window *other;
    span = around(session->span, span);
    while ((other = neighbour(session, span))) {
        span = around(span, other->span);
        if (covered)
            aggregates_clear(windows->aggregates, accumulators_of(other));
        else
            aggregates_merge(windows->aggregates, accumulators_of(session), accumulators_of(other));
        window_leave_news(windows, other);
        session_take_out(windows, other);
        windows->count--;
        other->is_gone = true;
    }
    session->span = span;
}
