/*
 * Rows by key, the latest of each: the right side of a lookup. A row is a few packed values.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "json.h"

struct table;

/* Rows of FIELD_COUNT values. */
struct table *table_new(size_t field_count);
void table_free(struct table *table);

/* Puts a row in, in place of the one with its key. True when there was one. */
bool table_put(struct table *table, struct slice key, const struct json_value *fields);

/* Takes the row of KEY out. True when there was one. */
bool table_remove(struct table *table, struct slice key);

/* Tells VISIT each row, in no order that may be seen. FIELDS are valid until it returns. */
void table_each(const struct table *table, void (*visit)(void *context, const struct slice *fields),
                void *context);

uint64_t table_count(const struct table *table);

/* The texts of the row's values, valid until the next change. False when there is no row. */
bool table_find(const struct table *table, struct slice key, struct slice *fields);

#endif
