#include "ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "error.h"
#include "ingest_inside.h"
#include "output.h"
#include "progress.h"
#include "signals.h"
#include "timestamp.h"

enum {
    DEFAULT_MAX_FUTURE_MS = 3600 * 1000,
    DEFAULT_EPOCH_MS = 1000,
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

static void tell(const void *context, struct tally_report *report)
{
    const struct ingest *ingest = context;
    *report = (struct tally_report){.path = ingest->settings->metrics,
                                    .watermark_ms = ingest->watermark.emitted_ms,
                                    .epoch = ingest->epochs.number,
                                    .state_keys = -1,
                                    .state_bytes = -1};
}

static void save_metrics(const struct ingest *ingest)
{
    struct tally_report report;
    tell(ingest, &report);
    if (report.path)
        tally_save(ingest->tally, &report);
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
    progress_look();
}

/* Waits for any of COUNT descriptors, for the end being asked for, or TIMEOUT_MS. */
void ingest_wait_for(struct pollfd *ready, size_t count, int wait_ms)
{
    output_flush();
    ready[count] = output_poll();
    ready[count + 1] = (struct pollfd){signals_fd(), POLLIN, 0};
    if (poll(ready, count + 2, progress_wait_ms(wait_ms)) < 0 && errno != EINTR)
        fail_errno(EXIT_SYSTEM, "cannot wait for input");
    output_polled(&ready[count]);
    progress_look();
}

void ingest_read_more(struct ingest *ingest, struct reader *reader)
{
    while (!reader_ready(reader) && !signals_stopped()) {
        struct pollfd ready[3] = {{reader_fd(reader), POLLIN, 0}};
        ingest_wait_for(ready, 1, -1);
    }
    if (signals_stopped())
        return;
    reader_read(reader);
    ingest_look_at_the_clock(ingest);
}

/*
 * A stream that goes on in a later run goes on from where its sources have ended. But a partition
 * goes on itself.
 */
static void hold_clocks(struct ingest *ingest, const struct reader *reader)
{
    if (reader->messages)
        return;
    for (size_t i = 0; i < reader->source_count; i++)
        if (!reader->source[i]->drains)
            ingest_hold_clock(ingest, reader->source[i]);
}

/* What began to catch up and has ended before it had was cut off: this end is not its own. */
static void refuse_half(const struct reader *reader)
{
    if (reader->catching_up && !signals_stopped())
        fail(EXIT_SYSTEM, "%s: has ended before it had caught up: what wrote it has died",
             input_name(reader->input));
}

/* Deals with one line that is buffered. */
enum reader_status ingest_step(struct ingest *ingest, struct reader *reader)
{
    struct source *source;
    enum reader_status status = reader_step(reader, &ingest->judgement, &source);
    if (status == READER_ENDED) {
        refuse_half(reader);
        hold_clocks(ingest, reader);
    }
    if (status != READER_ADVANCED && status != READER_STEPPED)
        return status;
    if (ingest->was_drained)
        fail(EXIT_USAGE, "%s: state is drained; loads that go on need --no-drain",
             ingest->settings->state);
    if (status == READER_ADVANCED && watermark_due(&ingest->watermark, &source->clock)) {
        ingest->judgement.emitted_ms = ingest->watermark.emitted_ms;
        ingest_put_watermark(ingest->watermark.emitted_ms);
    }
    if (epochs_count(&ingest->epochs))
        save_metrics(ingest);
    return status;
}

/* ---- the run ---- */

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
    ingest_read_tables(ingest);
    if (!signals_stopped())
        ingest_read_files(ingest);
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

int ingest_run(const struct ingest_settings *settings)
{
    struct ingest ingest = {.settings = settings, .tally = tally_new()};
    output_open();
    ingest_open_sources(&ingest, false);
    start_epochs(&ingest);
    if (settings->state)
        ingest_go_on(&ingest);
    signals_stop_first(); /* so far the first one ends the process: nothing is on its way */
    progress_begin(ingest.tally, tell, &ingest);
    put_head(&ingest);
    ingest_look_at_the_clock(&ingest);
    read_sources(&ingest);
    put_end(&ingest);
    save_metrics(&ingest);
    output_close();
    progress_end();
    for (size_t i = 0; i < ingest.count; i++)
        if (ingest.source[i].partition)
            partition_sum_up(ingest.source[i].partition);
    ingest_close_sources(&ingest);
    return EXIT_DONE;
}
