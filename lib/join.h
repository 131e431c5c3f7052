/*
 * What the kinds of join have in common: two sides, of which the left one's rows get columns of the
 * right one's. ft-join fills in what its options say and gives the records of both sides to the
 * kind that was asked for; which right row a left row meets, when, and what must be held for that,
 * is the kind's.
 */
#ifndef JOIN_H
#define JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "columns.h"
#include "emit.h"
#include "filter.h"
#include "take.h"

struct join_kind;

/* Whoever fills it in owns what the options say; join_free frees the rest. */
struct join {
    /* what the options say */
    const struct join_kind *kind;
    const char *left, *right, *to; /* streams; RIGHT is NULL when the right side is a file */
    const char *file;              /* that file, */
    char *table_name;              /* and what its rows are said to be of */
    struct take_list on, take;     /* left = right columns; right columns AS names */
    struct take_list take_left;    /* left columns AS names; empty: the left row as it is */
    int64_t from_ms, to_ms;        /* bounds of an interval, about the left row's time */
    bool inner, reject;            /* what becomes of left rows without a match */
    bool keep, keep_left;          /* the right, the left stream is passed on too */
    struct filter *filter;

    /* what join_lay_out makes of it */
    struct columns left_columns;  /* --on and --take-left, then the names that must be free */
    size_t left_count;            /* so many of them are not those names */
    struct columns right_columns; /* --take without repetition, then what else --on needs (kept
                                     too when it goes to disk) */
    size_t field_count;           /* so many right columns are kept */
    size_t *left_key, *right_key; /* where the columns of --on are in these */
    size_t *taken;                /* where --take[i] is in right_columns */
    size_t *left_taken;           /* and --take-left[i] in left_columns */
    struct emitter *emitter;
    struct slice *fields; /* of the right row that was found */
    struct slice *values; /* of --take-left, and what is added to the left one */
    struct buffer scratch, line;

    /* from join_start on */
    struct part *right_part; /* the right side on disk; NULL without state, and when it is a file */
    struct emitter *right_line;
    void *held; /* the kind's own */
};

/*
 * A kind of join: the filter's calls (filter.h), for it. The calls to check a side's schema, and
 * LEFT and RIGHT, must be there; RIGHT's fate does not matter when there is no right stream.
 */
struct join_kind {
    const char *name;
    const char *no_match; /* "column who: "b" ..." of a row that --reject rejects */
    bool many;            /* a left row can become several: the rows have no key */
    void (*check_left)(const struct join *join, const struct schema *schema);
    void (*check_right)(const struct join *join, const struct schema *schema);
    void (*start)(struct join *join);
    enum fate (*left)(struct join *join, const struct record *record);
    enum fate (*right)(struct join *join, const struct record *record);
    int64_t (*watermark)(struct join *join, int64_t watermark_ms);
    void (*restored)(struct join *join);
    void (*save)(struct join *join);
    uint64_t (*keys)(const struct join *join);
    void (*free)(struct join *join); /* what is held */
};

/*
 * The right row as it is when the left one passes (join_lookup.c), or as it was at the left one's
 * time (join_asof.c); or all right rows of a time about the left one's (join_interval.c).
 */
extern const struct join_kind join_lookup, join_asof, join_interval;

/* Which columns of each side are asked for. A mistake is exit 2. */
void join_lay_out(struct join *join);
void join_free(struct join *join);

/* The schema of the rows that are made. The caller frees it. */
struct schema *join_row_schema(const struct join *join);

/* Fails (exit 2) unless --on names the key of the right side's SCHEMA, if it declares one. */
void join_check_key(const struct join *join, const struct schema *schema);

/* In the start call: the settings that all kinds have, and the part of the right side. */
void join_open_part(struct join *join);

/* The key of a row of either side (fields_key); false when a null is in it. */
bool join_left_key(struct join *join, const struct json_value *values, struct slice *key);
bool join_right_key(struct join *join, const struct json_value *values, struct slice *key);

/*
 * The left RECORD, whose members are BODY, has met the right row in join->fields (FOUND), or none:
 * then it is dropped or rejected when the options say so. Emits the row else. Returns its fate.
 */
enum fate join_answer(struct join *join, const struct record *record, struct slice body,
                      bool found);

/* A row of the right side (FIELDS), or the end of one, as a line of its part. TIME_MS is INT64_MIN
 * when it has none. They do not age. */
void join_save_row(struct join *join, int64_t time_ms, const struct slice *fields);
void join_save_delete(struct join *join, int64_t time_ms, const struct slice *fields);

/* The same for a record of the right stream. */
void join_save_record(struct join *join, const struct record *record, int64_t time_ms);

/*
 * Whether the part of the right side has so many more lines than the ROWS that they stand for that
 * it is to be written anew (part_restart).
 */
bool join_outgrown(const struct join *join, uint64_t rows);

#endif
