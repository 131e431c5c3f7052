#include "queue.h"

#include <stdlib.h>

#include "check.h"

enum { THINGS = 40000 };

static char thing[THINGS];

/* Pushes and shifts in turn: what is inside is always thing[first] to thing[next - 1]. */
static void keeps_the_order(int pushes, int shifts)
{
    struct queue *queue = queue_new();
    size_t first = 0, next = 0;
    while (next < THINGS) {
        for (int i = rand() % pushes; i > 0 && next < THINGS; i--) {
            queue_push(queue, -(int64_t)next, &thing[next]);
            next++;
        }
        for (int i = rand() % shifts; i > 0 && first < next; i--) {
            const struct queued *queued = queue_at(queue, 0);
            CHECK(queued && queued->item == &thing[first]);
            queue_shift(queue);
            first++;
        }
        CHECK(queue_count(queue) == next - first);
        size_t index = next > first ? (size_t)rand() % (next - first) : 0;
        const struct queued *queued = queue_at(queue, index);
        CHECK(next > first ? queued && queued->item == &thing[first + index] &&
                                 queued->time_ms == -(int64_t)(first + index)
                           : !queued);
        CHECK(queue_at(queue, next - first) == NULL);
    }
    queue_free(queue);
}

static void is_empty_and_full_again(void)
{
    struct queue *queue = queue_new();
    CHECK(queue_count(queue) == 0);
    CHECK(queue_at(queue, 0) == NULL);
    for (int size = 1; size < 30000; size *= 3) {
        for (int i = 0; i < size; i++)
            queue_push(queue, i, &thing[i]);
        for (int i = 0; i < size; i++) {
            const struct queued *queued = queue_at(queue, 0);
            CHECK(queued && queued->item == &thing[i] && queued->time_ms == i);
            queue_shift(queue);
        }
        CHECK(queue_count(queue) == 0);
        CHECK(queue_at(queue, 0) == NULL);
    }
    queue_free(queue);
    queue_free(NULL);
}

int main(void)
{
    srand(6);
    is_empty_and_full_again();
    keeps_the_order(10, 10);
    keeps_the_order(10, 5);
    keeps_the_order(5000, 5000);
    keeps_the_order(20000, 15000);
    return check_result();
}
