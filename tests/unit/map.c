#include "map.h"

#include <stdlib.h>

#include "check.h"
#include "hash.h"

/* A model: keys are small numbers as text; present[k] is the value, 0 when there is none. */
enum { KEYS = 3000 };

struct model {
    uint64_t value[KEYS];
    size_t count;
};

static struct slice key_of(size_t number, char text[32])
{
    /* lengths from 1 to 26, so that every way of comparing keys is taken */
    int length = snprintf(text, 32, "%zu", number);
    for (size_t i = number % 23; i > 0; i--)
        text[length++] = 'k';
    return (struct slice){text, (size_t)length};
}

/* Hashes that crowd the last slots: clusters grow long and wrap around to the first. */
static uint64_t crowded(size_t number)
{
    return (number % 5) * UINT64_C(0x100000000) + UINT64_C(0xfffffff8) + number % 7;
}

static uint64_t spread(size_t number)
{
    char text[32];
    return hash_bytes(key_of(number, text));
}

typedef uint64_t hash_of(size_t number);

static void check_all(const struct map *map, const struct model *model, size_t keys, hash_of *hash)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < keys; i++) {
        char text[32];
        const uint64_t *value = map_find(map, key_of(i, text), hash(i));
        wrong += (value ? *value : 0) != model->value[i];
    }
    CHECK(wrong == 0);
    CHECK(map_count(map) == model->count);
}

/* Adds KEY or removes it, here and there. */
static void toggle(struct map *map, struct model *model, size_t number, bool add, hash_of *hash)
{
    char text[32];
    struct slice key = key_of(number, text);
    if (add) {
        uint64_t *value = map_add(map, key, hash(number));
        CHECK(*value == model->value[number]); /* zeroed when new */
        CHECK(slice_equal(map_key(map, value), key));
        CHECK(map_hash(value) == hash(number));
        model->count += model->value[number] == 0;
        *value = model->value[number] = number + 1;
        return;
    }
    uint64_t *value = map_find(map, key, hash(number));
    CHECK((value != NULL) == (model->value[number] != 0));
    if (!value)
        return;
    map_remove(map, value);
    model->value[number] = 0;
    model->count--;
}

static void agrees_with_a_model(size_t keys, int steps, hash_of *hash)
{
    struct map *map = map_new(sizeof(uint64_t));
    struct model model = {0};
    for (int step = 0; step < steps; step++) {
        bool growing = (step / (steps / 8)) % 2 == 0;
        toggle(map, &model, (size_t)rand() % keys, rand() % 4 < (growing ? 3 : 1), hash);
        if (step % (steps / 40) == 0)
            check_all(map, &model, keys, hash);
    }
    check_all(map, &model, keys, hash);
    map_free(map);
}

static void keeps_values_where_they_are(void)
{
    struct map *map = map_new(3); /* a size that is no multiple of a word */
    char *value[KEYS], text[32];
    for (size_t i = 0; i < KEYS; i++) {
        value[i] = map_add(map, key_of(i, text), spread(i));
        memset(value[i], (int)('a' + i % 26), 3);
    }
    for (size_t i = 0; i < KEYS; i++) {
        CHECK(map_find(map, key_of(i, text), spread(i)) == value[i]);
        CHECK(value[i][0] == (char)('a' + i % 26) && value[i][2] == value[i][0]);
    }
    map_free(map);
}

static void tells_keys_of_one_hash_apart(void)
{
    static const char *const keys[] = {"",
                                       "a",
                                       "b",
                                       "ab",
                                       "abc",
                                       "abcd",
                                       "abce",
                                       "abcdefg",
                                       "abcdefgh",
                                       "bbcdefgh",
                                       "abcdefgi",
                                       "abcdefghi",
                                       "abcdefghijklmnopq",
                                       "abcdefghXjklmnopq",
                                       "abcdefghijklmnopr",
                                       "abcdefghijklmnop"};
    enum { COUNT = sizeof keys / sizeof keys[0] };
    struct map *map = map_new(sizeof(int));
    for (int i = 0; i < COUNT; i++)
        *(int *)map_add(map, slice_of(keys[i]), 42) = i;
    CHECK(map_count(map) == COUNT);
    for (int i = 0; i < COUNT; i++)
        CHECK(*(int *)map_find(map, slice_of(keys[i]), 42) == i);
    CHECK(map_find(map, slice_of("abcf"), 42) == NULL);
    CHECK(map_find(map, (struct slice){"\0", 1}, 42) == NULL);
    map_free(map);
}

/*
 * What was just met may be removed: then nobody is met twice or after having been removed. One that
 * a removal moves across the table's end may be missed (map.h), but not in a round without
 * removals.
 */
static void visits_all_while_some_are_removed(hash_of *hash, size_t keys)
{
    for (unsigned keep = 1; keep <= 4; keep++) {
        struct map *map = map_new(sizeof(uint64_t));
        struct model model = {0};
        unsigned met[KEYS] = {0}, met_again[KEYS] = {0}, twice = 0, wrong = 0;
        for (size_t i = 0; i < keys; i++)
            toggle(map, &model, i, true, hash);
        size_t cursor = 0;
        for (uint64_t *value; (value = map_next(map, &cursor));) {
            size_t number = *value - 1;
            met[number]++;
            if (number % keep == 0)
                toggle(map, &model, number, false, hash);
        }
        CHECK(cursor >= map_slots(map));
        cursor = 0;
        for (uint64_t *value; (value = map_next(map, &cursor));)
            met_again[*value - 1]++;
        for (size_t i = 0; i < keys; i++) {
            bool removed = met[i] > 0 && i % keep == 0;
            twice += met[i] > 1;
            wrong += met_again[i] != !removed;
        }
        CHECK(twice == 0);
        CHECK(wrong == 0);
        check_all(map, &model, keys, hash);
        map_free(map);
    }
}

static void visits_each_once(void)
{
    struct map *map = map_new(sizeof(uint64_t));
    struct model model = {0};
    size_t cursor = 0, count = 0;
    CHECK(map_next(map, &cursor) == NULL);
    for (size_t i = 0; i < 1000; i++)
        toggle(map, &model, i, true, spread);
    cursor = 0;
    for (uint64_t *value; (value = map_next(map, &cursor)); count++) {
        CHECK(model.value[*value - 1] != 0);
        model.value[*value - 1] = 0;
    }
    CHECK(count == 1000);
    map_free(map);
}

static void prefetches_without_effect(void)
{
    struct map *map = map_new(sizeof(uint64_t));
    char text[32];
    map_add(map, key_of(1, text), spread(1));
    for (size_t i = 0; i < 200; i++) {
        map_prefetch_slot(map, spread(i));
        map_prefetch_entry(map, spread(i));
    }
    CHECK(map_count(map) == 1);
    map_free(map);
    map_free(NULL);
}

int main(void)
{
    srand(3);
    agrees_with_a_model(KEYS, 40000, spread);
    agrees_with_a_model(40, 40000, crowded); /* within the first table */
    agrees_with_a_model(300, 20000, crowded);
    keeps_values_where_they_are();
    tells_keys_of_one_hash_apart();
    visits_all_while_some_are_removed(spread, KEYS);
    visits_all_while_some_are_removed(crowded, 200);
    visits_each_once();
    prefetches_without_effect();
    return check_result();
}
