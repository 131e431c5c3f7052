/*
 * A stream without its repeated records, inside a filter: dedup.h made to a filter's calls. What is
 * held goes to disk as two parts: "waiting", the lines of records that wait, and "kept", the keys:
 *
 *     {"_stream":"kept","_ts":1767225600000,"customer":"ann","page":"/search"}
 *
 * with their decoded texts. What comes back is not judged again by anything but its key and time.
 */
#ifndef REPEATS_H
#define REPEATS_H

#include "columns.h"
#include "filter.h"

struct repeats;

/*
 * Of STREAM, by the columns of KEY; all is borrowed. WITHIN_MS may be DEDUP_FOREVER (dedup.h). KEPT
 * is the fate of a record whose line goes on: FATE_PASSED, or FATE_USED when it is one that was
 * made.
 */
struct repeats *repeats_new(struct filter *filter, const char *stream, const struct take_list *key,
                            int64_t within_ms, enum fate kept);
void repeats_free(struct repeats *repeats);

/* In the filter's schema call: the key's columns are asked for among COLUMNS. */
void repeats_ask(struct repeats *repeats, struct columns *columns);

/* To be called from the filter's call of the same name. */
void repeats_start(struct repeats *repeats);
void repeats_restored(struct repeats *repeats);
void repeats_save(struct repeats *repeats);

/*
 * The fate of a record, whose values are in the order of repeats_ask: FATE_HELD. LINE (without
 * newline) is what goes on when it is the first.
 */
enum fate repeats_hold(struct repeats *repeats, const struct record *record, struct slice line);

/* How many keys are remembered. */
uint64_t repeats_keys(const struct repeats *repeats);

/* Passes on the records that are complete, and no duplicates. */
void repeats_watermark(struct repeats *repeats, int64_t watermark_ms);

#endif
