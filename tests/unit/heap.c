#include "heap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "check.h"

struct item {
    int64_t time_ms;
    int rank; /* what the comparison looks at */
    int number;
};

static int by_rank(void *context, const void *a, const void *b)
{
    ++*(int *)context;
    return ((const struct item *)a)->rank - ((const struct item *)b)->rank;
}

static int in_full(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return x->rank != y->rank ? x->rank - y->rank : x->number - y->number;
}

enum { ITEMS = 5000 };

static struct item item[ITEMS], sorted[ITEMS];

/* Times from few to many, so that there are ties of time, and of time and rank. */
static void comes_out_sorted(int64_t times, int ranks)
{
    int calls = 0;
    struct heap *heap = heap_new(by_rank, &calls);
    for (int i = 0; i < ITEMS; i++) {
        item[i] = (struct item){rand() % times - times / 2, rand() % ranks, i};
        heap_push(heap, item[i].time_ms, &item[i]);
    }
    memcpy(sorted, item, sizeof item);
    qsort(sorted, ITEMS, sizeof sorted[0], in_full);
    CHECK(heap_count(heap) == ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        const struct item *next = heap_pop(heap, INT64_MAX);
        CHECK(next && in_full(next, &sorted[i]) == 0);
    }
    CHECK(heap_pop(heap, INT64_MAX) == NULL);
    CHECK(heap_count(heap) == 0);
    heap_free(heap);
}

/* Pushes and pops in turn against a list of what is inside. */
static void agrees_with_a_list(void)
{
    int calls = 0;
    struct heap *heap = heap_new(by_rank, &calls);
    bool inside[ITEMS] = {false};
    size_t count = 0;
    for (int i = 0; i < ITEMS; i++) {
        item[i] = (struct item){rand() % 50, rand() % 3, i};
        heap_push(heap, item[i].time_ms, &item[i]);
        inside[i] = true;
        count++;
        for (int pops = rand() % 3; pops > 0; pops--) {
            int64_t until = rand() % 60 - 5;
            const struct item *first = NULL;
            for (int j = 0; j <= i; j++)
                if (inside[j] && (!first || in_full(&item[j], first) < 0))
                    first = &item[j];
            if (first && first->time_ms > until)
                first = NULL;
            CHECK(heap_pop(heap, until) == first);
            if (!first)
                continue;
            inside[first->number] = false;
            count--;
        }
        CHECK(heap_count(heap) == count);
    }
    heap_free(heap);
}

static void waits_for_the_moment(void)
{
    int calls = 0;
    struct heap *heap = heap_new(by_rank, &calls);
    struct item late = {INT64_MAX, 0, 0}, early = {INT64_MIN, 0, 1}, zero = {0, 0, 2};
    CHECK(heap_pop(heap, INT64_MAX) == NULL);
    heap_push(heap, late.time_ms, &late);
    heap_push(heap, early.time_ms, &early);
    heap_push(heap, zero.time_ms, &zero);
    CHECK(heap_pop(heap, INT64_MIN) == &early);
    CHECK(heap_pop(heap, -1) == NULL);
    CHECK(heap_pop(heap, 0) == &zero);
    CHECK(heap_pop(heap, INT64_MAX - 1) == NULL);
    CHECK(heap_pop(heap, INT64_MAX) == &late);
    CHECK(calls == 0); /* different times need no comparison */
    heap_free(heap);
    heap_free(NULL);
}

struct told {
    const struct item *thing[8];
    int count;
};

static void tell(void *context, int64_t time_ms, void *pushed)
{
    struct told *told = context;
    told->thing[told->count++] = pushed;
    CHECK(told->thing[told->count - 1]->time_ms == time_ms);
}

/* What was pushed since, still waits, in the order of its pushes. */
static void tells_its_news(void)
{
    int calls = 0;
    struct heap *heap = heap_new(by_rank, &calls);
    struct item thing[] = {{9, 0, 0}, {1, 0, 1}, {5, 0, 2}, {7, 0, 3}, {2, 0, 4}};
    struct told told = {.count = 0};
    heap_push(heap, thing[0].time_ms, &thing[0]);
    heap_news(heap, NULL, NULL); /* nobody wants to know */
    for (int i = 1; i < 5; i++)
        heap_push(heap, thing[i].time_ms, &thing[i]);
    CHECK(heap_pop(heap, 2) == &thing[1]);
    heap_news(heap, tell, &told);
    CHECK(told.count == 3);
    CHECK(told.thing[0] == &thing[2] && told.thing[1] == &thing[3] && told.thing[2] == &thing[4]);
    heap_news(heap, tell, &told);
    CHECK(told.count == 3);
    heap_free(heap);
}

/* Without a comparison, what waits for one moment comes out as it went in. */
static void keeps_the_order_of_pushes(void)
{
    struct heap *heap = heap_new(NULL, NULL);
    struct item thing[] = {{5, 3, 0}, {5, 1, 1}, {4, 9, 2}, {5, 2, 3}};
    const int expected[] = {2, 0, 1, 3};
    for (int i = 0; i < 4; i++)
        heap_push(heap, thing[i].time_ms, &thing[i]);
    for (int i = 0; i < 4; i++)
        CHECK(heap_pop(heap, 5) == &thing[expected[i]]);
    heap_free(heap);
}

int main(void)
{
    srand(5);
    comes_out_sorted(1, 1);
    comes_out_sorted(1, 5);
    comes_out_sorted(10, 3);
    comes_out_sorted(100000, 2);
    agrees_with_a_list();
    waits_for_the_moment();
    tells_its_news();
    keeps_the_order_of_pushes();
    return check_result();
}
