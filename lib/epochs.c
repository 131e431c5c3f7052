#include "epochs.h"

#include <time.h>

#include "output.h"

int64_t epochs_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void epochs_start(struct epochs *epochs, struct epoch_length length)
{
    *epochs = (struct epochs){.length = length, .begun_ms = epochs_now_ms()};
}

void epochs_close(struct epochs *epochs)
{
    uint64_t committed = 0;
    epochs->number++;
    epochs->records = 0;
    if (epochs->save)
        committed = epochs->save(epochs->context, epochs->number);
    epochs->begun_ms = epochs_now_ms();
    output_literal("{\"_stream\":\"_barrier\",\"epoch\":");
    output_integer((int64_t)epochs->number);
    if (committed > 0) {
        output_literal(",\"committed\":");
        output_integer((int64_t)committed);
    }
    output_literal("}\n");
    if (epochs->save)
        output_flush(); /* the disk was waited for, and now others can begin with theirs */
}

bool epochs_count(struct epochs *epochs)
{
    if (++epochs->records < epochs->length.records || epochs->length.records == 0)
        return false;
    epochs_close(epochs);
    return true;
}

int64_t epochs_wait_ms(const struct epochs *epochs)
{
    if (epochs->length.ms == 0 || epochs->records == 0)
        return INT64_MAX;
    int64_t left_ms = epochs->begun_ms + epochs->length.ms - epochs_now_ms();
    return left_ms > 0 ? left_ms : 0;
}

bool epochs_close_if_due(struct epochs *epochs)
{
    if (epochs_wait_ms(epochs) > 0)
        return false;
    epochs_close(epochs);
    return true;
}
