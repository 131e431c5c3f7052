#include "odd.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { IDS = 24 };

static const char *program = "odd";

void fail(int status, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* splitmix64, by Sebastiano Vigna. */
static uint64_t random_state, random_seed;

static uint64_t random_next(void)
{
    uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int random_below(int n)
{
    return (int)(random_next() % (uint64_t)n);
}

int64_t random_time(int64_t below)
{
    return (int64_t)(random_next() % (uint64_t)below);
}

bool one_in(int n)
{
    return random_below(n) == 0;
}

uint64_t random_detour(uint64_t number)
{
    uint64_t before = random_state;

    random_state = random_seed ^ number * UINT64_C(0xd1342543de82ef95);
    return before;
}

void random_return(uint64_t state)
{
    random_state = state;
}

void odd_begin(const char *name, const char *seed)
{
    char *end;

    program = name;
    errno = 0;
    random_state = random_seed = strtoull(seed, &end, 10);
    if (seed[0] < '0' || seed[0] > '9' || *end != '\0' || errno != 0)
        fail(2, "SEED: \"%s\" is not a number", seed);
}

/* Ids. The odd ones are few, so that each is met often. */

static const char *const odd_ids[IDS] = {
    "",
    "7",
    "007",
    "7.0",
    "C7",
    " c7",
    "c7 ",
    "quote\"d",
    "back\\slash",
    "a/b",
    "tab\there",
    "line\nbreak",
    "\x7f",
    "\x01",
    "\xc3\xa9",
    "e\xcc\x81",
    "\xc3\x9f",
    "\xef\xbd\xa1",
    "\xf0\x9f\x98\x80",
    "\xe6\x97\xa5\xe6\x9c\xac",
    "null",
    "{\"a\":1}",
    "c7\\u0037",
    "\xf0\x9f\x98\x80\xef\xbd\xa1",
};

void id_text(char prefix, int number, char out[MAX_VALUE])
{
    if (number % 4 == 3)
        snprintf(out, MAX_VALUE, "%s", odd_ids[(number / 4) % IDS]);
    else
        snprintf(out, MAX_VALUE, "%c%d", prefix, number);
}

/* The code point at *P, which moves behind it. */
static unsigned next_code_point(const unsigned char **p)
{
    unsigned first = *(*p)++;
    int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    unsigned code = more == 0 ? first : first & (0x3fU >> more);

    for (; more > 0; more--)
        code = code << 6 | (*(*p)++ & 0x3fU);
    return code;
}

static void append_escape(char **out, unsigned code)
{
    const char *format = one_in(2) ? "\\u%04x" : "\\u%04X";

    if (code >= 0x10000) {
        *out += sprintf(*out, format, 0xd800 + ((code - 0x10000) >> 10));
        code = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    *out += sprintf(*out, format, code);
}

/* TEXT as a JSON string: each character raw or escaped, some strings mostly escaped. */
static void spell_string(const char *text, char *out)
{
    static const char shorts[] = "\"\"\\\\//\tt\nn\rr\bb\ff";
    const unsigned char *p = (const unsigned char *)text;
    int escape_every = one_in(5) ? 2 : 1000;

    *out++ = '"';
    while (*p != '\0') {
        const unsigned char *start = p;
        unsigned code = next_code_point(&p);
        const char *found = code < 0x80 ? strchr(shorts, (int)code) : NULL;
        bool has_short = found != NULL && (found - shorts) % 2 == 0;
        bool must = code < 0x20 || code == '"' || code == '\\';

        if (has_short && (must || one_in(2)) && !one_in(4)) {
            *out++ = '\\';
            *out++ = found[1];
        } else if (must || one_in(escape_every)) {
            append_escape(&out, code);
        } else {
            memcpy(out, start, (size_t)(p - start));
            out += p - start;
        }
    }
    *out++ = '"';
    *out = '\0';
}

void add(struct object *object, const char *name, const char *format, ...)
{
    char *text = object->member[object->count++].text;
    int length = sprintf(text, "\"%s\":", name);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + length, sizeof object->member[0].text - (size_t)length, format, arguments);
    va_end(arguments);
}

void add_string(struct object *object, const char *name, const char *value)
{
    char spelled[2 * MAX_VALUE];

    spell_string(value, spelled);
    add(object, name, "%s", spelled);
}

void add_id(struct object *object, const char *name, char prefix, int number)
{
    char text[MAX_VALUE];

    if (number == -1)
        add(object, name, "null");
    if (number < 0)
        return;
    id_text(prefix, number, text);
    add_string(object, name, text);
}

void add_amount(struct object *object, const char *name, bool wrong)
{
    static const char *const amounts[] = {
        "12",    "12.3",   "12.34",        "1e2",       "\"12.30\"", "12.340000", "0",
        "-0.05", "-7.5E1", "99999999.99",  "1234.5e-1", "0.1e+1",    "\"3e1\"",   "0e99",
        "null",  "0.10",   "-99999999.99", "\"-0.5\"",  "0.00",      "100e-2",
    };
    static const char *const wrong_amounts[] = {
        "12.345",     "0.001",  "123456789.00", "1e8",  "\"abc\"", "true",
        "\"12.345\"", "100e-5", "{\"eur\":1}",  "[12]", "\"\"",    "-100000000",
    };

    if (wrong)
        add(object, name, "%s", wrong_amounts[random_below(12)]);
    else if (one_in(3))
        add(object, name, "%s", amounts[random_below(20)]);
    else if (!one_in(30)) {
        int cents = random_below(100);

        add(object, name, "%d.%02d", random_below(300), cents);
    }
}

void add_strangers(struct object *object)
{
    static const char *const values[] = {
        "18446744073709551616",
        "9007199254740993",
        "0.1000",
        "-0",
        "1E+2",
        "123456789012345678901234567890.123456789",
        "{\"customer_id\":\"c1\",\"_ts\":[1,{\"event_ts\":null}]}",
        "[[],{},\"\\\\\\\"}\"]",
        "\"a,\\\"customer_id\\\":\\\"c2\\\"}\"",
        "true",
    };

    for (int i = one_in(3) ? random_below(3) : 0; i > 0; i--) {
        char name[16];

        snprintf(name, sizeof name, "x%d", i);
        add(object, name, "%s", values[random_below(10)]);
    }
}

static void shuffle(struct object *object)
{
    for (int i = object->count - 1; i > 0; i--) {
        int j = random_below(i + 1);
        struct member swap = object->member[i];

        object->member[i] = object->member[j];
        object->member[j] = swap;
    }
}

void write_object(FILE *file, struct object *object, struct style style)
{
    bool spaced = !style.tidy && one_in(8);

    if (!style.tidy && one_in(4))
        shuffle(object);
    fputs(spaced ? " { " : "{", file);
    for (int i = 0; i < object->count; i++) {
        if (i > 0)
            fputs(spaced ? "\t, " : ",", file);
        fputs(object->member[i].text, file);
    }
    fputs(spaced ? " } " : "}", file);
}

void end_line(FILE *file, struct style style, bool last)
{
    bool crlf = style.crlf || (!style.tidy && one_in(16));

    if (last && one_in(3))
        return; /* a last line without its newline counts */
    fputs(crlf ? "\r\n" : "\n", file);
    if (!style.tidy && one_in(16))
        fputs(crlf ? "\r\n" : "\n", file);
}

FILE *open_file(const char *directory, const char *name, struct style *style)
{
    char path[PATH_MAX];
    FILE *file;

    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        fail(2, "%s: the name is too long", directory);
    file = fopen(path, "w");
    if (file == NULL)
        fail(3, "%s: cannot open: %s", path, strerror(errno));
    style->tidy = one_in(2);
    style->crlf = !style->tidy && one_in(4);
    if (one_in(6))
        fputs("\xef\xbb\xbf", file);
    return file;
}

void close_file(FILE *file, const char *name)
{
    bool bad = ferror(file) != 0;

    if (fclose(file) != 0 || bad)
        fail(3, "%s: cannot write: %s", name, strerror(errno));
}
