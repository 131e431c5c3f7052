#include "json_inside.h"

#include <string.h>

int json_utf8_length(const char *p, const char *end)
{
    const unsigned char *s = (const unsigned char *)p;
    ptrdiff_t room = end - p;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return room >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        unsigned low = s[0] == 0xe0 ? 0xa0 : 0x80;
        unsigned high = s[0] == 0xed ? 0x9f : 0xbf;
        return room >= 3 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        unsigned low = s[0] == 0xf0 ? 0x90 : 0x80;
        unsigned high = s[0] == 0xf4 ? 0x8f : 0xbf;
        return room >= 4 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 &&
                       (s[3] & 0xc0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

bool json_is_utf8(struct slice bytes)
{
    const char *p = bytes.at, *end = p + bytes.length;
    while (p < end) {
        int length = (unsigned char)*p < 0x80 ? 1 : json_utf8_length(p, end);
        if (length == 0)
            return false;
        p += length;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int json_unicode_escape(const char *p, const char *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    int unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static void append_utf8(struct buffer *out, unsigned point)
{
    char bytes[4];
    size_t length;
    if (point < 0x80) {
        bytes[0] = (char)point;
        length = 1;
    } else if (point < 0x800) {
        bytes[0] = (char)(0xc0 | point >> 6);
        length = 2;
    } else if (point < 0x10000) {
        bytes[0] = (char)(0xe0 | point >> 12);
        length = 3;
    } else {
        bytes[0] = (char)(0xf0 | point >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (char)(0x80 | (point >> (6 * (length - 1 - i)) & 0x3f));
    buffer_append(out, (struct slice){bytes, length});
}

/* Appends what the (valid) escape at P stands for and returns the byte behind it. */
static const char *decode_escape(const char *p, const char *end, struct buffer *out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (end - p < 2)
        return end;
    if (p[1] != 'u') {
        const char *letter = strchr(letters, p[1]);
        buffer_append_char(out, letter && p[1] ? meant[letter - letters] : p[1]);
        return p + 2;
    }
    int unit = json_unicode_escape(p, end);
    if (unit < 0)
        return end;
    unsigned point = (unsigned)unit;
    p += 6;
    if (json_is_high_surrogate(unit)) {
        int low = json_unicode_escape(p, end);
        if (!json_is_low_surrogate(low))
            return end;
        point = 0x10000 + ((point - 0xd800) << 10) + ((unsigned)low - 0xdc00);
        p += 6;
    }
    append_utf8(out, point);
    return p;
}

struct slice json_decode(const struct json_value *value, struct buffer *scratch)
{
    if (value->kind != JSON_STRING)
        return (struct slice){value->at, value->length};
    const char *p = value->at + 1, *end = value->at + value->length - 1;
    if (!value->escaped)
        return (struct slice){p, (size_t)(end - p)};
    scratch->length = 0;
    while (p < end) {
        const char *backslash = memchr(p, '\\', (size_t)(end - p));
        const char *plain_end = backslash ? backslash : end;
        buffer_append(scratch, (struct slice){p, (size_t)(plain_end - p)});
        p = backslash ? decode_escape(backslash, end, scratch) : end;
    }
    return buffer_slice(scratch);
}

void json_quote(struct buffer *out, struct slice bytes)
{
    buffer_append_char(out, '"');
    const char *p = bytes.at, *end = p + bytes.length;
    while (p < end) {
        const char *start = p;
        while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
            p++;
        buffer_append(out, (struct slice){start, (size_t)(p - start)});
        if (p == end)
            break;
        if (*p == '"' || *p == '\\') { /* there are many in lines of JSON that are quoted */
            buffer_append_char(out, '\\');
            buffer_append_char(out, *p);
        } else {
            buffer_printf(out, "\\u%04x", (unsigned)(unsigned char)*p);
        }
        p++;
    }
    buffer_append_char(out, '"');
}

void json_quote_for_message(struct buffer *out, struct slice bytes)
{
    enum { MOST = 64 };
    const char *p = bytes.at, *end = p + bytes.length;
    const char *limit = bytes.length > MOST ? p + MOST : end;
    while (p < limit) {
        unsigned char c = (unsigned char)*p;
        int length = c < 0x80 ? 1 : json_utf8_length(p, end);
        if (length > limit - p)
            break; /* a character that would be cut in two is left out */
        if (length == 0 || c < 0x20 || c == 0x7f)
            buffer_printf(out, "\\x%02x", c);
        else
            buffer_append(out, (struct slice){p, (size_t)length});
        p += length ? length : 1;
    }
    if (p < end)
        buffer_append_text(out, "...");
}
