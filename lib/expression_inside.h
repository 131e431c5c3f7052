/*
 * What the parts of the compiler share: nodes.c, expression.c (columns, literals, logic), case.c,
 * operators.c (comparing and arithmetic), functions.c (what is called by name) with those on texts
 * and on time, and cast.c. Nobody else includes it.
 *
 * Each syntax node is compiled into a node with the function that evaluates it. A node owns its
 * children.
 */
#ifndef EXPRESSION_INSIDE_H
#define EXPRESSION_INSIDE_H

#include "expression.h"
#include "syntax.h"

struct node {
    /* False when there is no value, with the reason in the evaluation. */
    bool (*evaluate)(const struct node *node, struct evaluation *evaluation, struct value *value);
    struct type type;     /* of its values; a timestamp is one of ms */
    struct type source;   /* of a column, as it is spelled */
    enum value_kind kind; /* of its values that are not null; VALUE_NULL: it is the literal */
    bool any;             /* KIND is only known of each value */
    bool is_column, is_constant;
    bool pii;
    size_t at, end; /* in the text */
    size_t index;   /* of a column or an aggregate */
    int parameter;  /* an operator, a unit, a scale: what the evaluator makes of it */
    bool negated;
    struct value constant;
    const char *zone;
    char *text; /* what the constant or the column's name points to */
    struct node **child;
    size_t count;
};

/* expression.c: SYNTAX in SCOPE. A mistake is exit 2. */
struct node *node_compile(const struct scope *scope, const struct syntax *syntax);
void node_free(struct node *node);

/* nodes.c: a node for SYNTAX, without children, of TYPE. */
struct node *node_new(const struct syntax *syntax, struct type type,
                      bool (*evaluate)(const struct node *, struct evaluation *, struct value *));

/* The same with all of SYNTAX's children. */
struct node *node_call(const struct scope *scope, const struct syntax *syntax, struct type type,
                       bool (*evaluate)(const struct node *, struct evaluation *, struct value *));

/* What the values of NODE are of, now that its children are known. */
void node_set_type(struct node *node, struct type type);

/* Takes CHILD over. */
void node_add(struct node *node, struct node *child);

/* The kind of the values of TYPE; *ANY when that is only known of each. */
enum value_kind kind_of_type(const struct type *type, bool *any);

/* Evaluates CHILD, whose value must be null or of KIND. */
bool node_value(const struct node *child, enum value_kind kind, struct evaluation *evaluation,
                struct value *value);

/* False, with WHY about the value of CULPRIT. */
bool node_fails(const struct node *culprit, struct evaluation *evaluation, const char *why);

/* Whether NODE is the literal NULL, which is of every type. */
bool is_null_literal(const struct node *node);

/* Fails (exit 2) unless NODE can have values of KIND. */
void node_require(const struct scope *scope, const struct node *node, enum value_kind kind);

/* Fails (exit 2) unless values of both can be compared. */
void node_require_comparable(const struct scope *scope, const struct node *left,
                             const struct node *right);

/* The *ORDER of two values, of these nodes, which are not null. False when they are of two kinds.
 */
bool node_compare(const struct node *left_node, const struct node *right_node,
                  const struct value *left, const struct value *right,
                  struct evaluation *evaluation, int *order);

_Noreturn void node_mistake(const struct scope *scope, const struct node *node, const char *format,
                            ...) __attribute__((format(printf, 3, 4)));

/*
 * The one type that the values of A and B both go into, in *TYPE: for CASE, COALESCE and NULLIF.
 * False when there is none.
 */
bool type_common(const struct node *a, const struct node *b, struct type *type);

/* NODE (taken over) with its values as they are in TYPE, which has room for them. */
struct node *node_widen(const struct syntax *syntax, struct node *node, const struct type *type);

/* case.c */
struct node *case_compile(const struct scope *scope, const struct syntax *syntax);

/* operators.c */
struct node *operator_compile(const struct scope *scope, const struct syntax *syntax);
struct node *in_compile(const struct scope *scope, const struct syntax *syntax);
struct node *between_compile(const struct scope *scope, const struct syntax *syntax);

/* operators.c: whether NUMBER, a result of NODE, is in range: an int has 64 bits. */
bool number_fits(const struct node *node, const struct decimal *number);

/* functions.c */
struct node *call_compile(const struct scope *scope, const struct syntax *syntax);

/* functions_text.c */
struct node *text_lower_compile(const struct scope *scope, const struct syntax *syntax);
struct node *text_upper_compile(const struct scope *scope, const struct syntax *syntax);
struct node *text_trim_compile(const struct scope *scope, const struct syntax *syntax);
struct node *text_substr_compile(const struct scope *scope, const struct syntax *syntax);
struct node *text_length_compile(const struct scope *scope, const struct syntax *syntax);

/* functions_time.c */
struct node *date_trunc_compile(const struct scope *scope, const struct syntax *syntax);
struct node *timestamp_diff_compile(const struct scope *scope, const struct syntax *syntax);

/* cast.c */
struct node *cast_compile(const struct scope *scope, const struct syntax *syntax);

/* cast.c: what TIMESTAMP '...' says. False when that is nothing. */
bool timestamp_from_any_text(struct slice text, const char *zone, int64_t *ms);

#endif
