#include "sink.h"

#include <strings.h>

#include "error.h"

enum { LONGEST_NAME = 63 };

const struct sink_calls *sink_find(const char *name)
{
    if (strcmp(name, sink_lines.prefix) == 0)
        return &sink_lines;
    size_t length = strlen(sink_sqlite.prefix);
    if (strncmp(name, sink_sqlite.prefix, length) == 0 && name[length] != '\0')
        return &sink_sqlite;
    fail(EXIT_USAGE, "\"%s\" is no target: write sqlite:FILE, or - for standard output", name);
}

const char *sink_name_problem(const struct schema *schema, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > LONGEST_NAME)
        return "has a name that is empty or longer than 63 bytes";
    for (size_t i = 0; i < schema->column_count; i++)
        if (schema->column[i].name != name && strcasecmp(schema->column[i].name, name) == 0)
            return "has a name that differs from another column's only in case";
    return NULL;
}

void sink_check_names(const struct sink_table *table)
{
    if (strlen(table->name) > LONGEST_NAME)
        fail(EXIT_USAGE, "table %s has a name that is longer than 63 bytes", table->name);
    for (size_t i = 0; i < table->schema->column_count; i++) {
        const char *name = table->schema->column[i].name;
        const char *problem = sink_name_problem(table->schema, name);
        if (problem)
            fail(EXIT_USAGE, "table %s: column %s %s", table->name, name, problem);
    }
}
