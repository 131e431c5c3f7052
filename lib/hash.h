/*
 * Hashes of bytes, seeded per process: nobody who chooses keys can choose collisions, and no order
 * that a hash makes may reach the output.
 */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

#include "bytes.h"

/* 64 well-mixed bits. Cannot fail but for a system without random numbers (exit 3). */
uint64_t hash_bytes(struct slice bytes);

/* The checksum of bytes whose checksum was BEFORE (0 at first) and BYTES behind them, in one more
 * piece: the same in every process. 52 bits, as all readers of JSON keep them. */
uint64_t hash_checksum(uint64_t before, struct slice bytes);

#endif
