/*
 * What --by, --where and --select make of a stream: which group a record belongs to, what is added
 * up there, and the row that tells of a group in a window.
 *
 * A list of which every item has an aggregate gets the columns of --by, window_start and window_end
 * in front. The rows' key is what tells them apart, when all of that is in the list: the columns of
 * --by and a bound of the window.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>

#include "aggregate.h"
#include "columns.h"
#include "filter.h"
#include "record.h"
#include "take.h"
#include "windows.h"

/* All borrowed. */
struct summary_options {
    const struct take_list *by;
    const char *where; /* or NULL */
    const char *select;
    const char *zone; /* or NULL: UTC */
    const char *to;   /* the stream of the rows */
    bool by_day;      /* a window's date tells it from others */
};

struct summary;

/* Of records of FROM (borrowed). A mistake in the options is exit 2. */
struct summary *summary_new(const struct summary_options *options, const struct schema *from);
void summary_free(struct summary *summary);

/* Which columns a record's values are of. */
const struct columns *summary_columns(const struct summary *summary);

/* Of the rows. */
const struct schema *summary_schema(const struct summary *summary);

/* What is added up. */
struct aggregates *summary_aggregates(const struct summary *summary);

/* Options, and types of columns, that give what was added up its meaning. */
void summary_settings(const struct summary *summary, struct filter *filter);

/*
 * FATE_USED when RECORD is wanted: then *KEY is its group's (fields_pack), and the evaluation has
 * its values, until the next call. Else what has become of it.
 */
enum fate summary_take(struct summary *summary, const struct record *record, struct slice *key);
struct evaluation *summary_evaluation(struct summary *summary);

/* Rejects RECORD for what failed with the evaluation. */
enum fate summary_reject(const struct summary *summary, const struct record *record);

/*
 * The row of WINDOW: *VALUES are JSON texts for the columns of summary_schema, until the next call.
 * False, with the *REASON, when it cannot be told.
 */
bool summary_row(struct summary *summary, const struct window *window, const struct slice **values,
                 const char **reason);

/* Appends which window it is, as a JSON object. */
void summary_describe(struct summary *summary, const struct window *window, struct buffer *out);

/* Whether a column of --by is classified as pii. */
bool summary_is_pii(const struct summary *summary);

#endif
