/*
 * Slices of memory that somebody else owns, and a buffer that grows.
 *
 * A slice never owns: it is valid as long as what it points into. A buffer owns its bytes until
 * buffer_free.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *at; /* NULL only when length is 0 */
    size_t length;
};

/* A slice of a string literal or any C string, without its NUL. */
static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

/* Order of bytes, a prefix first: <0, 0, >0 as memcmp. */
int slice_compare(struct slice a, struct slice b);

enum { INTEGER_TEXT = 24 };

/* NUMBER in decimal, in OUT (at its end). */
struct slice slice_of_integer(int64_t number, char out[INTEGER_TEXT]);

struct buffer {
    char *at;
    size_t length;
    size_t capacity;
};

/* Room for MORE bytes behind the length. Fails (exit 3) without memory. */
void buffer_reserve(struct buffer *buffer, size_t more);

void buffer_append(struct buffer *buffer, struct slice bytes);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_char(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *buffer);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return (struct slice){buffer->at, buffer->length};
}

/* Memory or fail(EXIT_SYSTEM): these never return NULL. Free with free(). */
void *memory_new(size_t count, size_t size); /* zeroed */
void *memory_resize(void *old, size_t count, size_t size);
char *memory_text(struct slice bytes); /* a C string of its own */

#endif
