#include "hash.h"

#include <sys/random.h>

#include "error.h"

/*
 * Multiply two 64-bit words to 128 bits and fold: the mixing step of the wyhash family, whose
 * strength is plenty against collisions that are not chosen, and the seed is secret against those
 * that are. Keys are short, so there is one plain loop over 16 bytes at a time.
 */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes as a word, each of them heeded. */
static uint64_t load(const char *at, size_t length)
{
    uint64_t word = 0;
    uint32_t first, last;
    if (length == 8) {
        memcpy(&word, at, 8);
    } else if (length >= 4) {
        memcpy(&first, at, 4);
        memcpy(&last, at + length - 4, 4);
        word = (uint64_t)first << 32 | last;
    } else if (length > 0) {
        word = (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[length / 2] << 8 |
               (unsigned char)at[length - 1];
    }
    return word;
}

static uint64_t seeds[2];

static void choose_seeds(void)
{
    if (getrandom(seeds, sizeof seeds, 0) != sizeof seeds)
        fail_errno(EXIT_SYSTEM, "cannot get random numbers");
    seeds[0] |= 1;
}

static inline uint64_t hash_with(const uint64_t *seed, struct slice bytes)
{
    uint64_t hash = seed[0] ^ bytes.length;
    const char *p = bytes.at;
    size_t left = bytes.length;
    for (; left > 16; left -= 16, p += 16)
        hash = mix(load(p, 8) ^ seed[1], load(p + 8, 8) ^ hash);
    uint64_t low = load(p, left < 8 ? left : 8);
    uint64_t high = left > 8 ? load(p + 8, left - 8) : 0;
    return mix(mix(low ^ seed[1], high ^ hash), seed[1] ^ 0x9e3779b97f4a7c15u);
}

uint64_t hash_bytes(struct slice bytes)
{
    if (seeds[0] == 0)
        choose_seeds();
    return hash_with(seeds, bytes);
}

/* zlib's CRC would be a quarter of what it costs to save a touch. */
uint64_t hash_checksum(uint64_t before, struct slice bytes)
{
    static const uint64_t seed[2] = {0x9e3779b97f4a7c15u, 0xd1b54a32d192ed03u};
    return mix(before ^ seed[0], hash_with(seed, bytes) | 1) >> 12;
}
