#include "ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "error.h"
#include "output.h"
#include "signals.h"
#include "source.h"
#include "timestamp.h"

enum { DEFAULT_MAX_FUTURE_MS = 3600 * 1000, LONGEST_WAIT_MS = 60000, DEFAULT_EPOCH_MS = 1000 };

struct ingest {
    const struct ingest_settings *settings;
    struct source *source;
    size_t count;
    struct watermark watermark;
    struct judgement judgement;
    struct tally *tally;
    struct epochs epochs;
    struct positions *positions; /* NULL without state */
    bool live;                   /* some source is no regular file */
    bool drains;                 /* the end of all sources is the end of everything */
    bool drained;                /* that end was reached */
    bool was_drained;            /* in the run before: then nothing new may come */
    bool all_idle;               /* then since when, and what the watermark was then: */
    int64_t idle_since_ms, idle_watermark_ms;
};

void ingest_put_watermark(int64_t watermark_ms)
{
    output_literal("{\"_stream\":\"_watermark\",\"_ts\":");
    output_integer(watermark_ms);
    output_literal("}\n");
}

void ingest_put_begin(const char *pipeline, bool bounded, uint64_t restore)
{
    struct buffer line = {0};
    buffer_append_text(&line, "{\"_stream\":\"_begin\",\"version\":1,\"pipeline\":");
    buffer_printf(&line, pipeline ? "\"%s\"" : "null", pipeline);
    buffer_printf(&line, ",\"stage\":0,\"bounded\":%s,\"restore\":", bounded ? "true" : "false");
    buffer_printf(&line, restore ? "%" PRIu64 : "null", restore);
    buffer_append_text(&line, "}\n");
    output_bytes(buffer_slice(&line));
    buffer_free(&line);
}

void ingest_put_end(struct epochs *epochs, bool drain)
{
    if (drain)
        ingest_put_watermark(TIMESTAMP_FOREVER);
    epochs_close(epochs);
    output_literal("{\"_stream\":\"_end\"}\n");
}

static void save_metrics(const struct ingest *ingest)
{
    if (ingest->settings->metrics)
        tally_save(ingest->tally,
                   &(struct tally_report){.path = ingest->settings->metrics,
                                          .watermark_ms = ingest->watermark.emitted_ms,
                                          .epoch = ingest->epochs.number,
                                          .state_keys = -1,
                                          .state_bytes = -1});
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
    if (beyond_ms < 0 && ingest->live)
        beyond_ms = DEFAULT_MAX_FUTURE_MS;
    ingest->judgement.future_ms = beyond_ms < 0 ? INT64_MAX : wall_clock_ms() + beyond_ms;
    if (epochs_close_if_due(&ingest->epochs))
        save_metrics(ingest);
}

/* Waits for any of COUNT descriptors, for the end being asked for, or TIMEOUT_MS. */
static void wait_for(struct pollfd *ready, size_t count, int wait_ms)
{
    output_flush();
    ready[count] = output_poll();
    ready[count + 1] = (struct pollfd){signals_fd(), POLLIN, 0};
    if (poll(ready, count + 2, wait_ms) < 0 && errno != EINTR)
        fail_errno(EXIT_SYSTEM, "cannot wait for input");
    output_polled(&ready[count]);
}

static void read_more(struct ingest *ingest, struct source *source)
{
    while (!input_ready(source->input) && !signals_stopped()) {
        struct pollfd ready[3] = {{input_fd(source->input), POLLIN, 0}};
        wait_for(ready, 1, -1);
    }
    if (signals_stopped())
        return;
    input_read(source->input);
    look_at_the_clock(ingest);
}

/* A stream that goes on in a later run goes on from where the last of its sources has ended. */
static void hold_clock(struct ingest *ingest, struct source *ended)
{
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *other = &ingest->source[i];
        if (other == ended || other->contract != ended->contract)
            continue;
        if (!other->ended) {
            clock_end(&ended->clock); /* for now: the others hold the watermark */
            return;
        }
        clock_advance(&ended->clock, other->clock.highest_ms);
    }
}

/* Deals with one line that is buffered. */
static enum source_status step(struct ingest *ingest, struct source *source)
{
    enum source_status status = source_step(source, &ingest->judgement);
    if (status == SOURCE_ENDED && !source->drains)
        hold_clock(ingest, source);
    if (status != SOURCE_ADVANCED && status != SOURCE_STEPPED)
        return status;
    if (ingest->was_drained)
        fail(EXIT_USAGE, "%s: state is drained; loads that go on need --no-drain",
             ingest->settings->state);
    if (status == SOURCE_ADVANCED && watermark_due(&ingest->watermark, &source->clock)) {
        ingest->judgement.emitted_ms = ingest->watermark.emitted_ms;
        ingest_put_watermark(ingest->watermark.emitted_ms);
    }
    if (epochs_count(&ingest->epochs))
        save_metrics(ingest);
    return status;
}

/* ---- tables ---- */

/* A table is read to its end; one that has none (a FIFO), until it would first block. */
static void read_table(struct ingest *ingest, struct source *source)
{
    bool any = false;
    while (!source->ended && !signals_stopped()) {
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
            if (signals_stopped() && status == SOURCE_MORE)
                return;
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
    size_t count = 0;
    for (size_t i = 0; i < ingest->count; i++)
        if (!ingest->source[i].ended)
            ready[count++] = (struct pollfd){input_fd(ingest->source[i].input), POLLIN, 0};
    int64_t before_ms = epochs_now_ms();
    wait_for(ready, count, timeout_ms(ingest));
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
    struct pollfd *ready = memory_new(ingest->count + 2, sizeof *ready);
    for (bool open = true; open && !signals_stopped();) {
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

static bool drains(const struct ingest *ingest, const struct source *source)
{
    enum ingest_drain drain = ingest->settings->drain;
    if (!ingest->settings->state || drain == DRAIN_ALL)
        return true;
    return drain == DRAIN_BY_KIND && input_is_regular(source->input);
}

static void open_sources(struct ingest *ingest)
{
    const struct ingest_settings *settings = ingest->settings;
    struct watermark *watermark = &ingest->watermark;
    ingest->source = memory_new(settings->source_count, sizeof *ingest->source);
    ingest->count = settings->source_count;
    ingest->drains = true;
    watermark->clock = memory_new(ingest->count, sizeof *watermark->clock);
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        struct stream_contract *contract = settings->source[i].contract;
        source_open(source, settings->source[i].path, contract,
                    tally_of(ingest->tally, contract->schema->stream), settings->max_line);
        ingest->live |= !input_is_regular(source->input);
        source->drains = drains(ingest, source);
        ingest->drains &= source->drains;
        if (contract->schema->timed)
            watermark->clock[watermark->count++] = &source->clock;
    }
    watermark->emitted_ms = WATERMARK_NONE;
    watermark->step_ms = settings->step_ms ? settings->step_ms : watermark_step(watermark);
}

static void start_epochs(struct ingest *ingest)
{
    struct epoch_length length = ingest->settings->epoch;
    bool none = length.ms == 0 && length.records == 0;
    if (!none && !ingest->live && !ingest->settings->state)
        fail(EXIT_USAGE, "--epoch: files are read without state in one epoch: say --state too");
    if (none && (ingest->live || ingest->settings->state))
        length.ms = DEFAULT_EPOCH_MS;
    epochs_start(&ingest->epochs, length);
}

static bool is_table(const struct source *source)
{
    return !source->contract->schema->timed;
}

/* ---- with state ---- */

static uint64_t save_positions(void *context, uint64_t epoch)
{
    struct ingest *ingest = context;
    int64_t emitted_ms = ingest->drained ? TIMESTAMP_FOREVER : ingest->watermark.emitted_ms;
    tally_commit_begins(ingest->tally);
    uint64_t committed = positions_save(ingest->positions, epoch, ingest->source, ingest->count,
                                        emitted_ms, ingest->drained);
    tally_commit_ends(ingest->tally);
    return committed;
}

/* What cannot be rewound would be read from its middle after a restart. */
static void refuse_pipes(const struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++)
        if (!input_is_regular(ingest->source[i].input))
            fail(EXIT_USAGE,
                 "%s cannot be rewound, as --state needs it: give a file, or say --replayed when "
                 "whatever writes it begins at the same first line each time",
                 input_name(ingest->source[i].input));
}

/* A source that had ended has done so again, unless there is more of it now. */
static void end_again(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        if (source->ended_before && input_is_done(source->input))
            step(ingest, source);
    }
}

static void go_on(struct ingest *ingest)
{
    const struct ingest_settings *settings = ingest->settings;
    if (!settings->replayed)
        refuse_pipes(ingest);
    ingest->positions = positions_open(settings->state, settings->restore);
    for (size_t i = 0; i < ingest->count; i++) {
        size_t same = 0;
        while (ingest->source[same].contract != ingest->source[i].contract)
            same++;
        if (same == i)
            positions_stream(ingest->positions, ingest->source[i].contract);
    }
    positions_step(ingest->positions, ingest->watermark.step_ms);
    positions_restore(ingest->positions);
    positions_resume(ingest->positions, ingest->source, ingest->count, settings->doubt);
    ingest->watermark.emitted_ms = positions_watermark_ms(ingest->positions);
    ingest->was_drained = positions_drained(ingest->positions);
    ingest->epochs.number = positions_highest_epoch(ingest->positions);
    ingest->epochs.save = save_positions;
    ingest->epochs.context = ingest;
    end_again(ingest);
}

/* ---- all of it ---- */

static void put_head(struct ingest *ingest)
{
    const struct positions *positions = ingest->positions;
    int64_t emitted_ms = ingest->watermark.emitted_ms;
    ingest_put_begin(positions ? positions_pipeline(positions) : NULL, !ingest->live,
                     positions ? positions_epoch(positions) : 0);
    put_schemas(ingest);
    if (emitted_ms != WATERMARK_NONE) /* whoever goes on must know what is late */
        ingest_put_watermark(emitted_ms);
    ingest->judgement.emitted_ms = emitted_ms;
}

static void read_sources(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++)
        if (is_table(&ingest->source[i]))
            read_table(ingest, &ingest->source[i]);
    if (!signals_stopped())
        read_files(ingest);
    if (!signals_stopped())
        read_pipes(ingest);
}

/* There is nothing to go on from, and half of the input must not replace the tables. */
_Noreturn static void give_up(void)
{
    fail((enum exit_status)(128 + signals_stopped()), "stopped by a signal: nothing is committed");
}

static void put_end(struct ingest *ingest)
{
    bool stopped = signals_stopped() != 0;
    if (stopped && !ingest->live && !ingest->positions)
        give_up();
    ingest->drained = ingest->drains && !stopped;
    ingest_put_end(&ingest->epochs, ingest->drained);
}

static void close_sources(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++)
        source_close(&ingest->source[i]);
    free(ingest->source);
    free(ingest->watermark.clock);
    positions_free(ingest->positions);
    tally_free(ingest->tally);
}

int ingest_run(const struct ingest_settings *settings)
{
    struct ingest ingest = {.settings = settings, .tally = tally_new()};
    output_open();
    open_sources(&ingest);
    start_epochs(&ingest);
    if (settings->state)
        go_on(&ingest);
    signals_stop_first(); /* so far the first one ends the process: nothing is on its way */
    put_head(&ingest);
    look_at_the_clock(&ingest);
    read_sources(&ingest);
    put_end(&ingest);
    save_metrics(&ingest);
    output_close();
    close_sources(&ingest);
    return EXIT_DONE;
}
