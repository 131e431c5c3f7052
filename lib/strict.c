#include "strict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "error.h"

static void read_file(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "re");
    size_t count;

    if (!file)
        fail_errno(EXIT_SYSTEM, "%s", path);
    do {
        buffer_reserve(out, BUFSIZ);
        count = fread(out->at + out->length, 1, BUFSIZ, file);
        out->length += count;
    } while (count);
    if (ferror(file))
        fail_errno(EXIT_SYSTEM, "%s", path);
    fclose(file);
}

struct json_t *strict_open(struct strict *reader, const char *path)
{
    struct buffer text = {0}, why = {0};

    reader->file = path;
    read_file(path, &text);
    reader->tree = tree_read(buffer_slice(&text), &why);
    if (!reader->tree)
        strict_mistake(reader, "%.*s", (int)why.length, why.at);
    buffer_free(&text);
    return reader->tree;
}

void strict_free(struct strict *reader)
{
    tree_free(reader->tree);
    buffer_free(&reader->path);
    buffer_free(&reader->json);
    buffer_free(&reader->shown[0]);
    buffer_free(&reader->shown[1]);
}

static struct buffer *next_shown(struct strict *reader)
{
    struct buffer *out = &reader->shown[reader->turn];

    reader->turn = !reader->turn;
    out->length = 0;
    return out;
}

_Noreturn void strict_mistake(struct strict *reader, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        fail(EXIT_SYSTEM, "out of memory");
    va_end(arguments);
    if (reader->path.length == 0)
        fail(EXIT_USAGE, "%s: %s", reader->file, text);
    buffer_append_char(&reader->path, '\0');
    fail(EXIT_USAGE, "%s: %s: %s", reader->file, reader->path.at, text);
}

size_t strict_enter(struct strict *reader, const char *member)
{
    size_t length = reader->path.length;

    if (length)
        buffer_append_char(&reader->path, '.');
    json_quote_for_message(&reader->path, slice_of(member));
    return length;
}

size_t strict_enter_index(struct strict *reader, size_t index)
{
    size_t length = reader->path.length;

    buffer_printf(&reader->path, "[%zu]", index);
    return length;
}

void strict_leave(struct strict *reader, size_t length)
{
    reader->path.length = length;
}

struct strict *strict_at(struct strict *reader, const char *member)
{
    strict_enter(reader, member);
    return reader;
}

const char *strict_shown(struct strict *reader, const struct json_t *value)
{
    struct buffer *out = next_shown(reader);
    struct buffer json = {0};

    tree_write(value, &json);
    json_quote_for_message(out, buffer_slice(&json));
    buffer_append_char(out, '\0');
    buffer_free(&json);
    return out->at;
}

static const char *listed(struct strict *reader, const char *const *words)
{
    struct buffer *out = next_shown(reader);

    for (size_t i = 0; words[i]; i++) {
        if (i)
            buffer_append_text(out, words[i + 1] ? ", " : " or ");
        buffer_append_text(out, words[i]);
    }
    buffer_append_char(out, '\0');
    return out->at;
}

int strict_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

void strict_object(struct strict *reader, struct json_t *value, const char *const *members)
{
    if (!tree_is_object(value))
        strict_mistake(reader, "%s is not an object", strict_shown(reader, value));
    for (const char *name = tree_next(value, NULL); name; name = tree_next(value, name))
        if (strict_index(members, name) < 0)
            strict_mistake(strict_at(reader, name), "unknown member: write %s",
                           listed(reader, members));
}

const char *strict_text(struct strict *reader, const struct json_t *object, const char *member,
                        const char *legal)
{
    const struct json_t *value = tree_member(object, member);
    const char *text = tree_text(value);

    if (!value)
        return NULL;
    if (!text || !*text)
        strict_mistake(strict_at(reader, member), "%s is not %s", strict_shown(reader, value),
                       legal);
    return text;
}

const char *strict_need_text(struct strict *reader, const struct json_t *object, const char *member,
                             const char *legal)
{
    const char *text = strict_text(reader, object, member, legal);

    if (!text)
        strict_mistake(strict_at(reader, member), "is missing: write %s", legal);
    return text;
}

int strict_word(struct strict *reader, const struct json_t *object, const char *member,
                const char *const *words, int fallback)
{
    const struct json_t *value = tree_member(object, member);
    const char *text = tree_text(value);
    int found = text ? strict_index(words, text) : -1;

    if (!value)
        return fallback;
    if (found < 0)
        strict_mistake(strict_at(reader, member), "%s is not %s", strict_shown(reader, value),
                       listed(reader, words));
    return found;
}

int64_t strict_duration(struct strict *reader, const struct json_t *object, const char *member,
                        int64_t fallback)
{
    const char *text = strict_text(reader, object, member, STRICT_DURATION);
    int64_t ms = fallback;

    if (text && !duration_parse(text, &ms))
        strict_mistake(strict_at(reader, member), "%s is not %s",
                       strict_shown(reader, tree_member(object, member)), STRICT_DURATION);
    return ms;
}

bool strict_boolean(struct strict *reader, const struct json_t *object, const char *member)
{
    const struct json_t *value = tree_member(object, member);

    if (value && !tree_is_boolean(value))
        strict_mistake(strict_at(reader, member), "%s is not true or false",
                       strict_shown(reader, value));
    return tree_is_true(value);
}

struct json_value strict_scan(struct strict *reader, const struct json_t *value)
{
    struct json_value scanned;
    struct json_error error;

    reader->json.length = 0;
    tree_write(value, &reader->json);
    if (!json_scan_value(reader->json.at, reader->json.at + reader->json.length, 0, &scanned,
                         &error))
        strict_mistake(reader, "%s: %s", strict_shown(reader, value), error.reason);
    return scanned;
}
