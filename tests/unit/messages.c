#include "messages.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "error.h"

enum { MOST = 24 };

/* Frames as kcat prints them, and what each is: its head's fields, key and payload. */
static const struct {
    const char *frame, *meaning;
} frames[] = {
    {"catching-up\n", "behind"},
    {"shop.event 0 0 1767225600123 2 9 k1{\"a\":\"b\"}\n",
     "shop.event 0 0 1767225600123 <k1> <{\"a\":\"b\"}>"},
    {"e 3 17 -1 -1 0 \n", "e 3 17 -1 null <>"},
    {"e 3 18 5 0 -1 \n", "e 3 18 5 <> null"},
    {"e 3 19 5 -1 -1 \n", "e 3 19 5 null null"},
    {"a-b_c.D 2147483647 922337203685477580 0 3 5 \n \n{\n\n}\n\n",
     "a-b_c.D 2147483647 922337203685477580 0 <\n \n> <{\n\n}\n>"},
    {"caught-up\n", "level"},
    {"caught-up 1 2 3 4 0 abcd\n", "caught-up 1 2 3 <abcd> <>"},
    {"e 0 20 5 4 20 abcd12345678901234567890\n", "e 0 20 5 <abcd> <12345678901234567890>"},
    {"e 0 21 5 4 21 abcd123456789012345678901\n", "long e 0 21 5 4 21 <123456789012345678901>"},
    {"e 0 22 5 25 1 abcdefghijklmnopqrstuvwxyz\n", "long e 0 22 5 25 1 <z>"},
    {"e 0 23 5 26 -1 abcdefghijklmnopqrstuvwxyz\n", "long e 0 23 5 26 -1 <>"},
    {"e 0 24 5 -1 30 \n\n\n4567890123456789012345678\n\n\n",
     "long e 0 24 5 -1 30 <\n\n\n4567890123456789012345678\n\n>"},
    {"e 0 25 5 1 1 kp\n", "e 0 25 5 <k> <p>"},
};

enum { FRAMES = sizeof frames / sizeof *frames };

static struct buffer all;

static void describe_bytes(struct buffer *out, int64_t length, struct slice bytes)
{
    if (length < 0)
        buffer_append_text(out, " null");
    else
        buffer_printf(out, " <%.*s>", (int)bytes.length, bytes.at);
}

static void describe(struct buffer *out, enum messages_status status, const struct message *message)
{
    if (status == MESSAGES_BEHIND || status == MESSAGES_LEVEL) {
        buffer_append_text(out, status == MESSAGES_BEHIND ? "behind\n" : "level\n");
        return;
    }
    buffer_printf(out, "%s%.*s %d %lld %lld", status == MESSAGES_LONG ? "long " : "",
                  (int)message->topic.length, message->topic.at, message->partition,
                  (long long)message->offset, (long long)message->time_ms);
    if (status == MESSAGES_LONG) {
        buffer_printf(out, " %lld %lld <%.*s>", (long long)message->key_bytes,
                      (long long)message->payload_bytes, (int)message->payload.length,
                      message->payload.at);
    } else {
        describe_bytes(out, message->key_bytes, message->key);
        describe_bytes(out, message->payload_bytes, message->payload);
    }
    buffer_append_char(out, '\n');
}

static void send(int fd, const char *bytes, size_t count)
{
    if (count > 0 && write(fd, bytes, count) != (ssize_t)count)
        fail_errno(EXIT_SYSTEM, "cannot write");
}

/* What comes of the first LENGTH bytes, which arrive in two pieces, the first of FIRST bytes. */
static struct buffer read_in_two(size_t first, size_t length, uint64_t *cut_off)
{
    int end[2];
    struct buffer out = {0};
    struct message message;
    if (pipe(end) != 0)
        fail_errno(EXIT_SYSTEM, "cannot make a pipe");
    struct input *input = input_new(end[0], "pipe", 0, false);
    struct messages *messages = messages_new(input, MOST);
    send(end[1], all.at, first);
    bool whole = false;
    for (enum messages_status status;
         (status = messages_next(messages, &message)) != MESSAGES_END;) {
        if (status != MESSAGES_MORE) {
            describe(&out, status, &message);
            continue;
        }
        if (!whole && !input_ready(input)) {
            send(end[1], all.at + first, length - first);
            close(end[1]);
            whole = true;
        }
        input_read(input);
    }
    *cut_off = messages_cut_off(messages);
    messages_free(messages);
    input_free(input);
    buffer_append_char(&out, '\0');
    return out;
}

/* What the first COUNT frames mean. */
static struct buffer meaning_of(size_t count)
{
    struct buffer out = {0};
    for (size_t i = 0; i < count; i++)
        buffer_printf(&out, "%s\n", frames[i].meaning);
    buffer_append_char(&out, '\0');
    return out;
}

static void are_the_same_wherever_the_text_is_cut(void)
{
    struct buffer expected = meaning_of(FRAMES);
    for (size_t first = 0; first <= all.length; first++) {
        uint64_t cut_off;
        struct buffer out = read_in_two(first, all.length, &cut_off);
        CHECK_TEXT(out.at, expected.at);
        buffer_free(&out);
    }
    buffer_free(&expected);
}

static void are_there_when_they_are_whole(void)
{
    size_t count = 0, begin = 0;
    for (size_t length = 0; length <= all.length; length++) {
        uint64_t cut_off = 0;
        while (count < FRAMES && begin + strlen(frames[count].frame) <= length)
            begin += strlen(frames[count++].frame);
        struct buffer expected = meaning_of(count);
        struct buffer out = read_in_two(length / 2, length, &cut_off);
        CHECK_TEXT(out.at, expected.at);
        CHECK(length == begin || cut_off == length - begin);
        buffer_free(&expected);
        buffer_free(&out);
    }
}

int main(void)
{
    error_program("messages");
    for (size_t i = 0; i < FRAMES; i++)
        buffer_append_text(&all, frames[i].frame);
    are_the_same_wherever_the_text_is_cut();
    are_there_when_they_are_whole();
    buffer_free(&all);
    return check_result();
}
