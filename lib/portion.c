#include "portion.h"

#include <stdlib.h>

enum { FEWEST_ROWS = 64 };

static struct portion_row *add_row(struct portion *portion)
{
    if (portion->count == portion->room) {
        portion->room = portion->room ? 2 * portion->room : FEWEST_ROWS;
        portion->row = memory_resize(portion->row, portion->room, sizeof *portion->row);
    }
    return &portion->row[portion->count++];
}

void portion_end_row(struct portion *portion, struct slice line, bool timed, int64_t time_ms)
{
    buffer_append(&portion->lines, line);
    *add_row(portion) = (struct portion_row){.end = portion->text.length,
                                             .line_end = portion->lines.length,
                                             .timed = timed,
                                             .time_ms = time_ms};
}

struct slice portion_text(const struct portion *portion, size_t from, size_t to)
{
    size_t begin = from ? portion->row[from - 1].end : 0;
    size_t end = to ? portion->row[to - 1].end : 0;
    return (struct slice){portion->text.at + begin, end - begin};
}

struct slice portion_line(const struct portion *portion, size_t index)
{
    size_t begin = index ? portion->row[index - 1].line_end : 0;
    return (struct slice){portion->lines.at + begin, portion->row[index].line_end - begin};
}

void portion_drop_refused(struct portion *portion)
{
    size_t kept = 0;
    for (size_t i = 0; i < portion->count; i++) {
        struct slice text = portion_text(portion, i, i + 1);
        if (portion->row[i].refused)
            continue;
        memmove(portion->text.at + kept, text.at, text.length);
        kept += text.length;
    }
    portion->text.length = kept;
    portion_count_rows(portion);
}

void portion_count_rows(struct portion *portion)
{
    const char *at = portion->text.at, *end = at + portion->text.length;
    portion->count = 0;
    portion->lines.length = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline + 1; /* a row ends with one */
        *add_row(portion) = (struct portion_row){.end = (size_t)(at - portion->text.at)};
    }
}

void portion_clear(struct portion *portion)
{
    portion->text.length = portion->lines.length = portion->count = 0;
}

void portion_free(struct portion *portion)
{
    buffer_free(&portion->text);
    buffer_free(&portion->lines);
    free(portion->row);
}
