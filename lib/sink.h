/*
 * Where ft-sink writes to: a target has tables, a table takes rows, and rows become visible at a
 * commit and not before (but for standard output, which has nothing to commit).
 *
 * With state, the rows of an epoch and its number are committed together, under the pipeline's id;
 * tables belong to an id. A commit on top of another epoch than the one that this run has committed
 * last fails: somebody else writes under the same id.
 *
 * One file per kind of target: sink_lines.c (-), sink_sqlite.c (sqlite:FILE). What goes wrong with
 * a target ends the process (exit 3, or 2 when the target is not what was agreed).
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
};

/* What a table is opened with; all borrowed until close. */
struct sink_table {
    const char *name;
    const struct schema *schema; /* columns and key as written; open: as they come */
    bool whole; /* nobody chose columns: those that are not in the schema may be shown too */
};

struct sink_calls {
    const char *prefix; /* of the target's name */
    /* NAME is the whole name, for messages. RUN says whether tables are replaced (bounded runs
     * without state) or added to. */
    void *(*open)(const char *name, const struct run *run);
    void *(*table)(void *target, const struct sink_table *table);
    /* All tables are open. NULL where that is nothing to wait for. */
    void (*opened)(void *target);
    /* False, with *COLUMN and *WHY (constants, or the schema's), when a value does not fit. */
    bool (*put)(void *table, const struct sink_row *row, const char **column, const char **why);
    void (*commit)(void *target, uint64_t epoch);
    /* The epoch that the run's pipeline has committed; 0: none. NULL where nothing remembers it. */
    uint64_t (*committed)(void *target);
    /* Appends to OUT, as text, what NAME has committed of PIPELINE; of all pipelines, "ID EPOCH" a
     * line, when that is NULL. What is not there has committed nothing. */
    void (*list_committed)(const char *name, const char *pipeline, struct buffer *out);
    void (*close)(void *target); /* commits nothing */
};

extern const struct sink_calls sink_lines, sink_sqlite;

/* The kind of target that NAME begins with; fails (exit 2) when there is none. */
const struct sink_calls *sink_find(const char *name);

/*
 * Why NAME cannot be one more column beside those of SCHEMA, or NULL: names have at most 63 bytes
 * and differ by more than case, as databases see them.
 */
const char *sink_name_problem(const struct schema *schema, const char *name);

/* Fails (exit 2) when the table's name or one of its columns' has such a problem. */
void sink_check_names(const struct sink_table *table);

#endif
