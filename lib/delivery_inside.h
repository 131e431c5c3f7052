/*
 * What the parts of a delivery share: delivery.c (from beginning to end), delivery_tables.c (what
 * is known before the first record) and delivery_rows.c (records as rows). Nobody else includes it.
 */
#ifndef DELIVERY_INSIDE_H
#define DELIVERY_INSIDE_H

#include "delivery.h"
#include "directory.h"
#include "filter.h"
#include "layout.h"

/* A stream that is written to a table. */
struct written {
    struct delivery *delivery;
    char *table_name;
    char *stream;
    struct schema *schema; /* the table's; NULL until the stream was announced */
    struct sink_table request;
    void *table;          /* the target's */
    const char **columns; /* of the record, for those of the table but the write time */
    size_t column_count;
    struct json_value *value; /* the record's columns, then the write time */
    uint64_t held;            /* records that the target has not judged yet */
    struct written *next;
};

struct delivery {
    const struct delivery_settings *settings;
    struct filter *filter;
    void *target;
    struct written *written, **last;
    bool uncommitted;           /* something was written that no barrier has committed */
    bool named;                 /* tables were named: other streams are not written */
    int64_t now_ms;             /* when a row was written last */
    char now[24];               /* the same as text */
    uint64_t unshown;           /* rejected records that the target has no table for */
    struct buffer first_reason; /* of these */
    struct layout *reject_layout;
    struct directory state; /* with state */
};

/* delivery.c: whether it goes to standard output. */
bool delivery_is_of_lines(const struct delivery *self);

/* delivery.c: what STREAM is written to; NULL: nothing. */
struct written *delivery_find(const struct delivery *self, const char *stream);

/* delivery_tables.c: whether it is the stream of what was refused, whose columns are fixed. */
bool delivery_is_rejected(const struct schema *schema);

/* delivery_tables.c: the table of WRITTEN gets the columns that STREAM gives it, and its records
 * are asked for. Fails with exit 2 when they make no table. */
void delivery_make_table(struct delivery *self, struct written *written,
                         const struct schema *stream);

/* delivery_rows.c: a record of the stream that STATE, a written, is about. */
enum fate delivery_take_record(void *state, const struct record *record);

/* delivery_rows.c: a row that was taken, and that the target refuses now. */
void delivery_take_refused(void *state, const struct sink_refusal *refusal);

/* delivery_rows.c: of what is committed no record is held any longer. */
void delivery_release(struct delivery *self);

/* delivery_rows.c: from now on what this process rejects goes to the target, or is counted. */
void delivery_take_rejects(struct delivery *self);

/* delivery_rows.c: the target has no table for what others have rejected: that is counted. */
void delivery_count_rejects(struct delivery *self);

#endif
