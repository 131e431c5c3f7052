/*
 * Random expressions in two dialects at once: ours and PostgreSQL's. All are of types that fit
 * together; what they come to, and where they have no value, PostgreSQL knows (expressions.sql).
 *
 * The dialects differ on purpose in some things, and the translation says in which: a quotient has
 * max(6, ...) digits, a number 38 at most, a CAST takes a text as a whole or not at all (the
 * functions ft_* of expressions.sql). And PostgreSQL computes what is constant before it looks at a
 * row, also in a branch that no row takes; so for it there are no constants: each is added to a
 * zero from the row (the columns that begin with z).
 */
#ifndef SQL_H
#define SQL_H

#include <stdbool.h>

/* ANY is a number of which nothing was declared: its scale is that of each value. JSON is an
 * array that COLLECT made, of which nothing can be computed. */
enum kind { INT, DECIMAL, ANY, TEXT, BOOLEAN, DATE, TIMESTAMP, KINDS, JSON = KINDS };

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

struct sql {
    enum kind kind;
    int scale; /* of a DECIMAL; else 0 */
    enum level level;
    bool null; /* the literal */
    const char *ours, *theirs;
};

/* ---- texts (sql.c) ---- */

/* They live until texts_reset. */
__attribute__((format(printf, 1, 2))) const char *text_of(const char *format, ...);
void texts_reset(void);

/* One of the parts of LIST, which has a | between them. */
const char *one_of(const char *list);

bool chance(int percent);
enum kind any_kind(void);

/* TEXT as a literal. */
const char *quoted(const char *text);

/* Lists for one_of: of what there is in rows and in literals. */
extern const char text_list[], castable_list[], small_list[], integer_list[], day_list[];

/* ---- values (sql.c) ---- */

struct sql primary(enum kind kind, int scale, const char *ours, const char *theirs);

/* The NULL literal, which is of any kind. */
struct sql null_literal(enum kind kind);

struct sql literal(enum kind kind);
struct sql column(enum kind kind);

/* Theirs as a numeric, whose scale shows. */
const char *numeric(struct sql number);

/* Our text of SQL inside of what binds as LEVEL; needless parentheses come too. */
const char *inside(struct sql sql, enum level level);

/* The same where nothing stands beside it but commas. */
const char *alone(struct sql sql);

/* ---- expressions (sql_make.c) ---- */

/* At most DEPTH operators are inside of each other. */
struct sql make(enum kind kind, int depth);

/* Texts and moments, conditions (sql_text.c, sql_condition.c); as make. */
struct sql make_text(int depth);
struct sql make_date(int depth);
struct sql make_timestamp(int depth);
struct sql make_boolean(int depth);
struct sql difference(int depth); /* TIMESTAMP_DIFF, an INT */

/* One that chooses between several of KIND: COALESCE, NULLIF, CASE. */
struct sql make_choice(enum kind kind, int depth);

/* Something that can be compared with SQL. */
struct sql comparable(struct sql sql, int depth);

/* A SYMBOL B, where SYMBOL binds as LEVEL and THEIRS is all of it. */
struct sql binary(enum kind kind, int scale, enum level level, struct sql a, const char *symbol,
                  struct sql b, const char *theirs);

/* ---- aggregates (sql_group.c) ---- */

/*
 * An expression over the rows of a group: of aggregates, whose arguments are of at most DEPTH, and
 * of the column n, by which they are grouped. *ARGUMENTS is theirs: all arguments, separated by
 * commas. KIND may be JSON.
 */
struct sql make_grouped(enum kind kind, int depth, const char **arguments);

/* What stands in the place of columns and literals while make_grouped is at work; else no. */
bool is_grouped(void);
struct sql grouped_leaf(enum kind kind);

#endif
