#include "sql.h"

#include "odd.h"

static struct sql condition(enum level level, const char *ours, const char *theirs)
{
    return (struct sql){BOOLEAN, 0, level, false, ours, theirs};
}

static struct sql comparison(int depth)
{
    struct sql a = make(any_kind(), depth), b = comparable(a, depth);
    const char *symbol = one_of("=|<>|!=|<|<=|>|>=");
    const char *left = inside(a, LEVEL_SUM), *right = inside(b, LEVEL_SUM);
    return condition(LEVEL_COMPARISON, text_of("%s %s %s", left, symbol, right),
                     text_of("(%s %s %s)", a.theirs, symbol, b.theirs));
}

static struct sql membership(int depth)
{
    struct sql a = make(any_kind(), depth);
    bool plain = a.kind == TEXT && !is_grouped() && chance(50); /* read as it stands */
    const char *ours = "", *theirs = "", *not = chance(30) ? "NOT " : "";
    if (plain)
        a = column(TEXT);
    for (int i = 0, count = 1 + random_below(4); i < count; i++) {
        struct sql b = plain ? literal(TEXT) : comparable(a, depth);
        ours = text_of("%s%s%s", ours, i ? ", " : "", alone(b));
        theirs = text_of("%s%s%s", theirs, i ? ", " : "", b.theirs);
    }
    return condition(LEVEL_COMPARISON, text_of("%s %sIN (%s)", inside(a, LEVEL_SUM), not, ours),
                     text_of("(%s %sIN (%s))", a.theirs, not, theirs));
}

static struct sql between(int depth)
{
    struct sql a = make(any_kind(), depth);
    struct sql low = comparable(a, depth), high = comparable(a, depth);
    const char *not = chance(30) ? "NOT " : "";
    return condition(LEVEL_COMPARISON,
                     text_of("%s %sBETWEEN %s AND %s", inside(a, LEVEL_SUM), not,
                             inside(low, LEVEL_SUM), inside(high, LEVEL_SUM)),
                     text_of("(%s %sBETWEEN %s AND %s)", a.theirs, not, low.theirs, high.theirs));
}

static struct sql is_something(int depth)
{
    const char *truth = one_of("NULL|NULL|TRUE|FALSE"), *not = chance(50) ? "NOT " : "";
    struct sql a = make(truth[0] == 'N' ? any_kind() : BOOLEAN, depth);
    return condition(LEVEL_COMPARISON, text_of("%s IS %s%s", inside(a, LEVEL_SUM), not, truth),
                     text_of("((%s) IS %s%s)", a.theirs, not, truth));
}

static struct sql logic(int depth)
{
    bool either = chance(50);
    struct sql a = make(BOOLEAN, depth), b = make(BOOLEAN, depth);
    return binary(BOOLEAN, 0, either ? LEVEL_OR : LEVEL_AND, a,
                  chance(80) ? (either ? "OR" : "AND") : (either ? "or" : "and"), b,
                  text_of("(%s %s %s)", a.theirs, either ? "OR" : "AND", b.theirs));
}

struct sql make_boolean(int depth)
{
    struct sql a;
    switch (random_below(12)) {
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
        return condition(LEVEL_NOT, text_of("NOT %s", inside(a, LEVEL_NOT)),
                         text_of("(NOT %s)", a.theirs));
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
