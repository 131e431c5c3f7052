/*
 * A small JSON text as a tree, for what is read once: a contract, a _schema line. libjansson does
 * it; only tree.c includes its header, whose names are also names of json.h (the scanner of
 * records). A `struct json_t *` is libjansson's value.
 *
 * A tree belongs to whoever read it; values inside are borrowed from it and valid until tree_free.
 * NULL stands for a value that is not there; every function but tree_write takes it.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

struct json_t;

/*
 * The value that is the whole of TEXT (an object or an array). NULL, with "line 3, column 7: ..."
 * appended to WHY, when it is not JSON, has a member twice in one object, or holds a number that
 * would not survive: one with a fraction or an exponent and more than 15 digits.
 */
struct json_t *tree_read(struct slice text, struct buffer *why);
void tree_free(struct json_t *tree);

bool tree_is_object(const struct json_t *value);
bool tree_is_array(const struct json_t *value);
bool tree_is_null(const struct json_t *value);
bool tree_is_boolean(const struct json_t *value);
bool tree_is_true(const struct json_t *value);
bool tree_is_fraction(const struct json_t *value); /* a number that is not an integer's spelling */

/* False, *NUMBER untouched, when VALUE is no integer of 64 bits. */
bool tree_integer(const struct json_t *value, int64_t *number);

/* A string's text, or NULL when VALUE is no string. */
const char *tree_text(const struct json_t *value);

/* How many members or elements; 0 for anything else. */
size_t tree_count(const struct json_t *value);

/* An array's element, an object's member; NULL when there is none. */
struct json_t *tree_element(const struct json_t *array, size_t index);
struct json_t *tree_member(const struct json_t *object, const char *name);

/*
 * The name of the member behind the one called NAME (a name that this function returned; NULL for
 * the first), in the order of the text. NULL behind the last.
 */
const char *tree_next(struct json_t *object, const char *name);

/* Appends VALUE as compact JSON. */
void tree_write(const struct json_t *value, struct buffer *out);

#endif
