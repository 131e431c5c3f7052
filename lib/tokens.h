/*
 * What the text of an expression consists of: words, quoted names, numbers, texts, signs. Between
 * them there may be space, and comments: "--" and what follows in its line.
 *
 * A token is a place in a text, which stays the caller's.
 */
#ifndef TOKENS_H
#define TOKENS_H

#include <stdbool.h>
#include <stddef.h>

/* A WORD may be a keyword, a column or a function; a NAME was quoted, and is a column. */
enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    size_t at, end;
};

/*
 * The token at or behind AT, a place where one may begin. Its end is 0 when it is a quoted one that
 * does not end.
 */
struct token token_at(const char *text, size_t at);

/* Whether it is this WORD, in capitals or not, or this sign. What was quoted is neither. */
bool token_is(const char *text, struct token token, const char *word);

/* Whether it is a number, and a name follows at once. */
bool token_runs_on(const char *text, struct token token);

/* The token as it stands; and what stands between the quotes of one, in which the quote itself is
 * doubled. The caller frees. */
char *token_text(const char *text, struct token token);
char *token_unquoted(const char *text, struct token token);

#endif
