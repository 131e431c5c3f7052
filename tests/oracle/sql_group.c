#include "sql.h"

#include "odd.h"

static bool grouped;
static int argument_depth;
static const char *arguments, *aggregates; /* theirs, with commas */

bool is_grouped(void)
{
    return grouped;
}

static const char *with(const char *list, const char *item)
{
    return text_of("%s%s%s", list, *list ? ", " : "", item);
}

/* What is computed of each row of the group. */
static struct sql argument(enum kind kind)
{
    grouped = false;
    struct sql sql = make(kind, argument_depth);
    grouped = true;
    arguments = with(arguments, sql.theirs);
    return sql;
}

static struct sql aggregate(enum kind kind, int scale, const char *function, const char *distinct,
                            struct sql of, const char *theirs)
{
    aggregates = with(aggregates, theirs);
    return primary(kind, scale, text_of("%s(%s%s)", function, distinct, alone(of)), theirs);
}

/* Of numbers that are equal but for zeros at their ends DISTINCT takes one, without these. */
static const char *summed(struct sql of, bool distinct)
{
    if (distinct && of.kind == ANY)
        return text_of("DISTINCT trim_scale(%s)", of.theirs);
    return text_of("%s%s", distinct ? "DISTINCT " : "", numeric(of));
}

static struct sql count(void)
{
    if (chance(25))
        return primary(INT, 0, one_of("COUNT(*)|count( * )"), "count(*)");
    bool distinct = chance(50);
    struct sql of = argument(any_kind());
    return aggregate(INT, 0, "COUNT", distinct ? "DISTINCT " : "", of,
                     text_of("count(%s%s)", distinct ? "DISTINCT " : "", of.theirs));
}

static struct sql sum(enum kind kind)
{
    bool distinct = chance(25);
    struct sql of = argument(kind);
    const char *sum = text_of("sum(%s)", summed(of, distinct));
    return aggregate(kind, of.scale, "SUM", distinct ? "DISTINCT " : "", of,
                     text_of(kind == INT ? "%s::bigint" : "ft_fit(%s)", sum));
}

/* Of an INT as well: its average is a DECIMAL. */
static struct sql average(enum kind kind)
{
    bool distinct = chance(25);
    struct sql of = argument(kind == DECIMAL && chance(50) ? INT : kind);
    const char *summand = summed(of, distinct);
    return aggregate(kind, of.scale > 6 ? of.scale : 6, "AVG", distinct ? "DISTINCT " : "", of,
                     text_of("ft_quotient(sum(%s), count(%s)::numeric)", summand, summand));
}

/* Of equal numbers the one with the most digits. */
static struct sql extreme(enum kind kind)
{
    bool least = chance(50);
    struct sql of = argument(kind);
    const char *order = least ? "" : " DESC", *theirs = of.theirs;
    const char *digits = kind == ANY ? text_of(", scale(%s) DESC", of.theirs) : "";
    return aggregate(kind, of.scale, least ? "MIN" : "MAX", chance(10) ? "DISTINCT " : "", of,
                     text_of("(array_agg(%s ORDER BY %s%s%s) FILTER (WHERE %s IS NOT NULL))[1]",
                             theirs, theirs, order, digits, theirs));
}

static struct sql collection(void)
{
    struct sql of = argument(any_kind());
    bool quoted_there = of.kind == TEXT || of.kind == DATE;
    const char *text = of.kind == DATE        ? text_of("to_char(%s, 'YYYY-MM-DD')", of.theirs)
                       : of.kind == TIMESTAMP ? text_of("ft_ms(%s)::text", of.theirs)
                       : of.kind == ANY       ? text_of("trim_scale(%s)::text", of.theirs)
                                              : text_of("(%s)::text", of.theirs);
    return aggregate(
        JSON, 0, "COLLECT", "DISTINCT ", of,
        text_of("ft_collect(array_agg(DISTINCT %s), %s)", text, quoted_there ? "true" : "false"));
}

struct sql grouped_leaf(enum kind kind)
{
    if (kind == INT && chance(20))
        return primary(INT, 0, "n", "n");
    if (kind != ANY && chance(15))
        return literal(kind);
    if (kind == INT && chance(50))
        return count();
    if ((kind == INT || kind == DECIMAL || kind == ANY) && chance(40))
        return sum(kind);
    if ((kind == DECIMAL || kind == ANY) && chance(50))
        return average(kind);
    return extreme(kind);
}

/* A group of which one aggregate cannot be told has no row, also where it is not looked at. */
struct sql make_grouped(enum kind kind, int depth, const char **of)
{
    grouped = true;
    arguments = aggregates = "";
    argument_depth = depth;
    struct sql sql = kind == JSON ? collection() : make(kind, chance(50) ? 0 : 1);
    grouped = false;
    *of = arguments;
    if (*aggregates)
        sql.theirs =
            text_of("(CASE WHEN concat(%s) IS NOT NULL THEN %s END)", aggregates, sql.theirs);
    return sql;
}
