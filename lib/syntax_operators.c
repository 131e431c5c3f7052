/* Operators, from those that bind most to those that bind least. */
#include "syntax_inside.h"

static struct syntax *pair(const struct parser *parser, enum syntax_kind kind, struct syntax *left,
                           struct syntax *right)
{
    struct syntax *node = parser_node(parser, kind, left->at);
    parser_add(parser, node, left);
    parser_add(parser, node, right);
    return node;
}

static struct syntax *parse_unary(struct parser *parser)
{
    size_t at = parser->token.at;
    while (parser_take(parser, "+"))
        continue;
    if (!parser_take(parser, "-"))
        return parse_operand(parser);
    parser_go_deeper(parser);
    struct syntax *node = parser_node(parser, SYNTAX_NEGATE, at);
    parser_add(parser, node, parse_unary(parser));
    parser->depth--;
    return node;
}

struct infix {
    const char *sign;
    enum syntax_kind kind;
};

/* Operators of one rank, from the left. */
static bool take_operator(struct parser *parser, const struct infix *operators,
                          enum syntax_kind *kind)
{
    for (; operators->sign; operators++)
        if (parser_take(parser, operators->sign)) {
            *kind = operators->kind;
            return true;
        }
    return false;
}

static struct syntax *parse_product(struct parser *parser)
{
    static const struct infix operators[] = {
        {"*", SYNTAX_MULTIPLY}, {"/", SYNTAX_DIVIDE}, {"%", SYNTAX_REMAINDER}, {0}};
    struct syntax *left = parse_unary(parser);
    for (enum syntax_kind kind; take_operator(parser, operators, &kind);)
        left = pair(parser, kind, left, parse_unary(parser));
    return left;
}

static struct syntax *parse_sum(struct parser *parser)
{
    static const struct infix operators[] = {
        {"+", SYNTAX_ADD}, {"-", SYNTAX_SUBTRACT}, {"||", SYNTAX_CONCATENATE}, {0}};
    struct syntax *left = parse_product(parser);
    for (enum syntax_kind kind; take_operator(parser, operators, &kind);)
        left = pair(parser, kind, left, parse_product(parser));
    return left;
}

/* Behind IS. */
static struct syntax *parse_is(struct parser *parser, struct syntax *left)
{
    bool negated = parser_take(parser, "NOT");
    enum syntax_kind kind = parser_next_is(parser, "TRUE")    ? SYNTAX_IS_TRUE
                            : parser_next_is(parser, "FALSE") ? SYNTAX_IS_FALSE
                                                              : SYNTAX_IS_NULL;
    if (kind == SYNTAX_IS_NULL && !parser_next_is(parser, "NULL"))
        parser_expected(parser, negated ? "NULL, TRUE or FALSE" : "NULL, NOT NULL, TRUE or FALSE");
    parser_advance(parser);
    struct syntax *node = parser_node(parser, kind, left->at);
    node->negated = negated;
    parser_add(parser, node, left);
    return node;
}

static struct syntax *parse_in(struct parser *parser, struct syntax *left, bool negated)
{
    struct syntax *node = parser_node(parser, SYNTAX_IN, left->at);
    node->negated = negated;
    parser_add(parser, node, left);
    parser_need(parser, "(");
    parse_children(parser, node);
    node->end = parser->behind;
    return node;
}

static struct syntax *parse_between(struct parser *parser, struct syntax *left, bool negated)
{
    struct syntax *node = parser_node(parser, SYNTAX_BETWEEN, left->at);
    node->negated = negated;
    parser_add(parser, node, left);
    parser_add(parser, node, parse_sum(parser));
    parser_need(parser, "AND");
    parser_add(parser, node, parse_sum(parser));
    return node;
}

static struct syntax *parse_comparison(struct parser *parser)
{
    static const struct infix operators[] = {
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
        if (parser_take(parser, "IS")) {
            left = parse_is(parser, left);
            continue;
        }
        bool negated = parser_take(parser, "NOT");
        if (parser_take(parser, "IN"))
            left = parse_in(parser, left, negated);
        else if (parser_take(parser, "BETWEEN"))
            left = parse_between(parser, left, negated);
        else if (negated)
            parser_expected(parser, "IN or BETWEEN");
        else
            return left;
    }
}

static struct syntax *parse_not(struct parser *parser)
{
    size_t at = parser->token.at;
    if (!parser_take(parser, "NOT"))
        return parse_comparison(parser);
    parser_go_deeper(parser);
    struct syntax *node = parser_node(parser, SYNTAX_NOT, at);
    parser_add(parser, node, parse_not(parser));
    parser->depth--;
    return node;
}

static struct syntax *parse_and(struct parser *parser)
{
    struct syntax *left = parse_not(parser);
    while (parser_take(parser, "AND"))
        left = pair(parser, SYNTAX_AND, left, parse_not(parser));
    return left;
}

struct syntax *parse_expression(struct parser *parser)
{
    parser_go_deeper(parser);
    struct syntax *left = parse_and(parser);
    while (parser_take(parser, "OR"))
        left = pair(parser, SYNTAX_OR, left, parse_and(parser));
    parser->depth--;
    return left;
}
