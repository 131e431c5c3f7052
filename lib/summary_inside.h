/*
 * What the parts of `summary` share: summary.c (what the options say) and summary_row.c (records
 * in, rows out). Nobody else includes it.
 */
#ifndef SUMMARY_INSIDE_H
#define SUMMARY_INSIDE_H

#include "arena.h"
#include "select.h"
#include "summary.h"

struct summary {
    struct summary_options options;
    const struct schema *from;
    struct columns columns; /* those of --by come first */
    struct columns group;   /* these alone */
    struct type *group_type;
    bool pii; /* one of them is */
    struct aggregates *aggregates;
    struct expression *where; /* or NULL */
    struct select *select;
    struct buffer select_text; /* as it is parsed */
    struct schema *schema;
    struct arena *arena;
    struct evaluation evaluation;
    struct json_value *group_value; /* as summary.columns has them, but only a group's are there */
    struct slice *group_text;
    struct value *result; /* of the aggregates */
    struct slice *value;  /* of a row */
    size_t *value_end;    /* where each ends in TEXT */
    struct buffer text, key, reason;
};

#endif
