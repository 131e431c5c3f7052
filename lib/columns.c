#include "columns.h"

#include <stdlib.h>

#include "bytes.h"

size_t columns_add(struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->name[i], name) == 0)
            return i;
    columns->name = memory_resize(columns->name, columns->count + 1, sizeof *columns->name);
    columns->name[columns->count] = name;
    return columns->count++;
}

void columns_free(struct columns *columns)
{
    free(columns->name);
    *columns = (struct columns){0};
}
