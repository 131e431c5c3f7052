#include "fields.h"

#include "fast.h"
#include "type.h"

static size_t length_size(size_t length)
{
    size_t size = 1;
    while (length >>= 7)
        size++;
    return size;
}

static inline size_t kept_length(const struct json_value *value)
{
    return value->kind == JSON_NULL ? 0 : value->length;
}

size_t fields_size(const struct json_value *values, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += length_size(kept_length(&values[i])) + kept_length(&values[i]);
    return size;
}

char *fields_pack(char *to, const struct json_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t whole = kept_length(&values[i]), length = whole;
        while (length >= 0x80) {
            *to++ = (char)(0x80 | (length & 0x7f));
            length >>= 7;
        }
        *to++ = (char)length;
        fast_copy(to, values[i].at, whole);
        to += whole;
    }
    return to;
}

const char *fields_unpack(const char *from, struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = 0;
        unsigned shift = 0;
        while (*from & 0x80) {
            length |= (size_t)(*from++ & 0x7f) << shift;
            shift += 7;
        }
        length |= (size_t)*from++ << shift;
        texts[i] = (struct slice){from, length};
        from += length;
    }
    return from;
}

static enum json_kind kind_of(struct slice text)
{
    if (text.length == 0)
        return JSON_MISSING;
    switch (text.at[0]) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

struct json_value fields_value(struct slice text)
{
    enum json_kind kind = kind_of(text);
    bool escaped = kind == JSON_STRING && memchr(text.at, '\\', text.length);
    return (struct json_value){text.at, (uint32_t)text.length, (uint8_t)kind, escaped};
}

static inline char *put(char *to, struct slice bytes)
{
    fast_copy(to, bytes.at, bytes.length);
    return to + bytes.length;
}

/* Rows that follow upon each other are often of one second: its digits are kept. */
static char *put_time(char *to, int64_t time_ms)
{
    static int64_t second;
    static char text[INTEGER_TEXT + FAST_PADDING];
    static size_t length; /* 0: none is kept */
    char digits[INTEGER_TEXT + FAST_PADDING];
    if (time_ms < 1000)
        return put(to, slice_of_integer(time_ms, digits));
    if (length == 0 || time_ms / 1000 != second) {
        second = time_ms / 1000;
        struct slice new = slice_of_integer(second, digits);
        length = new.length;
        memcpy(text, new.at, length);
    }
    unsigned rest = (unsigned)(time_ms % 1000);
    to = put(to, (struct slice){text, length});
    *to++ = (char)('0' + rest / 100);
    *to++ = (char)('0' + rest / 10 % 10);
    *to++ = (char)('0' + rest % 10);
    return to;
}

void fields_write(struct buffer *out, int64_t time_ms, const struct slice *texts, size_t count)
{
    static const char padded[4 + FAST_PADDING] = "null";
    static const struct slice null = {padded, 4};
    enum { FRAME = 8 }; /* brackets, a comma, null, newline */
    size_t size = FRAME + INTEGER_TEXT + FAST_PADDING;
    for (size_t i = 0; i < count; i++)
        size += texts[i].length + FRAME;
    buffer_reserve(out, size);
    char *to = out->at + out->length;
    *to++ = '[';
    to = time_ms == INT64_MIN ? put(to, null) : put_time(to, time_ms);
    for (size_t i = 0; i < count; i++) {
        *to++ = ',';
        to = put(to, texts[i].length ? texts[i] : null);
    }
    *to++ = ']';
    *to++ = '\n';
    out->length = (size_t)(to - out->at);
}

static bool read_time(const struct json_value *value, int64_t *time_ms)
{
    const char *why;
    *time_ms = INT64_MIN;
    return value->kind == JSON_NULL || type_int(value, time_ms, &why);
}

bool fields_read(struct slice line, int64_t *time_ms, struct json_value *values, size_t count)
{
    const char *at = line.at, *end = line.at + line.length;
    struct json_value time;
    struct json_error error;
    for (size_t i = 0; i <= count; i++) {
        if (at == end || *at != (i == 0 ? '[' : ','))
            return false;
        at = json_scan_value(at + 1, end, 0, i == 0 ? &time : &values[i - 1], &error);
        if (!at)
            return false;
    }
    return end - at == 1 && *at == ']' && read_time(&time, time_ms);
}

bool fields_key(const struct json_value *values, const size_t *index, size_t count,
                struct buffer *scratch, struct slice *key)
{
    for (size_t i = 0; i < count; i++)
        if (json_is_null(&values[index[i]]))
            return false;
    if (count == 1) {
        *key = json_decode(&values[index[0]], scratch);
        return true;
    }
    struct buffer decoded = {0};
    scratch->length = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice text = json_decode(&values[index[i]], &decoded);
        buffer_append(scratch, (struct slice){(const char *)&text.length, sizeof text.length});
        buffer_append(scratch, text);
    }
    buffer_free(&decoded);
    *key = buffer_slice(scratch);
    return true;
}

void fields_key_texts(struct slice key, struct slice *texts, size_t count)
{
    if (count == 1) {
        texts[0] = key;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&texts[i].length, key.at, sizeof texts[i].length);
        texts[i].at = key.at + sizeof texts[i].length;
        key.at = texts[i].at + texts[i].length;
    }
}
