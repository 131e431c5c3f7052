/* Which source goes on from which position. */
#include <inttypes.h>
#include <stdlib.h>

#include "error.h"
#include "positions_inside.h"

_Noreturn static void is_shorter(const struct source *source, const struct position *position)
{
    bool helps = input_is_regular(source->reader->input) && !input_is_packed(source->reader->input);
    fail(EXIT_USAGE, "%s: is shorter than the %" PRIu64 " bytes that were read of %s%s",
         input_name(source->reader->input), position->bytes, position->path,
         helps ? ": say --new-file to read it from its start" : "");
}

static void resume(struct source *source, struct position *position)
{
    if (position->followed && follow_state_open(position->followed) > 1)
        fail(EXIT_USAGE,
             "%s: was followed, and older files of that name are not read to their end: say "
             "--follow again",
             position->path);
    if (!position_resume(position, source))
        is_shorter(source, position);
}

/* The position of this very file: the same inode NOW, and as far as is known the same content. */
static struct position *find_file(struct positions *positions, const struct source *source,
                                  uint64_t inode, enum positions_doubt doubt)
{
    bool is_new = doubt == POSITIONS_NEW_FILE;
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || position->inode != inode)
            continue;
        if (position_begins_alike(position, source)) /* else: the inode was used again */
            return is_new && position_is_cut(position, source) ? NULL : position;
    }
    return NULL;
}

/* A file that has too few bytes to be known by was cut, unless its old content is in a copy that is
 * among the sources too (logrotate's copytruncate). */
static void refuse_cut(const struct positions *positions, const struct source *source)
{
    struct position now = position_of(source);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (now.regular && position_may_be(position, source) && position->inode == now.inode &&
            position_is_beyond(position, source))
            is_shorter(source, position);
    }
    position_free(&now);
}

/* Another inode, but it begins with the same bytes. */
static struct position *find_copy(struct positions *positions, const struct source *source,
                                  uint64_t inode, enum positions_doubt doubt)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || position->bytes == 0 ||
            !position_begins_alike(position, source))
            continue;
        if (doubt == POSITIONS_ASK)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") begins as %s did (inode %" PRIu64 "), of which %" PRIu64
                 " bytes were read: say --same-file to go on there, or --new-file to read it from "
                 "its start",
                 input_name(source->reader->input), inode, position->path, position->inode,
                 position->bytes);
        return doubt == POSITIONS_SAME_FILE ? position : NULL;
    }
    return NULL;
}

static struct position *find_pipe(struct positions *positions, const struct source *source,
                                  const char *path)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->position[i];
        if (!position_may_be(position, source) || strcmp(position->path, path) != 0)
            continue;
        if (!position_begins_alike(position, source))
            fail(EXIT_USAGE, "%s: does not begin as it did, when %" PRIu64 " bytes were read of it",
                 path, position->bytes);
        return position;
    }
    return NULL;
}

static struct position *find_partition(const struct positions *positions,
                                       const struct source *source)
{
    for (size_t i = 0; i < positions->count; i++)
        if (position_may_be(&positions->position[i], source))
            return &positions->position[i];
    return NULL;
}

int64_t positions_offset(const struct positions *positions, const struct source *source)
{
    const struct position *position = find_partition(positions, source);
    return position ? position->offset : -1;
}

static struct position *find(struct positions *positions, const struct source *source,
                             enum positions_doubt doubt, bool certain)
{
    if (source->partition)
        return certain ? find_partition(positions, source) : NULL;
    struct position now = position_of(source), *found = NULL;
    if (!now.regular)
        found = certain ? find_pipe(positions, source, now.path) : NULL;
    else if (certain)
        found = find_file(positions, source, now.inode, doubt);
    else
        found = find_copy(positions, source, now.inode, doubt);
    position_free(&now);
    return found;
}

/*
 * A source that is new goes on in time from where its stream's ended ones stopped. What was true
 * for ever would come too late in it for what was answered since.
 */
static void inherit(const struct positions *positions, struct source *source)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (!position->ended || strcmp(position->stream, source->contract->schema->stream) != 0)
            continue;
        clock_advance(&source->clock, position->highest_ms);
        source->timed_row_seen |= position->timed_row_seen;
    }
}

static void refuse_left(const struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->position[i];
        if (position->resumed)
            continue;
        if (position->topic)
            fail(EXIT_USAGE,
                 "%s[%" PRId32 "] was read up to offset %" PRId64
                 " and is not among the sources: add %s:%" PRId32 ", or say --new-file to leave it",
                 position->topic, position->partition, position->offset, position->stream,
                 position->partition);
        bool has_nothing = position->followed && follow_state_open(position->followed) == 0;
        if (!position->ended && !has_nothing)
            fail(EXIT_USAGE,
                 "%s (inode %" PRIu64 ") was read up to byte %" PRIu64
                 " and not to its end, and is not among the sources: add it, whatever its name is "
                 "now, or say --new-file to leave the rest",
                 position->path, position->inode, position->bytes);
    }
}

static bool is_same_file(const struct source *a, const struct source *b)
{
    if (positions_is_followed(a) || positions_is_followed(b)) /* which may not be there */
        return strcmp(reader_name(a->reader), reader_name(b->reader)) == 0;
    return input_is_same_file(a->reader->input, b->reader->input);
}

/* One of the two would be known again, and the other be read from its start. */
static void refuse_twice(const struct source *source, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (source[i].contract == source[j].contract && !source[i].partition &&
                !source[j].partition && is_same_file(&source[i], &source[j]))
                fail(EXIT_USAGE, "%s and %s are one file: stream %s would have its records twice",
                     reader_name(source[j].reader), reader_name(source[i].reader),
                     source[i].contract->schema->stream);
}

void positions_resume(struct positions *positions, struct source *source, size_t count,
                      enum positions_doubt doubt)
{
    bool *resumed = memory_new(count, sizeof *resumed);
    refuse_twice(source, count);
    positions_resume_followed(positions, source, count, doubt, resumed);
    for (int certain = 1; certain >= 0; certain--) { /* who is known for certain first */
        for (size_t i = 0; i < count; i++) {
            struct position *position = resumed[i] || positions_is_followed(&source[i])
                                            ? NULL
                                            : find(positions, &source[i], doubt, certain);
            if (position)
                resume(&source[i], position);
            resumed[i] |= position != NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool is_file = !source[i].partition && !positions_is_followed(&source[i]);
        if (!resumed[i] && is_file && doubt != POSITIONS_NEW_FILE)
            refuse_cut(positions, &source[i]);
        if (!resumed[i])
            inherit(positions, &source[i]);
    }
    if (doubt != POSITIONS_NEW_FILE)
        refuse_left(positions);
    free(resumed);
}
