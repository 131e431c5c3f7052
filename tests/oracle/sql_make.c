#include "sql.h"

#include "odd.h"

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool is_number(enum kind kind)
{
    return kind == INT || kind == DECIMAL || kind == ANY;
}

static enum kind any_number(void)
{
    static const enum kind numbers[5] = {INT, INT, DECIMAL, DECIMAL, ANY};
    return numbers[random_below(5)];
}

/* ---- choices ---- */

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
    int other = random_below(count);
    struct sql first = sql[0]; /* goes to any place */
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
    int count = 1 + random_below(3), scale;
    make_alternatives(kind, count, depth, sql, &scale);
    const char *ours = alone(sql[0]), *theirs = widened(sql[0], kind, scale);
    for (int i = 1; i < count; i++) {
        ours = text_of("%s, %s", ours, alone(sql[i]));
        theirs = text_of("%s, %s", theirs, widened(sql[i], kind, scale));
    }
    return primary(kind, scale, text_of("COALESCE(%s)", ours), text_of("COALESCE(%s)", theirs));
}

/* Something that can be compared with SQL. */
struct sql comparable(struct sql sql, int depth)
{
    if (chance(4))
        return null_literal(sql.kind);
    return make(is_number(sql.kind) ? any_number() : sql.kind, depth);
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
    int count = 1 + random_below(3), scale;
    bool simple = chance(30), otherwise = count > 1 && chance(70);
    const char *ours = "CASE", *theirs = "CASE";
    if (simple) {
        operand = make(any_kind(), depth);
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

struct sql make_choice(enum kind kind, int depth)
{
    int which = random_below(10);
    return which < 3   ? make_coalesce(kind, depth)
           : which < 5 ? make_nullif(kind, depth)
                       : make_case(kind, depth);
}

struct sql binary(enum kind kind, int scale, enum level level, struct sql a, const char *symbol,
                  struct sql b, const char *theirs)
{
    const char *left = inside(a, level), *right = inside(b, (enum level)(level + 1));
    return (struct sql){kind,  scale, level, false, text_of("%s %s %s", left, symbol, right),
                        theirs};
}

static struct sql int_arithmetic(int depth)
{
    struct sql a = make(INT, depth), b = make(INT, depth);
    const char *symbol = one_of("+|+|-|-|*|*|%");
    enum level level = symbol[0] == '+' || symbol[0] == '-' ? LEVEL_SUM : LEVEL_PRODUCT;
    return binary(INT, 0, level, a, symbol, b, text_of("(%s %s %s)", a.theirs, symbol, b.theirs));
}

/* A and B of which at least one is a DECIMAL, or for ANY an ANY. */
static void make_operands(enum kind kind, int depth, struct sql *a, struct sql *b)
{
    *a = make(kind, depth);
    *b = make((enum kind)random_below(kind == ANY ? 3 : 2), depth);
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
    int which = random_below(8);
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

static struct sql cast_to_int(int depth)
{
    static const enum kind kinds[5] = {TEXT, DECIMAL, ANY, TIMESTAMP, INT};
    struct sql a = make(kinds[random_below(5)], depth);
    const char *theirs = a.kind == TEXT        ? text_of("round(ft_number(%s))::bigint", a.theirs)
                         : a.kind == TIMESTAMP ? text_of("ft_ms(%s)", a.theirs)
                                               : text_of("round(%s)::bigint", numeric(a));
    return primary(INT, 0, text_of("CAST(%s AS %s)", alone(a), one_of("INT|INTEGER|BIGINT|int")),
                   theirs);
}

static struct sql make_int(int depth)
{
    struct sql a;
    switch (random_below(12)) {
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
    static const enum kind kinds[4] = {TEXT, DECIMAL, ANY, INT};
    struct sql a = make(kinds[random_below(4)], depth);
    int precision = chance(60) ? 10 : 1 + random_below(38);
    int scale = chance(50) && precision >= 2 ? 2 : random_below(precision + 1);
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
    int which = random_below(4);
    return primary(kind, 0, text_of("%s(%s)", ours[which], alone(a)),
                   text_of("ft_fit(%s(%s))", theirs[which], a.theirs));
}

static struct sql make_exact(enum kind kind, int depth)
{
    struct sql a;
    int scale;
    switch (random_below(10)) {
    case 0:
        return negated(kind, depth);
    case 1:
        return absolute(kind, depth);
    case 2:
        return whole(kind, depth);
    case 3:
        a = make(kind == DECIMAL && chance(30) ? INT : kind, depth);
        scale = chance(80) ? random_below(8) : random_below(39);
        return rounded(a, larger(scale, a.kind == INT)); /* an INT stays one with 0 */
    case 4:
        return kind == DECIMAL ? cast_to_decimal(depth) : exact_arithmetic(kind, depth);
    case 5:
        return make_choice(kind, depth);
    default:
        return exact_arithmetic(kind, depth);
    }
}

static struct sql leaf(enum kind kind)
{
    if (is_grouped())
        return grouped_leaf(kind);
    return chance(65) ? column(kind) : literal(kind);
}

struct sql make(enum kind kind, int depth)
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
