#include "reader.h"

#include <stdlib.h>

#include "door.h"

void reader_open(struct reader *reader, const char *path, size_t max_line)
{
    *reader = (struct reader){.input = input_open(path, max_line, true)};
    reader->bounded = input_is_regular(reader->input);
}

void reader_follow(struct reader *reader, const char *path, size_t max_line, int64_t wait_ms)
{
    *reader = (struct reader){.follow = follow_open(path, max_line, wait_ms)};
}

void reader_close(struct reader *reader)
{
    follow_close(reader->follow);
    input_free(reader->input);
    free(reader->source);
}

void reader_serve(struct reader *reader, struct source *source)
{
    reader->source =
        memory_resize(reader->source, reader->source_count + 1, sizeof(struct source *));
    reader->source[reader->source_count++] = source;
    source->reader = reader;
}

const char *reader_name(const struct reader *reader)
{
    return reader->follow ? follow_path(reader->follow) : input_name(reader->input);
}

bool reader_has_begun(const struct reader *reader)
{
    return reader->follow && follow_has_file(reader->follow);
}

bool reader_ready(const struct reader *reader)
{
    return reader->follow ? follow_ready(reader->follow) : input_ready(reader->input);
}

int reader_fd(const struct reader *reader)
{
    return reader->follow ? follow_fd(reader->follow) : input_fd(reader->input);
}

void reader_read(struct reader *reader)
{
    if (reader->follow)
        follow_read(reader->follow);
    else
        input_read(reader->input);
}

uint64_t reader_position(const struct reader *reader, uint64_t *lines)
{
    *lines = input_line_number(reader->input) - reader->unfinished;
    return reader->unfinished ? input_line_offset(reader->input) : input_position(reader->input);
}

static enum reader_status end(struct reader *reader)
{
    reader->ended = true;
    for (size_t i = 0; i < reader->source_count; i++)
        source_end(reader->source[i]);
    return READER_ENDED;
}

enum reader_status reader_step(struct reader *reader, const struct judgement *judgement,
                               struct source **source)
{
    struct slice line;
    *source = reader->source[0];
    enum input_status status =
        reader->follow ? follow_line(reader->follow, &line) : input_line(reader->input, &line);
    struct input *input = reader->follow ? follow_input(reader->follow) : reader->input;
    if (status == INPUT_MORE)
        return READER_MORE;
    if (status == INPUT_END)
        return end(reader);
    reader->unfinished = !reader->follow && !(*source)->drains && !input_terminated(input);
    if (reader->unfinished)
        return end(reader);
    struct arrival arrival = {.text = line,
                              .source = input_name(input),
                              .line = input_line_number(input),
                              .byte_offset = input_line_offset(input)};
    if (status == INPUT_LONG) {
        source_take_long(*source, &arrival, input_length(input));
        return READER_STEPPED;
    }
    if (door_trim(line).length == 0)
        return READER_SKIPPED;
    return source_take(*source, &arrival, judgement) ? READER_ADVANCED : READER_STEPPED;
}
