#include "bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"

int slice_compare(struct slice a, struct slice b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

struct slice slice_of_integer(int64_t number, char out[INTEGER_TEXT])
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char *end = out + INTEGER_TEXT, *p = end;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    for (; left >= 100; left /= 100)
        memcpy(p -= 2, &pairs[left % 100 * 2], 2);
    if (left >= 10)
        memcpy(p -= 2, &pairs[left * 2], 2);
    else
        *--p = (char)('0' + left);
    if (number < 0)
        *--p = '-';
    return (struct slice){p, (size_t)(end - p)};
}

void *memory_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        fail(EXIT_SYSTEM, "out of memory");
    return memory;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count ? count : 1, size);
    if (!memory)
        fail(EXIT_SYSTEM, "out of memory");
    return memory;
}

char *memory_text(struct slice bytes)
{
    char *text = memory_new(bytes.length + 1, 1);
    if (bytes.length > 0)
        memcpy(text, bytes.at, bytes.length);
    return text;
}

void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length >= more)
        return;
    if (more > SIZE_MAX / 4 || buffer->length > SIZE_MAX / 4)
        fail(EXIT_SYSTEM, "out of memory");
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;
    while (capacity < buffer->length + more)
        capacity *= 2;
    buffer->at = memory_resize(buffer->at, capacity, 1);
    buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, struct slice bytes)
{
    if (bytes.length == 0)
        return;
    buffer_reserve(buffer, bytes.length);
    memcpy(buffer->at + buffer->length, bytes.at, bytes.length);
    buffer->length += bytes.length;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, slice_of(text));
}

void buffer_append_char(struct buffer *buffer, char c)
{
    buffer_append(buffer, (struct slice){&c, 1});
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (needed < 0)
        fail(EXIT_SYSTEM, "cannot format a message");
    buffer_reserve(buffer, (size_t)needed + 1);
    va_start(arguments, format);
    vsnprintf(buffer->at + buffer->length, (size_t)needed + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)needed;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}
