#include "sql.h"

#include "odd.h"

static const char units[] = "MILLISECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR";

struct sql difference(int depth)
{
    enum kind kind = chance(70) ? TIMESTAMP : DATE;
    struct sql a = make(kind, depth), b = make(kind, depth);
    const char *unit = one_of(units);
    return primary(INT, 0, text_of("TIMESTAMP_DIFF(%s, %s, %s)", alone(a), alone(b), unit),
                   text_of("ft_difference('%s', %s, %s)", unit, a.theirs, b.theirs));
}

/* From and count are small, for theirs are of 32 bits. */
static struct sql substring(int depth)
{
    struct sql a = make(TEXT, depth), from = make(INT, depth / 2);
    const char *name = one_of("SUBSTR|SUBSTR|SUBSTRING");
    const char *ours = text_of("%s, %s %% 6", alone(a), inside(from, LEVEL_PRODUCT));
    const char *theirs = text_of("%s, (%s %% 6)::int", a.theirs, from.theirs);
    if (chance(60)) {
        struct sql count = make(INT, depth / 2);
        ours = text_of("%s, %s %% 5", ours, inside(count, LEVEL_PRODUCT));
        theirs = text_of("%s, (%s %% 5)::int", theirs, count.theirs);
    }
    return primary(TEXT, 0, text_of("%s(%s)", name, ours), text_of("substr(%s)", theirs));
}

static struct sql cast_to_text(int depth)
{
    struct sql a = make(any_kind(), depth);
    const char *theirs = a.kind == DATE        ? text_of("to_char(%s, 'YYYY-MM-DD')", a.theirs)
                         : a.kind == TIMESTAMP ? text_of("ft_rfc3339(%s)", a.theirs)
                                               : text_of("(%s)::text", a.theirs);
    return primary(
        TEXT, 0, text_of("CAST(%s AS %s)", alone(a), one_of("STRING|VARCHAR|TEXT|string")), theirs);
}

struct sql make_text(int depth)
{
    static const char *const ours[] = {"LOWER", "UPPER", "TRIM"};
    static const char *const theirs[] = {"lower(", "upper(", "trim(' ' FROM "};
    int which = random_below(8);
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
    const char *unit = one_of(units), *name = chance(70) ? "DATE_TRUNC" : "TIMESTAMP_TRUNC";
    const char *ours = chance(50) ? text_of("%s('%s', %s)", name, unit, alone(a))
                                  : text_of("%s(%s, %s)", name, alone(a), unit);
    return primary(
        kind, 0, ours,
        text_of(kind == DATE ? "date_trunc('%s', (%s)::timestamp)::date" : "date_trunc('%s', %s)",
                unit, a.theirs));
}

struct sql make_date(int depth)
{
    struct sql a;
    switch (random_below(5)) {
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

struct sql make_timestamp(int depth)
{
    struct sql a;
    switch (random_below(6)) {
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
