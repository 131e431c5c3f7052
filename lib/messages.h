/*
 * Messages of topics as kcat prints them with MESSAGES_FORMAT: for each a head of six fields with a
 * space behind each,
 *
 *     TOPIC PARTITION OFFSET TIME_MS KEY_BYTES PAYLOAD_BYTES KEY PAYLOAD
 *
 * then key and payload as they are, and a newline. A length of -1 stands for null, a time of -1 for
 * none. So payloads may hold anything, newlines too, and each frame is verified: what does not have
 * this form ends the process (exit 2).
 *
 * Between messages two lines may stand: MESSAGES_CATCHING_UP, and MESSAGES_CAUGHT_UP, by which
 * whoever wrote what is between them says that it is all that there was.
 *
 * A message's slices point into the input's buffer, with FAST_PADDING readable bytes behind them,
 * and are valid until the input is read. What the end cuts off is no message, and stays in
 * the input's buffer.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"

/* With one newline, where a line-buffered kcat writes. */
#define MESSAGES_FORMAT "%t %p %o %T %K %S %k%s\\n"
#define MESSAGES_CATCHING_UP "catching-up"
#define MESSAGES_CAUGHT_UP "caught-up"

struct message {
    struct slice topic;
    int32_t partition;
    int64_t offset, time_ms;          /* time_ms -1: none */
    int64_t key_bytes, payload_bytes; /* -1: null */
    struct slice key, payload;        /* of a long one the payload's first bytes, and no key */
    uint64_t at;                      /* where the frame begins, in bytes of the text */
};

enum messages_status {
    MESSAGES_ONE,
    MESSAGES_LONG,   /* key and payload are longer than allowed */
    MESSAGES_BEHIND, /* the line "catching-up" */
    MESSAGES_LEVEL,  /* the line "caught-up" */
    MESSAGES_MORE,   /* no whole one is here: input_read */
    MESSAGES_END,
};

struct messages;

/* INPUT is borrowed. MOST is how many bytes key and payload may have together. */
struct messages *messages_new(struct input *input, size_t most);
void messages_free(struct messages *messages);

enum messages_status messages_next(struct messages *messages, struct message *message);

/* Behind MESSAGES_END: how many bytes of a message that was cut off there are. */
uint64_t messages_cut_off(const struct messages *messages);

#endif
