/* A run of ft-ingest that has state: where it goes on, and what a later run goes on from. */
#include "error.h"
#include "ingest_inside.h"
#include "relay.h"
#include "timestamp.h"

void ingest_hold_clock(struct ingest *ingest, struct source *ended)
{
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *other = &ingest->source[i];
        if (other == ended || other->contract != ended->contract)
            continue;
        if (!other->ended) {
            clock_end(&ended->clock); /* for now: the others hold the watermark */
            return;
        }
        clock_promise(&ended->clock, other->clock.highest_ms);
    }
}

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
    for (size_t i = 0; i < ingest->reader_count; i++)
        if (!ingest->reader[i].bounded && !ingest->reader[i].follow && !ingest->reader[i].messages)
            fail(EXIT_USAGE,
                 "%s cannot be rewound, as --state needs it: give a file, or say --replayed when "
                 "whatever writes it begins at the same first line each time",
                 input_name(ingest->reader[i].input));
}

/* A source that had ended has done so again, unless there is more of it now. */
static void end_again(struct ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++) {
        struct source *source = &ingest->source[i];
        if (source->ended_before && input_is_done(source->reader->input))
            ingest_step(ingest, source->reader);
    }
}

void ingest_open_state(struct ingest *ingest)
{
    const struct ingest_settings *settings = ingest->settings;
    ingest->positions = positions_open(settings->state, settings->restore);
    relay_open(settings->state);
    for (size_t i = 0; i < ingest->count; i++) {
        size_t same = 0;
        while (ingest->source[same].contract != ingest->source[i].contract)
            same++;
        if (same == i)
            positions_stream(ingest->positions, ingest->source[i].contract);
    }
    positions_step(ingest->positions, ingest->watermark.step_ms);
    positions_restore(ingest->positions);
}

void ingest_go_on(struct ingest *ingest)
{
    const struct ingest_settings *settings = ingest->settings;
    if (!settings->replayed)
        refuse_pipes(ingest);
    ingest_open_state(ingest);
    positions_resume(ingest->positions, ingest->source, ingest->count, settings->doubt);
    ingest->watermark.emitted_ms = positions_watermark_ms(ingest->positions);
    ingest->was_drained = positions_drained(ingest->positions);
    ingest->epochs.number = positions_highest_epoch(ingest->positions);
    ingest->epochs.save = save_positions;
    ingest->epochs.context = ingest;
    end_again(ingest);
}
