#include "declare.h"

#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "error.h"
#include "take.h"

struct said {
    enum declaration what;
    char *stream; /* NULL: all */
    const char *setting;
    bool used;
};

struct declarations {
    struct said *said;
    size_t count;
};

static const char *const option_names[DECLARATIONS] = {"--time", "--lag",    "--key",
                                                       "--idle", "--format", "--take"};

struct declarations *declarations_new(void)
{
    return memory_new(1, sizeof(struct declarations));
}

void declarations_free(struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->count; i++)
        free(declarations->said[i].stream);
    free(declarations->said);
    free(declarations);
}

void declare(struct declarations *declarations, enum declaration what, const char *text)
{
    struct said said = {.what = what, .setting = text};
    const char *equals = strchr(text, '=');
    if (equals && what == DECLARE_TAKE && memchr(text, ' ', (size_t)(equals - text)))
        equals = NULL; /* the list has a name with a = in it */
    if (equals) {
        said.stream = memory_text((struct slice){text, (size_t)(equals - text)});
        said.setting = equals + 1;
        command_stream(option_names[what], said.stream);
    }
    declarations->said =
        memory_resize(declarations->said, declarations->count + 1, sizeof *declarations->said);
    declarations->said[declarations->count++] = said;
}

/* What was said last for this stream, or else for all. */
const char *declared(struct declarations *declarations, enum declaration what, const char *stream)
{
    const char *setting = NULL;
    bool for_it = false;
    for (size_t i = 0; i < declarations->count; i++) {
        struct said *said = &declarations->said[i];
        if (said->what != what || (said->stream && strcmp(said->stream, stream) != 0))
            continue;
        said->used = true;
        if (for_it && !said->stream)
            continue;
        setting = said->setting;
        for_it = said->stream;
    }
    return setting;
}

static void apply_time(struct stream_contract *stream, const char *setting)
{
    char text[TYPE_TEXT];
    const char *colon = strrchr(setting, ':');
    if (strcmp(setting, "none") == 0)
        return;
    if (!colon || colon == setting)
        fail(EXIT_USAGE, "--time: \"%s\" is not COLUMN:UNIT, such as ts:ms", setting);
    if (snprintf(text, sizeof text, "timestamp(%s)", colon + 1) >= (int)sizeof text ||
        !type_parse(text, &stream->time_type))
        fail(EXIT_USAGE,
             "--time: \"%s\" is not s, ms, us, ns, rfc3339 or a time zone such as Europe/Paris",
             colon + 1);
    stream->schema->timed = true;
    stream->schema->time_column = memory_text((struct slice){setting, (size_t)(colon - setting)});
    take_name("--time", stream->schema->time_column);
}

static void apply_key(struct stream_contract *stream, const char *setting)
{
    struct take_list key = take_parse("--key", setting, TAKE_EQUALS);
    for (size_t i = 0; i < key.count; i++) {
        schema_add_key(stream->schema, key.at[i].column);
    }
    take_free(&key);
}

static void refuse_for_contract(const struct stream_contract *stream, enum declaration what)
{
    fail(EXIT_USAGE, "%s: stream %s is in the contract, which says it", option_names[what],
         stream->schema->stream);
}

void declarations_apply(struct declarations *declarations, struct stream_contract *stream,
                        bool from_contract)
{
    const char *name = stream->schema->stream;
    const char *setting = declared(declarations, DECLARE_TIME, name);
    if (setting && from_contract)
        refuse_for_contract(stream, DECLARE_TIME);
    if (setting)
        apply_time(stream, setting);
    setting = declared(declarations, DECLARE_KEY, name);
    if (setting && from_contract)
        refuse_for_contract(stream, DECLARE_KEY);
    if (setting)
        apply_key(stream, setting);
    if (!from_contract)
        stream->schema->upsert = stream->schema->key_count > 0 && !stream->schema->timed;
    setting = declared(declarations, DECLARE_LAG, name);
    if (setting)
        stream->lag_ms =
            strcmp(setting, "unbounded") == 0 ? LAG_UNBOUNDED : command_duration("--lag", setting);
    setting = declared(declarations, DECLARE_IDLE, name);
    if (setting)
        stream->idle_ms = command_duration("--idle", setting);
}

void declarations_check(const struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->count; i++) {
        const struct said *said = &declarations->said[i];
        if (said->used)
            continue;
        if (said->what == DECLARE_TAKE)
            fail(EXIT_USAGE, "--take: %s%s has no messages to take from (--format kcat)",
                 said->stream ? "stream " : "", said->stream ? said->stream : "the run");
        fail(EXIT_USAGE, "%s: there is no source of stream %s", option_names[said->what],
             said->stream);
    }
}
