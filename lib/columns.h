/*
 * A set of column names being put together: which columns to ask the scanner for, and where each
 * is. Pointers to names are borrowed.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stddef.h>

struct columns {
    const char **name;
    size_t count;
};

/* The index of NAME, appended when it is not there yet. */
size_t columns_add(struct columns *columns, const char *name);

void columns_free(struct columns *columns);

#endif
