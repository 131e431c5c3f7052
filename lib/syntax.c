#include "syntax.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "json.h"
#include "syntax_inside.h"

/* A chain such as a + b + c is a tree as deep as it is long: all of it is gone through by
 * recursion. */
enum { DEEPEST = 200, LONGEST_CHAIN = 2000 };

/* ---- messages ---- */

static size_t characters(const char *text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

_Noreturn void syntax_fail(const char *option, const char *text, size_t at, const char *format, ...)
{
    char message[512], place[64] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    size_t begin = at, line = 1;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    for (size_t i = 0; i < begin; i++)
        line += text[i] == '\n';
    if (strchr(text, '\n'))
        snprintf(place, sizeof place, "line %zu, ", line);
    size_t column = characters(text + begin, at - begin);
    fail(EXIT_USAGE, "%s, %scharacter %zu: %s\n    %.*s\n    %*s^", option, place, column + 1,
         message, (int)strcspn(text + begin, "\n"), text + begin, (int)column, "");
}

_Noreturn void parser_expected(const struct parser *parser, const char *what)
{
    syntax_fail(parser->option, parser->text, parser->token.at, "expected %s", what);
}

/* ---- reading ---- */

void parser_advance(struct parser *parser)
{
    parser->behind = parser->token.end;
    parser->token = token_at(parser->text, parser->token.end);
    if (parser->token.kind != TOKEN_END && parser->token.end == 0)
        syntax_fail(parser->option, parser->text, parser->token.at, "this quote is never closed");
    if (token_runs_on(parser->text, parser->token))
        syntax_fail(parser->option, parser->text, parser->token.end,
                    "a number ends here, and a name cannot follow at once");
}

bool parser_next_is(const struct parser *parser, const char *word)
{
    return token_is(parser->text, parser->token, word);
}

bool parser_take(struct parser *parser, const char *word)
{
    if (!parser_next_is(parser, word))
        return false;
    parser_advance(parser);
    return true;
}

void parser_need(struct parser *parser, const char *word)
{
    if (!parser_take(parser, word))
        parser_expected(parser, word);
}

void parser_go_deeper(struct parser *parser)
{
    if (++parser->depth > DEEPEST)
        syntax_fail(parser->option, parser->text, parser->token.at, "this is nested too deep");
}

/* ---- trees ---- */

struct syntax *parser_node(const struct parser *parser, enum syntax_kind kind, size_t at)
{
    struct syntax *node = memory_new(1, sizeof *node);
    *node = (struct syntax){.kind = kind, .at = at, .end = parser->behind};
    return node;
}

void parser_add(const struct parser *parser, struct syntax *node, struct syntax *child)
{
    if (child->depth >= LONGEST_CHAIN)
        syntax_fail(parser->option, parser->text, child->end,
                    "this is longer than can be computed");
    if (child->depth >= node->depth)
        node->depth = child->depth + 1;
    node->child = memory_resize(node->child, node->count + 1, sizeof *node->child);
    node->child[node->count++] = child;
    if (child->end > node->end)
        node->end = child->end;
}

void syntax_free(struct syntax *syntax)
{
    if (!syntax)
        return;
    for (size_t i = 0; i < syntax->count; i++)
        syntax_free(syntax->child[i]);
    free(syntax->child);
    free(syntax->text);
    free(syntax);
}

void syntax_write(const struct syntax *syntax, const char *text, struct buffer *out)
{
    struct token token = token_at(text, syntax->at);
    for (const char *space = ""; token.kind != TOKEN_END && token.end <= syntax->end; space = " ") {
        buffer_append_text(out, space);
        buffer_append(out, (struct slice){text + token.at, token.end - token.at});
        token = token_at(text, token.end);
    }
}

/* ---- the whole ---- */

static struct parser parser_of(const char *option, const char *text)
{
    struct parser parser = {.option = option, .text = text};
    if (!json_is_utf8(slice_of(text)))
        fail(EXIT_USAGE, "%s: is not UTF-8 text", option);
    parser_advance(&parser);
    return parser;
}

struct syntax *syntax_parse(const char *option, const char *text)
{
    struct parser parser = parser_of(option, text);
    struct syntax *syntax = parse_expression(&parser);
    if (parser.token.kind != TOKEN_END)
        parser_expected(&parser, "an operator or the end");
    return syntax;
}

static struct syntax_item parse_item(struct parser *parser)
{
    struct syntax_item item = {.syntax = parse_expression(parser)};
    if (parser_take(parser, "AS")) {
        if (parser->token.kind != TOKEN_NAME && parser->token.kind != TOKEN_WORD)
            parser_expected(parser, "a name");
        item.name = parser->token.kind == TOKEN_NAME ? token_unquoted(parser->text, parser->token)
                                                     : token_text(parser->text, parser->token);
        parser_advance(parser);
    } else if (item.syntax->kind == SYNTAX_COLUMN) {
        item.name = memory_text(slice_of(item.syntax->text));
    }
    return item;
}

struct syntax_list syntax_parse_list(const char *option, const char *text)
{
    struct parser parser = parser_of(option, text);
    struct syntax_list list = {.all = parser_take(&parser, "*")};
    if (list.all && parser.token.kind != TOKEN_END && !parser_next_is(&parser, ","))
        parser_expected(&parser, "a comma or the end");
    bool more = !list.all || parser_take(&parser, ",");
    while (more) {
        list.item = memory_resize(list.item, list.count + 1, sizeof *list.item);
        list.item[list.count++] = parse_item(&parser);
        more = parser_take(&parser, ",");
    }
    if (parser.token.kind != TOKEN_END)
        parser_expected(&parser, "AS, an operator, a comma or the end");
    return list;
}

void syntax_list_free(struct syntax_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        syntax_free(list->item[i].syntax);
        free(list->item[i].name);
    }
    free(list->item);
    *list = (struct syntax_list){0};
}
