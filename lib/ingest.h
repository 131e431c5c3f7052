/*
 * ft-ingest's loop: the many sources become one stream of tagged lines, with the watermarks, the
 * barriers and the end.
 *
 * Order: tables first (streams without a time), then regular files merged by event time, then pipes
 * as they arrive. Bounded input gives the same lines every time, whatever the size of the reads.
 *
 * SIGTERM, and the first SIGINT, end the run in order: the epoch is closed and nothing drained. But
 * a bounded run without state has nothing to go on from, and its tables would be replaced by half
 * of them: that ends with 128 + the signal's number, and nothing is committed.
 */
#ifndef INGEST_H
#define INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "epochs.h"
#include "positions.h"

/* What is read from one path for one stream. */
struct ingest_source {
    const char *path;                 /* "-" is standard input */
    bool followed;                    /* a file that grows and is rotated (follow.h) */
    struct stream_contract *contract; /* borrowed; several sources may share one */
    bool is_messages;                 /* as kcat prints them; several streams may share the path */
    const int32_t *partition;         /* then, borrowed: of these, each being a source; */
    size_t partition_count;           /* 0: of one, whichever speaks first */
    const struct take_list *take;     /* then, borrowed: what is taken besides payloads; or NULL */
};

enum ingest_drain {
    DRAIN_BY_KIND, /* with state: files drain, pipes do not; without: all do */
    DRAIN_ALL,
    DRAIN_NONE,
};

struct ingest_settings {
    const struct ingest_source *source;
    size_t source_count;
    size_t max_line;           /* bytes; longer lines are rejected */
    int64_t rotate_wait_ms;    /* --rotate-wait; -1: 5 s */
    int64_t step_ms;           /* --watermark-step; 0: half the smallest lag, at least 1 s */
    int64_t max_future_ms;     /* how far beyond the clock a time may be; -1: 1 h when live, else no
                                  bound */
    bool advance_when_idle;    /* when all sources are idle the watermark goes on with the clock */
    const char *metrics;       /* file, or NULL */
    struct epoch_length epoch; /* both 0: 1 s when live or with state */

    const char *state; /* directory, or NULL: the rest is for runs with state */
    int64_t restore;   /* --restore; -1: not given */
    enum ingest_drain drain;
    bool replayed; /* pipes begin at the same first line each time */
    enum positions_doubt doubt;
};

/* Reads all sources to their end. Returns EXIT_DONE; everything else ends in fail(). */
int ingest_run(const struct ingest_settings *settings);

/* Prints, for each source, STREAM TOPIC and "timed" or "table", a line. */
void ingest_print_topics(const struct ingest_settings *settings);

/*
 * Prints, for each partition that the sources name, with what options kcat resumes it behind the
 * restored epoch: STREAM PARTITION OPTION... a line. Opens no path.
 */
void ingest_print_kcat_options(const struct ingest_settings *settings);

/*
 * Replays lines that ft-ingest has written before (with tee, say) from PATH: the records with their
 * recorded watermarks, judged again as at the door. A recording that was cut off is a bounded input
 * that ends there.
 */
int ingest_tagged(const char *path, size_t max_line, const char *metrics);

/* The first line, and the last ones: what both kinds of run share. PIPELINE is NULL, and RESTORE 0,
 * without state. */
void ingest_put_begin(const char *pipeline, bool bounded, uint64_t restore);
void ingest_put_end(struct epochs *epochs, bool drain);
void ingest_put_watermark(int64_t watermark_ms);

#endif
