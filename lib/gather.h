/*
 * The columns of a stream that declares none: they come with the records. The members of a record
 * are gathered by column; one that is no column yet becomes one.
 */
#ifndef GATHER_H
#define GATHER_H

#include "json.h"
#include "schema.h"

struct gather {
    struct schema *columns;   /* borrowed; grows */
    struct json_value *value; /* of the last record, by column */
    size_t room;              /* in value */
    struct buffer refused;    /* the name that cannot be a column, with a NUL; else empty */
    size_t most_columns;
    const char *too_many;        /* what is said of a record with more */
    const char *const *reserved; /* names that the target keeps for itself, up to NULL; or NULL */
    /* NAME is to be one more column: adds it to `columns`, and to wherever else. */
    void (*add)(void *context, const char *name);
    void *context;
};

/*
 * The members of BODY into gather->value, new columns added. False with *COLUMN (gather's, or NULL)
 * and *WHY when one cannot be a column; then none was added.
 */
bool gather(struct gather *gather, struct slice body, const char **column, const char **why);

void gather_free(struct gather *gather);

#endif
