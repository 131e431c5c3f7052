#include "syntax.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "error.h"
#include "json.h"

/* A chain such as a + b + c is a tree as deep as it is long: all of it is gone through by
 * recursion. */
enum { DEEPEST = 200, LONGEST_CHAIN = 2000 };

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_SIGN };

/* A word may be a keyword, a column or a function; a name was quoted, and is a column. */
struct token {
    enum token_kind kind;
    size_t at, end;
};

struct parser {
    const char *option, *text;
    struct token token; /* the next one */
    size_t behind;      /* where the one before it ended */
    int depth;
};

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

_Noreturn static void expected(const struct parser *parser, const char *what)
{
    syntax_fail(parser->option, parser->text, parser->token.at, "expected %s", what);
}

/* ---- tokens ---- */

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t skip_space(const char *text, size_t at)
{
    while (true) {
        at += strspn(text + at, " \t\r\n\f\v");
        if (strncmp(text + at, "--", 2) != 0)
            return at;
        at += strcspn(text + at, "\n");
    }
}

/* Behind the quoted thing that begins at AT; 0 when its quote is not closed. */
static size_t quoted_end(const char *text, size_t at)
{
    char quote = text[at++];
    for (; text[at]; at++) {
        if (text[at] != quote)
            continue;
        if (text[at + 1] != quote)
            return at + 1;
        at++;
    }
    return 0;
}

static size_t number_end(const char *text, size_t at)
{
    at += strspn(text + at, "0123456789");
    if (text[at] == '.')
        at++;
    return at + strspn(text + at, "0123456789");
}

static enum token_kind kind_at(const char *text, size_t at)
{
    if (text[at] == '\0')
        return TOKEN_END;
    if (text[at] == '\'')
        return TOKEN_STRING;
    if (text[at] == '"' || text[at] == '`')
        return TOKEN_NAME;
    if (isdigit((unsigned char)text[at]) ||
        (text[at] == '.' && isdigit((unsigned char)text[at + 1])))
        return TOKEN_NUMBER;
    return is_name_char(text[at]) ? TOKEN_WORD : TOKEN_SIGN;
}

static size_t sign_length(const char *text)
{
    static const char *const two[] = {"<>", "!=", "<=", ">=", "||"};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (strncmp(text, two[i], 2) == 0)
            return 2;
    return 1;
}

/* The token at or behind AT; its end is 0 when it is a quoted one that does not end. */
static struct token token_at(const char *text, size_t at)
{
    struct token token = {.at = skip_space(text, at)};
    token.kind = kind_at(text, token.at);
    token.end = token.at;
    switch (token.kind) {
    case TOKEN_END:
        break;
    case TOKEN_STRING:
    case TOKEN_NAME:
        token.end = quoted_end(text, token.at);
        break;
    case TOKEN_NUMBER:
        token.end = number_end(text, token.at);
        break;
    case TOKEN_WORD:
        while (is_name_char(text[token.end]))
            token.end++;
        break;
    case TOKEN_SIGN:
        token.end += sign_length(text + token.at);
    }
    return token;
}

static void advance(struct parser *parser)
{
    parser->behind = parser->token.end;
    parser->token = token_at(parser->text, parser->token.end);
    if (parser->token.kind != TOKEN_END && parser->token.end == 0)
        syntax_fail(parser->option, parser->text, parser->token.at, "this quote is never closed");
    if (parser->token.kind == TOKEN_NUMBER && is_name_char(parser->text[parser->token.end]))
        syntax_fail(parser->option, parser->text, parser->token.end,
                    "a number ends here, and a name cannot follow at once");
}

static bool next_is(const struct parser *parser, const char *word)
{
    size_t length = parser->token.end - parser->token.at;
    return (parser->token.kind == TOKEN_WORD || parser->token.kind == TOKEN_SIGN) &&
           strlen(word) == length &&
           strncasecmp(parser->text + parser->token.at, word, length) == 0;
}

/* Whether WORD stands here; steps behind it. */
static bool take(struct parser *parser, const char *word)
{
    if (!next_is(parser, word))
        return false;
    advance(parser);
    return true;
}

static void need(struct parser *parser, const char *word)
{
    if (!take(parser, word))
        expected(parser, word);
}

/* ---- nodes ---- */

static struct syntax *node_new(const struct parser *parser, enum syntax_kind kind, size_t at)
{
    struct syntax *node = memory_new(1, sizeof *node);
    *node = (struct syntax){.kind = kind, .at = at, .end = parser->behind};
    return node;
}

static void add_child(const struct parser *parser, struct syntax *node, struct syntax *child)
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

static struct syntax *pair(const struct parser *parser, enum syntax_kind kind, struct syntax *left,
                           struct syntax *right)
{
    struct syntax *node = node_new(parser, kind, left->at);
    add_child(parser, node, left);
    add_child(parser, node, right);
    return node;
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

/* What stands between the quotes of the next token, in which the quote itself is doubled. */
static char *unquoted(const struct parser *parser)
{
    struct buffer text = {0};
    char quote = parser->text[parser->token.at];
    for (size_t i = parser->token.at + 1; i + 1 < parser->token.end; i++) {
        buffer_append_char(&text, parser->text[i]);
        i += parser->text[i] == quote;
    }
    buffer_append_char(&text, '\0');
    return text.at;
}

static char *word_text(const struct parser *parser)
{
    return memory_text(
        (struct slice){parser->text + parser->token.at, parser->token.end - parser->token.at});
}

static char *in_capitals(char *text)
{
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return text;
}

/* ---- grammar ---- */

static struct syntax *parse_or(struct parser *parser);

static void go_deeper(struct parser *parser)
{
    if (++parser->depth > DEEPEST)
        syntax_fail(parser->option, parser->text, parser->token.at, "this is nested too deep");
}

/* The next token as a node with its text. */
static struct syntax *parse_text(struct parser *parser, enum syntax_kind kind, char *text)
{
    size_t at = parser->token.at;
    advance(parser);
    struct syntax *node = node_new(parser, kind, at);
    node->text = text;
    return node;
}

static struct syntax *parse_case(struct parser *parser)
{
    struct syntax *node = node_new(parser, SYNTAX_CASE, parser->token.at);
    advance(parser);
    node->has_operand = !next_is(parser, "WHEN");
    if (node->has_operand)
        add_child(parser, node, parse_or(parser));
    if (!next_is(parser, "WHEN"))
        expected(parser, "WHEN");
    while (take(parser, "WHEN")) {
        add_child(parser, node, parse_or(parser));
        need(parser, "THEN");
        add_child(parser, node, parse_or(parser));
    }
    node->has_else = take(parser, "ELSE");
    if (node->has_else)
        add_child(parser, node, parse_or(parser));
    need(parser, "END");
    node->end = parser->behind;
    return node;
}

/* The name of a type: a word, and perhaps numbers in parentheses. */
static char *parse_type(struct parser *parser)
{
    struct buffer type = {0};
    if (parser->token.kind != TOKEN_WORD)
        expected(parser, "the name of a type");
    do {
        buffer_append(&type, (struct slice){parser->text + parser->token.at,
                                            parser->token.end - parser->token.at});
        advance(parser);
    } while (parser->token.kind == TOKEN_NUMBER || next_is(parser, "(") || next_is(parser, ",") ||
             (next_is(parser, ")") && memchr(type.at, '(', type.length) &&
              !memchr(type.at, ')', type.length)));
    buffer_append_char(&type, '\0');
    return in_capitals(type.at);
}

static struct syntax *parse_cast(struct parser *parser, size_t at)
{
    struct syntax *node = node_new(parser, SYNTAX_CAST, at);
    add_child(parser, node, parse_or(parser));
    need(parser, "AS");
    node->text = parse_type(parser);
    need(parser, ")");
    node->end = parser->behind;
    return node;
}

/* Behind the name and the parenthesis. */
static struct syntax *parse_call(struct parser *parser, char *name, size_t at)
{
    struct syntax *node = node_new(parser, SYNTAX_CALL, at);
    node->text = in_capitals(name);
    node->star = take(parser, "*");
    node->distinct = !node->star && take(parser, "DISTINCT");
    if (!node->star && !next_is(parser, ")")) {
        do
            add_child(parser, node, parse_or(parser));
        while (take(parser, ","));
    }
    if (!take(parser, ")"))
        expected(parser, node->star ? ")" : ") or a comma");
    node->end = parser->behind;
    return node;
}

static bool is_keyword(const struct parser *parser)
{
    static const char *const keyword[] = {"AND",  "OR",   "NOT",  "IN",    "IS",      "BETWEEN",
                                          "CASE", "WHEN", "THEN", "ELSE",  "END",     "CAST",
                                          "AS",   "NULL", "TRUE", "FALSE", "DISTINCT"};
    for (size_t i = 0; i < sizeof keyword / sizeof *keyword; i++)
        if (next_is(parser, keyword[i]))
            return true;
    return false;
}

/* DATE '2025-01-31'; else these words are columns. */
static bool take_typed_literal(struct parser *parser, const char *word)
{
    return next_is(parser, word) &&
           token_at(parser->text, parser->token.end).kind == TOKEN_STRING && take(parser, word);
}

static struct syntax *parse_word(struct parser *parser)
{
    size_t at = parser->token.at;
    if (next_is(parser, "CASE"))
        return parse_case(parser);
    if (next_is(parser, "NULL"))
        return parse_text(parser, SYNTAX_NULL, NULL);
    if (next_is(parser, "TRUE"))
        return parse_text(parser, SYNTAX_TRUE, NULL);
    if (next_is(parser, "FALSE"))
        return parse_text(parser, SYNTAX_FALSE, NULL);
    if (take_typed_literal(parser, "DATE"))
        return parse_text(parser, SYNTAX_DATE, unquoted(parser));
    if (take_typed_literal(parser, "TIMESTAMP"))
        return parse_text(parser, SYNTAX_TIMESTAMP, unquoted(parser));
    if (take(parser, "CAST")) {
        need(parser, "(");
        return parse_cast(parser, at);
    }
    if (is_keyword(parser))
        expected(parser, "an expression");
    char *name = word_text(parser);
    struct syntax *column = parse_text(parser, SYNTAX_COLUMN, name);
    if (!take(parser, "("))
        return column;
    column->text = NULL;
    syntax_free(column);
    return parse_call(parser, name, at);
}

static struct syntax *parse_primary(struct parser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_NUMBER:
        return parse_text(parser, SYNTAX_NUMBER, word_text(parser));
    case TOKEN_STRING:
        return parse_text(parser, SYNTAX_TEXT, unquoted(parser));
    case TOKEN_NAME:
        return parse_text(parser, SYNTAX_COLUMN, unquoted(parser));
    case TOKEN_WORD:
        return parse_word(parser);
    default:
        break;
    }
    if (!take(parser, "("))
        expected(parser, "an expression");
    struct syntax *node = parse_or(parser);
    need(parser, ")");
    return node;
}

static struct syntax *parse_unary(struct parser *parser)
{
    size_t at = parser->token.at;
    while (take(parser, "+"))
        continue;
    if (!take(parser, "-"))
        return parse_primary(parser);
    go_deeper(parser);
    struct syntax *node = node_new(parser, SYNTAX_NEGATE, at);
    add_child(parser, node, parse_unary(parser));
    parser->depth--;
    return node;
}

struct operator
{
    const char *sign;
    enum syntax_kind kind;
};

/* Operators of one rank, from the left. */
static bool take_operator(struct parser *parser, const struct operator* operators,
                          enum syntax_kind *kind)
{
    for (; operators->sign; operators++)
        if (take(parser, operators->sign)) {
            *kind = operators->kind;
            return true;
        }
    return false;
}

static struct syntax *parse_product(struct parser *parser)
{
    static const struct operator operators[] = {
        {"*", SYNTAX_MULTIPLY}, {"/", SYNTAX_DIVIDE}, {"%", SYNTAX_REMAINDER}, {0}};
    struct syntax *left = parse_unary(parser);
    for (enum syntax_kind kind; take_operator(parser, operators, &kind);)
        left = pair(parser, kind, left, parse_unary(parser));
    return left;
}

static struct syntax *parse_sum(struct parser *parser)
{
    static const struct operator operators[] = {
        {"+", SYNTAX_ADD}, {"-", SYNTAX_SUBTRACT}, {"||", SYNTAX_CONCATENATE}, {0}};
    struct syntax *left = parse_product(parser);
    for (enum syntax_kind kind; take_operator(parser, operators, &kind);)
        left = pair(parser, kind, left, parse_product(parser));
    return left;
}

/* Behind IS. */
static struct syntax *parse_is(struct parser *parser, struct syntax *left)
{
    bool negated = take(parser, "NOT");
    enum syntax_kind kind = next_is(parser, "TRUE")    ? SYNTAX_IS_TRUE
                            : next_is(parser, "FALSE") ? SYNTAX_IS_FALSE
                                                       : SYNTAX_IS_NULL;
    if (kind == SYNTAX_IS_NULL && !next_is(parser, "NULL"))
        expected(parser, negated ? "NULL, TRUE or FALSE" : "NULL, NOT NULL, TRUE or FALSE");
    advance(parser);
    struct syntax *node = node_new(parser, kind, left->at);
    node->negated = negated;
    add_child(parser, node, left);
    return node;
}

static struct syntax *parse_in(struct parser *parser, struct syntax *left, bool negated)
{
    struct syntax *node = node_new(parser, SYNTAX_IN, left->at);
    node->negated = negated;
    add_child(parser, node, left);
    need(parser, "(");
    do
        add_child(parser, node, parse_or(parser));
    while (take(parser, ","));
    if (!take(parser, ")"))
        expected(parser, ") or a comma");
    node->end = parser->behind;
    return node;
}

static struct syntax *parse_between(struct parser *parser, struct syntax *left, bool negated)
{
    struct syntax *node = node_new(parser, SYNTAX_BETWEEN, left->at);
    node->negated = negated;
    add_child(parser, node, left);
    add_child(parser, node, parse_sum(parser));
    need(parser, "AND");
    add_child(parser, node, parse_sum(parser));
    return node;
}

static struct syntax *parse_comparison(struct parser *parser)
{
    static const struct operator operators[] = {
        {"=", SYNTAX_EQUAL},    {"<>", SYNTAX_UNEQUAL},
        {"!=", SYNTAX_UNEQUAL}, {"<=", SYNTAX_LESS_OR_EQUAL},
        {"<", SYNTAX_LESS},     {">=", SYNTAX_GREATER_OR_EQUAL},
        {">", SYNTAX_GREATER},  {0}};
    struct syntax *left = parse_sum(parser);
    enum syntax_kind kind;
    while (true) {
        if (take_operator(parser, operators, &kind)) {
            left = pair(parser, kind, left, parse_sum(parser));
            continue;
        }
        if (take(parser, "IS")) {
            left = parse_is(parser, left);
            continue;
        }
        bool negated = take(parser, "NOT");
        if (take(parser, "IN"))
            left = parse_in(parser, left, negated);
        else if (take(parser, "BETWEEN"))
            left = parse_between(parser, left, negated);
        else if (negated)
            expected(parser, "IN or BETWEEN");
        else
            return left;
    }
}

static struct syntax *parse_not(struct parser *parser)
{
    size_t at = parser->token.at;
    if (!take(parser, "NOT"))
        return parse_comparison(parser);
    go_deeper(parser);
    struct syntax *node = node_new(parser, SYNTAX_NOT, at);
    add_child(parser, node, parse_not(parser));
    parser->depth--;
    return node;
}

static struct syntax *parse_and(struct parser *parser)
{
    struct syntax *left = parse_not(parser);
    while (take(parser, "AND"))
        left = pair(parser, SYNTAX_AND, left, parse_not(parser));
    return left;
}

static struct syntax *parse_or(struct parser *parser)
{
    go_deeper(parser);
    struct syntax *left = parse_and(parser);
    while (take(parser, "OR"))
        left = pair(parser, SYNTAX_OR, left, parse_and(parser));
    parser->depth--;
    return left;
}

/* ---- the whole ---- */

static struct parser parser_of(const char *option, const char *text)
{
    struct parser parser = {.option = option, .text = text};
    if (!json_is_utf8(slice_of(text)))
        fail(EXIT_USAGE, "%s: is not UTF-8 text", option);
    advance(&parser);
    return parser;
}

struct syntax *syntax_parse(const char *option, const char *text)
{
    struct parser parser = parser_of(option, text);
    struct syntax *syntax = parse_or(&parser);
    if (parser.token.kind != TOKEN_END)
        expected(&parser, "an operator or the end");
    return syntax;
}

static struct syntax_item parse_item(struct parser *parser)
{
    struct syntax_item item = {.syntax = parse_or(parser)};
    if (take(parser, "AS")) {
        if (parser->token.kind != TOKEN_NAME && parser->token.kind != TOKEN_WORD)
            expected(parser, "a name");
        item.name = parser->token.kind == TOKEN_NAME ? unquoted(parser) : word_text(parser);
        advance(parser);
    } else if (item.syntax->kind == SYNTAX_COLUMN) {
        item.name = memory_text(slice_of(item.syntax->text));
    }
    return item;
}

struct syntax_list syntax_parse_list(const char *option, const char *text)
{
    struct parser parser = parser_of(option, text);
    struct syntax_list list = {.all = take(&parser, "*")};
    if (list.all && parser.token.kind != TOKEN_END && !next_is(&parser, ","))
        expected(&parser, "a comma or the end");
    bool more = !list.all || take(&parser, ",");
    while (more) {
        list.item = memory_resize(list.item, list.count + 1, sizeof *list.item);
        list.item[list.count++] = parse_item(&parser);
        more = take(&parser, ",");
    }
    if (parser.token.kind != TOKEN_END)
        expected(&parser, "AS, an operator, a comma or the end");
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

void syntax_write(const struct syntax *syntax, const char *text, struct buffer *out)
{
    struct token token = token_at(text, syntax->at);
    for (const char *space = ""; token.kind != TOKEN_END && token.end <= syntax->end; space = " ") {
        buffer_append_text(out, space);
        buffer_append(out, (struct slice){text + token.at, token.end - token.at});
        token = token_at(text, token.end);
    }
}
