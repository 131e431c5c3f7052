#include "take.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "check.h"
#include "error.h"

/* The list that TEXT is, as "[column>name]..." */
static const char *parsed(const char *text, enum take_form form)
{
    static struct buffer out;
    struct take_list list = take_parse("--take", text, form);
    const char **columns = take_columns(&list), **names = take_names(&list);
    out.length = 0;
    for (size_t i = 0; i < list.count; i++) {
        CHECK(columns[i] == list.at[i].column && names[i] == list.at[i].name);
        buffer_printf(&out, "[%s>%s]", columns[i], names[i]);
    }
    buffer_append_char(&out, '\0');
    free(columns);
    free(names);
    take_free(&list);
    CHECK(list.count == 0);
    return out.at;
}

static void reads_lists(void)
{
    static const struct {
        const char *text, *list;
    } good[] = {
        {"a", "[a>a]"},
        {"a,b", "[a>a][b>b]"},
        {" a , b ", "[a>a][b>b]"},
        {"a AS b", "[a>b]"},
        {"a as b, c As d", "[a>b][c>d]"},
        {"a\n\tAS\n\tb,\n c", "[a>b][c>c]"},
        {"_id9 AS _9", "[_id9>_9]"},
        {"a AS x, a AS y", "[a>x][a>y]"},
        {"a AS b, b AS a", "[a>b][b>a]"},
        {"asset AS as_of", "[asset>as_of]"},
        {"as AS as", "[as>as]"},
        {"\"odd name\" AS plain", "[odd name>plain]"},
        {"`odd name` AS \"it's, AS \"\"x\"\"\"", "[odd name>it's, AS \"x\"]"},
        {"`a``b`", "[a`b>a`b]"},
        {"\"a`b\"AS`c`", "[a`b>c]"},
        {"caf\xc3\xa9", "[caf\xc3\xa9>caf\xc3\xa9]"},
        {"a AS A", "[a>A]"},
        {"a, A", "[a>a][A>A]"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_TEXT(parsed(good[i].text, TAKE_AS), good[i].list);
}

static void reads_equalities(void)
{
    CHECK_TEXT(parsed("a", TAKE_EQUALS), "[a>a]");
    CHECK_TEXT(parsed("a = b", TAKE_EQUALS), "[a>b]");
    CHECK_TEXT(parsed("a=b,c", TAKE_EQUALS), "[a>b][c>c]");
    CHECK_TEXT(parsed("\"x y\"=`z`", TAKE_EQUALS), "[x y>z]");
}

static void reads_plain_lists(void)
{
    CHECK_TEXT(parsed("a", TAKE_PLAIN), "[a>a]");
    CHECK_TEXT(parsed(" a,`odd name` , AS", TAKE_PLAIN), "[a>a][odd name>odd name][AS>AS]");
}

/* What take_parse says of TEXT before it exits with 2, without the newline. */
static const char *refused(const char *text, enum take_form form)
{
    static char said[512];
    int ends[2], status;
    if (pipe(ends) != 0)
        return "no pipe";
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        struct take_list list = take_parse("--take", text, form);
        take_free(&list);
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], said, sizeof said - 1); /* one write, as error.h says */
    close(ends[0]);
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE);
    said[length > 0 ? length - 1 : 0] = '\0';
    return said;
}

static void points_at_mistakes(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "t: --take '': expected a column's name at its end"},
        {"  ", "t: --take '  ': expected a column's name at its end"},
        {"a,", "t: --take 'a,': expected a column's name at its end"},
        {",a", "t: --take ',a': expected a column's name at character 1, before ',a'"},
        {"a,,b", "t: --take 'a,,b': expected a column's name at character 3, before ',b'"},
        {"9a", "t: --take '9a': expected a column's name at character 1, before '9a'"},
        {"*", "t: --take '*': expected a column's name at character 1, before '*'"},
        {"a b", "t: --take 'a b': expected AS or a comma at character 3, before 'b'"},
        {"a ASb", "t: --take 'a ASb': expected AS or a comma at character 3, before 'ASb'"},
        {"a = b", "t: --take 'a = b': expected AS or a comma at character 3, before '= b'"},
        {"a AS", "t: --take 'a AS': expected a column's name at its end"},
        {"a AS b c", "t: --take 'a AS b c': expected AS or a comma at character 8, before 'c'"},
        {"a-b", "t: --take 'a-b': expected AS or a comma at character 2, before '-b'"},
        {"\"a", "t: --take '\"a': expected the closing quote at its end"},
        {"a AS `b", "t: --take 'a AS `b': expected the closing quote at its end"},
        {"a, a", "t: --take 'a, a': a stands twice"},
        {"a AS b, b", "t: --take 'a AS b, b': b stands twice"},
        {"a AS x, b AS \"x\"", "t: --take 'a AS x, b AS \"x\"': x stands twice"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_TEXT(refused(bad[i].text, TAKE_AS), bad[i].message);
    CHECK_TEXT(refused("a AS b", TAKE_EQUALS),
               "t: --take 'a AS b': expected = or a comma at character 3, before 'AS b'");
    CHECK_TEXT(refused("a AS b", TAKE_PLAIN),
               "t: --take 'a AS b': expected a comma at character 3, before 'AS b'");
    /* where it points with an empty name is a matter of taste; that it refuses is not */
    CHECK(strstr(refused("\"\"", TAKE_AS), "expected a name between the quotes"));
}

int main(void)
{
    error_program("t");
    reads_lists();
    reads_equalities();
    reads_plain_lists();
    points_at_mistakes();
    return check_result();
}
