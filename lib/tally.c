#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "error.h"
#include "timestamp.h"

struct tally {
    struct counts *first, **last;
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

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP firsttouch_%s %s\n# TYPE firsttouch_%s %s\n", name, help, name,
                  type);
}

static void write_text(const struct tally *tally, struct buffer *out, int stage,
                       int64_t watermark_ms, uint64_t epoch)
{
    const char *filter = error_program_name();
    head(out, "records", "gauge",
         "Records that came in, by stream and fate; held ones may become used.");
    for (const struct counts *counts = tally->first; counts; counts = counts->next)
        for (int fate = 0; fate < FATES; fate++)
            buffer_printf(
                out,
                "firsttouch_records{filter=\"%s\",stage=\"%d\",stream=\"%s\",fate=\"%s\"} %llu\n",
                filter, stage, counts->stream, fate_names[fate],
                (unsigned long long)counts->fate[fate]);
    head(out, "emitted_total", "counter", "Records that this filter made, by stream.");
    for (const struct counts *counts = tally->first; counts; counts = counts->next)
        if (counts->emitted > 0)
            buffer_printf(
                out, "firsttouch_emitted_total{filter=\"%s\",stage=\"%d\",stream=\"%s\"} %llu\n",
                filter, stage, counts->stream, (unsigned long long)counts->emitted);
    if (watermark_ms != INT64_MIN && watermark_ms != TIMESTAMP_FOREVER) {
        head(out, "watermark_seconds", "gauge", "The last watermark passed on, event time.");
        buffer_printf(out, "firsttouch_watermark_seconds{filter=\"%s\",stage=\"%d\"} %.3f\n",
                      filter, stage, (double)watermark_ms / 1000);
    }
    head(out, "epoch", "gauge", "The last epoch passed on.");
    buffer_printf(out, "firsttouch_epoch{filter=\"%s\",stage=\"%d\"} %llu\n", filter, stage,
                  (unsigned long long)epoch);
}

void tally_save(const struct tally *tally, const char *path, int stage, int64_t watermark_ms,
                uint64_t epoch)
{
    struct buffer text = {0}, temporary = {0};
    struct stat status;
    /* a device, a FIFO, what is behind a link is written to; a file is replaced */
    bool replace = lstat(path, &status) != 0 || S_ISREG(status.st_mode);
    buffer_printf(&temporary, replace ? "%s.new" : "%s", path);
    write_text(tally, &text, stage, watermark_ms, epoch);
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
