#include "reader.h"

#include <inttypes.h>
#include <stdlib.h>

#include "door.h"
#include "error.h"

void reader_open(struct reader *reader, const char *path, size_t max_line)
{
    *reader = (struct reader){.input = input_open(path, max_line, true)};
    reader->bounded = input_is_regular(reader->input);
}

void reader_follow(struct reader *reader, const char *path, size_t max_line, int64_t wait_ms)
{
    *reader = (struct reader){.follow = follow_open(path, max_line, wait_ms)};
}

void reader_open_messages(struct reader *reader, const char *path, size_t max_message)
{
    reader_open(reader, path, 0);
    reader->messages = messages_new(reader->input, max_message);
}

void reader_close(struct reader *reader)
{
    follow_close(reader->follow);
    messages_free(reader->messages);
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

/* ---- messages ---- */

_Noreturn static void refuse(const struct reader *reader, const struct message *message)
{
    const struct source *known = NULL;
    for (size_t i = 0; i < reader->source_count; i++)
        if (slice_is(message->topic, reader->source[i]->partition->topic))
            known = reader->source[i];
    int length = (int)message->topic.length;
    if (known)
        fail(EXIT_USAGE,
             "%s: byte %" PRIu64 ": partition %" PRId32
             " of topic %.*s is no source: the watermark "
             "does not wait for it; add it, as %s:%" PRId32 "=%s",
             input_name(reader->input), message->at, message->partition, length, message->topic.at,
             known->contract->schema->stream, message->partition, input_name(reader->input));
    fail(EXIT_USAGE,
         "%s: byte %" PRIu64 ": topic %.*s is not that of a stream that is read here: the contract "
         "says which stream has which (\"topic\"), and STREAM:%" PRId32 "=%s reads it",
         input_name(reader->input), message->at, length, message->topic.at, message->partition,
         input_name(reader->input));
}

static struct source *source_of(struct reader *reader, const struct message *message)
{
    if (reader->last && partition_has(reader->last->partition, message))
        return reader->last;
    for (size_t i = 0; i < reader->source_count; i++)
        if (partition_has(reader->source[i]->partition, message))
            return reader->last = reader->source[i];
    refuse(reader, message);
}

static enum reader_status take_message(struct reader *reader, const struct judgement *judgement,
                                       const struct message *message, bool is_long,
                                       struct source **source)
{
    *source = source_of(reader, message);
    struct partition *partition = (*source)->partition;
    if (partition->number < 0)
        partition_number(partition, message->partition);
    (*source)->has_spoken = true;
    if (!partition_follows(partition, message->offset))
        return READER_SKIPPED;
    struct arrival arrival = {.source = partition->name.at, .line = (uint64_t)message->offset};
    if (!is_long)
        return source_take_message(*source, &arrival, message, judgement) ? READER_ADVANCED
                                                                          : READER_STEPPED;
    source_take_long_message(*source, &arrival, message);
    return READER_STEPPED;
}

/* It will be read again, unless nothing will. */
static void reject_cut_off(const struct reader *reader)
{
    uint64_t bytes = messages_cut_off(reader->messages);
    struct slice text = input_buffered(reader->input);
    if (bytes == 0 || !reader->source[0]->drains)
        return;
    struct arrival arrival = {.text = text,
                              .source = input_name(reader->input),
                              .byte_offset = input_position(reader->input) + text.length - bytes};
    if (text.length > INPUT_LONG_KEEP)
        arrival.text.length = INPUT_LONG_KEEP;
    source_take_cut_off(reader->last ? reader->last : reader->source[0], &arrival);
}

static enum reader_status step_message(struct reader *reader, const struct judgement *judgement,
                                       struct source **source)
{
    struct message message;
    enum messages_status status = messages_next(reader->messages, &message);
    switch (status) {
    case MESSAGES_ONE:
    case MESSAGES_LONG:
        return take_message(reader, judgement, &message, status == MESSAGES_LONG, source);
    case MESSAGES_BEHIND:
    case MESSAGES_LEVEL:
        reader->catching_up = status == MESSAGES_BEHIND;
        return reader->catching_up ? READER_SKIPPED : READER_LEVEL;
    case MESSAGES_MORE:
        return READER_MORE;
    default:
        reject_cut_off(reader);
        return end(reader);
    }
}

/* ---- lines ---- */

enum reader_status reader_step(struct reader *reader, const struct judgement *judgement,
                               struct source **source)
{
    if (reader->messages)
        return step_message(reader, judgement, source);
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
