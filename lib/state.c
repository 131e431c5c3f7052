#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "error.h"

static bool is_id(struct slice text)
{
    return text.length == PIPELINE_ID && strspn(text.at, "0123456789abcdef") >= PIPELINE_ID;
}

bool state_pipeline(const struct directory *state, bool make, char id[PIPELINE_ID + 1])
{
    struct buffer text = {0};
    bool there = directory_read(state, "pipeline", &text);
    buffer_append_char(&text, '\0');
    struct slice line = {text.at, strcspn(text.at, "\n")};
    if (there && !is_id(line))
        fail(EXIT_SYSTEM, "%s/pipeline: is damaged: it holds no id", state->path);
    if (!there && make) {
        unsigned char bytes[PIPELINE_ID / 2];
        if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
            fail_errno(EXIT_SYSTEM, "cannot get random numbers");
        text.length = 0;
        for (size_t i = 0; i < sizeof bytes; i++)
            buffer_printf(&text, "%02x", bytes[i]);
        buffer_append_char(&text, '\n');
        directory_replace(state, "pipeline", buffer_slice(&text));
    }
    bool known = there || make;
    snprintf(id, PIPELINE_ID + 1, "%.*s", PIPELINE_ID, known ? text.at : "");
    buffer_free(&text);
    return known;
}

void state_check_pipeline(const struct directory *state, const char *id)
{
    char own[PIPELINE_ID + 1];
    if (state_pipeline(state, false, own) && strcmp(own, id) != 0)
        fail(EXIT_USAGE, "--state: %s is the state of pipeline %s, and the run is of %s",
             state->path, own, id);
}

uint64_t state_committed(const struct directory *state)
{
    struct buffer text = {0};
    char *end = NULL;
    uint64_t epoch = 0;
    if (directory_read(state, "committed", &text)) {
        buffer_append_char(&text, '\0');
        epoch = strtoull(text.at, &end, 10);
        if (*end != '\n') /* a power cut has left half of it */
            epoch = 0;
    }
    buffer_free(&text);
    return epoch;
}

void state_set_committed(const struct directory *state, uint64_t epoch)
{
    char digits[INTEGER_TEXT + 1];
    int length = snprintf(digits, sizeof digits, "%llu\n", (unsigned long long)epoch);
    directory_hint(state, "committed", (struct slice){digits, (size_t)length});
}

void state_stage(const struct directory *state, int stage, const char *name,
                 struct directory *directory)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/%d-%s", state->path, stage, name);
    directory_open(directory, path.at, true);
    buffer_free(&path);
}

int state_lock_sink(const struct directory *state)
{
    return directory_lock(state, "sink.lock");
}
