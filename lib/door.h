/*
 * The door: where a line from outside becomes a record. Judged here in full, and nowhere else: one
 * JSON object, valid to the last byte, no member twice, none of our reserved members but
 * "_op":"delete" where rows can be deleted.
 */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>

#include "bytes.h"
#include "json.h"

struct door;

/* COLUMNS are what door_admit shall find. UPSERT: the stream's rows have keys and can be deleted.
 */
struct door *door_new(const char *const *columns, size_t count, bool upsert);
void door_free(struct door *door);

/* A line as it was admitted. */
struct admitted {
    struct slice text;        /* from { to }, without white space around it */
    struct json_value *value; /* the columns; valid until the next call */
    bool is_delete;
};

/* False with a constant *WHY when LINE must be rejected. */
bool door_admit(struct door *door, struct slice line, struct admitted *admitted, const char **why);

/* LINE without white space (a CR, say) around it. */
struct slice door_trim(struct slice line);

#endif
