/*
 * Where ft-sink writes to: a target has tables, a table takes rows, and rows become visible at a
 * commit and not before (but for standard output, which has nothing to commit).
 *
 * With state, the rows of an epoch and its number are committed together, under the pipeline's id;
 * tables belong to an id. A commit on top of another epoch than the one that this run has committed
 * last fails: somebody else writes under the same id.
 *
 * One file per kind of target: sink_lines.c (-), sink_sqlite.c (sqlite:FILE), sink_postgres.c
 * (postgresql://...). What goes wrong with a target ends the process (exit 3, or 2 when the target
 * is not what was agreed).
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "schema.h"

/* A row as it is to be written. */
struct sink_row {
    const struct json_value *value; /* of the table's columns, in order; missing ones are null */
    struct slice body;              /* all members as text, when the schema is open or `whole` */
    bool is_delete;                 /* then only the key's columns count */
    /* of the record, for when the row is refused later */
    struct slice line;
    bool timed;
    int64_t time_ms;
};

/* A row that was put, and that the target then refuses. */
struct sink_refusal {
    struct slice line; /* the record's; empty when it is no longer known */
    bool timed;
    int64_t time_ms;
    const char *why;
};

/* What a table is opened with; all borrowed until close. */
struct sink_table {
    const char *name;
    const struct schema *schema; /* columns and key as written; open: as they come */
    bool whole; /* nobody chose columns: those that are not in the schema may be shown too */
    /* Told of each row that is refused behind its put, in commit at the latest; what it then puts
     * into another table is of the same commit. NULL: there is nowhere to tell. */
    void (*refused)(void *context, const struct sink_refusal *refusal);
    void *context;
};

/* Where the target is. */
struct sink_place {
    const char *name; /* as it was given: may hold a password */
    char *shown;      /* for messages: sink_name_to_show */
    int64_t retry_ms; /* how long to wait for a server that is away */
    bool print_key;   /* -: the key and a tab before each line */
};

struct sink_calls {
    const char *const *prefix; /* of the target's name: one of these, up to NULL */
    bool defers; /* rows that were put are known to fit only when they are committed */
    /* RUN says whether tables are replaced (bounded runs without state) or added to. */
    void *(*open)(const struct sink_place *place, const struct run *run);
    void *(*table)(void *target, const struct sink_table *table);
    /* All tables are open. NULL where that is nothing to wait for. */
    void (*opened)(void *target);
    /* False, with *COLUMN and *WHY (constants, or the schema's), when a value does not fit. */
    bool (*put)(void *table, const struct sink_row *row, const char **column, const char **why);
    void (*commit)(void *target, uint64_t epoch);
    /* The epoch that the run's pipeline has committed; 0: none. NULL where nothing remembers it. */
    uint64_t (*committed)(void *target);
    /* Appends to OUT, as text, what PLACE has committed of PIPELINE; of all pipelines, "ID EPOCH" a
     * line, when that is NULL. What is not there has committed nothing. */
    void (*list_committed)(const struct sink_place *place, const char *pipeline,
                           struct buffer *out);
    void (*close)(void *target); /* commits nothing */
};

extern const struct sink_calls sink_lines, sink_sqlite, sink_postgres;

/* The kind of target that NAME begins with; fails (exit 2) when there is none. */
const struct sink_calls *sink_find(const char *name);

/* NAME without what is secret in it: of a URI no user, password and parameters. The caller frees.
 */
char *sink_name_to_show(const char *name);

#endif
