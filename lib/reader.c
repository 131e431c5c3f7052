#include "reader.h"

#include <stdlib.h>

#include "door.h"

void reader_open(struct reader *reader, const char *path, size_t max_line)
{
    *reader = (struct reader){.input = input_open(path, max_line, true)};
    reader->bounded = input_is_regular(reader->input);
}

void reader_close(struct reader *reader)
{
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

bool reader_ready(const struct reader *reader)
{
    return input_ready(reader->input);
}

int reader_fd(const struct reader *reader)
{
    return input_fd(reader->input);
}

void reader_read(struct reader *reader)
{
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
    struct input *input = reader->input;
    *source = reader->source[0];
    enum input_status status = input_line(input, &line);
    if (status == INPUT_MORE)
        return READER_MORE;
    if (status == INPUT_END)
        return end(reader);
    reader->unfinished = !(*source)->drains && !input_terminated(input);
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
