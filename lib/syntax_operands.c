/* What stands between operators: literals, columns, calls, CASE and CAST. */
#include <ctype.h>

#include "syntax_inside.h"

static char *in_capitals(char *text)
{
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return text;
}

/* The next token as a node with its text. */
static struct syntax *parse_text(struct parser *parser, enum syntax_kind kind, char *text)
{
    size_t at = parser->token.at;
    parser_advance(parser);
    struct syntax *node = parser_node(parser, kind, at);
    node->text = text;
    return node;
}

static struct syntax *parse_case(struct parser *parser)
{
    struct syntax *node = parser_node(parser, SYNTAX_CASE, parser->token.at);
    parser_advance(parser);
    node->has_operand = !parser_next_is(parser, "WHEN");
    if (node->has_operand)
        parser_add(parser, node, parse_expression(parser));
    if (!parser_next_is(parser, "WHEN"))
        parser_expected(parser, "WHEN");
    while (parser_take(parser, "WHEN")) {
        parser_add(parser, node, parse_expression(parser));
        parser_need(parser, "THEN");
        parser_add(parser, node, parse_expression(parser));
    }
    node->has_else = parser_take(parser, "ELSE");
    if (node->has_else)
        parser_add(parser, node, parse_expression(parser));
    parser_need(parser, "END");
    node->end = parser->behind;
    return node;
}

/* The name of a type: a word, and perhaps numbers in parentheses. */
static char *parse_type(struct parser *parser)
{
    struct buffer type = {0};
    if (parser->token.kind != TOKEN_WORD)
        parser_expected(parser, "the name of a type");
    do {
        buffer_append(&type, (struct slice){parser->text + parser->token.at,
                                            parser->token.end - parser->token.at});
        parser_advance(parser);
    } while (parser->token.kind == TOKEN_NUMBER || parser_next_is(parser, "(") ||
             parser_next_is(parser, ",") ||
             (parser_next_is(parser, ")") && memchr(type.at, '(', type.length) &&
              !memchr(type.at, ')', type.length)));
    buffer_append_char(&type, '\0');
    return in_capitals(type.at);
}

static struct syntax *parse_cast(struct parser *parser, size_t at)
{
    struct syntax *node = parser_node(parser, SYNTAX_CAST, at);
    parser_add(parser, node, parse_expression(parser));
    parser_need(parser, "AS");
    node->text = parse_type(parser);
    parser_need(parser, ")");
    node->end = parser->behind;
    return node;
}

void parse_children(struct parser *parser, struct syntax *node)
{
    do
        parser_add(parser, node, parse_expression(parser));
    while (parser_take(parser, ","));
    if (!parser_take(parser, ")"))
        parser_expected(parser, ") or a comma");
}

/* Behind the name and the parenthesis. */
static struct syntax *parse_call(struct parser *parser, char *name, size_t at)
{
    struct syntax *node = parser_node(parser, SYNTAX_CALL, at);
    node->text = in_capitals(name);
    node->star = parser_take(parser, "*");
    node->distinct = !node->star && parser_take(parser, "DISTINCT");
    if (node->star || parser_next_is(parser, ")"))
        parser_need(parser, ")");
    else
        parse_children(parser, node);
    node->end = parser->behind;
    return node;
}

static bool is_keyword(const struct parser *parser)
{
    static const char *const keyword[] = {"AND",  "OR",   "NOT",  "IN",    "IS",      "BETWEEN",
                                          "CASE", "WHEN", "THEN", "ELSE",  "END",     "CAST",
                                          "AS",   "NULL", "TRUE", "FALSE", "DISTINCT"};
    for (size_t i = 0; i < sizeof keyword / sizeof *keyword; i++)
        if (parser_next_is(parser, keyword[i]))
            return true;
    return false;
}

/* DATE '2025-01-31'; else these words are columns. */
static bool take_typed_literal(struct parser *parser, const char *word)
{
    return parser_next_is(parser, word) &&
           token_at(parser->text, parser->token.end).kind == TOKEN_STRING &&
           parser_take(parser, word);
}

static struct syntax *parse_word(struct parser *parser)
{
    size_t at = parser->token.at;
    if (parser_next_is(parser, "CASE"))
        return parse_case(parser);
    if (parser_next_is(parser, "NULL"))
        return parse_text(parser, SYNTAX_NULL, NULL);
    if (parser_next_is(parser, "TRUE"))
        return parse_text(parser, SYNTAX_TRUE, NULL);
    if (parser_next_is(parser, "FALSE"))
        return parse_text(parser, SYNTAX_FALSE, NULL);
    if (take_typed_literal(parser, "DATE"))
        return parse_text(parser, SYNTAX_DATE, token_unquoted(parser->text, parser->token));
    if (take_typed_literal(parser, "TIMESTAMP"))
        return parse_text(parser, SYNTAX_TIMESTAMP, token_unquoted(parser->text, parser->token));
    if (parser_take(parser, "CAST")) {
        parser_need(parser, "(");
        return parse_cast(parser, at);
    }
    if (is_keyword(parser))
        parser_expected(parser, "an expression");
    char *name = token_text(parser->text, parser->token);
    struct syntax *column = parse_text(parser, SYNTAX_COLUMN, name);
    if (!parser_take(parser, "("))
        return column;
    column->text = NULL;
    syntax_free(column);
    return parse_call(parser, name, at);
}

struct syntax *parse_operand(struct parser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_NUMBER:
        return parse_text(parser, SYNTAX_NUMBER, token_text(parser->text, parser->token));
    case TOKEN_STRING:
        return parse_text(parser, SYNTAX_TEXT, token_unquoted(parser->text, parser->token));
    case TOKEN_NAME:
        return parse_text(parser, SYNTAX_COLUMN, token_unquoted(parser->text, parser->token));
    case TOKEN_WORD:
        return parse_word(parser);
    default:
        break;
    }
    if (!parser_take(parser, "("))
        parser_expected(parser, "an expression");
    struct syntax *node = parse_expression(parser);
    parser_need(parser, ")");
    return node;
}
