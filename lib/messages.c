#include "messages.h"

#include <inttypes.h>
#include <stdlib.h>

#include "error.h"
#include "fast.h"
#include "topic.h"

/* The topic, and room for the five numbers with their spaces. */
enum { HEAD_MOST = 512 };

struct messages {
    struct input *input;
    size_t most;
    bool skipping;          /* inside a long message */
    struct message skipped; /* its head; the topic is in KEPT */
    uint64_t left;          /* bytes of it that are not yet passed over, the newline included */
    size_t key_left;        /* of these, bytes of the key */
    struct buffer kept;     /* its topic, then the payload's first bytes */
    uint64_t cut_off;
};

struct messages *messages_new(struct input *input, size_t most)
{
    struct messages *messages = memory_new(1, sizeof *messages);
    messages->input = input;
    messages->most = most;
    return messages;
}

void messages_free(struct messages *messages)
{
    if (!messages)
        return;
    buffer_free(&messages->kept);
    free(messages);
}

_Noreturn static void broken(const struct messages *messages, size_t at, const char *why)
{
    fail(EXIT_USAGE,
         "%s: byte %" PRIu64 ": %s: is this what kcat -C -f \"$(ft-ingest --print kcat-format)\" "
         "prints?",
         input_name(messages->input), input_position(messages->input) + at, why);
}

/* ---- the head ---- */

enum { DIGITS_MOST = 18 }; /* as many always fit */

/* The number at *P, from LEAST on, with a space behind it. False when none ends before END. */
static inline bool read_number(const char **p, const char *end, int64_t least, int64_t *number)
{
    const char *at = *p;
    bool negative = at < end && *at == '-';
    const char *digits = at + negative;
    const char *last = end - digits > DIGITS_MOST ? digits + DIGITS_MOST : end;
    uint64_t value = 0;
    for (at = digits; at < last && (unsigned char)(*at - '0') <= 9; at++)
        value = value * 10 + (unsigned char)(*at - '0');
    if (at == digits || at >= end || *at != ' ')
        return false;
    *number = negative ? -(int64_t)value : (int64_t)value;
    *p = at + 1;
    return *number >= least;
}

static bool read_topic(const char **p, const char *end, struct slice *topic)
{
    const char *at = *p;
    while (at < end && at - *p < TOPIC_MOST && topic_has(*at))
        at++;
    *topic = (struct slice){*p, (size_t)(at - *p)};
    if (at == *p || at == end || *at != ' ')
        return false;
    *p = at + 1;
    return true;
}

/* The length of the head that TEXT begins with, or 0. */
static size_t read_head(struct slice text, struct message *message)
{
    const char *p = text.at, *end = text.at + text.length;
    int64_t partition;
    if (!read_topic(&p, end, &message->topic) || !read_number(&p, end, 0, &partition) ||
        partition > INT32_MAX || !read_number(&p, end, 0, &message->offset) ||
        !read_number(&p, end, -1, &message->time_ms) ||
        !read_number(&p, end, -1, &message->key_bytes) ||
        !read_number(&p, end, -1, &message->payload_bytes))
        return 0;
    message->partition = (int32_t)partition;
    return (size_t)(p - text.at);
}

/* Whether TEXT begins with LINE; *MAY_COME when it could with more of it. */
static bool begins_with_line(struct slice text, const char *line, bool *may_come)
{
    size_t length = strlen(line);
    if (text.length > length)
        return memcmp(text.at, line, length) == 0 && text.at[length] == '\n';
    *may_come |= memcmp(text.at, line, text.length) == 0;
    return false;
}

/* ---- one that is too long ---- */

static void begin_skipping(struct messages *messages, const struct message *message, size_t head)
{
    messages->skipping = true;
    messages->skipped = *message;
    messages->kept.length = 0;
    buffer_append(&messages->kept, message->topic);
    messages->key_left = message->key_bytes > 0 ? (size_t)message->key_bytes : 0;
    messages->left = messages->key_left + 1;
    if (message->payload_bytes > 0)
        messages->left += (uint64_t)message->payload_bytes;
    input_take(messages->input, head);
}

/* Keeps the first bytes of the payload that is in TEXT, of which COUNT bytes are passed over. */
static void keep(struct messages *messages, struct slice text, size_t count)
{
    size_t key = count < messages->key_left ? count : messages->key_left;
    size_t kept = messages->kept.length - messages->skipped.topic.length;
    size_t room = INPUT_LONG_KEEP - kept, fresh = count - key;
    messages->key_left -= key;
    buffer_append(&messages->kept, (struct slice){text.at + key, fresh < room ? fresh : room});
}

static enum messages_status skip(struct messages *messages, struct message *message)
{
    struct slice text = input_buffered(messages->input);
    uint64_t body = messages->left - 1;
    size_t count = text.length < body ? text.length : (size_t)body;
    keep(messages, text, count);
    input_take(messages->input, count);
    messages->left -= count;
    if (count == text.length) {
        messages->cut_off = input_position(messages->input) - messages->skipped.at;
        return input_at_end(messages->input) ? MESSAGES_END : MESSAGES_MORE;
    }
    if (text.at[count] != '\n')
        broken(messages, 0, "there is no newline behind a message");
    input_take(messages->input, 1);
    messages->skipping = false;
    buffer_reserve(&messages->kept, FAST_PADDING);
    size_t topic = messages->skipped.topic.length;
    *message = messages->skipped;
    message->topic = (struct slice){messages->kept.at, topic};
    message->payload = (struct slice){messages->kept.at + topic, messages->kept.length - topic};
    return MESSAGES_LONG;
}

/* ---- one by one ---- */

/* TEXT has no whole head: more is to come, or it is none. */
static enum messages_status judge_rest(struct messages *messages, struct slice text)
{
    bool may_come = false;
    enum messages_status mark = MESSAGES_MORE;
    if (begins_with_line(text, MESSAGES_CATCHING_UP, &may_come))
        mark = MESSAGES_BEHIND;
    else if (begins_with_line(text, MESSAGES_CAUGHT_UP, &may_come))
        mark = MESSAGES_LEVEL;
    if (mark != MESSAGES_MORE) {
        input_take(messages->input,
                   1 + strlen(mark == MESSAGES_LEVEL ? MESSAGES_CAUGHT_UP : MESSAGES_CATCHING_UP));
        return mark;
    }
    size_t seen = text.length < HEAD_MOST ? text.length : HEAD_MOST;
    if (!may_come && (seen == HEAD_MOST || memchr(text.at, '\n', seen)))
        broken(messages, 0, "here no message begins");
    messages->cut_off = text.length;
    return input_at_end(messages->input) ? MESSAGES_END : MESSAGES_MORE;
}

static size_t length_of(int64_t bytes)
{
    return bytes > 0 ? (size_t)bytes : 0;
}

/* Whether key and payload are longer than allowed, without adding them up. */
static bool is_long(const struct messages *messages, size_t key, size_t payload)
{
    return key > messages->most || payload > messages->most - key;
}

enum messages_status messages_next(struct messages *messages, struct message *message)
{
    if (messages->skipping)
        return skip(messages, message);
    struct slice text = input_buffered(messages->input);
    size_t head = read_head(text, message);
    if (head == 0)
        return judge_rest(messages, text);
    size_t key = length_of(message->key_bytes), payload = length_of(message->payload_bytes);
    message->at = input_position(messages->input);
    if (is_long(messages, key, payload)) {
        begin_skipping(messages, message, head);
        return skip(messages, message);
    }
    size_t frame = head + key + payload + 1;
    if (frame > text.length) {
        messages->cut_off = text.length;
        return input_at_end(messages->input) ? MESSAGES_END : MESSAGES_MORE;
    }
    if (text.at[frame - 1] != '\n')
        broken(messages, frame - 1, "there is no newline behind a message");
    message->key = (struct slice){text.at + head, key};
    message->payload = (struct slice){text.at + head + key, payload};
    input_take(messages->input, frame);
    return MESSAGES_ONE;
}

uint64_t messages_cut_off(const struct messages *messages)
{
    return messages->cut_off;
}
