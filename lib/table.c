#include "table.h"

#include <stdlib.h>

#include "fast.h"
#include "fields.h"
#include "hash.h"
#include "map.h"

/* A row that fits stands beside its key, one cache miss nearer. */
enum { NEAR = 48 };

struct row {
    char *far;     /* or its packed values are here */
    uint32_t room; /* at far */
    bool there;    /* false: new, and not filled yet */
    char near[NEAR + FAST_PADDING];
};

struct table {
    struct map *rows;
    size_t field_count;
};

struct table *table_new(size_t field_count)
{
    struct table *table = memory_new(1, sizeof *table);
    table->rows = map_new(sizeof(struct row));
    table->field_count = field_count;
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    size_t cursor = 0;
    for (struct row *row; (row = map_next(table->rows, &cursor));)
        free(row->far);
    map_free(table->rows);
    free(table);
}

static const char *packed(const struct row *row)
{
    return row->far ? row->far : row->near;
}

bool table_put(struct table *table, struct slice key, const struct json_value *fields)
{
    struct row *row = map_add(table->rows, key, hash_bytes(key));
    bool was_there = row->there;
    size_t size = fields_size(fields, table->field_count);
    if (size > NEAR && size > row->room) {
        row->far = memory_resize(row->far, size + FAST_PADDING, 1);
        row->room = (uint32_t)size;
    }
    fields_pack(row->far ? row->far : row->near, fields, table->field_count);
    row->there = true;
    return was_there;
}

bool table_remove(struct table *table, struct slice key)
{
    struct row *row = map_find(table->rows, key, hash_bytes(key));
    if (!row)
        return false;
    free(row->far);
    map_remove(table->rows, row);
    return true;
}

bool table_find(const struct table *table, struct slice key, struct slice *fields)
{
    const struct row *row = map_find(table->rows, key, hash_bytes(key));
    if (!row)
        return false;
    fields_unpack(packed(row), fields, table->field_count);
    return true;
}

void table_each(const struct table *table, void (*visit)(void *context, const struct slice *fields),
                void *context)
{
    struct slice *fields = memory_new(table->field_count, sizeof *fields);
    size_t cursor = 0;
    for (const struct row *row; (row = map_next(table->rows, &cursor));) {
        fields_unpack(packed(row), fields, table->field_count);
        visit(context, fields);
    }
    free(fields);
}

uint64_t table_count(const struct table *table)
{
    return map_count(table->rows);
}
