/*
 * What a message says besides its payload, as part of the record: its key, partition, offset, topic
 * and time become columns in front (--take).
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>

#include "contract.h"
#include "key_text.h"
#include "messages.h"
#include "take.h"

struct envelope;

/* TAKE may be NULL: nothing is taken. It and CONTRACT are borrowed. A mistake is exit 2. */
struct envelope *envelope_new(const struct take_list *take, const struct stream_contract *contract);
void envelope_free(struct envelope *envelope);

/* The names of the columns. */
const char *const *envelope_columns(const struct envelope *envelope, size_t *count);

/* Which of them the stream's time is; -1: none. */
ptrdiff_t envelope_time_column(const struct envelope *envelope);

/* Makes the columns of MESSAGE. False with *PROBLEM when they cannot be. */
bool envelope_fill(struct envelope *envelope, const struct message *message,
                   struct key_problem *problem);

/* The columns as members, each with a comma before it; and one value. Until the next message. */
struct slice envelope_front(const struct envelope *envelope);
struct json_value envelope_value(const struct envelope *envelope, size_t column);

#endif
