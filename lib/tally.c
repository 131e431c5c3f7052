#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "directory.h"
#include "error.h"
#include "timestamp.h"

struct tally {
    struct counts *first, **last;
    uint64_t before; /* counted when the input began */
    int64_t commits, commit_begun_us, commits_us;
};

static const char *const fate_names[FATES] = {
    [FATE_PASSED] = "passed",   [FATE_USED] = "used",           [FATE_REJECTED] = "rejected",
    [FATE_DROPPED] = "dropped", [FATE_DUPLICATE] = "duplicate", [FATE_HELD] = "held",
};

struct tally *tally_new(void)
{
    struct tally *tally = memory_new(1, sizeof *tally);
    tally->last = &tally->first;
    return tally;
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    for (struct counts *counts = tally->first, *next; counts; counts = next) {
        next = counts->next;
        free(counts->stream);
        free(counts);
    }
    free(tally);
}

struct counts *tally_of(struct tally *tally, const char *stream)
{
    for (struct counts *counts = tally->first; counts; counts = counts->next)
        if (strcmp(counts->stream, stream) == 0)
            return counts;
    struct counts *counts = memory_new(1, sizeof *counts);
    counts->stream = memory_text(slice_of(stream));
    *tally->last = counts;
    tally->last = &counts->next;
    return counts;
}

static uint64_t count_all(const struct tally *tally)
{
    uint64_t records = 0;
    for (const struct counts *counts = tally->first; counts; counts = counts->next)
        for (int fate = 0; fate < FATES; fate++)
            records += counts->fate[fate];
    return records;
}

void tally_input_begins(struct tally *tally)
{
    tally->before = count_all(tally);
}

uint64_t tally_records(const struct tally *tally)
{
    return count_all(tally) - tally->before;
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void tally_commit_begins(struct tally *tally)
{
    tally->commit_begun_us = clock_us(CLOCK_MONOTONIC);
}

void tally_commit_ends(struct tally *tally)
{
    tally->commits++;
    tally->commits_us += clock_us(CLOCK_MONOTONIC) - tally->commit_begun_us;
}

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP firsttouch_%s %s\n# TYPE firsttouch_%s %s\n", name, help, name,
                  type);
}

/* A sample's name and its labels but for those of a stream; `}` and the value follow. */
static void sample(struct buffer *out, const char *name, const struct tally_report *report)
{
    buffer_printf(out, "firsttouch_%s{filter=\"%s\",stage=\"%d\"", name, error_program_name(),
                  report->stage);
}

static void write_number(struct buffer *out, const char *name, const struct tally_report *report,
                         uint64_t number)
{
    sample(out, name, report);
    buffer_printf(out, "} %llu\n", (unsigned long long)number);
}

static void write_seconds(struct buffer *out, const char *name, const struct tally_report *report,
                          int64_t us, int digits)
{
    sample(out, name, report);
    buffer_printf(out, "} %.*f\n", digits, (double)us / 1000000);
}

static void write_counts(const struct tally *tally, struct buffer *out,
                         const struct tally_report *report)
{
    head(out, "records", "gauge",
         "Records that came in, by stream and fate; held ones may become used.");
    for (const struct counts *counts = tally->first; counts; counts = counts->next)
        for (int fate = 0; fate < FATES; fate++) {
            sample(out, "records", report);
            buffer_printf(out, ",stream=\"%s\",fate=\"%s\"} %llu\n", counts->stream,
                          fate_names[fate], (unsigned long long)counts->fate[fate]);
        }
    head(out, "emitted_total", "counter", "Records that this filter made, by stream.");
    for (const struct counts *counts = tally->first; counts; counts = counts->next) {
        if (counts->emitted == 0)
            continue;
        sample(out, "emitted_total", report);
        buffer_printf(out, ",stream=\"%s\"} %llu\n", counts->stream,
                      (unsigned long long)counts->emitted);
    }
}

/* At the end of all input there is no event time to speak of. */
static void write_watermark(struct buffer *out, const struct tally_report *report)
{
    int64_t watermark_ms = report->watermark_ms;
    if (watermark_ms == INT64_MIN || watermark_ms == TIMESTAMP_FOREVER)
        return;
    int64_t lag_us = clock_us(CLOCK_REALTIME) - watermark_ms * 1000;
    head(out, "watermark_seconds", "gauge", "The last watermark passed on, event time.");
    write_seconds(out, "watermark_seconds", report, watermark_ms * 1000, 3);
    head(out, "watermark_lag_seconds", "gauge",
         "How far that was behind the clock at this moment.");
    write_seconds(out, "watermark_lag_seconds", report, lag_us, 3);
}

static void write_epoch(const struct tally *tally, struct buffer *out,
                        const struct tally_report *report)
{
    head(out, "epoch", "gauge", "The last epoch passed on.");
    write_number(out, "epoch", report, report->epoch);
    if (tally->commits == 0)
        return;
    head(out, "commit_seconds", "summary",
         "Time to make an epoch durable: a snapshot, in ft-sink a transaction.");
    write_seconds(out, "commit_seconds_sum", report, tally->commits_us, 6);
    write_number(out, "commit_seconds_count", report, (uint64_t)tally->commits);
}

static void write_state(struct buffer *out, const struct tally_report *report)
{
    if (report->state_keys >= 0) {
        head(out, "state_keys", "gauge", "Keys for which something is held.");
        write_number(out, "state_keys", report, (uint64_t)report->state_keys);
    }
    if (report->state_bytes >= 0) {
        head(out, "state_bytes", "gauge", "Bytes that count of the last snapshot.");
        write_number(out, "state_bytes", report, (uint64_t)report->state_bytes);
    }
}

static void write_cost(struct buffer *out, const struct tally_report *report)
{
    const struct directory_cost *cost = directory_cost();
    if (cost->bytes == 0)
        return;
    head(out, "state_written_bytes_total", "counter", "Bytes written to the state directory.");
    write_number(out, "state_written_bytes_total", report, cost->bytes);
    head(out, "sync_seconds", "summary", "Time in fsync there.");
    write_seconds(out, "sync_seconds_sum", report, (int64_t)(cost->sync_seconds * 1e6), 6);
    write_number(out, "sync_seconds_count", report, cost->syncs);
}

void tally_save(const struct tally *tally, const struct tally_report *report)
{
    const char *path = report->path;
    struct buffer text = {0}, temporary = {0};
    struct stat status;
    /* a device, a FIFO, what is behind a link is written to; a file is replaced */
    bool replace = lstat(path, &status) != 0 || S_ISREG(status.st_mode);
    buffer_printf(&temporary, replace ? "%s.new" : "%s", path);
    write_counts(tally, &text, report);
    write_watermark(&text, report);
    write_epoch(tally, &text, report);
    write_state(&text, report);
    write_cost(&text, report);
    FILE *file = fopen(temporary.at, "w");
    if (!file)
        fail_errno(EXIT_SYSTEM, "%s", temporary.at);
    if (fwrite(text.at, 1, text.length, file) != text.length || fflush(file) != 0)
        fail_errno(EXIT_SYSTEM, "%s: cannot write", temporary.at);
    if (fclose(file) != 0 || (replace && rename(temporary.at, path) != 0))
        fail_errno(EXIT_SYSTEM, "%s: cannot write", path);
    buffer_free(&text);
    buffer_free(&temporary);
}
