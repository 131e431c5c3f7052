/*
 * What the parts of a snapshot share: snapshot.c (its life: saved, restored, forgotten), part.c
 * (lines and segments) and manifest.c (its text). Nobody else includes it.
 */
#ifndef SNAPSHOT_INSIDE_H
#define SNAPSHOT_INSIDE_H

#include "snapshot.h"

struct segment {
    unsigned number; /* in its name */
    uint64_t bytes, lines;
    int64_t last_ms;   /* the latest line; INT64_MAX when one does not age */
    uint64_t checksum; /* of its lines, one after the other */
};

/* A segment that no manifest from EPOCH on names; 0: which that is, the next one says. */
struct dropped {
    char *file;
    uint64_t epoch;
};

struct part {
    struct snapshot *snapshot;
    char *name;
    struct segment *segment; /* the last one is appended to */
    size_t count;
    unsigned next_number;
    int64_t horizon_ms;
    struct buffer pending; /* lines that are not in the file yet */
    size_t begun;          /* where in it the line at hand begins */
    int fd;                /* of the last segment; -1: not open */
    bool sealed;           /* the last segment is of an earlier run: nothing more goes into it */
    bool unsynced;
};

struct setting {
    char *name, *value;
};

struct snapshot {
    struct directory directory;
    char *filter, *pipeline;
    int lock;
    struct part **part;
    size_t part_count;
    struct setting *setting;
    size_t setting_count;
    struct buffer lines; /* of the next manifest */
    uint64_t *manifest;  /* the epochs that have one, ascending */
    size_t manifest_count;
    struct dropped *dropped;
    size_t dropped_count;
    uint64_t committed; /* by the sink, as far as was known at the start */
    uint64_t bytes;
    bool restoring;
    bool changed; /* since the last manifest */
};

/* part.c: the file of a segment, to be freed. */
char *part_file(const struct part *part, const struct segment *segment);

/* part.c: all lines so far are in files, and these durable. */
void part_sync(struct part *part);

/* part.c: drops what has become too old. */
void part_age(struct part *part);

/* part.c: feeds back the lines that count. */
void part_restore(struct part *part, snapshot_taker *take, void *context);

void part_free(struct part *part);

/* snapshot.c: NULL when there is none. */
struct part *snapshot_find_part(const struct snapshot *snapshot, const char *name);

/* snapshot.c: FILE (taken over), a segment, is in no manifest from the next one on. */
void snapshot_drop(struct snapshot *snapshot, char *file);

/* manifest.c: the text of the manifest of EPOCH, appended to OUT. */
void manifest_write(const struct snapshot *snapshot, uint64_t epoch, struct buffer *out);

/*
 * manifest.c: reads the manifest of EPOCH into the parts, having held it against the settings, and
 * appends its lines of state to LINES.
 */
void manifest_read(struct snapshot *snapshot, uint64_t epoch, struct buffer *lines);

/* manifest.c: the text by which a manifest names segment NUMBER of PART, appended to OUT. */
void manifest_mention(const struct part *part, unsigned number, struct buffer *out);

/* manifest.c: the name of the file, to be freed. */
char *manifest_file(uint64_t epoch);

#endif
