/*
 * What is known of a stream: its name, kind, key, time and typed columns; and its `_schema` line,
 * by which that travels with the data.
 *
 *     {"_stream":"_schema","stream":"event","kind":"append","key":["event_id"],"time":"event_ts",
 *      "columns":[["event_id","string"],["email","string","pii"],["event_ts","timestamp"]]}
 *
 * A schema without "columns" is open: nothing was declared, any column may come, each value is
 * typed by its JSON form. "null_keys":true says that null in the key equals null. A stream whose
 * records carry _ts is timed; "time" names the column it was read from, and is null when it has
 * none of its own.
 *
 * A schema owns everything it points to.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "type.h"

struct column {
    char *name;
    struct type type;
    bool pii;
};

struct schema {
    char *stream;
    bool upsert;       /* a row replaces the one with its key; else each line is a new fact */
    bool timed;        /* records carry _ts */
    bool open;         /* no columns declared */
    char *time_column; /* NULL when there is none */
    char **key;        /* column names */
    bool null_keys;    /* in the key null is a value like any other, as in groups */
    size_t key_count;
    struct column *column;
    size_t column_count;
};

/* Open, append, untimed, without key; the first column closes it. */
struct schema *schema_new(const char *stream);
void schema_free(struct schema *schema);

/* Appends a column; fails with exit 2 when the schema has one of that name already. */
void schema_add_column(struct schema *schema, const char *name, const struct type *type, bool pii);
void schema_add_key(struct schema *schema, const char *column);
void schema_drop_key(struct schema *schema);

/* A copy of FROM under the name STREAM. */
struct schema *schema_copy(const struct schema *from, const char *stream);

/*
 * Adds the column NAME to SCHEMA, of the type (and class) that COLUMN has in FROM; `any` where FROM
 * is open or NULL. An open SCHEMA stays open: nothing is added.
 */
void schema_take(struct schema *schema, const struct schema *from, const char *column,
                 const char *name);

/*
 * SCHEMA is made of columns of FROM, which NAME_OF tells the new name of, or NULL when it is left
 * out: gives it FROM's kind and, as far as they went over, its time column and key. (A key of which
 * a column is left out tells rows apart no more.) Returns NULL; of an upsert stream, which cannot
 * be without, a column of the key that was left out.
 */
typedef const char *schema_name_of(const void *context, const char *column);
const char *schema_follow(struct schema *schema, const struct schema *from, schema_name_of *name_of,
                          const void *context);

/* The column's index, or -1. An open schema has no columns to find. */
ptrdiff_t schema_find(const struct schema *schema, const char *column);

/* Whether any column is classified as pii: then rejected records do not show their raw line. */
bool schema_has_pii(const struct schema *schema);

/* Fails (exit 2) unless SCHEMA is of facts that have event times: what is computed of a row that is
 * corrected later would count it twice. */
void schema_require_facts(const struct schema *schema);

/* Appends the _schema line, newline included. */
void schema_write(const struct schema *schema, struct buffer *out);

/* Reads a _schema line. NULL, with a constant *WHY, when it is not one. The caller frees. */
struct schema *schema_read(struct slice line, const char **why);

/* "a, b, c" of the columns, for messages ("any column" when open); OUT is appended to. */
void schema_list_columns(const struct schema *schema, struct buffer *out);

/* Appends "stream S has no column NAME (it has a, b, c)". */
void schema_tell_missing(const struct schema *schema, const char *name, struct buffer *out);

/* Whether NAME is _stream, _ts or _op, which no user's column can be called. */
bool schema_is_reserved(struct slice name);

/* Whether NAME may be a user's stream: [A-Za-z][A-Za-z0-9_]*, at most 63 bytes. */
bool schema_is_stream_name(const char *name);

#endif
