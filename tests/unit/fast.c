#include "fast.h"

#include <stdlib.h>

#include "check.h"

enum { LONGEST = 40 };

/* Memory of LENGTH bytes and FAST_PADDING, and not one more: ASan sees who reads beyond. */
static char *padded(size_t length)
{
    return memset(malloc(length + FAST_PADDING), '"', length + FAST_PADDING);
}

static void compares_as_memcmp(void)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        char *a = padded(length), *b = padded(length);
        memset(a, 'x', length);
        memset(b, 'x', length);
        /* what is behind differs and must not count */
        memset(b + length, '!', FAST_PADDING);
        CHECK(fast_same(a, b, length));
        for (size_t i = 0; i < length; i++) {
            b[i] ^= (char)0x80;
            CHECK(!fast_same(a, b, length));
            b[i] ^= (char)0x80;
        }
        free(a);
        free(b);
    }
}

static const char *plain_string_end(const char *p, const char *end)
{
    for (; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            return p;
        if (c == '\\' || c < 0x20 || c >= 0x80)
            return NULL;
    }
    return NULL;
}

/* Every special byte at every place, the padding full of quotes. */
static void finds_the_end_of_strings(void)
{
    unsigned wrong = 0;
    for (size_t length = 0; length <= LONGEST; length++) {
        char *text = padded(length);
        for (size_t at = 0; at <= length; at++)
            for (int c = 0; c < 256; c++) {
                memset(text, 'x', length);
                if (at < length)
                    text[at] = (char)c;
                wrong +=
                    fast_string_end(text, text + length) != plain_string_end(text, text + length);
                if (at + 1 < length)
                    text[at + 1] = '"';
                wrong +=
                    fast_string_end(text, text + length) != plain_string_end(text, text + length);
            }
        free(text);
    }
    CHECK(wrong == 0);
}

static void finds_the_end_of_digits(void)
{
    unsigned wrong = 0;
    for (size_t length = 0; length <= LONGEST; length++) {
        char *text = padded(length);
        memset(text + length, '5', FAST_PADDING);
        for (size_t at = 0; at <= length; at++)
            for (int c = 0; c < 256; c++) {
                memset(text, '7', length);
                if (at < length)
                    text[at] = (char)c;
                const char *expected = text;
                while (expected < text + length && *expected >= '0' && *expected <= '9')
                    expected++;
                wrong += fast_digits_end(text, text + length) != expected;
            }
        free(text);
    }
    CHECK(wrong == 0);
}

static void knows_eight_digits(void)
{
    unsigned wrong = 0;
    for (size_t at = 0; at < 8; at++)
        for (int c = 0; c < 256; c++) {
            char text[8];
            memset(text, at % 2 ? '0' : '9', sizeof text);
            text[at] = (char)c;
            wrong += fast_are_eight_digits(text) != (c >= '0' && c <= '9');
        }
    CHECK(wrong == 0);
    CHECK(fast_eight_digits("00000000") == 0);
    CHECK(fast_eight_digits("12345678") == 12345678);
    CHECK(fast_eight_digits("99999999") == 99999999);
    CHECK(fast_eight_digits("00000001") == 1);
    CHECK(fast_eight_digits("10000000") == 10000000);
}

/* COUNT random digits; sometimes all of one kind. */
static void random_digits(char *text, size_t count)
{
    int same = rand() % 8;
    for (size_t i = 0; i < count; i++)
        text[i] = (char)('0' + (same == 0 ? 9 : same == 1 ? 0 : rand() % 10));
}

static void reads_integers_as_strtoull(void)
{
    unsigned wrong = 0;
    srand(11);
    for (size_t count = 0; count <= LONGEST; count++)
        for (int round = 0; round < 3000; round++) {
            char *text = malloc(count + 1); /* no padding is promised here */
            uint64_t value = 0;
            random_digits(text, count);
            text[count] = '\0';
            bool good = fast_integer(text, count, &value);
            wrong += good != (count >= 8 && count <= 16);
            wrong += good && value != strtoull(text, NULL, 10);
            free(text);
        }
    CHECK(wrong == 0);
}

static void refuses_integers_with_other_bytes(void)
{
    unsigned wrong = 0;
    char text[16];
    uint64_t value;
    for (size_t count = 8; count <= sizeof text; count++)
        for (size_t at = 0; at < count; at++)
            for (int c = 0; c < 256; c++) {
                memset(text, '3', sizeof text);
                text[at] = (char)c;
                wrong += fast_integer(text, count, &value) != (c >= '0' && c <= '9');
            }
    CHECK(wrong == 0);
}

static void copies(void)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        char *from = padded(length), *to = padded(length);
        for (size_t i = 0; i < length; i++)
            from[i] = (char)i;
        fast_copy(to, from, length);
        CHECK(length == 0 || memcmp(to, from, length) == 0);
        free(from);
        free(to);
    }
}

int main(void)
{
    compares_as_memcmp();
    finds_the_end_of_strings();
    finds_the_end_of_digits();
    knows_eight_digits();
    reads_integers_as_strtoull();
    refuses_integers_with_other_bytes();
    copies();
    return check_result();
}
