/*
 * One partition of a topic, as a source: which messages are its own, and which of them have come.
 * Offsets rise. One below what has come is dropped, since a restart reads some of them again; where
 * one is left out that is said, since compaction, transactions and aborted writes leave such gaps,
 * but retention does so too.
 */
#ifndef PARTITION_H
#define PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

struct partition {
    char *topic;
    int32_t number;      /* -1: that of the first message */
    struct buffer name;  /* TOPIC[NUMBER], a C string once the number is known */
    int64_t next_offset; /* of the message that comes next; -1: whatever comes */
    int64_t last_known;  /* the last offset, where that had come before; else -1 */
    uint64_t gaps, missing;
};

/* TOPIC is copied. */
void partition_open(struct partition *partition, const char *topic, int32_t number);
void partition_close(struct partition *partition);

/* The number is NUMBER from now on; it was -1. */
void partition_number(struct partition *partition, int32_t number);

/* Whether MESSAGE is of it, or can be while its number is not known. */
bool partition_has(const struct partition *partition, const struct message *message);

/* Takes note of OFFSET, having said that some before it are missing. False when it has come before.
 */
bool partition_follows(struct partition *partition, int64_t offset);

/* Says how many were missing, where that was more than could be said when it was seen; and when the
 * messages have ended before those that had come. */
void partition_sum_up(const struct partition *partition);

#endif
