/*
 * SQL expressions as trees: what was written, before anything is known of columns and types. Words
 * are not case-sensitive; names are as in take.h; "--" begins a comment that ends with its line.
 *
 * A tree owns all that it points to.
 */
#ifndef SYNTAX_H
#define SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

enum syntax_kind {
    /* literals; `text` is what stands between the quotes, decoded, or the digits */
    SYNTAX_NUMBER,
    SYNTAX_TEXT,
    SYNTAX_DATE,
    SYNTAX_TIMESTAMP,
    SYNTAX_TRUE,
    SYNTAX_FALSE,
    SYNTAX_NULL,
    SYNTAX_COLUMN, /* `text` is its name */
    SYNTAX_OR,     /* two children each, from here to CONCATENATE */
    SYNTAX_AND,
    SYNTAX_EQUAL,
    SYNTAX_UNEQUAL,
    SYNTAX_LESS,
    SYNTAX_LESS_OR_EQUAL,
    SYNTAX_GREATER,
    SYNTAX_GREATER_OR_EQUAL,
    SYNTAX_ADD,
    SYNTAX_SUBTRACT,
    SYNTAX_MULTIPLY,
    SYNTAX_DIVIDE,
    SYNTAX_REMAINDER,
    SYNTAX_CONCATENATE,
    SYNTAX_NOT,
    SYNTAX_NEGATE,
    SYNTAX_IS_NULL, /* the next five may be negated: IS NOT NULL, NOT IN */
    SYNTAX_IS_TRUE,
    SYNTAX_IS_FALSE,
    SYNTAX_IN,      /* child 0 in the others */
    SYNTAX_BETWEEN, /* child 0 between 1 and 2 */
    SYNTAX_CASE, /* child 0 when `has_operand`; pairs of WHEN and THEN; the last when `has_else` */
    SYNTAX_CALL, /* `text` is the function's name in capitals; `distinct`, or `star` for (*) */
    SYNTAX_CAST, /* child 0 to the type that `text` is, in capitals without spaces */
};

struct syntax {
    enum syntax_kind kind;
    size_t at, end; /* where it stands in the text: errors point there */
    char *text;     /* NULL where it says nothing */
    bool negated, distinct, star, has_operand, has_else;
    struct syntax **child;
    size_t count;
    int depth; /* levels below this one */
};

/* Reads the whole of TEXT, the argument of OPTION, as one expression; a mistake is exit 2. */
struct syntax *syntax_parse(const char *option, const char *text);
void syntax_free(struct syntax *syntax);

struct syntax_item {
    struct syntax *syntax;
    char *name; /* behind AS; else that of the column, if it is one; else NULL */
};

struct syntax_list {
    bool all; /* begins with *, which is no item */
    struct syntax_item *item;
    size_t count;
};

/* The same for a list: EXPRESSION [AS NAME], ... */
struct syntax_list syntax_parse_list(const char *option, const char *text);
void syntax_list_free(struct syntax_list *list);

/* Appends what SYNTAX was in TEXT with one space between words, so that what was written in two
 * ways is one text. */
void syntax_write(const struct syntax *syntax, const char *text, struct buffer *out);

/*
 * Fails (exit 2) with a message about OPTION, and the line of TEXT that AT is in, with a mark below
 * the character.
 */
_Noreturn void syntax_fail(const char *option, const char *text, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
