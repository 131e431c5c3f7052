/*
 * The touches that a conversion may still need, by key: for each key a timeline sorted by time,
 * then by the touch's own key. (Not by arrival: that order never decides.)
 *
 * Two facts make each conversion's answer the head of its timeline, in amortised constant time:
 * conversions are asked in the order of their times, so what is too old for one is too old for all
 * that follow; and touches come in nearly in order, so they go in near the end.
 *
 * A touch costs 16 bytes in its timeline and its packed values in a chunk; a chunk is freed when
 * all its touches are too old for any conversion, whether or not their timelines have noticed.
 */
#ifndef TOUCHES_H
#define TOUCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"

struct touches;

/*
 * A touch keeps FIELD_COUNT values. Those with an index in KEY (KEY_COUNT of them; none: all) order
 * touches of one time, by their decoded bytes; where these are equal too, all values do. With
 * REMEMBER, touches_news can be asked (8 bytes more each).
 */
struct touches *touches_new(size_t field_count, const size_t *key, size_t key_count, bool remember);
void touches_free(struct touches *touches);

/* Adds a touch. Fails (exit 3) without memory. */
void touches_add(struct touches *touches, struct slice key, int64_t time_ms,
                 const struct json_value *fields);

/* KEY will be asked for soon: its timeline is brought near. Changes nothing else. */
void touches_announce(struct touches *touches, struct slice key);

/*
 * The first touch of KEY in [FROM_MS, TO_MS]: its time and the texts of its fields (valid until the
 * next call). False when there is none. FROM_MS never goes back between calls for one key.
 */
bool touches_first(struct touches *touches, struct slice key, int64_t from_ms, int64_t to_ms,
                   int64_t *time_ms, struct slice *fields);

/* No call will ask for a touch before HORIZON_MS any more. */
void touches_expire(struct touches *touches, int64_t horizon_ms);

/* Lets go of everything that touches_expire allows to; until then some of it may linger. */
void touches_sweep(struct touches *touches);

/*
 * Tells VISIT (NULL: nobody) the touches that came since the last call, but for those that are too
 * old by now, in no order that matters.
 */
void touches_news(struct touches *touches,
                  void (*visit)(void *context, int64_t time_ms, const struct slice *fields),
                  void *context);

/* How many came since the last call of touches_news. */
uint64_t touches_untold(const struct touches *touches);

/* How many are kept now: exactly those from the horizon on when they are remembered, else those
 * that linger too. */
uint64_t touches_count(const struct touches *touches);

/* How many keys have some; those of which the last has just gone may be counted too. */
uint64_t touches_keys(const struct touches *touches);

#endif
