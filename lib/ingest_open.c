/* The sources of a run are opened, and what they come through. */
#include <stdlib.h>

#include "error.h"
#include "ingest_inside.h"

enum { DEFAULT_ROTATE_WAIT_MS = 5000 };

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
