#include "ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "error.h"
#include "ingest_inside.h"
#include "output.h"
#include "signals.h"
#include "timestamp.h"

enum { DEFAULT_MAX_FUTURE_MS = 3600 * 1000, DEFAULT_EPOCH_MS = 1000 };

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

void ingest_look_at_the_clock(struct ingest *ingest)
{
    int64_t beyond_ms = ingest->settings->max_future_ms;
    if (beyond_ms < 0 && ingest->live)
        beyond_ms = DEFAULT_MAX_FUTURE_MS;
    ingest->judgement.future_ms = beyond_ms < 0 ? INT64_MAX : wall_clock_ms() + beyond_ms;
    if (epochs_close_if_due(&ingest->epochs))
        save_metrics(ingest);
}

/* Waits for any of COUNT descriptors, for the end being asked for, or TIMEOUT_MS. */
void ingest_wait_for(struct pollfd *ready, size_t count, int wait_ms)
{
    output_flush();
    ready[count] = output_poll();
    ready[count + 1] = (struct pollfd){signals_fd(), POLLIN, 0};
    if (poll(ready, count + 2, wait_ms) < 0 && errno != EINTR)
        fail_errno(EXIT_SYSTEM, "cannot wait for input");
    output_polled(&ready[count]);
}

void ingest_read_more(struct ingest *ingest, struct source *source)
{
    while (!input_ready(source->input) && !signals_stopped()) {
        struct pollfd ready[3] = {{input_fd(source->input), POLLIN, 0}};
        ingest_wait_for(ready, 1, -1);
    }
    if (signals_stopped())
        return;
    input_read(source->input);
    ingest_look_at_the_clock(ingest);
}

/* Deals with one line that is buffered. */
enum source_status ingest_step(struct ingest *ingest, struct source *source)
{
    enum source_status status = source_step(source, &ingest->judgement);
    if (status == SOURCE_ENDED && !source->drains)
        ingest_hold_clock(ingest, source);
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
        if (ingest_step(ingest, source) != SOURCE_MORE)
            continue;
        if (any && !input_ready(source->input))
            return;
        ingest_read_more(ingest, source);
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
            status = ingest_step(ingest, source);
            if (status == SOURCE_MORE)
                ingest_read_more(ingest, source);
            if (signals_stopped() && status == SOURCE_MORE)
                return;
        } while (!source->ended && source->clock.watermark_ms < until_ms);
    }
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
        ingest_read_pipes(ingest);
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
        ingest_go_on(&ingest);
    signals_stop_first(); /* so far the first one ends the process: nothing is on its way */
    put_head(&ingest);
    ingest_look_at_the_clock(&ingest);
    read_sources(&ingest);
    put_end(&ingest);
    save_metrics(&ingest);
    output_close();
    close_sources(&ingest);
    return EXIT_DONE;
}
