#include "tokens.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"

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

struct token token_at(const char *text, size_t at)
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

bool token_is(const char *text, struct token token, const char *word)
{
    size_t length = token.end - token.at;
    return (token.kind == TOKEN_WORD || token.kind == TOKEN_SIGN) && strlen(word) == length &&
           strncasecmp(text + token.at, word, length) == 0;
}

bool token_runs_on(const char *text, struct token token)
{
    return token.kind == TOKEN_NUMBER && is_name_char(text[token.end]);
}

char *token_text(const char *text, struct token token)
{
    return memory_text((struct slice){text + token.at, token.end - token.at});
}

char *token_unquoted(const char *text, struct token token)
{
    struct buffer unquoted = {0};
    char quote = text[token.at];
    for (size_t i = token.at + 1; i + 1 < token.end; i++) {
        buffer_append_char(&unquoted, text[i]);
        i += text[i] == quote;
    }
    buffer_append_char(&unquoted, '\0');
    return unquoted.at;
}
