#include "wanted.h"

#include <stdlib.h>

#include "argument.h"
#include "error.h"

struct wanted {
    const char **text;
    struct argument *argument;
    struct ingest_source *source;
    struct take_list *take;
    size_t count, parsed;
    struct contract *contract;
};

struct wanted *wanted_new(void)
{
    return memory_new(1, sizeof(struct wanted));
}

void wanted_free(struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->parsed; i++) {
        argument_free(&wanted->argument[i]);
        take_free(&wanted->take[i]);
    }
    if (wanted->contract)
        contract_free(wanted->contract);
    free(wanted->text);
    free(wanted->argument);
    free(wanted->source);
    free(wanted->take);
    free(wanted);
}

void wanted_add(struct wanted *wanted, const char *text, bool followed)
{
    size_t count = wanted->count + 1;
    wanted->text = memory_resize(wanted->text, count, sizeof *wanted->text);
    wanted->source = memory_resize(wanted->source, count, sizeof *wanted->source);
    wanted->text[wanted->count] = text;
    wanted->source[wanted->count++] = (struct ingest_source){.followed = followed};
}

size_t wanted_count(const struct wanted *wanted)
{
    return wanted->count;
}

const char *wanted_text(const struct wanted *wanted, size_t index)
{
    return wanted->text[index];
}

bool wanted_follows(const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->source[i].followed)
            return true;
    return false;
}

static void parse(struct wanted *wanted, size_t index, bool without_paths)
{
    struct ingest_source *source = &wanted->source[index];
    struct argument argument = argument_parse(wanted->text[index]);
    if (!argument.path && !without_paths)
        fail(EXIT_USAGE, "argument %s is not STREAM=PATH (see --help)", wanted->text[index]);
    if (source->followed && argument.path && strcmp(argument.path, "-") == 0)
        fail(EXIT_USAGE, "--follow: standard input has no name: say %s=-", argument.stream);
    source->path = argument.path ? argument.path : "";
    source->partition = argument.partition;
    source->partition_count = argument.partition_count;
    wanted->argument[index] = argument;
}

static void refuse_unknown(struct contract *contract, const char *path, const char *stream)
{
    struct buffer known = {0};
    for (size_t i = 0; i < contract->stream_count; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", contract->stream[i]->schema->stream);
    fail(EXIT_USAGE, "there is no stream %s in %s (there are: %.*s)", stream, path,
         (int)known.length, known.at);
}

/* The streams of the sources, agreed in the contract or declared by options. */
static void agree(struct wanted *wanted, const char *path, struct declarations *declarations)
{
    struct contract *contract = wanted->contract = path ? contract_read(path) : contract_new();
    for (size_t i = 0; i < wanted->count; i++) {
        const char *stream = wanted->argument[i].stream;
        bool is_new = !contract_find(contract, stream);
        if (is_new && path)
            refuse_unknown(contract, path, stream);
        if (is_new)
            contract_add(contract, stream);
        struct stream_contract *agreed = contract_find(contract, stream);
        wanted->source[i].contract = agreed;
        size_t same = 0;
        while (wanted->source[same].contract != agreed)
            same++;
        if (same == i)
            declarations_apply(declarations, agreed, path);
    }
}

/* Whether messages are read for the stream of SOURCE, as --format says, or its partitions. */
static bool is_of_messages(struct declarations *declarations, const struct ingest_source *source)
{
    const char *stream = source->contract->schema->stream;
    const char *format = declared(declarations, DECLARE_FORMAT, stream);
    if (format && strcmp(format, "kcat") != 0 && strcmp(format, "ndjson") != 0)
        fail(EXIT_USAGE, "--format: \"%s\" is not kcat or ndjson", format);
    if (format && strcmp(format, "ndjson") == 0 && source->partition)
        fail(EXIT_USAGE, "--format: lines have no partitions, and stream %s is given some", stream);
    return source->partition || (format && strcmp(format, "kcat") == 0);
}

static void declare_messages(struct wanted *wanted, struct declarations *declarations)
{
    for (size_t i = 0; i < wanted->count; i++) {
        struct ingest_source *source = &wanted->source[i];
        source->is_messages = is_of_messages(declarations, source);
        if (!source->is_messages)
            continue;
        if (source->followed)
            fail(EXIT_USAGE, "--follow: a file of messages cannot be followed: give %s without it",
                 source->path);
        const char *list = declared(declarations, DECLARE_TAKE, source->contract->schema->stream);
        if (list)
            wanted->take[i] = take_parse("--take", list, TAKE_AS);
        source->take = list ? &wanted->take[i] : NULL;
    }
}

/* Messages say themselves whose they are; lines do not. */
static void refuse_shared_paths(const struct wanted *wanted)
{
    size_t lines = 0, messages = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        bool from_stdin = strcmp(wanted->source[i].path, "-") == 0;
        lines += from_stdin && !wanted->source[i].is_messages;
        messages += from_stdin && wanted->source[i].is_messages;
    }
    if (lines + (messages > 0) > 1)
        fail(EXIT_USAGE, "two sources are standard input (-)");
}

const struct ingest_source *wanted_sources(struct wanted *wanted, const char *contract_path,
                                           struct declarations *declarations, bool without_paths)
{
    wanted->argument = memory_new(wanted->count, sizeof *wanted->argument);
    wanted->take = memory_new(wanted->count, sizeof *wanted->take);
    for (; wanted->parsed < wanted->count; wanted->parsed++)
        parse(wanted, wanted->parsed, without_paths);
    agree(wanted, contract_path, declarations);
    declare_messages(wanted, declarations);
    declarations_check(declarations);
    refuse_shared_paths(wanted);
    return wanted->source;
}
