#include "epochs.h"

#include <time.h>

#include "output.h"

enum { LIVE_MS = 1000 };

int64_t epochs_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void epochs_start(struct epochs *epochs, bool live)
{
    *epochs = (struct epochs){.live = live, .begun_ms = epochs_now_ms()};
}

void epochs_close(struct epochs *epochs)
{
    epochs->number++;
    epochs->open = false;
    epochs->begun_ms = epochs_now_ms();
    output_literal("{\"_stream\":\"_barrier\",\"epoch\":");
    output_integer((int64_t)epochs->number);
    output_literal("}\n");
}

int64_t epochs_wait_ms(const struct epochs *epochs)
{
    if (!epochs->live || !epochs->open)
        return INT64_MAX;
    int64_t left_ms = epochs->begun_ms + LIVE_MS - epochs_now_ms();
    return left_ms > 0 ? left_ms : 0;
}

bool epochs_close_if_due(struct epochs *epochs)
{
    if (epochs_wait_ms(epochs) > 0)
        return false;
    epochs_close(epochs);
    return true;
}
