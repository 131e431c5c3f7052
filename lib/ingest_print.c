/* What ft-ingest says to others: which topics it wants, and with what options kcat goes on where a
 * run was committed. */
#include <inttypes.h>
#include <stdio.h>

#include "error.h"
#include "ingest_inside.h"
#include "output.h"

void ingest_print_topics(const struct ingest_settings *settings)
{
    struct buffer line = {0};
    output_open();
    for (size_t i = 0; i < settings->source_count; i++) {
        const struct stream_contract *contract = settings->source[i].contract;
        line.length = 0;
        buffer_printf(&line, "%s %s %s\n", contract->schema->stream, source_topic(contract),
                      contract->schema->timed ? "timed" : "table");
        output_bytes(buffer_slice(&line));
    }
    buffer_free(&line);
    output_close();
}

/*
 * -E: a broker that is gone is waited for. An offset that is no more is an error, where kcat would
 * go to the end in silence. The queue is bounded by its bytes and not by its messages: when it is
 * full the client rests for a second, and a few small messages would fill it.
 */
static const char fixed_options[] =
    "-C -E -q -X auto.offset.reset=error -X queued.min.messages=1000000"
    " -X queued.max.messages.kbytes=16384 -X reconnect.backoff.ms=50"
    " -X reconnect.backoff.max.ms=500";

static void print_options(const struct source *source, int64_t offset)
{
    const struct partition *partition = source->partition;
    struct buffer line = {0};
    const char *stream = source->contract->schema->stream;
    if (partition->number < 0)
        fail(EXIT_USAGE, "--print kcat-args: say which partitions, as %s:0-3", stream);
    buffer_printf(&line, "%s %" PRId32 " -t %s -p %" PRId32, stream, partition->number,
                  partition->topic, partition->number);
    if (offset < 0)
        buffer_append_text(&line, " -o beginning");
    else
        buffer_printf(&line, " -o %" PRId64, offset);
    buffer_printf(&line, " %s\n", fixed_options);
    output_bytes(buffer_slice(&line));
    buffer_free(&line);
}

void ingest_print_kcat_options(const struct ingest_settings *settings)
{
    struct ingest ingest = {.settings = settings, .tally = tally_new()};
    output_open();
    ingest_open_sources(&ingest, true);
    if (settings->state)
        ingest_open_state(&ingest);
    for (size_t i = 0; i < ingest.count; i++)
        if (ingest.source[i].partition)
            print_options(&ingest.source[i],
                          ingest.positions ? positions_offset(ingest.positions, &ingest.source[i])
                                           : -1);
    output_close();
    ingest_close_sources(&ingest);
}
