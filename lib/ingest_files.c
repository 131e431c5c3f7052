/* What has an end is read first: tables, then files, merged by event time. */
#include "ingest_inside.h"
#include "signals.h"

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

void ingest_read_tables(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->reader_count; i++)
        if (is_table(&ingest->reader[i]))
            read_table(ingest, &ingest->reader[i]);
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

void ingest_read_files(struct ingest *ingest)
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
