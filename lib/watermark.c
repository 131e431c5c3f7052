#include "watermark.h"

#include "contract.h"
#include "timestamp.h"

void clock_start(struct clock *clock, int64_t lag_ms)
{
    /* no lag is longer than all of time, and then nothing overflows */
    if (lag_ms != LAG_UNBOUNDED && lag_ms > 2 * TIMESTAMP_FOREVER)
        lag_ms = 2 * TIMESTAMP_FOREVER;
    *clock = (struct clock){lag_ms, INT64_MIN, WATERMARK_NONE, false};
}

void clock_promise(struct clock *clock, int64_t time_ms)
{
    if (time_ms != INT64_MIN && clock->lag_ms != LAG_UNBOUNDED &&
        time_ms - clock->lag_ms - 1 > clock->watermark_ms)
        clock->watermark_ms = time_ms - clock->lag_ms - 1;
}

void clock_advance(struct clock *clock, int64_t time_ms)
{
    if (time_ms <= clock->highest_ms)
        return;
    clock->highest_ms = time_ms;
    clock_promise(clock, time_ms);
}

void clock_end(struct clock *clock)
{
    clock->watermark_ms = TIMESTAMP_FOREVER;
}

int64_t watermark_now(const struct watermark *watermark)
{
    int64_t least = TIMESTAMP_FOREVER, most = WATERMARK_NONE;
    bool open = false, active = false;
    for (size_t i = 0; i < watermark->count; i++) {
        const struct clock *clock = watermark->clock[i];
        if (clock->watermark_ms == TIMESTAMP_FOREVER)
            continue;
        open = true;
        active |= !clock->idle;
        if (clock->watermark_ms > most)
            most = clock->watermark_ms;
        if (!clock->idle && clock->watermark_ms < least)
            least = clock->watermark_ms;
    }
    if (!open)
        return TIMESTAMP_FOREVER;
    return active ? least : most;
}

bool watermark_due(struct watermark *watermark, const struct clock *clock)
{
    int64_t last_ms = watermark->emitted_ms;
    if (clock->watermark_ms == WATERMARK_NONE ||
        (last_ms != WATERMARK_NONE && clock->watermark_ms < last_ms + watermark->step_ms))
        return false; /* the minimum cannot have moved further than this clock */
    int64_t now_ms = watermark_now(watermark);
    if (now_ms == WATERMARK_NONE ||
        (last_ms != WATERMARK_NONE && now_ms < last_ms + watermark->step_ms))
        return false;
    watermark->emitted_ms = now_ms;
    return true;
}

int64_t watermark_step(const struct watermark *watermark)
{
    enum { LEAST_MS = 1000 };
    int64_t lag_ms = LAG_UNBOUNDED;
    for (size_t i = 0; i < watermark->count; i++)
        if (watermark->clock[i]->lag_ms < lag_ms)
            lag_ms = watermark->clock[i]->lag_ms;
    return lag_ms == LAG_UNBOUNDED || lag_ms / 2 < LEAST_MS ? LEAST_MS : lag_ms / 2;
}
