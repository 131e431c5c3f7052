/*
 * Fuzzes what reads messages as kcat prints them: the same text gives the same messages, or breaks
 * at the same byte, whether it comes whole or in two pieces, cut where the input's first two bytes
 * say. The third says how long a message may be.
 *
 * Broken framing ends the process; here it only ends the input: this file takes the place of the
 * library's error module. What was being read then is not freed.
 */
#include "messages.h"

#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* ---- the error module ---- */

static jmp_buf broken;

const char *error_program_name(void)
{
    return "fuzz";
}

void fail(enum exit_status status, const char *format, ...)
{
    (void)format;
    assert(status == EXIT_USAGE); /* the text is to blame, and nothing else */
    longjmp(broken, 1);
}

void fail_errno(enum exit_status status, const char *format, ...)
{
    (void)status;
    (void)format;
    abort();
}

void fail_silently(enum exit_status status)
{
    (void)status;
    abort();
}

/* ---- the messages ---- */

static void describe(struct buffer *out, enum messages_status status, const struct message *message)
{
    buffer_printf(out, "%d;", status);
    if (status != MESSAGES_ONE && status != MESSAGES_LONG)
        return;
    buffer_append(out, message->topic);
    buffer_printf(out, ";%d;%lld;%lld;%lld;%lld;%llu;", message->partition,
                  (long long)message->offset, (long long)message->time_ms,
                  (long long)message->key_bytes, (long long)message->payload_bytes,
                  (unsigned long long)message->at);
    if (status == MESSAGES_ONE)
        buffer_append(out, message->key);
    buffer_append(out, message->payload);
}

/* What the SIZE bytes at DATA are, the first FIRST of which come first. */
static void read_text(const uint8_t *data, size_t size, size_t first, size_t most,
                      struct buffer *out)
{
    int end[2];
    struct message message;
    enum messages_status status;
    assert(pipe(end) == 0 && write(end[1], data, first) == (ssize_t)first);
    struct input *input = input_new(end[0], "pipe", 0, false);
    struct messages *messages = messages_new(input, most);
    volatile bool whole = false; /* outlives a longjmp */
    if (setjmp(broken)) {
        buffer_append_text(out, "broken");
    } else {
        while ((status = messages_next(messages, &message)) != MESSAGES_END) {
            if (status != MESSAGES_MORE) {
                describe(out, status, &message);
                continue;
            }
            if (!whole && !input_ready(input)) {
                assert(write(end[1], data + first, size - first) == (ssize_t)(size - first));
                close(end[1]);
                whole = true;
            }
            input_read(input);
        }
    }
    if (!whole)
        close(end[1]);
    messages_free(messages);
    input_free(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer one = {0}, two = {0};
    if (size < 3)
        return 0;
    size_t rest = size - 3, first = (size_t)(data[0] | data[1] << 8) % (rest + 1);
    read_text(data + 3, rest, rest, data[2], &one);
    read_text(data + 3, rest, first, data[2], &two);
    assert(slice_equal(buffer_slice(&one), buffer_slice(&two)));
    buffer_free(&one);
    buffer_free(&two);
    return 0;
}
