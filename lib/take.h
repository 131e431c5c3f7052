/*
 * Lists of columns as options give them:
 *
 *     --take 'name, segment AS customer_segment, "odd name" AS plain'
 *     --on 'customer_id, campaign_id = id'
 *     --dedup 'customer_id, event_type'
 *
 * A name is letters, digits and _ (a digit not first), or anything in double quotes or backticks,
 * the quote doubled inside. AS is not case-sensitive.
 */
#ifndef TAKE_H
#define TAKE_H

#include <stddef.h>

#include "bytes.h"

struct take {
    char *column;
    char *name; /* what stands behind AS or =; the column's own name when nothing does */
};

struct take_list {
    struct take *at;
    size_t count;
};

enum take_form { TAKE_PLAIN, TAKE_AS, TAKE_EQUALS };

/*
 * TEXT, of OPTION, as the name of a column. Fails (exit 2) when it cannot be one: it is one of the
 * system's, empty, or not UTF-8.
 */
const char *take_name(const char *option, const char *text);

/* Parses TEXT; a mistake is exit 2, naming OPTION and pointing at the character. An empty list, and
 * a name (not column) that stands twice, are mistakes. */
struct take_list take_parse(const char *option, const char *text, enum take_form form);

/* Appends the list to OUT in one spelling, "a AS b, c AS c", in which equal lists are equal. */
void take_write(const struct take_list *list, struct buffer *out);

void take_free(struct take_list *list);

/* The list's columns, or names, as an array of pointers into LIST; free() the array. */
const char **take_columns(const struct take_list *list);
const char **take_names(const struct take_list *list);

#endif
