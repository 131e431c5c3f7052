#include "sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "odd.h"

/* ---- texts ---- */

static char room[1 << 20];
static size_t used;

void texts_reset(void)
{
    used = 0;
}

const char *text_of(const char *format, ...)
{
    va_list arguments;
    char *text = room + used;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof room - used, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof room - used)
        fail(3, "an expression is too long");
    used += (size_t)length + 1;
    return text;
}

const char *one_of(const char *list)
{
    int count = 1;
    for (const char *p = list; *p; p++)
        count += *p == '|';
    for (int skip = random_below(count); skip > 0; skip--)
        list = strchr(list, '|') + 1;
    return text_of("%.*s", (int)strcspn(list, "|"), list);
}

bool chance(int percent)
{
    return random_below(100) < percent;
}

enum kind any_kind(void)
{
    return (enum kind)random_below(KINDS);
}

const char *quoted(const char *text)
{
    char out[256], *to = out;
    for (*to++ = '\''; *text; text++) {
        if (*text == '\'')
            *to++ = '\'';
        *to++ = *text;
    }
    *to++ = '\'';
    *to = '\0';
    return text_of("%s", out);
}

const char text_list[] =
    "|a|b|ab|abc|A|aB| a |  "
    "|it's|''|\"|\\|\\\\n|%|_|ä|Ä|ß|ẞ|ÿ|Ÿ|straße|ΣΑΣ|ǅ|İ|ı|ﬁ|😀|a😀b|日本|é|z|Zz|"
    "null|true|x y|0|-|--|/*|;|a,b|{}|𐐀𐐨|\xef\xbf\xae";
const char castable_list[] =
    "0|12|-7|+5|007|1.5|-2.5|0.005|1e3|15e-1|| 12|12 |abc|1.|.5|--1|1e|0x10|NaN|Infinity|1_000|"
    "99999999.995|123456789.123456789|9223372036854775807|9223372036854775808|"
    "-9223372036854775808|99999999999999999999999999999999999999|"
    "100000000000000000000000000000000000000|0.00000000000000000000000000000000000001|"
    "true|false|TRUE|t|yes|1|2025-01-31|2024-02-29|2025-02-29|1969-12-31|2025-1-1|2025-13-01|"
    "2025-01-31 12:00:00|2025-06-30 23:59:59.999|2025-01-31T12:00:00Z|"
    "2025-01-31T12:00:00.5+05:30|2025-01-31 25:00:00|2025-01-31T12:00:00";
const char small_list[] = "0|1|2|3|7|10|100";
const char integer_list[] = "255|1000|86400000|2147483647|2147483648|4611686018427387904|"
                            "9223372036854775807";
const char day_list[] =
    "1900-01-01|1969-12-31|1970-01-01|1999-12-31|2000-02-29|2018-11-04|2024-02-29|2024-12-30|"
    "2025-01-31|2025-02-28|2025-03-01|2025-03-30|2025-03-31|2025-10-26|2025-12-31|2100-02-28";
static const char decimal_list[] =
    "0.0|0.5|0.25|1.5|2.50|3.14159|0.005|10.00|99999999.99|0.000001|100.0|12345678901234567890.5|"
    "0.1234567890123456789";
/* none in an hour that exists twice or not at all, in the zones of the tests */
static const char moment_list[] =
    "1969-12-31 23:59:59.999|1970-01-01 00:00:00|2018-11-03 23:59:59|2018-11-04 12:00:00.001|"
    "2024-02-29 12:34:56.789|2025-01-31 00:00:00|2025-03-30 12:00:00|2025-03-31 00:00:00|"
    "2025-10-26 12:00:00|2025-12-31 23:59:59.999";

/* ---- values ---- */

struct sql primary(enum kind kind, int scale, const char *ours, const char *theirs)
{
    return (struct sql){kind, scale, LEVEL_PRIMARY, false, ours, theirs};
}

/* Theirs as a numeric whose scale shows. */
const char *numeric(struct sql number)
{
    return number.kind == INT ? text_of("(%s)::numeric", number.theirs) : number.theirs;
}

/* A typed null that is not a constant. */
static const char *their_null(enum kind kind)
{
    static const char *const null[] = {
        [INT] = "zi",      [DECIMAL] = "zn", [ANY] = "zn",       [TEXT] = "zt",
        [BOOLEAN] = "yes", [DATE] = "zd",    [TIMESTAMP] = "zm",
    };
    return text_of("(CASE WHEN NOT yes THEN %s END)", null[kind]);
}

struct sql null_literal(enum kind kind)
{
    struct sql null = primary(kind, 0, chance(50) ? "NULL" : "null", their_null(kind));
    null.null = true;
    return null;
}

static struct sql int_literal(void)
{
    const char *digits = one_of(chance(85) ? small_list : integer_list);
    bool negative = chance(20);
    struct sql sql = primary(INT, 0, digits, text_of("(%s::bigint + zi)", digits));
    if (negative) {
        sql.level = LEVEL_SIGN;
        sql.ours = text_of("-%s", digits);
        sql.theirs = text_of("('-%s'::bigint + zi)", digits);
    }
    return sql;
}

static struct sql decimal_literal(void)
{
    const char *digits = one_of(decimal_list);
    int scale = (int)strlen(strchr(digits, '.') + 1);
    return primary(DECIMAL, scale, digits, text_of("(%s::numeric + zn)", digits));
}

struct sql literal(enum kind kind)
{
    const char *quote;
    switch (kind) {
    case INT:
        return int_literal();
    case DECIMAL:
        if (chance(10)) /* beyond 64 bits */
            return primary(DECIMAL, 0, "9223372036854775809",
                           "(9223372036854775809::numeric + zn)");
        return decimal_literal();
    case TEXT:
        quote = quoted(one_of(chance(70) ? text_list : castable_list));
        return primary(TEXT, 0, quote, text_of("(%s || zt)", quote));
    case BOOLEAN:
        if (chance(50))
            return primary(BOOLEAN, 0, chance(50) ? "TRUE" : "true", "yes");
        return primary(BOOLEAN, 0, "FALSE", "(NOT yes)");
    case DATE:
        quote = quoted(one_of(day_list));
        return primary(DATE, 0, text_of("DATE %s", quote), text_of("(date %s + zi::int)", quote));
    case TIMESTAMP:
        quote = quoted(one_of(moment_list));
        return primary(TIMESTAMP, 0, text_of("TIMESTAMP %s", quote),
                       text_of("(timestamptz %s + zv)", quote));
    default:
        return primary(ANY, 0, "u", "u");
    }
}

struct sql column(enum kind kind)
{
    const char *name;
    switch (kind) {
    case INT:
        name = one_of("i|n|n");
        return primary(INT, 0, name, name);
    case DECIMAL:
        return chance(60) ? primary(DECIMAL, 2, "d", "d") : primary(DECIMAL, 10, "w", "w");
    case TEXT:
        name = one_of("s|p|`s`");
        return primary(TEXT, 0, name, name[0] == '`' ? "s" : name);
    case BOOLEAN:
        return primary(BOOLEAN, 0, "b", "b");
    case DATE:
        return primary(DATE, 0, "day", "day");
    case TIMESTAMP:
        name = one_of("m|r|\"m\"");
        return primary(TIMESTAMP, 0, name, name[0] == '"' ? "m" : name);
    default:
        return primary(ANY, 0, "u", "u");
    }
}

const char *inside(struct sql sql, enum level level)
{
    if (sql.level < level || chance(10))
        return text_of("(%s)", sql.ours);
    return sql.ours;
}

const char *alone(struct sql sql)
{
    return inside(sql, LEVEL_OR);
}
