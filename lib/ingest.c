#include "ingest.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "epochs.h"
#include "error.h"
#include "output.h"
#include "source.h"
#include "timestamp.h"

enum { DEFAULT_MAX_FUTURE_MS = 3600 * 1000, LONGEST_WAIT_MS = 60000 };

struct ingest {
    const struct ingest_settings *settings;
    struct source *source;
    size_t count;
    struct watermark watermark;
    struct judgement judgement;
    struct tally *tally;
    struct epochs epochs; /* live when some source is no regular file */
    bool all_idle;        /* then since when, and what the watermark was then: */
    int64_t idle_since_ms, idle_watermark_ms;
};

static void put_watermark(int64_t watermark_ms)
{
    output_literal("{\"_stream\":\"_watermark\",\"_ts\":");
    output_integer(watermark_ms);
    output_literal("}\n");
}

void ingest_put_begin(bool bounded)
{
    output_literal(
        "{\"_stream\":\"_begin\",\"version\":1,\"pipeline\":null,\"stage\":0,\"bounded\":");
    output_text(bounded ? "true" : "false");
    output_literal(",\"restore\":null}\n");
}

void ingest_put_end(struct epochs *epochs)
{
    put_watermark(TIMESTAMP_FOREVER);
    epochs_close(epochs);
    output_literal("{\"_stream\":\"_end\"}\n");
}

static void save_metrics(const struct ingest *ingest)
{
    if (ingest->settings->metrics)
        tally_save(ingest->tally, ingest->settings->metrics, 0, ingest->watermark.emitted_ms,
                   ingest->epochs.number);
}

static void put_schemas(const struct ingest *ingest)
{
    struct buffer line = {0};
    for (size_t i = 0; i < ingest->count; i++) {
        size_t j = 0;
        while (ingest->source[j].contract != ingest->source[i].contract)
            j++;
        if (j < i)
            continue; /* two sources of one stream */
        line.length = 0;
        schema_write(ingest->source[i].contract->schema, &line);
        output_bytes(buffer_slice(&line));
    }
    buffer_free(&line);
}

/* ---- one source at a time ---- */

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void look_at_the_clock(struct ingest *ingest)
{
    int64_t beyond_ms = ingest->settings->max_future_ms;
    if (beyond_ms < 0 && ingest->epochs.live)
        beyond_ms = DEFAULT_MAX_FUTURE_MS;
    ingest->judgement.future_ms = beyond_ms < 0 ? INT64_MAX : wall_clock_ms() + beyond_ms;
    if (epochs_close_if_due(&ingest->epochs))
        save_metrics(ingest);
}

static void read_more(struct ingest *ingest, struct source *source)
{
    if (!input_ready(source->input))
        output_flush();
    input_read(source->input);
    look_at_the_clock(ingest);
}

/* Deals with one line that is buffered. */
static enum source_status step(struct ingest *ingest, struct source *source)
{
    enum source_status status = source_step(source, &ingest->judgement);
    ingest->epochs.open |= status == SOURCE_ADVANCED || status == SOURCE_STEPPED;
    if (status == SOURCE_ADVANCED && watermark_due(&ingest->watermark, &source->clock)) {
        ingest->judgement.emitted_ms = ingest->watermark.emitted_ms;
        put_watermark(ingest->watermark.emitted_ms);
    }
    return status;
}

/* ---- tables ---- */

/* A table is read to its end; one that has none (a FIFO), until it would first block. */
static void read_table(struct ingest *ingest, struct source *source)
{
    bool any = false;
    while (!source->ended) {
        if (step(ingest, source) != SOURCE_MORE)
            continue;
        if (any && !input_ready(source->input))
            return;
        read_more(ingest, source);
        any = true;
    }
}

/* ---- regular files, merged by event time ---- */

static bool is_timed_file(const struct source *source)
{
    return source->contract->schema->timed && input_is_regular(source->input);
}

/*
 * The source whose watermark is lowest, the first of equals; *UNTIL_MS is how far it may advance
 * before another's turn comes (an earlier one's turn comes at equality).
 */
static struct source *lowest(struct ingest *ingest, int64_t *until_ms)
{
    struct source *least = NULL;
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        if (is_timed_file(source) && !source->ended &&
            (!least || source->clock.watermark_ms < least->clock.watermark_ms))
            least = source;
    }
    *until_ms = INT64_MAX;
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *other = &ingest->source[i];
        if (other == least || !is_timed_file(other) || other->ended)
            continue;
        int64_t turn_ms = other->clock.watermark_ms + (other > least);
        if (turn_ms < *until_ms)
            *until_ms = turn_ms;
    }
    return least;
}

static void read_files(struct ingest *ingest)
{
    int64_t until_ms;
    for (struct source *source; (source = lowest(ingest, &until_ms));) {
        enum source_status status;
        do {
            status = step(ingest, source);
            if (status == SOURCE_MORE)
                read_more(ingest, source);
        } while (!source->ended && source->clock.watermark_ms < until_ms);
    }
}

/* ---- pipes, as they arrive ---- */

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
    put_watermark(now_ms);
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

/* WAITED_MS went by in poll: who has nothing to say for too long is waited for no longer. */
static void count_silence(struct ingest *ingest, int64_t waited_ms)
{
    bool fell_idle = false;
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        if (source->ended || source->clock.idle || idle_after_ms(source) < 0 ||
            input_ready(source->input))
            continue;
        source->silent_ms += waited_ms;
        source->clock.idle = source->silent_ms >= idle_after_ms(source);
        fell_idle |= source->clock.idle;
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
    if (wait_ms == INT64_MAX)
        return -1;
    return wait_ms < 0 ? 0 : wait_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)wait_ms;
}

static void wait_for_pipes(struct ingest *ingest, struct pollfd *ready)
{
    judge_idleness(ingest, false);
    output_flush();
    nfds_t count = 0;
    for (size_t i = 0; i < ingest->count; i++)
        if (!ingest->source[i].ended)
            ready[count++] = (struct pollfd){input_fd(ingest->source[i].input), POLLIN, 0};
    int64_t before_ms = epochs_now_ms();
    if (poll(ready, count, timeout_ms(ingest)) < 0 && errno != EINTR)
        fail_errno(EXIT_SYSTEM, "cannot wait for input");
    count_silence(ingest, epochs_now_ms() - before_ms);
    look_at_the_clock(ingest);
}

/* A source that speaks again is waited for again once it has caught up. */
static void notice(struct ingest *ingest, struct source *source)
{
    source->silent_ms = 0;
    if (source->clock.watermark_ms >= ingest->watermark.emitted_ms)
        source->clock.idle = false;
}

/* Takes what one source has; false when that was nothing. */
static bool take_what_is_there(struct ingest *ingest, struct source *source)
{
    if (source->ended || !input_ready(source->input))
        return false;
    read_more(ingest, source);
    while (!source->ended && step(ingest, source) != SOURCE_MORE)
        continue;
    notice(ingest, source);
    return true;
}

static void read_pipes(struct ingest *ingest)
{
    struct pollfd *ready = memory_new(ingest->count, sizeof *ready);
    for (bool open = true; open;) {
        bool any = false;
        open = false;
        for (size_t i = 0; i < ingest->count; i++) {
            any |= take_what_is_there(ingest, &ingest->source[i]);
            open |= !ingest->source[i].ended;
        }
        if (!any && open)
            wait_for_pipes(ingest, ready);
    }
    free(ready);
}

/* ---- the run ---- */

static void open_sources(struct ingest *ingest)
{
    const struct ingest_settings *settings = ingest->settings;
    struct watermark *watermark = &ingest->watermark;
    bool live = false;
    ingest->source = memory_new(settings->source_count, sizeof *ingest->source);
    ingest->count = settings->source_count;
    watermark->clock = memory_new(ingest->count, sizeof *watermark->clock);
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        struct stream_contract *contract = settings->source[i].contract;
        source_open(source, settings->source[i].path, contract,
                    tally_of(ingest->tally, contract->schema->stream), settings->max_line);
        live |= !input_is_regular(source->input);
        if (contract->schema->timed)
            watermark->clock[watermark->count++] = &source->clock;
    }
    epochs_start(&ingest->epochs, live);
    watermark->emitted_ms = ingest->judgement.emitted_ms = WATERMARK_NONE;
    watermark->step_ms = settings->step_ms ? settings->step_ms : watermark_step(watermark);
}

int ingest_run(const struct ingest_settings *settings)
{
    struct ingest ingest = {.settings = settings, .tally = tally_new()};
    output_open();
    open_sources(&ingest);
    ingest_put_begin(!ingest.epochs.live);
    put_schemas(&ingest);
    look_at_the_clock(&ingest);
    for (size_t i = 0; i < ingest.count; i++)
        if (!ingest.source[i].contract->schema->timed)
            read_table(&ingest, &ingest.source[i]);
    read_files(&ingest);
    read_pipes(&ingest);
    ingest_put_end(&ingest.epochs);
    save_metrics(&ingest);
    for (size_t i = 0; i < ingest.count; i++)
        source_close(&ingest.source[i]);
    free(ingest.source);
    free(ingest.watermark.clock);
    tally_free(ingest.tally);
    output_close();
    return EXIT_DONE;
}
