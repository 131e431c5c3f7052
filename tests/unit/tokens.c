#include "tokens.h"

#include <stdlib.h>

#include "check.h"

/* The tokens of TEXT, each with a letter for its kind in front: "w:a s:= n:1". */
static const char *tokens_of(const char *text)
{
    static const char letter[] = {[TOKEN_WORD] = 'w',
                                  [TOKEN_NAME] = 'q',
                                  [TOKEN_NUMBER] = 'n',
                                  [TOKEN_STRING] = 't',
                                  [TOKEN_SIGN] = 's'};
    static char said[512];
    size_t length = 0;
    said[0] = '\0';
    for (struct token token = token_at(text, 0); token.kind != TOKEN_END;
         token = token_at(text, token.end)) {
        if (token.end == 0)
            return "not closed";
        length += (size_t)snprintf(said + length, sizeof said - length, "%s%c:%.*s",
                                   length > 0 ? " " : "", letter[token.kind],
                                   (int)(token.end - token.at), text + token.at);
    }
    return said;
}

static void tells_where_each_begins_and_ends(void)
{
    CHECK_TEXT(tokens_of(""), "");
    CHECK_TEXT(tokens_of(" \t\r\n\f\v"), "");
    CHECK_TEXT(tokens_of("a=1"), "w:a s:= n:1");
    CHECK_TEXT(tokens_of("a<>b<=c||d!=e"), "w:a s:<> w:b s:<= w:c s:|| w:d s:!= w:e");
    CHECK_TEXT(tokens_of("a<-b|c"), "w:a s:< s:- w:b s:| w:c");
    CHECK_TEXT(tokens_of("f(x, .5)*2."), "w:f s:( w:x s:, n:.5 s:) s:* n:2.");
    CHECK_TEXT(tokens_of("1.2.3 . a"), "n:1.2 n:.3 s:. w:a");
    CHECK_TEXT(tokens_of("h\xc3\xa9_1"), "w:h\xc3\xa9_1");
}

static void knows_quotes_and_comments(void)
{
    CHECK_TEXT(tokens_of("'it''s' \"a \"\"b\"\"\" `c``d`"), "t:'it''s' q:\"a \"\"b\"\"\" q:`c``d`");
    CHECK_TEXT(tokens_of("'--' -- 'nothing\n-a--"), "t:'--' s:- w:a");
    CHECK_TEXT(tokens_of("a - -b"), "w:a s:- s:- w:b");
    CHECK_TEXT(tokens_of("'open"), "not closed");
    CHECK_TEXT(tokens_of("'open''"), "not closed");
    CHECK_TEXT(tokens_of("`"), "not closed");
}

static void words_are_known_in_any_case_unless_quoted(void)
{
    const char *text = "And \"and\" 'and' <= 12ab 12 ab";
    struct token word = token_at(text, 0), name = token_at(text, word.end);
    struct token string = token_at(text, name.end), sign = token_at(text, string.end);
    struct token joined = token_at(text, sign.end), number = token_at(text, 25);
    CHECK(token_is(text, word, "AND") && token_is(text, word, "and"));
    CHECK(!token_is(text, word, "AN") && !token_is(text, word, "ANDS"));
    CHECK(!token_is(text, name, "AND") && !token_is(text, string, "AND"));
    CHECK(token_is(text, sign, "<=") && !token_is(text, sign, "<"));
    CHECK(token_runs_on(text, joined) && !token_runs_on(text, number));
}

static void quotes_come_off_and_are_halved(void)
{
    const char *text = "'it''s' '' \"\"\"\" 1.50";
    const char *const unquoted[] = {"it's", "", "\""};
    size_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        struct token token = token_at(text, at);
        char *got = token_unquoted(text, token);
        CHECK_TEXT(got, unquoted[i]);
        free(got);
        at = token.end;
    }
    char *number = token_text(text, token_at(text, at));
    CHECK_TEXT(number, "1.50");
    free(number);
}

int main(void)
{
    tells_where_each_begins_and_ends();
    knows_quotes_and_comments();
    words_are_known_in_any_case_unless_quoted();
    quotes_come_off_and_are_halved();
    return check_result();
}
