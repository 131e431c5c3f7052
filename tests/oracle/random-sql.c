/*
 * random-sql SEED COUNT ZONE DIR: writes COUNT random expressions, each in our SQL and in
 * PostgreSQL's, and some rows to ask both about. All expressions are of types that fit together;
 * what they come to, and for which rows they have no value, PostgreSQL knows (expressions.sql).
 *
 *     DIR/contract.json, DIR/row.ndjson     the rows for us, with a column or two of every type
 *     DIR/rows.sql                          the same for PostgreSQL
 *     DIR/ours                              a line for each expression: its number, a tab, our SQL
 *     DIR/theirs                            the same: the number, the kind of value, its SQL
 *
 * The two dialects differ on purpose in some things, and the translation says in which: a quotient
 * has max(6, ...) digits, a number 38 at most, a CAST takes a text as a whole or not at all (the
 * functions ft_* of expressions.sql). And PostgreSQL computes what is constant before it looks at a
 * row, also in a branch that no row takes, so for it there are no constants: each is added to a
 * zero from the row.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance ---- */

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

/* 0 .. BELOW - 1. */
static int any_of(int below)
{
    return (int)(next_random() % (unsigned)below);
}

static bool chance(int percent)
{
    return any_of(100) < percent;
}

#define PICK(list) ((list)[any_of((int)(sizeof(list) / sizeof *(list)))])

/* ---- texts, which live until the expression is written ---- */

static char room[1 << 20];
static size_t used;

__attribute__((format(printf, 1, 2))) static const char *text_of(const char *format, ...)
{
    va_list arguments;
    char *text = room + used;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof room - used, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof room - used) {
        fputs("random-sql: an expression is too long\n", stderr);
        exit(3);
    }
    used += (size_t)length + 1;
    return text;
}

/* ---- expressions ---- */

enum kind { INT, DECIMAL, ANY, TEXT, BOOLEAN, DATE, TIMESTAMP };

/* How strongly the outermost operator binds: what binds less needs parentheses inside of it. */
enum level {
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARISON,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_SIGN,
    LEVEL_PRIMARY,
};

/* ANY is a number of which nothing was declared: its scale is that of each value. */
struct sql {
    enum kind kind;
    int scale; /* of a DECIMAL */
    enum level level;
    bool null; /* the literal */
    const char *ours, *theirs;
};

static struct sql make(enum kind kind, int depth);

static bool is_number(enum kind kind)
{
    return kind == INT || kind == DECIMAL || kind == ANY;
}

/* Our text of OPERAND inside of what binds as LEVEL. Needless parentheses come too. */
static const char *inside(struct sql operand, enum level level)
{
    if (operand.level < level || chance(10))
        return text_of("(%s)", operand.ours);
    return operand.ours;
}

static struct sql primary(enum kind kind, int scale, const char *ours, const char *theirs)
{
    return (struct sql){kind, scale, LEVEL_PRIMARY, false, ours, theirs};
}

/* Theirs as a numeric whose scale shows. */
static const char *numeric(struct sql number)
{
    return number.kind == INT ? text_of("(%s)::numeric", number.theirs) : number.theirs;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* A typed null that is not a constant. */
static const char *their_null(enum kind kind)
{
    static const char *const null[] = {
        [INT] = "zi",      [DECIMAL] = "zn", [ANY] = "zn",      [TEXT] = "zt",
        [BOOLEAN] = "yes", [DATE] = "zd",    [TIMESTAMP] = "zm"};
    return text_of("(CASE WHEN NOT yes THEN %s END)", null[kind]);
}

/* ---- leaves ---- */

static const char *quoted(const char *text)
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

static const char *const texts[] = {
    "",    "a",     "b", "ab", "abc", "A",   "aB",   " a ", "  ", "it's",        "''",     "\"",
    "\\",  "\\\\n", "%", "_",  "ä",   "Ä",   "ß",    "ẞ",   "ÿ",  "Ÿ",           "straße", "ΣΑΣ",
    "ǅ",   "İ",     "ı", "ﬁ",  "😀",   "a😀b", "日本", "é",   "z",  "Zz",          "null",   "true",
    "x y", "0",     "-", "--", "/*",  ";",   "a,b",  "{}",  "𐐀𐐨", "\xef\xbf\xae"};
static const char *const castable[] = {"0",
                                       "12",
                                       "-7",
                                       "+5",
                                       "007",
                                       "1.5",
                                       "-2.5",
                                       "0.005",
                                       "1e3",
                                       "15e-1",
                                       "",
                                       " 12",
                                       "12 ",
                                       "abc",
                                       "1.",
                                       ".5",
                                       "--1",
                                       "1e",
                                       "0x10",
                                       "NaN",
                                       "Infinity",
                                       "1_000",
                                       "true",
                                       "false",
                                       "TRUE",
                                       "t",
                                       "yes",
                                       "1",
                                       "2025-01-31",
                                       "2024-02-29",
                                       "2025-02-29",
                                       "1969-12-31",
                                       "2025-1-1",
                                       "2025-13-01",
                                       "2025-01-31 12:00:00",
                                       "2025-06-30 23:59:59.999",
                                       "2025-01-31T12:00:00Z",
                                       "2025-01-31T12:00:00.5+05:30",
                                       "2025-01-31 25:00:00",
                                       "2025-01-31T12:00:00",
                                       "99999999.995",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "-9223372036854775808",
                                       "99999999999999999999999999999999999999",
                                       "100000000000000000000000000000000000000",
                                       "0.00000000000000000000000000000000000001",
                                       "123456789.123456789"};
static const char *const integers[] = {"0",
                                       "1",
                                       "2",
                                       "3",
                                       "7",
                                       "10",
                                       "100",
                                       "255",
                                       "1000",
                                       "86400000",
                                       "2147483647",
                                       "2147483648",
                                       "4611686018427387904",
                                       "9223372036854775807"};
static const char *const decimals[] = {"0.0",
                                       "0.5",
                                       "0.25",
                                       "1.5",
                                       "2.50",
                                       "3.14159",
                                       "0.005",
                                       "10.00",
                                       "99999999.99",
                                       "0.000001",
                                       "100.0",
                                       "12345678901234567890.5",
                                       "0.1234567890123456789"};
static const char *const days[] = {"1900-01-01", "1969-12-31", "1970-01-01", "1999-12-31",
                                   "2000-02-29", "2018-11-04", "2024-02-29", "2024-12-30",
                                   "2025-01-31", "2025-02-28", "2025-03-01", "2025-03-30",
                                   "2025-03-31", "2025-10-26", "2025-12-31", "2100-02-28"};
/* none in an hour that exists twice or not at all, in the zones of the test */
static const char *const moments[] = {"1969-12-31 23:59:59.999", "1970-01-01 00:00:00",
                                      "2018-11-03 23:59:59",     "2018-11-04 12:00:00.001",
                                      "2024-02-29 12:34:56.789", "2025-01-31 00:00:00",
                                      "2025-03-30 12:00:00",     "2025-03-31 00:00:00",
                                      "2025-10-26 12:00:00",     "2025-12-31 23:59:59.999"};

static struct sql int_literal(void)
{
    const char *digits = chance(70) ? integers[any_of(7)] : PICK(integers);
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
    const char *digits = PICK(decimals);
    int scale = (int)strlen(strchr(digits, '.') + 1);
    return primary(DECIMAL, scale, digits, text_of("(%s::numeric + zn)", digits));
}

static struct sql literal(enum kind kind)
{
    const char *quote;
    switch (kind) {
    case INT:
        return int_literal();
    case DECIMAL:
        if (chance(10)) /* beyond 64 bits */
            return primary(DECIMAL, 0, "9223372036854775808",
                           "(9223372036854775808::numeric + zn)");
        return decimal_literal();
    case TEXT:
        quote = quoted(chance(70) ? PICK(texts) : PICK(castable));
        return primary(TEXT, 0, quote, text_of("(%s || zt)", quote));
    case BOOLEAN:
        if (chance(50))
            return primary(BOOLEAN, 0, chance(50) ? "TRUE" : "true", "yes");
        return primary(BOOLEAN, 0, "FALSE", "(NOT yes)");
    case DATE:
        quote = quoted(PICK(days));
        return primary(DATE, 0, text_of("DATE %s", quote), text_of("(date %s + zi::int)", quote));
    case TIMESTAMP:
        quote = quoted(PICK(moments));
        return primary(TIMESTAMP, 0, text_of("TIMESTAMP %s", quote),
                       text_of("(timestamptz %s + zv)", quote));
    default:
        return primary(ANY, 0, "u", "u");
    }
}

static struct sql column(enum kind kind)
{
    static const char *const ints[] = {"i", "n", "n"}, *const strings[] = {"s", "p", "`s`"};
    static const char *const times[] = {"m", "r", "\"m\""};
    const char *name;
    switch (kind) {
    case INT:
        name = PICK(ints);
        return primary(INT, 0, name, name);
    case DECIMAL:
        return chance(60) ? primary(DECIMAL, 2, "d", "d") : primary(DECIMAL, 10, "w", "w");
    case TEXT:
        name = PICK(strings);
        return primary(TEXT, 0, name, name[0] == '`' ? "s" : name);
    case BOOLEAN:
        return primary(BOOLEAN, 0, "b", "b");
    case DATE:
        return primary(DATE, 0, "day", "day");
    case TIMESTAMP:
        name = PICK(times);
        return primary(TIMESTAMP, 0, name, name[0] == '"' ? "m" : name);
    default:
        return primary(ANY, 0, "u", "u");
    }
}

static struct sql leaf(enum kind kind)
{
    return chance(65) ? column(kind) : literal(kind);
}

/* Our text of SQL where nothing stands beside it but commas. */
static const char *alone(struct sql sql)
{
    return inside(sql, LEVEL_OR);
}

/* ---- what there is for every kind ---- */

/* The NULL literal, which is of any kind. */
static struct sql null_literal(enum kind kind)
{
    struct sql null = primary(kind, 0, chance(50) ? "NULL" : "null", their_null(kind));
    null.null = true;
    return null;
}

/* One of several values of which one is the result: sometimes a NULL, and of a DECIMAL or ANY some
 * are of the narrower kinds of numbers. */
static struct sql alternative(enum kind kind, int depth)
{
    if (chance(8))
        return null_literal(kind);
    if (kind == DECIMAL && chance(25))
        return make(INT, depth);
    if (kind == ANY && chance(40))
        return make(chance(50) ? INT : DECIMAL, depth);
    return make(kind, depth);
}

enum { MOST_ALTERNATIVES = 4 };

/* COUNT alternatives, the first of KIND itself; *SCALE is what all of them have as a DECIMAL. */
static void make_alternatives(enum kind kind, int count, int depth,
                              struct sql sql[MOST_ALTERNATIVES], int *scale)
{
    *scale = 0;
    for (int i = 0; i < count; i++) {
        sql[i] = i == 0 ? make(kind, depth) : alternative(kind, depth);
        if (sql[i].kind == DECIMAL && !sql[i].null)
            *scale = larger(*scale, sql[i].scale);
    }
    int other = any_of(count);
    struct sql first = sql[0];
    sql[0] = sql[other];
    sql[other] = first;
}

/* Theirs as all alternatives of KIND are: of SCALE, and that must not take more than 38 digits. */
static const char *widened(struct sql sql, enum kind kind, int scale)
{
    if (sql.null || !is_number(kind) || kind == INT)
        return sql.theirs;
    if (kind == ANY)
        return numeric(sql);
    return text_of("ft_fit(round(%s, %d))", numeric(sql), scale);
}

static struct sql make_coalesce(enum kind kind, int depth)
{
    struct sql sql[MOST_ALTERNATIVES];
    int count = 1 + any_of(3), scale;
    make_alternatives(kind, count, depth, sql, &scale);
    const char *ours = alone(sql[0]), *theirs = widened(sql[0], kind, scale);
    for (int i = 1; i < count; i++) {
        ours = text_of("%s, %s", ours, alone(sql[i]));
        theirs = text_of("%s, %s", theirs, widened(sql[i], kind, scale));
    }
    return primary(kind, scale, text_of("COALESCE(%s)", ours), text_of("COALESCE(%s)", theirs));
}

/* Something that can be compared with SQL. */
static struct sql comparable(struct sql sql, int depth)
{
    static const enum kind numbers[] = {INT, INT, DECIMAL, DECIMAL, ANY};
    if (chance(4))
        return null_literal(sql.kind);
    return make(is_number(sql.kind) ? PICK(numbers) : sql.kind, depth);
}

static struct sql make_nullif(enum kind kind, int depth)
{
    struct sql a = make(kind, depth), b = comparable(a, depth);
    return primary(
        kind, a.scale, text_of("NULLIF(%s, %s)", alone(a), alone(b)),
        text_of("(CASE WHEN %s = %s THEN NULL ELSE %s END)", a.theirs, b.theirs, a.theirs));
}

/* CASE WHEN condition THEN ...; or CASE operand WHEN value THEN ... */
static struct sql make_case(enum kind kind, int depth)
{
    struct sql sql[MOST_ALTERNATIVES], operand = {0};
    int count = 1 + any_of(3), scale;
    bool simple = chance(30), otherwise = count > 1 && chance(70);
    const char *ours = "CASE", *theirs = "CASE";
    if (simple) {
        operand = make((enum kind)any_of(7), depth);
        ours = text_of("CASE %s", alone(operand));
    }
    make_alternatives(kind, count, depth, sql, &scale);
    for (int i = 0; i < count - otherwise; i++) {
        struct sql when = simple ? comparable(operand, depth) : make(BOOLEAN, depth);
        ours = text_of("%s WHEN %s THEN %s", ours, alone(when), alone(sql[i]));
        const char *condition =
            simple ? text_of("(%s = %s)", operand.theirs, when.theirs) : when.theirs;
        theirs = text_of("%s WHEN %s THEN %s", theirs, condition, widened(sql[i], kind, scale));
    }
    if (otherwise) {
        ours = text_of("%s ELSE %s", ours, alone(sql[count - 1]));
        theirs = text_of("%s ELSE %s", theirs, widened(sql[count - 1], kind, scale));
    }
    return primary(kind, scale, text_of("%s END", ours), text_of("(%s END)", theirs));
}

static struct sql make_choice(enum kind kind, int depth)
{
    int which = any_of(10);
    return which < 3   ? make_coalesce(kind, depth)
           : which < 5 ? make_nullif(kind, depth)
                       : make_case(kind, depth);
}

/* ---- numbers ---- */

static struct sql binary(enum kind kind, int scale, enum level level, struct sql a,
                         const char *symbol, struct sql b, const char *theirs)
{
    const char *left = inside(a, level), *right = inside(b, (enum level)(level + 1));
    return (struct sql){kind,  scale, level, false, text_of("%s %s %s", left, symbol, right),
                        theirs};
}

static struct sql int_arithmetic(int depth)
{
    static const char *const symbols[] = {"+", "+", "-", "-", "*", "*", "%"};
    struct sql a = make(INT, depth), b = make(INT, depth);
    const char *symbol = PICK(symbols);
    enum level level = symbol[0] == '+' || symbol[0] == '-' ? LEVEL_SUM : LEVEL_PRODUCT;
    return binary(INT, 0, level, a, symbol, b, text_of("(%s %s %s)", a.theirs, symbol, b.theirs));
}

/* A and B of which at least one is a DECIMAL, or for ANY an ANY. */
static void make_operands(enum kind kind, int depth, struct sql *a, struct sql *b)
{
    static const enum kind with_decimal[] = {INT, DECIMAL}, with_any[] = {INT, DECIMAL, ANY};
    *a = make(kind, depth);
    *b = make(kind == ANY ? PICK(with_any) : PICK(with_decimal), depth);
    if (chance(50)) {
        struct sql first = *a;
        *a = *b;
        *b = first;
    }
}

static struct sql rounded(struct sql number, int scale)
{
    enum kind kind = number.kind == ANY ? ANY : DECIMAL;
    return primary(kind, scale, text_of("ROUND(%s, %d)", alone(number), scale),
                   text_of("ft_fit(round(%s, %d))", numeric(number), scale));
}

static struct sql product(enum kind kind, struct sql a, struct sql b)
{
    if (a.scale + b.scale > 38 && a.kind == DECIMAL && b.kind == DECIMAL)
        a = rounded(a, 2);
    if (a.scale + b.scale > 38 && a.kind == DECIMAL && b.kind == DECIMAL)
        b = rounded(b, 3);
    int scale = (a.kind == DECIMAL ? a.scale : 0) + (b.kind == DECIMAL ? b.scale : 0);
    return binary(kind, scale, LEVEL_PRODUCT, a, "*", b,
                  text_of("ft_fit(%s * %s)", numeric(a), numeric(b)));
}

static struct sql quotient(enum kind kind, struct sql a, struct sql b)
{
    return binary(kind, larger(6, larger(a.scale, b.scale)), LEVEL_PRODUCT, a, "/", b,
                  text_of("ft_quotient(%s, %s)", numeric(a), numeric(b)));
}

/* Arithmetic whose result is DECIMAL or ANY. */
static struct sql exact_arithmetic(enum kind kind, int depth)
{
    struct sql a, b;
    int which = any_of(8);
    if (kind == DECIMAL && which == 0) {
        a = make(INT, depth);
        b = make(INT, depth);
        return quotient(kind, a, b);
    }
    make_operands(kind, depth, &a, &b);
    int scale = larger(a.scale, b.scale);
    if (which <= 2)
        return quotient(kind, a, b);
    if (which <= 4)
        return product(kind, a, b);
    if (which == 5)
        return binary(kind, scale, LEVEL_PRODUCT, a, "%", b,
                      text_of("ft_fit(mod(%s, %s))", numeric(a), numeric(b)));
    const char *symbol = which == 6 ? "+" : "-";
    return binary(kind, scale, LEVEL_SUM, a, symbol, b,
                  text_of("ft_fit(%s %s %s)", numeric(a), symbol, numeric(b)));
}

static struct sql negated(enum kind kind, int depth)
{
    struct sql a = make(kind, depth);
    return (struct sql){kind,
                        a.scale,
                        LEVEL_SIGN,
                        false,
                        text_of("- %s", inside(a, LEVEL_PRIMARY)),
                        text_of("(- %s)", a.theirs)};
}

static struct sql absolute(enum kind kind, int depth)
{
    struct sql a = make(kind, depth);
    return primary(kind, a.scale, text_of("ABS(%s)", alone(a)), text_of("abs(%s)", a.theirs));
}

static const char *const units[] = {"MILLISECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                    "WEEK",        "MONTH",  "QUARTER", "YEAR"};

static struct sql difference(int depth)
{
    enum kind kind = chance(70) ? TIMESTAMP : DATE;
    struct sql a = make(kind, depth), b = make(kind, depth);
    const char *unit = PICK(units);
    return primary(INT, 0, text_of("TIMESTAMP_DIFF(%s, %s, %s)", alone(a), alone(b), unit),
                   text_of("ft_difference('%s', %s, %s)", unit, a.theirs, b.theirs));
}

static struct sql cast_to_int(int depth)
{
    static const char *const names[] = {"INT", "INTEGER", "BIGINT", "int"};
    static const enum kind kinds[] = {TEXT, DECIMAL, ANY, TIMESTAMP, INT};
    struct sql a = make(PICK(kinds), depth);
    const char *theirs = a.kind == TEXT        ? text_of("round(ft_number(%s))::bigint", a.theirs)
                         : a.kind == TIMESTAMP ? text_of("ft_ms(%s)", a.theirs)
                                               : text_of("round(%s)::bigint", numeric(a));
    return primary(INT, 0, text_of("CAST(%s AS %s)", alone(a), PICK(names)), theirs);
}

static struct sql make_int(int depth)
{
    struct sql a;
    switch (any_of(12)) {
    case 0:
        return negated(INT, depth);
    case 1:
        return absolute(INT, depth);
    case 2:
        a = make(TEXT, depth);
        return primary(INT, 0, text_of("LENGTH(%s)", alone(a)),
                       text_of("length(%s)::bigint", a.theirs));
    case 3:
    case 4:
        return difference(depth);
    case 5:
    case 6:
        return cast_to_int(depth);
    case 7:
        a = make(INT, depth);
        return primary(INT, 0, text_of("%s(%s)", chance(50) ? "ROUND" : "CEIL", alone(a)),
                       a.theirs);
    case 8:
        return make_choice(INT, depth);
    default:
        return int_arithmetic(depth);
    }
}

static struct sql cast_to_decimal(int depth)
{
    static const enum kind kinds[] = {TEXT, DECIMAL, ANY, INT};
    struct sql a = make(PICK(kinds), depth);
    int precision = chance(60) ? 10 : 1 + any_of(38);
    int scale = chance(50) && precision >= 2 ? 2 : any_of(precision + 1);
    const char *name = chance(50) ? "DECIMAL" : "NUMERIC";
    const char *theirs = a.kind == TEXT ? text_of("ft_number(%s)", a.theirs) : numeric(a);
    const char *type = scale == 0 && chance(50) ? text_of("%s(%d)", name, precision)
                                                : text_of("%s(%d, %d)", name, precision, scale);
    return primary(DECIMAL, scale, text_of("CAST(%s AS %s)", alone(a), type),
                   text_of("(%s)::numeric(%d,%d)", theirs, precision, scale));
}

/* ROUND, FLOOR and CEIL that leave KIND what it is. */
static struct sql whole(enum kind kind, int depth)
{
    static const char *const ours[] = {"ROUND", "FLOOR", "CEIL", "CEILING"};
    static const char *const theirs[] = {"round", "floor", "ceil", "ceil"};
    struct sql a = make(kind, depth);
    int which = any_of(4);
    return primary(kind, 0, text_of("%s(%s)", ours[which], alone(a)),
                   text_of("ft_fit(%s(%s))", theirs[which], a.theirs));
}

static struct sql make_exact(enum kind kind, int depth)
{
    switch (any_of(10)) {
    case 0:
        return negated(kind, depth);
    case 1:
        return absolute(kind, depth);
    case 2:
        return whole(kind, depth);
    case 3:
        return rounded(make(kind == DECIMAL && chance(30) ? INT : kind, depth),
                       chance(80) ? any_of(8) : any_of(39));
    case 4:
        return kind == DECIMAL ? cast_to_decimal(depth) : exact_arithmetic(kind, depth);
    case 5:
        return make_choice(kind, depth);
    default:
        return exact_arithmetic(kind, depth);
    }
}

/* ---- texts ---- */

static struct sql substring(int depth)
{
    struct sql a = make(TEXT, depth), from = make(INT, depth / 2), count = make(INT, depth / 2);
    /* small ones, for theirs are of 32 bits */
    const char *ours = text_of("%s %% 6", inside(from, LEVEL_PRODUCT));
    const char *theirs = text_of("(%s %% 6)::int", from.theirs);
    if (chance(60)) {
        ours = text_of("%s, %s %% 5", ours, inside(count, LEVEL_PRODUCT));
        theirs = text_of("%s, (%s %% 5)::int", theirs, count.theirs);
    }
    return primary(TEXT, 0,
                   text_of("%s(%s, %s)", chance(70) ? "SUBSTR" : "SUBSTRING", alone(a), ours),
                   text_of("substr(%s, %s)", a.theirs, theirs));
}

static struct sql cast_to_text(int depth)
{
    static const char *const names[] = {"STRING", "VARCHAR", "TEXT", "string"};
    struct sql a = make((enum kind)any_of(7), depth);
    const char *theirs = a.kind == DATE        ? text_of("to_char(%s, 'YYYY-MM-DD')", a.theirs)
                         : a.kind == TIMESTAMP ? text_of("ft_rfc3339(%s)", a.theirs)
                                               : text_of("(%s)::text", a.theirs);
    return primary(TEXT, 0, text_of("CAST(%s AS %s)", alone(a), PICK(names)), theirs);
}

static struct sql make_text(int depth)
{
    static const char *const ours[] = {"LOWER", "UPPER", "TRIM"};
    static const char *const theirs[] = {"lower(", "upper(", "trim(' ' FROM "};
    int which = any_of(8);
    if (which < 3) {
        struct sql a = make(TEXT, depth);
        return primary(TEXT, 0, text_of("%s(%s)", ours[which], alone(a)),
                       text_of("%s%s)", theirs[which], a.theirs));
    }
    if (which == 3)
        return substring(depth);
    if (which == 4)
        return cast_to_text(depth);
    if (which == 5)
        return make_choice(TEXT, depth);
    struct sql a = make(TEXT, depth), b = make(TEXT, depth);
    return binary(TEXT, 0, LEVEL_SUM, a, "||", b, text_of("(%s || %s)", a.theirs, b.theirs));
}

/* ---- moments ---- */

static struct sql truncated(enum kind kind, int depth)
{
    struct sql a = make(kind, depth);
    const char *unit = PICK(units), *name = chance(70) ? "DATE_TRUNC" : "TIMESTAMP_TRUNC";
    const char *ours = chance(50) ? text_of("%s('%s', %s)", name, unit, alone(a))
                                  : text_of("%s(%s, %s)", name, alone(a), unit);
    return primary(
        kind, 0, ours,
        text_of(kind == DATE ? "date_trunc('%s', (%s)::timestamp)::date" : "date_trunc('%s', %s)",
                unit, a.theirs));
}

static struct sql make_date(int depth)
{
    struct sql a;
    switch (any_of(5)) {
    case 0:
        return truncated(DATE, depth);
    case 1:
        a = make(TEXT, depth);
        return primary(DATE, 0, text_of("CAST(%s AS DATE)", alone(a)),
                       text_of("ft_date(%s)", a.theirs));
    case 2:
        return make_choice(DATE, depth);
    default:
        a = make(TIMESTAMP, depth);
        return primary(DATE, 0, text_of("CAST(%s AS DATE)", alone(a)),
                       text_of("(%s)::date", a.theirs));
    }
}

static struct sql make_timestamp(int depth)
{
    struct sql a;
    switch (any_of(6)) {
    case 0:
        a = make(DATE, depth);
        return primary(TIMESTAMP, 0, text_of("CAST(%s AS TIMESTAMP)", alone(a)),
                       text_of("(%s)::timestamptz", a.theirs));
    case 1:
        a = make(INT, depth);
        return primary(TIMESTAMP, 0,
                       text_of("CAST(%s %% 4000000000000 AS TIMESTAMP)", inside(a, LEVEL_PRODUCT)),
                       text_of("ft_moment(%s %% 4000000000000)", a.theirs));
    case 2:
        a = make(TEXT, depth);
        return primary(TIMESTAMP, 0, text_of("CAST(%s AS TIMESTAMP)", alone(a)),
                       text_of("ft_timestamp(%s)", a.theirs));
    case 3:
        return make_choice(TIMESTAMP, depth);
    default:
        return truncated(TIMESTAMP, depth);
    }
}

/* ---- conditions ---- */

static struct sql comparison(int depth)
{
    static const char *const operators[] = {"=", "<>", "!=", "<", "<=", ">", ">="};
    struct sql a = make((enum kind)any_of(7), depth), b = comparable(a, depth);
    const char *symbol = PICK(operators);
    const char *left = inside(a, LEVEL_SUM), *right = inside(b, LEVEL_SUM);
    return (struct sql){BOOLEAN,
                        0,
                        LEVEL_COMPARISON,
                        false,
                        text_of("%s %s %s", left, symbol, right),
                        text_of("(%s %s %s)", a.theirs, symbol, b.theirs)};
}

static struct sql membership(int depth)
{
    struct sql a = make((enum kind)any_of(7), depth);
    bool plain = a.kind == TEXT && chance(50); /* which is read as it stands */
    const char *ours = "", *theirs = "", *not = chance(30) ? "NOT " : "";
    if (plain)
        a = column(TEXT);
    for (int i = 0, count = 1 + any_of(4); i < count; i++) {
        struct sql b = plain ? literal(TEXT) : comparable(a, depth);
        ours = text_of("%s%s%s", ours, i ? ", " : "", alone(b));
        theirs = text_of("%s%s%s", theirs, i ? ", " : "", b.theirs);
    }
    return (struct sql){BOOLEAN,
                        0,
                        LEVEL_COMPARISON,
                        false,
                        text_of("%s %sIN (%s)", inside(a, LEVEL_SUM), not, ours),
                        text_of("(%s %sIN (%s))", a.theirs, not, theirs)};
}

static struct sql between(int depth)
{
    struct sql a = make((enum kind)any_of(7), depth);
    struct sql low = comparable(a, depth), high = comparable(a, depth);
    const char *not = chance(30) ? "NOT " : "";
    return (struct sql){
        BOOLEAN,
        0,
        LEVEL_COMPARISON,
        false,
        text_of("%s %sBETWEEN %s AND %s", inside(a, LEVEL_SUM), not, inside(low, LEVEL_SUM),
                inside(high, LEVEL_SUM)),
        text_of("(%s %sBETWEEN %s AND %s)", a.theirs, not, low.theirs, high.theirs)};
}

static struct sql is_something(int depth)
{
    static const char *const truths[] = {"NULL", "NULL", "TRUE", "FALSE"};
    const char *truth = PICK(truths), *not = chance(50) ? "NOT " : "";
    struct sql a = make(truth[0] == 'N' ? (enum kind)any_of(7) : BOOLEAN, depth);
    return (struct sql){BOOLEAN,
                        0,
                        LEVEL_COMPARISON,
                        false,
                        text_of("%s IS %s%s", inside(a, LEVEL_SUM), not, truth),
                        text_of("((%s) IS %s%s)", a.theirs, not, truth)};
}

static struct sql logic(int depth)
{
    bool either = chance(50);
    struct sql a = make(BOOLEAN, depth), b = make(BOOLEAN, depth);
    return binary(BOOLEAN, 0, either ? LEVEL_OR : LEVEL_AND, a,
                  chance(80) ? (either ? "OR" : "AND") : (either ? "or" : "and"), b,
                  text_of("(%s %s %s)", a.theirs, either ? "OR" : "AND", b.theirs));
}

static struct sql make_boolean(int depth)
{
    struct sql a;
    switch (any_of(12)) {
    case 0:
        return membership(depth);
    case 1:
        return between(depth);
    case 2:
        return is_something(depth);
    case 3:
        a = make(TEXT, depth);
        return primary(BOOLEAN, 0, text_of("CAST(%s AS BOOLEAN)", alone(a)),
                       text_of("ft_boolean(%s)", a.theirs));
    case 4:
        a = make(BOOLEAN, depth);
        return (struct sql){BOOLEAN,
                            0,
                            LEVEL_NOT,
                            false,
                            text_of("NOT %s", inside(a, LEVEL_NOT)),
                            text_of("(NOT %s)", a.theirs)};
    case 5:
        return make_choice(BOOLEAN, depth);
    case 6:
    case 7:
    case 8:
        return logic(depth);
    default:
        return comparison(depth);
    }
}

static struct sql make(enum kind kind, int depth)
{
    if (depth <= 0 || chance(12))
        return leaf(kind);
    depth--;
    switch (kind) {
    case INT:
        return make_int(depth);
    case DECIMAL:
    case ANY:
        return make_exact(kind, depth);
    case TEXT:
        return make_text(depth);
    case DATE:
        return make_date(depth);
    case TIMESTAMP:
        return make_timestamp(depth);
    default:
        return make_boolean(depth);
    }
}

/* ---- rows ---- */

enum { ROWS = 24 };

static const char contract[] =
    "{ \"streams\": { \"row\": { \"time\": { \"column\": \"at\", \"unit\": \"ms\" }, \"columns\": "
    "[\n"
    "    { \"name\": \"id\", \"type\": \"int\" }, { \"name\": \"at\", \"type\": \"timestamp\" },\n"
    "    { \"name\": \"i\", \"type\": \"int\" }, { \"name\": \"n\", \"type\": \"int\" },\n"
    "    { \"name\": \"d\", \"type\": \"decimal(10,2)\" },\n"
    "    { \"name\": \"w\", \"type\": \"decimal(38,10)\" }, { \"name\": \"u\", \"type\": \"any\" "
    "},\n"
    "    { \"name\": \"s\", \"type\": \"string\" }, { \"name\": \"p\", \"type\": \"string\" },\n"
    "    { \"name\": \"b\", \"type\": \"boolean\" }, { \"name\": \"day\", \"type\": \"date\" },\n"
    "    { \"name\": \"m\", \"type\": \"timestamp\" },\n"
    "    { \"name\": \"r\", \"type\": \"timestamp(rfc3339)\" } ] } } }\n";

/* A value as it is in JSON, and as it is in PostgreSQL's SQL. */
struct cell {
    const char *json, *sql;
};

static struct cell number_cell(const char *json)
{
    return (struct cell){json, json[0] == '"' ? text_of("'%.*s'", (int)strlen(json) - 2, json + 1)
                                              : text_of("'%s'", json)};
}

static struct cell text_cell(const char *text)
{
    char json[512], *to = json;
    *to++ = '"';
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            *to++ = '\\';
        if (*p >= 'a' && *p <= 'z' && chance(10))
            to += sprintf(to, "\\u%04x", *p);
        else
            *to++ = (char)*p;
    }
    *to++ = '"';
    *to = '\0';
    return (struct cell){text_of("%s", json), quoted(text)};
}

static struct cell moment_cell(bool as_text)
{
    static const int64_t edges[] = {
        0,
        -1,
        INT64_C(946684799999),  /* 1999-12-31T23:59:59.999 */
        INT64_C(1541300400000), /* 2018-11-04T03:00: a midnight that Sao Paulo skips */
        INT64_C(1550368800000), /* 2019-02-17T02:00: where its clocks go back from midnight */
        INT64_C(1743296400000), /* 2025-03-30T01:00: Paris goes forward */
        INT64_C(1761440400000), /* 2025-10-26T01:00: and back */
        INT64_C(1709210096789),
        INT64_C(1735689600000), /* 2025-01-01T00:00 */
        INT64_C(1741503600000), /* 2025-03-09T07:00: New York goes forward */
    };
    int64_t near = chance(60) ? any_of(3) - 1 : (int64_t)any_of(14400001) - 7200000;
    int64_t ms = chance(70)
                     ? PICK(edges) + near
                     : (int64_t)(next_random() % UINT64_C(3000000000000)) - INT64_C(800000000000);
    int64_t day_ms = INT64_C(86400000), rest = (ms % day_ms + day_ms) % day_ms;
    const char *sql = text_of("ft_moment(%" PRId64 ")", ms);
    if (!as_text)
        return (struct cell){text_of("%" PRId64, ms), sql};
    /* of 2025-01-31, whatever MS was */
    return (struct cell){text_of("\"2025-01-31T%02d:%02d:%02d.%03d%s\"", (int)(rest / 3600000),
                                 (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
                                 (int)(rest % 1000), chance(50) ? "Z" : "+00:00"),
                         text_of("ft_moment(%" PRId64 ")", INT64_C(1738281600000) + rest)};
}

static const char *sign(void)
{
    return chance(30) ? "-" : "";
}

static struct cell cell(int column)
{
    static const char *const small[] = {"0", "1", "2", "3", "-1", "-2", "5", "10"};
    static const char *const prices[] = {"0",    "12.30", "\"12.30\"", "1e2",     "99999999.99",
                                         "0.01", "10",    "7.5",       "0.005e1", "2.50"};
    static const char *const wide[] = {"9999999999999999999999999999.9999999999",
                                       "0.0000000001",
                                       "1",
                                       "0",
                                       "12345.6789",
                                       "5e20",
                                       "1000000000000000000",
                                       "0.5"};
    static const char *const numbers[] = {
        "0", "1",    "-1",    "2.50", "2.5", "0.001", "1e3", "15e-1", "18446744073709551616",
        "7", "-0.5", "100.00"};
    const char *digits;
    switch (column) {
    case 0:
        return number_cell(
            text_of("%s%s", sign(), chance(60) ? integers[any_of(9)] : PICK(integers)));
    case 1:
        return number_cell(PICK(small));
    case 2:
        digits = PICK(prices);
        return number_cell(digits[0] == '"' ? digits : text_of("%s%s", sign(), digits));
    case 3:
        return number_cell(text_of("%s%s", sign(), PICK(wide)));
    case 4:
        return number_cell(PICK(numbers));
    case 5:
        return text_cell(PICK(texts));
    case 6:
        return text_cell(PICK(castable));
    case 7:
        digits = chance(50) ? "true" : "false";
        return (struct cell){digits, digits};
    case 8:
        digits = PICK(days);
        return (struct cell){text_of("\"%s\"", digits), text_of("'%s'", digits)};
    default:
        return moment_cell(column == 10);
    }
}

static void write_row(FILE *ours, FILE *theirs, int id)
{
    static const char *const name[] = {"i", "n", "d", "w", "u", "s", "p", "b", "day", "m", "r"};
    fprintf(ours, "{\"id\":%d,\"at\":0", id);
    fprintf(theirs, "INSERT INTO rows VALUES (%d", id);
    for (int column = 0; column < 11; column++) {
        struct cell value = cell(column);
        if (chance(12))
            value = (struct cell){"null", "NULL"};
        if (value.json[0] != 'n' || chance(50))
            fprintf(ours, ",\"%s\":%s", name[column], value.json);
        fprintf(theirs, ", %s", value.sql);
    }
    fputs("}\n", ours);
    fputs(");\n\n", theirs);
    used = 0;
}

/* ---- files ---- */

static FILE *open_file(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(3);
    }
    return file;
}

static void close_file(FILE *file)
{
    if (fclose(file) != 0) {
        perror("random-sql");
        exit(3);
    }
}

static void write_rows(const char *directory, const char *zone)
{
    FILE *agreed = open_file(directory, "contract.json");
    FILE *ours = open_file(directory, "row.ndjson"), *theirs = open_file(directory, "rows.sql");
    fputs(contract, agreed);
    fprintf(theirs, "SET timezone = '%s';\n\n", zone);
    for (int id = 1; id <= ROWS; id++)
        write_row(ours, theirs, id);
    close_file(agreed);
    close_file(ours);
    close_file(theirs);
}

static void write_expressions(const char *directory, int count)
{
    static const char *const kind_name[] = {"int",     "decimal", "any",      "string",
                                            "boolean", "date",    "timestamp"};
    FILE *ours = open_file(directory, "ours"), *theirs = open_file(directory, "theirs");
    for (int number = 1; number <= count; number++) {
        struct sql sql;
        do { /* a column alone goes over as it is spelled */
            used = 0;
            sql = make((enum kind)any_of(7), 1 + any_of(4));
        } while (sql.ours[strcspn(sql.ours, " (-'")] == '\0' || strlen(sql.theirs) > 3000);
        fprintf(ours, "%d\t%s\n", number, sql.ours);
        fprintf(theirs, "%d\t%s\t%d\t%s\n", number, kind_name[sql.kind],
                sql.kind == DECIMAL ? sql.scale : 0, sql.theirs);
    }
    close_file(ours);
    close_file(theirs);
}

int main(int argc, char **argv)
{
    if (argc != 5 || atoi(argv[2]) <= 0) {
        fputs("usage: random-sql SEED COUNT ZONE DIR\n", stderr);
        return 2;
    }
    state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int i = 0; i < 8; i++)
        next_random();
    write_rows(argv[4], argv[3]);
    write_expressions(argv[4], atoi(argv[2]));
    return 0;
}
