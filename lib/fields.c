#include "fields.h"

#include "fast.h"

static size_t length_size(size_t length)
{
    size_t size = 1;
    while (length >>= 7)
        size++;
    return size;
}

size_t fields_size(const struct json_value *values, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += length_size(values[i].length) + values[i].length;
    return size;
}

char *fields_pack(char *to, const struct json_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = values[i].length;
        while (length >= 0x80) {
            *to++ = (char)(0x80 | (length & 0x7f));
            length >>= 7;
        }
        *to++ = (char)length;
        fast_copy(to, values[i].at, values[i].length);
        to += values[i].length;
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
