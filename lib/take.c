#include "take.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "error.h"
#include "json.h"
#include "schema.h"

struct parser {
    const char *option, *text, *p;
};

_Noreturn static void expected(const struct parser *parser, const char *what)
{
    if (*parser->p == '\0')
        fail(EXIT_USAGE, "%s '%s': expected %s at its end", parser->option, parser->text, what);
    fail(EXIT_USAGE, "%s '%s': expected %s at character %zu, before '%s'", parser->option,
         parser->text, what, (size_t)(parser->p - parser->text) + 1, parser->p);
}

static void skip_space(struct parser *parser)
{
    while (isspace((unsigned char)*parser->p))
        parser->p++;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static char *parse_quoted(struct parser *parser)
{
    char quote = *parser->p++;
    struct buffer name = {0};
    while (*parser->p && (*parser->p != quote || parser->p[1] == quote)) {
        parser->p += *parser->p == quote;
        buffer_append_char(&name, *parser->p++);
    }
    if (*parser->p != quote)
        expected(parser, "the closing quote");
    if (name.length == 0)
        expected(parser, "a name between the quotes");
    parser->p++;
    buffer_append_char(&name, '\0');
    return name.at;
}

static char *parse_name(struct parser *parser)
{
    skip_space(parser);
    if (*parser->p == '"' || *parser->p == '`')
        return parse_quoted(parser);
    const char *start = parser->p;
    if (!is_name_char(*start) || isdigit((unsigned char)*start))
        expected(parser, "a column's name");
    while (is_name_char(*parser->p))
        parser->p++;
    return memory_text((struct slice){start, (size_t)(parser->p - start)});
}

/* Whether the separator between column and name stands here; steps behind it. */
static bool parse_separator(struct parser *parser, enum take_form form)
{
    skip_space(parser);
    if (form == TAKE_EQUALS && *parser->p == '=') {
        parser->p++;
        return true;
    }
    if (form == TAKE_AS && strncasecmp(parser->p, "AS", 2) == 0 && !is_name_char(parser->p[2])) {
        parser->p += 2;
        return true;
    }
    return false;
}

const char *take_name(const char *option, const char *text)
{
    if (schema_is_reserved(slice_of(text)))
        fail(EXIT_USAGE, "%s: \"%s\" is not free: _stream, _ts and _op are the names of the system",
             option, text);
    if (text[0] == '\0' || !json_is_utf8(slice_of(text)))
        fail(EXIT_USAGE, "%s: a column's name is UTF-8 text, and not empty", option);
    return text;
}

static void add(struct take_list *list, struct parser *parser, struct take take)
{
    take_name(parser->option, take.column);
    take_name(parser->option, take.name);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i].name, take.name) == 0)
            fail(EXIT_USAGE, "%s '%s': %s stands twice", parser->option, parser->text, take.name);
    list->at = memory_resize(list->at, list->count + 1, sizeof *list->at);
    list->at[list->count++] = take;
}

struct take_list take_parse(const char *option, const char *text, enum take_form form)
{
    static const char *const behind_name[] = {
        [TAKE_PLAIN] = "a comma", [TAKE_AS] = "AS or a comma", [TAKE_EQUALS] = "= or a comma"};
    struct parser parser = {option, text, text};
    struct take_list list = {0};
    while (true) {
        struct take take;
        take.column = parse_name(&parser);
        take.name = parse_separator(&parser, form) ? parse_name(&parser)
                                                   : memory_text(slice_of(take.column));
        add(&list, &parser, take);
        skip_space(&parser);
        if (*parser.p == '\0')
            return list;
        if (*parser.p != ',')
            expected(&parser, behind_name[form]);
        parser.p++;
    }
}

static void write_name(const char *name, struct buffer *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    if (name[strspn(name, plain)] == '\0')
        buffer_append_text(out, name);
    else
        json_quote(out, slice_of(name));
}

void take_write(const struct take_list *list, struct buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buffer_append_text(out, ", ");
        write_name(list->at[i].column, out);
        if (strcmp(list->at[i].column, list->at[i].name) == 0)
            continue;
        buffer_append_text(out, " AS ");
        write_name(list->at[i].name, out);
    }
}

void take_free(struct take_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->at[i].column);
        free(list->at[i].name);
    }
    free(list->at);
    *list = (struct take_list){0};
}

const char **take_columns(const struct take_list *list)
{
    const char **columns = memory_new(list->count, sizeof *columns);
    for (size_t i = 0; i < list->count; i++)
        columns[i] = list->at[i].column;
    return columns;
}

const char **take_names(const struct take_list *list)
{
    const char **names = memory_new(list->count, sizeof *names);
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->at[i].name;
    return names;
}
