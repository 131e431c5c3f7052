/*
 * What a filter holds, on disk, epoch by epoch, in its stage directory:
 *
 *     lock               held until the process ends
 *     42.manifest        what belongs to the snapshot of epoch 42
 *     event-1.ndjson     a segment: lines of the part "event"
 *
 * A part is an append-only sequence of lines, cut into segments. A manifest says how many bytes of
 * which segments count, so an epoch that added ten lines writes ten lines, and what a crash leaves
 * behind the counted bytes is nothing. Lines that have become too old stop counting by the part's
 * horizon; a segment in which none is left is forgotten. Small state, which changes altogether with
 * each epoch, stands in the manifest itself.
 *
 * An epoch in which nothing changed has no manifest: the newest one at or below it holds for it.
 * (The first epoch of a run always has one, so that is never one of an abandoned run.)
 *
 * The manifest is NDJSON: a head, the settings, the segments, the horizons, lines of state (these
 * begin with _stream), an end. A change to its form raises SNAPSHOT_VERSION, and the old form is
 * refused or still read, never misread.
 *
 * A snapshot owns all that it points to. What fails ends the process: exit 3, or 2 when the
 * snapshot is of something else.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "directory.h"

enum { SNAPSHOT_VERSION = 1 };

struct snapshot;
struct part;

/* Opens (makes) DIR/STAGE-NAME of STATE and locks it. */
struct snapshot *snapshot_open(const struct directory *state, int stage, const char *name);

/* Whose snapshot it is: the pipeline's id. Before anything is restored or saved. */
void snapshot_pipeline(struct snapshot *snapshot, const char *id);
void snapshot_free(struct snapshot *snapshot);

/* A setting of this run (--window, say) with which the state has its meaning; both copied. */
void snapshot_setting(struct snapshot *snapshot, const char *name, struct slice value);

/* The part NAME, which is unique; owned by the snapshot. */
struct part *snapshot_part(struct snapshot *snapshot, const char *name);

/* The highest epoch that has a manifest; 0: none has. For ft-ingest, which numbers the epochs and
 * never uses a number twice: the highest manifest is only removed when a higher one is committed.
 */
uint64_t snapshot_highest(struct snapshot *snapshot);

/* Whether EPOCH has a manifest of its own. Behind snapshot_highest. */
bool snapshot_has(const struct snapshot *snapshot, uint64_t epoch);

/*
 * A line that the manifest says counts: of PART (NULL: of the manifest itself), with the horizon of
 * that part. FAST_PADDING bytes behind it can be read. False when it cannot be taken back: damage.
 */
typedef bool snapshot_taker(void *context, const struct part *part, int64_t horizon_ms,
                            struct slice line);

/*
 * Feeds back the lines of the snapshot that holds for EPOCH (0: none). Call it once, before
 * anything is appended. Refuses (exit 2) other settings than it was written with, naming one, and a
 * pipeline that is not its own.
 *
 * What is there of later epochs stays, untouched, until an epoch of this run is committed: an old
 * pipe whose filters have not all noticed that it is dead may still commit one of them, and then
 * the next run goes on from that. So a run appends to no segment of an earlier one.
 */
void snapshot_restore(struct snapshot *snapshot, uint64_t epoch, snapshot_taker *take,
                      void *context);

/* A line is put together in the buffer that part_begin gives, newline included, then part_end says
 * when it was (INT64_MAX: it does not age). Does nothing while the snapshot is being restored. */
struct buffer *part_begin(struct part *part);
void part_end(struct part *part, int64_t time_ms);

/* Lines before HORIZON_MS count no more. It never goes back. */
void part_expire(struct part *part, int64_t horizon_ms);

/* No line so far counts any more: those that do follow. */
void part_restart(struct part *part);

/* How many lines the part has, those before its horizon included. */
uint64_t part_lines(const struct part *part);
const char *part_name(const struct part *part);

/* The buffer for lines of the next manifest, which it begins without. */
struct buffer *snapshot_lines(struct snapshot *snapshot);

/* Makes the snapshot of EPOCH durable. */
void snapshot_save(struct snapshot *snapshot, uint64_t epoch);

/* Epoch COMMITTED is in the sink for good: what no restart can ask for is removed. */
void snapshot_forget(struct snapshot *snapshot, uint64_t committed);

/* Bytes that count for the snapshot saved last. */
uint64_t snapshot_bytes(const struct snapshot *snapshot);

#endif
