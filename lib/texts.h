/*
 * A set of byte strings, made to be had a million times: most have a handful of members, which
 * stand packed in one piece of memory and are looked through; a large one is hashed.
 *
 * NULL is the empty set. A set owns copies of its members; texts_free frees them.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

struct texts;

/* Whether TEXT was new to *SET, which it is in now. The set may move. */
bool texts_add(struct texts **set, struct slice text);

size_t texts_count(const struct texts *set);

/* Goes through the members, in no order that may reach the output: *CURSOR is 0 at first. False
 * behind the last. MEMBER is valid until something is added. */
bool texts_next(const struct texts *set, size_t *cursor, struct slice *member);

/* The members, pointing into SET, in the order of their bytes. The caller frees. */
struct slice *texts_sorted(const struct texts *set);

/* What FROM has is added to *INTO, and FROM is freed. */
void texts_merge(struct texts **into, struct texts *from);

void texts_free(struct texts *set);

#endif
