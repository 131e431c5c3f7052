/* Pipes are read as they arrive; who is silent for too long is not waited for. */
#include <stdlib.h>

#include "error.h"
#include "ingest_inside.h"
#include "signals.h"
#include "timestamp.h"

enum { LONGEST_WAIT_MS = 60000, QUIET_MS = 10000 };

static int64_t idle_after_ms(const struct source *source)
{
    return source->contract->schema->timed ? source->contract->idle_ms : -1;
}

static bool are_all_idle(const struct ingest *ingest)
{
    bool any = false;
    for (size_t i = 0; i < ingest->count; i++) {
        const struct source *source = &ingest->source[i];
        if (source->ended || !source->contract->schema->timed)
            continue;
        if (!source->clock.idle)
            return false;
        any = true;
    }
    return any;
}

/* The watermark may move without a record: sources have fallen idle, or ended beside idle ones. */
static void put_idle_watermark(struct ingest *ingest)
{
    struct watermark *watermark = &ingest->watermark;
    int64_t now_ms = watermark_now(watermark);
    if (now_ms == TIMESTAMP_FOREVER || now_ms == WATERMARK_NONE)
        return;
    if (ingest->all_idle && ingest->settings->advance_when_idle) {
        int64_t clock_ms = ingest->idle_watermark_ms + epochs_now_ms() - ingest->idle_since_ms;
        now_ms = clock_ms > now_ms ? clock_ms : now_ms;
    }
    if (now_ms <= watermark->emitted_ms)
        return;
    watermark->emitted_ms = ingest->judgement.emitted_ms = now_ms;
    ingest->epochs.records++; /* what it fires is to be committed */
    ingest_put_watermark(now_ms);
}

/* Looks whether all sources are idle, or no longer; that, and the clock then, move the watermark.
 */
static void judge_idleness(struct ingest *ingest, bool fell_idle)
{
    bool were_idle = ingest->all_idle;
    ingest->all_idle = are_all_idle(ingest);
    if (ingest->all_idle && !were_idle) {
        int64_t now_ms = watermark_now(&ingest->watermark),
                emitted_ms = ingest->watermark.emitted_ms;
        ingest->idle_since_ms = epochs_now_ms();
        ingest->idle_watermark_ms = now_ms > emitted_ms ? now_ms : emitted_ms;
        fell_idle = true;
    }
    if (fell_idle || (ingest->all_idle && ingest->settings->advance_when_idle))
        put_idle_watermark(ingest);
}

/* Whether SOURCE has fallen idle, having been waited for in vain for WAITED_MS more. */
static bool add_silence(struct source *source, int64_t waited_ms)
{
    if (source->ended || source->clock.idle || idle_after_ms(source) < 0)
        return false;
    source->silent_ms += waited_ms;
    source->clock.idle = source->silent_ms >= idle_after_ms(source);
    return source->clock.idle;
}

/*
 * WAITED_MS went by in poll: who has nothing to say for too long is waited for no longer. Where
 * something has come, it has to be read first to know who speaks.
 */
static void count_silence(struct ingest *ingest, int64_t waited_ms)
{
    bool fell_idle = false;
    for (size_t i = 0; i < ingest->reader_count; i++) {
        struct reader *reader = &ingest->reader[i];
        if (!reader->ended && reader_ready(reader)) {
            reader->waited_ms += waited_ms;
            continue;
        }
        for (size_t j = 0; j < reader->source_count; j++)
            fell_idle |= add_silence(reader->source[j], waited_ms);
    }
    judge_idleness(ingest, fell_idle);
}

/* How long poll may wait: until the next barrier, silence or step of the clock. */
static int timeout_ms(const struct ingest *ingest)
{
    int64_t wait_ms = epochs_wait_ms(&ingest->epochs);
    for (size_t i = 0; i < ingest->count; i++) {
        const struct source *source = &ingest->source[i];
        if (source->ended || source->clock.idle || idle_after_ms(source) < 0)
            continue;
        if (idle_after_ms(source) - source->silent_ms < wait_ms)
            wait_ms = idle_after_ms(source) - source->silent_ms;
    }
    if (ingest->all_idle && ingest->settings->advance_when_idle &&
        ingest->watermark.step_ms < wait_ms)
        wait_ms = ingest->watermark.step_ms;
    if (!ingest->quiet_told && QUIET_MS < wait_ms)
        wait_ms = QUIET_MS;
    if (wait_ms == INT64_MAX)
        return -1;
    return wait_ms < 0 ? 0 : wait_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)wait_ms;
}

static bool is_quiet(const struct source *source)
{
    return source->contract->schema->timed && !source->ended && !source->clock.idle &&
           source->clock.highest_ms == INT64_MIN;
}

/*
 * Nothing comes out as long as one source has said nothing at all: a partition without messages
 * perhaps. Whoever waits for results is told so once, when others have spoken.
 */
static void tell_of_quiet(struct ingest *ingest)
{
    struct buffer names = {0};
    size_t quiet = 0;
    if (ingest->quiet_told || epochs_now_ms() - ingest->reading_since_ms < QUIET_MS)
        return;
    ingest->quiet_told = true;
    for (size_t i = 0; i < ingest->count; i++) {
        const struct source *source = &ingest->source[i];
        if (!is_quiet(source))
            continue;
        const char *name = source->partition && source->partition->number >= 0
                               ? source->partition->name.at
                               : input_name(source->reader->input);
        buffer_printf(&names, "%s%s", quiet++ ? ", " : "", name);
    }
    if (quiet > 0 && quiet < ingest->watermark.count)
        warn("nothing has come from %.*s so far, and nothing is complete without: --idle says for "
             "how long to wait",
             (int)names.length, names.at);
    buffer_free(&names);
}

static void wait_for_pipes(struct ingest *ingest, struct pollfd *ready)
{
    judge_idleness(ingest, false);
    tell_of_quiet(ingest);
    size_t count = 0;
    for (size_t i = 0; i < ingest->reader_count; i++)
        if (!ingest->reader[i].ended)
            ready[count++] = (struct pollfd){reader_fd(&ingest->reader[i]), POLLIN, 0};
    int64_t before_ms = epochs_now_ms();
    ingest_wait_for(ready, count, timeout_ms(ingest));
    count_silence(ingest, epochs_now_ms() - before_ms);
    ingest_look_at_the_clock(ingest);
}

/* A source that speaks again is waited for again once it has caught up. */
static void notice(struct ingest *ingest, struct reader *reader)
{
    bool fell_idle = false;
    for (size_t i = 0; i < reader->source_count; i++) {
        struct source *source = reader->source[i];
        if (!source->has_spoken && reader->source_count > 1) {
            fell_idle |= add_silence(source, reader->waited_ms);
            continue;
        }
        source->has_spoken = false;
        source->silent_ms = 0;
        if (source->clock.watermark_ms >= ingest->watermark.emitted_ms)
            source->clock.idle = false;
    }
    reader->waited_ms = 0;
    if (fell_idle)
        judge_idleness(ingest, true);
}

/* Takes what is buffered of one reader. */
static void take_lines(struct ingest *ingest, struct reader *reader)
{
    while (!reader->ended && ingest_step(ingest, reader) != READER_MORE)
        continue;
    notice(ingest, reader);
}

/* Takes what one reader has; false when that was nothing. */
static bool take_what_is_there(struct ingest *ingest, struct reader *reader)
{
    if (reader->ended || !reader_ready(reader))
        return false;
    ingest_read_more(ingest, reader);
    take_lines(ingest, reader);
    return true;
}

void ingest_read_pipes(struct ingest *ingest)
{
    struct pollfd *ready = memory_new(ingest->reader_count + 2, sizeof *ready);
    ingest->reading_since_ms = epochs_now_ms();
    for (size_t i = 0; i < ingest->reader_count; i++) /* what came with the bytes read over */
        take_lines(ingest, &ingest->reader[i]);
    for (bool open = true; open && !signals_stopped();) {
        bool any = false;
        open = false;
        for (size_t i = 0; i < ingest->reader_count; i++) {
            any |= take_what_is_there(ingest, &ingest->reader[i]);
            open |= !ingest->reader[i].ended;
        }
        if (!any && open)
            wait_for_pipes(ingest, ready);
    }
    free(ready);
}
