#include "door.h"

#include <stdlib.h>

#include "layout.h"

struct door {
    struct layout *layout;
    struct json_value *value; /* the columns, then _stream, _ts, _op */
    size_t count;
    bool upsert;
};

struct door *door_new(const char *const *columns, size_t count, bool upsert)
{
    struct door *door = memory_new(1, sizeof *door);
    const char **names = memory_new(count + 3, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = columns[i];
    names[count] = "_stream";
    names[count + 1] = "_ts";
    names[count + 2] = "_op";
    door->layout = layout_new(names, count + 3, LAYOUT_WHOLE);
    door->value = memory_new(count + 3, sizeof *door->value);
    door->count = count;
    door->upsert = upsert;
    free(names);
    return door;
}

void door_free(struct door *door)
{
    if (!door)
        return;
    layout_free(door->layout);
    free(door->value);
    free(door);
}

struct slice door_trim(struct slice line)
{
    const char *start = line.at, *end = line.at + line.length;
    while (end > start && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    start = json_skip_space(start, end);
    return (struct slice){start, (size_t)(end - start)};
}

bool door_admit(struct door *door, struct slice line, struct admitted *admitted, const char **why)
{
    struct json_error error;
    admitted->text = door_trim(line);
    admitted->value = door->value;
    if (!layout_scan(door->layout, admitted->text, door->value, &error)) {
        *why = error.reason;
        return false;
    }
    const struct json_value *reserved = door->value + door->count;
    *why = "the reserved member _stream is in the record";
    if (reserved[0].kind != JSON_MISSING)
        return false;
    *why = "the reserved member _ts is in the record";
    if (reserved[1].kind != JSON_MISSING)
        return false;
    admitted->is_delete = reserved[2].kind != JSON_MISSING;
    *why = door->upsert ? "the reserved member _op is not \"delete\""
                        : "the reserved member _op is in a record that cannot be deleted";
    return !admitted->is_delete ||
           (door->upsert && slice_is(json_text(&reserved[2]), "\"delete\""));
}
