/* Positions of files that are followed: their files are found by themselves (follow.h). */
#include <stdlib.h>

#include "error.h"
#include "positions_inside.h"
#include "tree.h"

bool positions_is_followed(const struct source *source)
{
    return source->reader->follow != NULL;
}

/*
 * What is not committed may have been rotated before the next run, which would take it for what
 * was rotated before the first start. So the file "followed" says how that has found things.
 */
static void read_first(struct positions *positions)
{
    struct buffer text = {0}, why = {0};
    if (!directory_read(&positions->directory, "followed", &text))
        text.length = 0;
    for (size_t at = 0; at < text.length;) {
        const char *newline = memchr(text.at + at, '\n', text.length - at);
        struct slice line = {text.at + at, newline ? (size_t)(newline - text.at) - at : 0};
        struct json_t *tree = tree_read(line, &why);
        positions->first =
            memory_resize(positions->first, positions->first_count + 1, sizeof *positions->first);
        if (!newline || !tree || !position_read(&positions->first[positions->first_count++], tree))
            fail(EXIT_SYSTEM, "%s/followed: is damaged", positions->directory.path);
        tree_free(tree);
        at += line.length + 1;
    }
    buffer_free(&text);
    buffer_free(&why);
}

static void write_first(struct positions *positions, const struct buffer *lines)
{
    if (lines->length > 0)
        directory_replace(&positions->directory, "followed", buffer_slice(lines));
}

/* Its files are found by itself. Which source it was is told by the name that it is followed by; or
 * by the last part of that, unless EXACT. */
static struct position *find_followed(struct position *position, size_t count,
                                      const struct source *source, bool exact)
{
    for (size_t i = 0; i < count; i++)
        if (position_may_be_followed(&position[i], source, exact))
            return &position[i];
    return NULL;
}

static void begin_to_follow(const struct source *source, struct buffer *lines)
{
    follow_has_file(source->reader->follow);
    struct position now = position_of(source);
    position_write(&now, lines);
    position_free(&now);
}

/* Whether it goes on, from what is committed (*RESUMED) or, in LINES again, from how it began. */
static bool resume_followed(struct positions *positions, struct source *source, bool exact,
                            bool is_new, struct buffer *lines, bool *resumed)
{
    struct position *position = find_followed(positions->position, positions->count, source, exact);
    struct position *first =
        is_new ? NULL : find_followed(positions->first, positions->first_count, source, exact);
    *resumed = position != NULL;
    if (position)
        position_follow(position, source, is_new);
    if (position || !first)
        return position;
    position_write(first, lines);
    position_follow(first, source, false);
    return true;
}

void positions_resume_followed(struct positions *positions, struct source *source, size_t count,
                               enum positions_doubt doubt, bool *resumed)
{
    struct buffer lines = {0};
    bool *found = memory_new(count, sizeof *found);
    read_first(positions);
    for (int exact = 1; exact >= 0; exact--) /* who is known by the whole name first */
        for (size_t i = 0; i < count; i++)
            if (positions_is_followed(&source[i]) && !found[i])
                found[i] = resume_followed(positions, &source[i], exact,
                                           doubt == POSITIONS_NEW_FILE, &lines, &resumed[i]);
    for (size_t i = 0; i < count; i++)
        if (positions_is_followed(&source[i]) && !found[i])
            begin_to_follow(&source[i], &lines);
    write_first(positions, &lines);
    free(found);
    buffer_free(&lines);
}
