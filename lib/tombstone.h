/*
 * A message without a payload, a tombstone: its key becomes a row that is deleted. The key is text,
 * as the value of the one column of the stream's key (key_text.h), or a JSON object with all of
 * them.
 */
#ifndef TOMBSTONE_H
#define TOMBSTONE_H

#include <stdbool.h>

#include "key_text.h"
#include "messages.h"

struct tombstone;

/*
 * Of the stream of SCHEMA. The COUNT columns TAKEN are said besides the payload anyway, and left
 * out here. All borrowed.
 */
struct tombstone *tombstone_new(const struct schema *schema, const char *const *taken,
                                size_t count);
void tombstone_free(struct tombstone *tombstone);

/* The RECORD that MESSAGE is, until the next call. False with *PROBLEM when it cannot be one. */
bool tombstone_record(struct tombstone *tombstone, const struct message *message,
                      struct slice *record, struct key_problem *problem);

#endif
