/* What a later run goes on from in a file that is followed. */
#include <inttypes.h>
#include <stdlib.h>

#include "error.h"
#include "follow_inside.h"
#include "json.h"
#include "tree.h"

/* ---- remembering ---- */

static struct follow_mark mark_of(const struct follow_file *file)
{
    struct stat status = follow_status(file->input);
    uint64_t bytes = input_position(file->input);
    return (struct follow_mark){.name = memory_text(slice_of(input_name(file->input))),
                                .bytes = bytes,
                                .lines = input_line_number(file->input),
                                .inode = file->inode,
                                .head = input_checksum(file->input, bytes),
                                .written_ns = file->cut ? INT64_MIN : follow_written_ns(&status)};
}

/* What falls out at the other end is known by its time. */
void follow_remember_mark(struct follow *follow, struct follow_mark mark)
{
    struct follow_mark *oldest = &follow->finished[0];
    if (follow->finished_count == FOLLOW_REMEMBERED) {
        if (oldest->written_ns > follow->known_ns)
            follow->known_ns = oldest->written_ns;
        free(oldest->name);
        memmove(oldest, oldest + 1, --follow->finished_count * sizeof *oldest);
    }
    mark.finished = true;
    follow->finished[follow->finished_count++] = mark;
}

void follow_remember(struct follow *follow, const struct follow_file *file)
{
    follow_remember_mark(follow, mark_of(file));
}

/* What was read of a file that was removed then is all that anybody can read of it. */
static bool is_over(const struct follow_file *file)
{
    struct stat status = follow_status(file->input);
    return status.st_nlink == 0 && input_position(file->input) == (uint64_t)status.st_size;
}

struct follow_state follow_state_of(const struct follow *follow)
{
    size_t count = follow->count + follow->finished_count;
    struct follow_state state = {.mark = memory_new(count + 1, sizeof *state.mark),
                                 .known_ns = follow->known_ns};
    for (int over = 0; over <= 1; over++)
        for (size_t i = 0; i < follow->count; i++) {
            if (is_over(&follow->file[i]) != over)
                continue;
            state.mark[state.count] = mark_of(&follow->file[i]);
            state.mark[state.count++].finished = over;
        }
    for (size_t i = 0; i < follow->finished_count; i++) {
        struct follow_mark mark = follow->finished[i];
        mark.name = memory_text(slice_of(mark.name));
        state.mark[state.count++] = mark;
    }
    return state;
}

void follow_state_free(struct follow_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        free(state->mark[i].name);
    free(state->mark);
}

size_t follow_state_open(const struct follow_state *state)
{
    size_t count = 0;
    for (size_t i = 0; i < state->count; i++)
        count += !state->mark[i].finished;
    return count;
}

/* ---- as text ---- */

static void write_mark(const struct follow_mark *mark, struct buffer *out)
{
    struct slice name = slice_of(mark->name);
    buffer_append_text(out, "{\"source\":");
    json_quote(out, json_is_utf8(name) ? name : slice_of("?"));
    buffer_printf(out,
                  ",\"position\":%" PRIu64 ",\"line\":%" PRIu64 ",\"inode\":%" PRId64
                  ",\"head_crc32\":%" PRIu32 ",\"written_ns\":%" PRId64 "%s}",
                  mark->bytes, mark->lines, (int64_t)mark->inode, mark->head, mark->written_ns,
                  mark->finished ? ",\"finished\":true" : "");
}

void follow_state_write(const struct follow_state *state, struct buffer *out)
{
    buffer_printf(out, "{\"known_ns\":%" PRId64 ",\"files\":[", state->known_ns);
    for (size_t i = 0; i < state->count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        write_mark(&state->mark[i], out);
    }
    buffer_append_text(out, "]}");
}

static bool read_mark(struct follow_mark *mark, const struct json_t *object)
{
    const char *name = tree_text(tree_member(object, "source"));
    int64_t bytes, lines, inode, head;
    if (!name || !tree_integer(tree_member(object, "position"), &bytes) ||
        !tree_integer(tree_member(object, "line"), &lines) ||
        !tree_integer(tree_member(object, "inode"), &inode) ||
        !tree_integer(tree_member(object, "head_crc32"), &head) ||
        !tree_integer(tree_member(object, "written_ns"), &mark->written_ns))
        return false;
    mark->name = memory_text(slice_of(name));
    mark->bytes = (uint64_t)bytes;
    mark->lines = (uint64_t)lines;
    mark->inode = (uint64_t)inode;
    mark->head = (uint32_t)head;
    mark->finished = tree_is_true(tree_member(object, "finished"));
    return true;
}

bool follow_state_read(struct follow_state *state, const struct json_t *object)
{
    const struct json_t *files = tree_member(object, "files");
    *state = (struct follow_state){0};
    if (!tree_integer(tree_member(object, "known_ns"), &state->known_ns) || !tree_is_array(files))
        return false;
    size_t count = tree_count(files);
    state->mark = memory_new(count + 1, sizeof *state->mark);
    for (; state->count < count; state->count++)
        if (!read_mark(&state->mark[state->count], tree_element(files, state->count)))
            return false;
    return true;
}

/* ---- going on ---- */

/* Whether ROTATION is a finished file that was compressed since: then it may have the inode of one
 * that is gone. */
static bool is_packed_since(const struct follow *follow, const struct rotation *rotation)
{
    for (size_t i = 0; i < follow->finished_count && input_is_packed(rotation->input); i++) {
        const struct follow_mark *mark = &follow->finished[i];
        if (mark->inode != rotation->status.st_ino && mark->bytes > 0 &&
            follow_has_at_most(rotation, mark->bytes) &&
            input_begins(rotation->input, mark->bytes, mark->head))
            return true;
    }
    return false;
}

/* Of a file of which nothing was read there is nothing to know it by but its inode, which others
 * may have had since: they have other names, or are packed. */
static bool may_be_empty_one(const struct rotation *rotation)
{
    return (rotation->rotated || rotation->current) && !input_is_packed(rotation->input);
}

/* Whether ROTATION is MARK's file, by its inode or without it. Logs may all begin with the same
 * lines: one that was read before is not asked for those. */
static bool is_it(const struct follow *follow, struct rotations *rotations,
                  struct rotation *rotation, const struct follow_mark *mark, bool by_inode)
{
    if (rotation->taken || (rotation->status.st_ino == mark->inode) != by_inode)
        return false;
    if (!by_inode && (mark->bytes == 0 || (rotation->current && follow->new_file)))
        return false;
    if (!follow_look_into(follow, rotation) ||
        !input_begins(rotation->input, mark->bytes, mark->head))
        return false;
    if (by_inode && rotation->status.st_ino != mark->inode)
        return false; /* it was renamed meanwhile */
    if (mark->bytes == 0 && !may_be_empty_one(rotation))
        return false;
    if (by_inode && is_packed_since(follow, rotation))
        return false;
    if (!by_inode && !rotation->current && follow_is_known(follow, rotations, rotation))
        return false;
    return follow_has_at_least(rotation, mark->bytes);
}

static struct rotation *find(const struct follow *follow, struct rotations *rotations,
                             const struct follow_mark *mark, bool by_inode)
{
    for (size_t i = 0; i < rotations->count; i++)
        if (is_it(follow, rotations, &rotations->rotation[i], mark, by_inode))
            return &rotations->rotation[i];
    return NULL;
}

static void take(struct follow *follow, struct rotation *rotation, const struct follow_mark *mark)
{
    if (follow->known_ns == INT64_MIN) /* what is older than this one is too old */
        follow->known_ns = follow_written_ns(&rotation->status);
    if (!follow_take(follow, rotation, follow->count, mark->bytes, mark->lines))
        fail(EXIT_USAGE, "%s: is shorter than the %" PRIu64 " bytes that were read of %s",
             rotation->path, mark->bytes, mark->name);
}

static void miss(const struct follow *follow, const struct follow_mark *mark)
{
    if (mark->bytes > 0 && !follow->new_file)
        fail(EXIT_USAGE,
             "%s (inode %" PRIu64 "), of which %" PRIu64
             " bytes were read, is gone, or was cut: neither %s nor a file beside it whose name "
             "begins "
             "like that begins with the same bytes and is as long; say --new-file to go on with "
             "what "
             "is here",
             mark->name, mark->inode, mark->bytes, follow->path);
    warn("%s (inode %" PRIu64 "), of which %" PRIu64
         " bytes were read, is gone, and what else stood in it with it",
         mark->name, mark->inode, mark->bytes);
}

/* Nothing was read of it, so that it cannot be known when it was compressed: then it is among the
 * news. */
static bool may_be_among(const struct follow_mark *mark, size_t news)
{
    return mark->bytes == 0 && news > 0;
}

/*
 * A file that was cut, with a copy beside it that is shorter than what was read: that was made
 * while we still read, so the cut has followed at once.
 */
static struct rotation *was_cut_then(struct follow *follow, struct rotations *rotations,
                                     const struct follow_mark *mark)
{
    for (size_t i = 0; i < rotations->count; i++) {
        struct rotation *rotation = &rotations->rotation[i];
        if (rotation->taken || rotation->current || !rotation->rotated || mark->bytes == 0 ||
            !follow_look_into(follow, rotation) ||
            !input_begins(rotation->input, mark->bytes, mark->head))
            continue;
        warn("%s: was cut, and %s was copied from it before; what stood behind byte %" PRIu64
             " is lost, if anything did",
             mark->name, rotation->path, mark->bytes);
        struct follow_mark copy = *mark;
        copy.name = memory_text(slice_of(mark->name));
        follow_remember_mark(follow, copy);
        return rotation;
    }
    return NULL;
}

/* Of which nothing was read: another file may have its inode by now, and its place is not known. */
static bool is_news_anyway(const struct rotation *rotation, const struct follow_mark *mark)
{
    return mark->bytes == 0 && (rotation->rotated || rotation->current);
}

static void take_marked(struct follow *follow, struct rotations *rotations,
                        const struct follow_state *state, struct rotation **found)
{
    for (int by_inode = 1; by_inode >= 0; by_inode--)
        for (size_t i = 0; i < state->count; i++) {
            if (state->mark[i].finished || found[i])
                continue;
            found[i] = find(follow, rotations, &state->mark[i], by_inode);
            if (found[i] && !is_news_anyway(found[i], &state->mark[i]))
                found[i]->taken = true;
        }
    for (size_t i = 0; i < state->count; i++)
        if (found[i] && found[i]->taken)
            take(follow, found[i], &state->mark[i]);
}

static void remember_finished(struct follow *follow, const struct follow_state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        struct follow_mark mark = state->mark[i];
        if (!mark.finished)
            continue;
        mark.name = memory_text(slice_of(mark.name));
        follow_remember_mark(follow, mark);
    }
}

/* What has come since then stands before the file of this name, be that new or one of those found.
 */
static size_t add_news(struct follow *follow, struct rotations *rotations)
{
    size_t at = follow->count;
    for (size_t i = 0; i < rotations->count; i++)
        if (rotations->rotation[i].current && rotations->rotation[i].taken)
            return follow_add_news(follow, rotations, at - 1);
    follow->news = 0;
    follow_look_at_name(follow);
    return follow->news +
           follow_add_news(follow, rotations, follow->count > at ? follow->count - 1 : at);
}

void follow_resume(struct follow *follow, const struct follow_state *state, bool new_file)
{
    if (state->known_ns == INT64_MIN && state->mark[0].bytes == 0)
        return; /* nothing was read of it */
    struct rotations rotations = follow_list(follow, state);
    struct rotation **found = memory_new(state->count + 1, sizeof *found);
    follow->begun = true;
    follow->known_ns = state->known_ns;
    follow->new_file = new_file;
    remember_finished(follow, state);
    take_marked(follow, &rotations, state, found);
    for (size_t i = 0; i < state->count; i++)
        if (!state->mark[i].finished && !found[i])
            found[i] = was_cut_then(follow, &rotations, &state->mark[i]);
    size_t news = add_news(follow, &rotations);
    for (size_t i = 0; i < state->count; i++)
        if (!state->mark[i].finished && !found[i] && !may_be_among(&state->mark[i], news))
            miss(follow, &state->mark[i]);
    follow_list_free(&rotations);
    free(found);
}
