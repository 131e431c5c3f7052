/*
 * What the parts of the parser share: syntax.c (trees, and where parsing begins),
 * syntax_operators.c (what stands between operands, by rank) and syntax_operands.c (what stands
 * between operators). Nobody else includes it.
 */
#ifndef SYNTAX_INSIDE_H
#define SYNTAX_INSIDE_H

#include "syntax.h"
#include "tokens.h"

struct parser {
    const char *option, *text;
    struct token token; /* the next one */
    size_t behind;      /* where the one before it ended */
    int depth;
};

/* ---- syntax.c ---- */

/* Steps behind the next token. */
void parser_advance(struct parser *parser);

bool parser_next_is(const struct parser *parser, const char *word);

/* Whether WORD stands here; steps behind it. */
bool parser_take(struct parser *parser, const char *word);

/* The same where nothing else can stand. */
void parser_need(struct parser *parser, const char *word);

/* "expected WHAT" here. */
_Noreturn void parser_expected(const struct parser *parser, const char *what);

/* Fails (exit 2) where expressions are nested so deep that the stack might not have room. */
void parser_go_deeper(struct parser *parser);

/* A node that begins at AT and ends with what was read last. */
struct syntax *parser_node(const struct parser *parser, enum syntax_kind kind, size_t at);

/* NODE, which begins with CHILD or before it, ends with it or behind it. Takes CHILD over. */
void parser_add(const struct parser *parser, struct syntax *node, struct syntax *child);

/* ---- the grammar: each reads as much as belongs to it ---- */

struct syntax *parse_expression(struct parser *parser); /* syntax_operators.c */
struct syntax *parse_operand(struct parser *parser);    /* syntax_operands.c */

/* syntax_operands.c: an expression, others behind commas, and the parenthesis behind them: the
 * children of NODE. */
void parse_children(struct parser *parser, struct syntax *node);

#endif
