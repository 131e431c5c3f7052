#include "texts.h"

#include <stdlib.h>

#include "error.h"
#include "hash.h"

/* As many members are compared one by one before there is a table. */
enum { FEW = 8, FIRST_SLOTS = 32, FIRST_ROOM = 32, LENGTH_BYTES = 10 };

/*
 * A slot has the place of a member + 1 in its low bits (0: it is free) and some bits of the hash
 * above, so that hardly any other member is looked at. At most three quarters are taken.
 */
enum { PLACE_BITS = 40 };

struct table {
    size_t mask;
    uint64_t slot[];
};

/* Each member is its length, seven bits a byte from the low ones, then its bytes. */
struct texts {
    struct table *table; /* NULL while there are few */
    size_t count, used, room;
    char bytes[];
};

static const uint64_t place_mask = (UINT64_C(1) << PLACE_BITS) - 1;

static size_t write_length(char *at, size_t length)
{
    size_t bytes = 0;
    for (; length >= 0x80; length >>= 7)
        at[bytes++] = (char)(length | 0x80);
    at[bytes++] = (char)length;
    return bytes;
}

/* The member at *PLACE, which is moved behind it. */
static struct slice read_member(const struct texts *set, size_t *place)
{
    const char *p = set->bytes + *place;
    size_t length = 0;
    unsigned shift = 0;
    for (; *p & 0x80; p++, shift += 7)
        length |= (size_t)(*p & 0x7f) << shift;
    length |= (size_t)*p++ << shift;
    *place = (size_t)(p + length - set->bytes);
    return (struct slice){p, length};
}

static uint64_t slot_of(uint64_t hash, size_t place)
{
    return (hash & ~place_mask) | (place + 1);
}

static void place_slot(struct table *table, uint64_t hash, size_t place)
{
    size_t i = hash & table->mask;
    while (table->slot[i] != 0)
        i = (i + 1) & table->mask;
    table->slot[i] = slot_of(hash, place);
}

static bool find_in_table(const struct texts *set, struct slice text, uint64_t hash)
{
    const struct table *table = set->table;
    for (size_t i = hash & table->mask; table->slot[i] != 0; i = (i + 1) & table->mask) {
        if (((table->slot[i] ^ hash) & ~place_mask) != 0)
            continue;
        size_t place = (table->slot[i] & place_mask) - 1;
        if (slice_equal(read_member(set, &place), text))
            return true;
    }
    return false;
}

static bool find_among_few(const struct texts *set, struct slice text)
{
    for (size_t place = 0; place < set->used;)
        if (slice_equal(read_member(set, &place), text))
            return true;
    return false;
}

/* A new table of SLOTS for the members that there are. */
static void tabulate(struct texts *set, size_t slots)
{
    free(set->table);
    set->table = memory_new(1, sizeof *set->table + slots * sizeof *set->table->slot);
    set->table->mask = slots - 1;
    for (size_t place = 0; place < set->used;) {
        size_t at = place;
        place_slot(set->table, hash_bytes(read_member(set, &place)), at);
    }
}

static struct texts *with_room(struct texts *set, size_t more)
{
    size_t used = set ? set->used : 0, room = set ? set->room : FIRST_ROOM;
    if (set && set->room - used >= more)
        return set;
    while (room - used < more)
        room += room / 2;
    if (room > place_mask)
        fail(EXIT_SYSTEM, "out of memory: a DISTINCT of more than a terabyte");
    struct texts *wider = memory_resize(set, 1, sizeof *set + room);
    if (!set)
        *wider = (struct texts){0};
    wider->room = room;
    return wider;
}

bool texts_add(struct texts **set, struct slice text)
{
    struct texts *old = *set;
    uint64_t hash = old && old->table ? hash_bytes(text) : 0;
    if (old && (old->table ? find_in_table(old, text, hash) : find_among_few(old, text)))
        return false;
    struct texts *now = *set = with_room(old, LENGTH_BYTES + text.length);
    size_t place = now->used;
    now->used += write_length(now->bytes + place, text.length);
    if (text.length > 0)
        memcpy(now->bytes + now->used, text.at, text.length);
    now->used += text.length;
    now->count++;
    if (now->table && now->count * 4 <= (now->table->mask + 1) * 3)
        place_slot(now->table, hash, place);
    else if (now->count > FEW)
        tabulate(now, now->table ? (now->table->mask + 1) * 2 : FIRST_SLOTS);
    return true;
}

size_t texts_count(const struct texts *set)
{
    return set ? set->count : 0;
}

bool texts_next(const struct texts *set, size_t *cursor, struct slice *member)
{
    if (!set || *cursor >= set->used)
        return false;
    *member = read_member(set, cursor);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

struct slice *texts_sorted(const struct texts *set)
{
    size_t count = texts_count(set), cursor = 0;
    struct slice *member = memory_new(count, sizeof *member);
    for (size_t i = 0; i < count; i++)
        texts_next(set, &cursor, &member[i]);
    qsort(member, count, sizeof *member, by_bytes);
    return member;
}

void texts_merge(struct texts **into, struct texts *from)
{
    if (texts_count(*into) < texts_count(from)) {
        struct texts *smaller = *into;
        *into = from;
        from = smaller;
    }
    struct slice member;
    for (size_t cursor = 0; texts_next(from, &cursor, &member);)
        texts_add(into, member);
    texts_free(from);
}

void texts_free(struct texts *set)
{
    if (!set)
        return;
    free(set->table);
    free(set);
}
