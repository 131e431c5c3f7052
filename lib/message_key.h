/*
 * The key of a row as the key of a message in Kafka: rows of one key get the same bytes, and
 * ft-ingest makes the row's key of them again.
 *
 * Of one column it is the value's text: a string's decoded bytes, anything else as a sink shows it.
 * Of several it is a JSON object with them. A string that would be taken for something else, or
 * that a line cannot hold, is quoted as JSON: one that begins with a quote or a brace, or has
 * control characters, or is empty, or reads as a number or such. Null is nothing.
 */
#ifndef MESSAGE_KEY_H
#define MESSAGE_KEY_H

#include <stdbool.h>

#include "sink.h"

struct message_key;

/* SCHEMA is the table's, borrowed; one without a key is exit 2. */
struct message_key *message_key_new(const struct schema *schema);
void message_key_free(struct message_key *key);

/* Appends the key of ROW to OUT. False with *COLUMN and *WHY when a value is not of its type. */
bool message_key_append(struct message_key *key, const struct sink_row *row, struct buffer *out,
                        const char **column, const char **why);

#endif
