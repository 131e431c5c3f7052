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
    DEFAULT_ROTATE_WAIT_MS = 5000,
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

/* ---- tables ---- */

static bool is_table(const struct reader *reader)
{
    for (size_t i = 0; i < reader->source_count; i++)
        if (reader->source[i]->contract->schema->timed)
            return false;
    return true;
}

/*
 * A table is read to its end; one that has none (a FIFO), until it would first block, or, where
 * messages say so themselves, until what was there has come. One that is followed is waited for
 * while it is not there.
 */
static void read_table(struct ingest *ingest, struct reader *reader)
{
    bool any = reader_has_begun(reader);
    while (!reader->ended && !signals_stopped()) {
        enum reader_status status = ingest_step(ingest, reader);
        if (status == READER_LEVEL && !reader->bounded)
            return;
        if (status != READER_MORE)
            continue;
        if (any && !reader->catching_up && !reader_ready(reader))
            return;
        ingest_read_more(ingest, reader);
        any = true;
    }
}

/* ---- regular files, merged by event time ---- */

/* Files have one source each, recorded messages perhaps several. */
static int64_t watermark_of(const struct reader *reader)
{
    int64_t least_ms = reader->source[0]->clock.watermark_ms;
    for (size_t i = 1; i < reader->source_count; i++)
        if (reader->source[i]->clock.watermark_ms < least_ms)
            least_ms = reader->source[i]->clock.watermark_ms;
    return least_ms;
}

/* What is followed is merged until its end was seen once: one that lags behind by a day would else
 * hold up all that the others bring. */
static bool is_to_merge(const struct reader *reader)
{
    bool has_end = reader->bounded || (reader->follow && !reader->caught_up);
    return has_end && !reader->ended && !is_table(reader);
}

/*
 * The file whose watermark is lowest, the first of equals; *UNTIL_MS is how far it may advance
 * before another's turn comes (an earlier one's turn comes at equality).
 */
static struct reader *lowest(struct ingest *ingest, int64_t *until_ms)
{
    struct reader *least = NULL;
    for (size_t i = 0; i < ingest->reader_count; i++) {
        struct reader *reader = &ingest->reader[i];
        if (is_to_merge(reader) && (!least || watermark_of(reader) < watermark_of(least)))
            least = reader;
    }
    *until_ms = INT64_MAX;
    for (size_t i = 0; i < ingest->reader_count; i++) {
        const struct reader *other = &ingest->reader[i];
        if (other == least || !is_to_merge(other))
            continue;
        int64_t turn_ms = watermark_of(other) + (other > least);
        if (turn_ms < *until_ms)
            *until_ms = turn_ms;
    }
    return least;
}

static void read_files(struct ingest *ingest)
{
    int64_t until_ms;
    for (struct reader *reader; (reader = lowest(ingest, &until_ms));) {
        enum reader_status status;
        do {
            status = ingest_step(ingest, reader);
            reader->caught_up = status == READER_MORE && !reader_ready(reader);
            if (status == READER_MORE && is_to_merge(reader))
                ingest_read_more(ingest, reader);
            if (signals_stopped() && status == READER_MORE)
                return;
        } while (is_to_merge(reader) && watermark_of(reader) < until_ms);
    }
}

/* ---- the run ---- */

static bool drains(const struct ingest *ingest, const struct reader *reader)
{
    enum ingest_drain drain = ingest->settings->drain;
    if (!ingest->settings->state || drain == DRAIN_ALL)
        return true;
    return drain == DRAIN_BY_KIND && reader->bounded;
}

/* The reader of the same messages, when there is one already. */
static struct reader *find_reader(const struct ingest *ingest, size_t index)
{
    const struct ingest_source *all = ingest->settings->source;
    for (size_t i = 0; i < index; i++)
        if (all[i].is_messages && all[index].is_messages &&
            strcmp(all[i].path, all[index].path) == 0)
            return ingest->source[ingest->first[i]].reader;
    return NULL;
}

static int64_t rotate_wait_ms(const struct ingest *ingest)
{
    int64_t wait_ms = ingest->settings->rotate_wait_ms;
    return wait_ms < 0 ? DEFAULT_ROTATE_WAIT_MS : wait_ms;
}

static struct reader *open_reader(struct ingest *ingest, size_t index)
{
    const struct ingest_source *from = &ingest->settings->source[index];
    struct reader *reader = find_reader(ingest, index);
    if (reader)
        return reader;
    reader = &ingest->reader[ingest->reader_count++];
    if (from->is_messages)
        reader_open_messages(reader, from->path, ingest->settings->max_line);
    else if (from->followed)
        reader_follow(reader, from->path, ingest->settings->max_line, rotate_wait_ms(ingest));
    else
        reader_open(reader, from->path, ingest->settings->max_line);
    ingest->live |= !reader->bounded;
    return reader;
}

static void open_source(struct ingest *ingest, const struct ingest_source *from, size_t partition)
{
    struct source *source = &ingest->source[ingest->count++];
    struct counts *counts = tally_of(ingest->tally, from->contract->schema->stream);
    if (!from->is_messages)
        source_open(source, from->contract, counts);
    else
        source_open_partition(source, from->contract, counts,
                              partition < from->partition_count ? from->partition[partition] : -1,
                              from->take);
    if (from->contract->schema->timed)
        ingest->watermark.clock[ingest->watermark.count++] = &source->clock;
}

/* Two streams of one topic, or one twice: whose would a message be? */
static void refuse_twice(const struct ingest *ingest)
{
    const struct partition *last = ingest->source[ingest->count - 1].partition;
    for (size_t i = 0; last && i + 1 < ingest->count; i++) {
        const struct partition *other = ingest->source[i].partition;
        if (!other || strcmp(other->topic, last->topic) != 0)
            continue;
        if (other->number < 0 || last->number < 0)
            fail(EXIT_USAGE, "topic %s is given twice: say which partitions come where, as %s:0-3",
                 last->topic, ingest->source[i].contract->schema->stream);
        if (other->number == last->number)
            fail(EXIT_USAGE, "%s is given twice", last->name.at);
    }
}

static size_t count_sources(const struct ingest_settings *settings)
{
    size_t count = 0;
    for (size_t i = 0; i < settings->source_count; i++)
        count += settings->source[i].partition_count ? settings->source[i].partition_count : 1;
    return count;
}

void ingest_open_sources(struct ingest *ingest, bool without_readers)
{
    const struct ingest_settings *settings = ingest->settings;
    struct watermark *watermark = &ingest->watermark;
    size_t count = count_sources(settings);
    ingest->source = memory_new(count, sizeof *ingest->source);
    ingest->first = memory_new(settings->source_count, sizeof *ingest->first);
    ingest->reader = memory_new(settings->source_count, sizeof *ingest->reader);
    ingest->drains = true;
    watermark->clock = memory_new(count, sizeof *watermark->clock);
    for (size_t i = 0; i < settings->source_count; i++) {
        struct reader *reader = without_readers ? NULL : open_reader(ingest, i);
        ingest->first[i] = ingest->count;
        for (size_t j = 0; j == 0 || j < settings->source[i].partition_count; j++) {
            open_source(ingest, &settings->source[i], j);
            refuse_twice(ingest);
            if (!reader)
                continue;
            struct source *source = &ingest->source[ingest->count - 1];
            reader_serve(reader, source);
            source->drains = drains(ingest, reader);
            ingest->drains &= source->drains;
        }
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
    for (size_t i = 0; i < ingest->reader_count; i++)
        if (is_table(&ingest->reader[i]))
            read_table(ingest, &ingest->reader[i]);
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

void ingest_close_sources(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++)
        source_close(&ingest->source[i]);
    for (size_t i = 0; i < ingest->reader_count; i++)
        reader_close(&ingest->reader[i]);
    free(ingest->source);
    free(ingest->first);
    free(ingest->reader);
    free(ingest->watermark.clock);
    positions_free(ingest->positions);
    tally_free(ingest->tally);
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
