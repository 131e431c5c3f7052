/* What expressions call by name. */
#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

#include "aggregate.h"
#include "arithmetic.h"
#include "calendar.h"
#include "error.h"
#include "expression_inside.h"

/* A function with LEAST to MOST arguments. */
struct function {
    const char *name;
    size_t least, most;
    struct node *(*compile)(const struct scope *scope, const struct syntax *syntax);
};

static const struct type text_type = {.kind = TYPE_STRING}, int_type = {.kind = TYPE_INT};

/* The node for a call whose arguments are plain values. */
static struct node *call_node(const struct scope *scope, const struct syntax *syntax,
                              struct type type,
                              bool (*evaluate)(const struct node *, struct evaluation *,
                                               struct value *))
{
    struct node *node = node_new(syntax, type, evaluate);
    for (size_t i = 0; i < syntax->count; i++)
        node_add(node, node_compile(scope, syntax->child[i]));
    return node;
}

static void set_type(struct node *node, struct type type)
{
    node->type = type;
    node->kind = kind_of_type(&type, &node->any);
}

/* ---- COALESCE and NULLIF ---- */

static bool evaluate_coalesce(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    for (size_t i = 0; i < node->count; i++) {
        if (!node->child[i]->evaluate(node->child[i], evaluation, value))
            return false;
        if (value->kind != VALUE_NULL)
            break;
    }
    return true;
}

static struct node *compile_coalesce(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = call_node(scope, syntax, text_type, evaluate_coalesce);
    struct node so_far = *node->child[0];
    for (size_t i = 1; i < node->count; i++) {
        if (!type_common(&so_far, node->child[i], &so_far.type))
            node_mistake(scope, node->child[i], "this is %s, and those before are %s",
                         value_kind_name(node->child[i]->kind), value_kind_name(so_far.kind));
        so_far.kind = kind_of_type(&so_far.type, &so_far.any);
        so_far.is_constant &= is_null_literal(node->child[i]);
    }
    for (size_t i = 0; i < node->count; i++)
        node->child[i] = node_widen(syntax, node->child[i], &so_far.type);
    set_type(node, so_far.type);
    return node;
}

static bool evaluate_nullif(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    struct value equal;
    if (!node->child[1]->evaluate(node->child[1], evaluation, &equal) ||
        !node->child[0]->evaluate(node->child[0], evaluation, value))
        return false;
    if (equal.kind == VALUE_BOOLEAN && equal.truth)
        value->kind = VALUE_NULL;
    return true;
}

/* NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END. */
static struct node *compile_nullif(const struct scope *scope, const struct syntax *syntax)
{
    struct syntax equal = *syntax;
    equal.kind = SYNTAX_EQUAL;
    struct node *first = node_compile(scope, syntax->child[0]);
    struct node *node = node_new(syntax, first->type, evaluate_nullif);
    node_add(node, first);
    node_add(node, operator_compile(scope, &equal));
    return node;
}

/* ---- texts ---- */

/* The text in child 0 of a function that makes another of it. */
static bool text_argument(const struct node *node, struct evaluation *evaluation,
                          struct value *value)
{
    return node_value(node->child[0], VALUE_TEXT, evaluation, value);
}

/* The first character of TEXT, which is not empty, and its length. Where TEXT is not UTF-8, it is
 * any character; but nothing is read behind TEXT. */
static wint_t first_character(struct slice text, size_t *length)
{
    const unsigned char *p = (const unsigned char *)text.at;
    *length = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (*length > text.length)
        *length = text.length;
    wint_t character = *length == 1 ? p[0] : p[0] & (0x7fu >> *length);
    for (size_t i = 1; i < *length; i++)
        character = character << 6 | (p[i] & 0x3f);
    return character;
}

static char *put_character(char *to, wint_t character)
{
    if (character < 0x80) {
        *to++ = (char)character;
        return to;
    }
    int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    *to++ = (char)((0xff00u >> (more + 1) & 0xff) | character >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (character >> 6 * more & 0x3f));
    return to;
}

/* Letters are the same everywhere, whatever the environment says. */
static wint_t change_case(wint_t character, bool upper)
{
    static locale_t locale;
    if (!locale)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!locale)
        fail(EXIT_SYSTEM, "the locale C.UTF-8 is missing");
    return upper ? towupper_l(character, locale) : towlower_l(character, locale);
}

static bool evaluate_case_change(const struct node *node, struct evaluation *evaluation,
                                 struct value *value)
{
    enum { LONGEST = 4 };
    if (!text_argument(node, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    struct slice from = value->text;
    char *text = arena_get(evaluation->arena, from.length * LONGEST), *to = text;
    for (size_t length; from.length > 0;
         from = (struct slice){from.at + length, from.length - length})
        to = put_character(to, change_case(first_character(from, &length), node->parameter));
    value->text = (struct slice){text, (size_t)(to - text)};
    return true;
}

static struct node *compile_text_function(const struct scope *scope, const struct syntax *syntax,
                                          bool (*evaluate)(const struct node *, struct evaluation *,
                                                           struct value *),
                                          struct type type)
{
    struct node *node = call_node(scope, syntax, type, evaluate);
    node_require(scope, node->child[0], VALUE_TEXT);
    return node;
}

static struct node *compile_lower(const struct scope *scope, const struct syntax *syntax)
{
    return compile_text_function(scope, syntax, evaluate_case_change, text_type);
}

static struct node *compile_upper(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_lower(scope, syntax);
    node->parameter = true;
    return node;
}

static bool evaluate_trim(const struct node *node, struct evaluation *evaluation,
                          struct value *value)
{
    if (!text_argument(node, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    struct slice *text = &value->text;
    while (text->length > 0 && text->at[0] == ' ')
        *text = (struct slice){text->at + 1, text->length - 1};
    while (text->length > 0 && text->at[text->length - 1] == ' ')
        text->length--;
    return true;
}

static struct node *compile_trim(const struct scope *scope, const struct syntax *syntax)
{
    return compile_text_function(scope, syntax, evaluate_trim, text_type);
}

static int64_t count_characters(struct slice text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    return count;
}

static bool evaluate_length(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    if (!text_argument(node, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL)
        *value = (struct value){.kind = VALUE_NUMBER, .number = {count_characters(value->text), 0}};
    return true;
}

static struct node *compile_length(const struct scope *scope, const struct syntax *syntax)
{
    return compile_text_function(scope, syntax, evaluate_length, int_type);
}

/* TEXT without its first COUNT characters. */
static struct slice behind_characters(struct slice text, __int128 count)
{
    size_t i = 0;
    for (; i < text.length && count > 0; count--)
        do
            i++;
        while (i < text.length && ((unsigned char)text.at[i] & 0xc0) == 0x80);
    return (struct slice){text.at + i, text.length - i};
}

/* SUBSTR(text, from, count): the characters FROM to FROM + COUNT - 1 of those that there are; the
 * first is 1, so what lies before it counts without being there. */
static bool evaluate_substr(const struct node *node, struct evaluation *evaluation,
                            struct value *value)
{
    struct value from, count = {.kind = VALUE_NUMBER, .number = {INT64_MAX, 0}};
    if (!text_argument(node, evaluation, value) ||
        !node_value(node->child[1], VALUE_NUMBER, evaluation, &from) ||
        (node->count > 2 && !node_value(node->child[2], VALUE_NUMBER, evaluation, &count)))
        return false;
    if (from.kind == VALUE_NULL || count.kind == VALUE_NULL)
        value->kind = VALUE_NULL;
    if (value->kind == VALUE_NULL)
        return true;
    if (from.number.scale > 0 || count.number.scale > 0)
        return node_fails(node, evaluation, "SUBSTR counts in integers");
    if (count.number.digits < 0)
        return node_fails(node, evaluation, "SUBSTR cannot have a negative count");
    __int128 first = from.number.digits - 1, behind;
    if (__builtin_add_overflow(first, count.number.digits, &behind))
        behind = first; /* no text is so long */
    struct slice rest = behind_characters(value->text, first);
    struct slice beyond = behind_characters(value->text, behind);
    value->text = (struct slice){rest.at, beyond.at > rest.at ? (size_t)(beyond.at - rest.at) : 0};
    return true;
}

static struct node *compile_substr(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_text_function(scope, syntax, evaluate_substr, text_type);
    for (size_t i = 1; i < node->count; i++) {
        node_require(scope, node->child[i], VALUE_NUMBER);
        if (node->child[i]->type.kind == TYPE_DECIMAL)
            node_mistake(scope, node->child[i], "SUBSTR counts in integers");
    }
    return node;
}

/* ---- numbers ---- */

static bool evaluate_abs(const struct node *node, struct evaluation *evaluation,
                         struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL && value->number.digits < 0)
        value->number.digits = -value->number.digits;
    return value->kind == VALUE_NULL || number_fits(node, &value->number) ||
           node_fails(node, evaluation, "is out of range for int");
}

static bool evaluate_floor(const struct node *node, struct evaluation *evaluation,
                           struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    if (value->kind != VALUE_NULL)
        value->number =
            node->parameter ? arithmetic_ceil(value->number) : arithmetic_floor(value->number);
    return true;
}

static bool evaluate_round(const struct node *node, struct evaluation *evaluation,
                           struct value *value)
{
    if (!node_value(node->child[0], VALUE_NUMBER, evaluation, value))
        return false;
    return value->kind == VALUE_NULL ||
           arithmetic_round(value->number, node->parameter, &value->number) ||
           node_fails(node, evaluation, "needs more than 38 digits");
}

/* What a number becomes that is rounded to SCALE; one digit may come in front. */
static struct type rounded_type(const struct type *from, int scale)
{
    if (from->kind == TYPE_ANY || (from->kind == TYPE_INT && scale == 0))
        return *from;
    int whole = from->kind == TYPE_INT ? 19 : from->precision - from->scale + 1;
    int precision = whole + scale;
    return (struct type){.kind = TYPE_DECIMAL,
                         .precision =
                             precision < DECIMAL_MAX_PRECISION ? precision : DECIMAL_MAX_PRECISION,
                         .scale = scale};
}

static struct node *compile_number_function(const struct scope *scope, const struct syntax *syntax,
                                            bool (*evaluate)(const struct node *,
                                                             struct evaluation *, struct value *))
{
    struct node *node = call_node(scope, syntax, int_type, evaluate);
    node_require(scope, node->child[0], VALUE_NUMBER);
    set_type(node, node->child[0]->type);
    return node;
}

static struct node *compile_abs(const struct scope *scope, const struct syntax *syntax)
{
    return compile_number_function(scope, syntax, evaluate_abs);
}

static struct node *compile_floor(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_number_function(scope, syntax, evaluate_floor);
    set_type(node, rounded_type(&node->type, 0));
    return node;
}

static struct node *compile_ceil(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_floor(scope, syntax);
    node->parameter = true;
    return node;
}

static struct node *compile_round(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_number_function(scope, syntax, evaluate_round);
    if (node->count > 1) {
        const struct node *digits = node->child[1];
        if (!digits->is_constant || digits->type.kind != TYPE_INT ||
            digits->constant.number.digits < 0 ||
            digits->constant.number.digits > DECIMAL_MAX_PRECISION)
            node_mistake(scope, digits, "ROUND needs a number of digits from 0 to 38 here");
        node->parameter = (int)digits->constant.number.digits;
    }
    set_type(node, rounded_type(&node->type, node->parameter));
    return node;
}

/* ---- time ---- */

/* The unit that SYNTAX names, as a word or as a text; UNITS when it does not. */
static enum calendar_unit unit_of(const struct syntax *syntax)
{
    if (syntax->kind != SYNTAX_COLUMN && syntax->kind != SYNTAX_TEXT)
        return UNITS;
    return calendar_unit(slice_of(syntax->text));
}

_Noreturn static void no_unit(const struct scope *scope, const struct syntax *syntax)
{
    syntax_fail(scope->option, scope->text, syntax->at,
                "expected MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR");
}

/* A date is the midnight that begins it, of clocks that never change. */
static int64_t moment_of(const struct value *value)
{
    return value->kind == VALUE_DATE ? value->count * INT64_C(86400000) : value->count;
}

static bool evaluate_truncate(const struct node *node, struct evaluation *evaluation,
                              struct value *value)
{
    const struct node *child = node->child[0];
    if (!child->evaluate(child, evaluation, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    bool is_date = value->kind == VALUE_DATE;
    if (!is_date && value->kind != VALUE_TIMESTAMP)
        return node_fails(child, evaluation, "is neither a timestamp nor a date");
    if (!calendar_truncate(is_date ? NULL : node->zone, (enum calendar_unit)node->parameter,
                           moment_of(value), &value->count))
        return node_fails(child, evaluation, "is out of range for a date");
    if (is_date)
        value->count /= INT64_C(86400000);
    return true;
}

static void require_moment(const struct scope *scope, const struct node *node)
{
    if (!node->any && node->kind != VALUE_DATE && node->kind != VALUE_NULL)
        node_require(scope, node, VALUE_TIMESTAMP);
}

/*
 * Which argument of DATE_TRUNC('hour', x), or DATE_TRUNC(x, HOUR) as other engines have it, is the
 * unit: what is in quotes; of two words, of which one is a column called "day", the other.
 */
static size_t unit_argument(const struct scope *scope, const struct syntax *syntax)
{
    for (size_t i = 0; i < 2; i++)
        if (syntax->child[i]->kind == SYNTAX_TEXT)
            return i;
    if (unit_of(syntax->child[0]) == UNITS)
        return 1;
    return unit_of(syntax->child[1]) != UNITS &&
           schema_find(scope->schema, syntax->child[0]->text) >= 0;
}

static struct node *compile_truncate(const struct scope *scope, const struct syntax *syntax)
{
    size_t argument = unit_argument(scope, syntax);
    const struct syntax *unit = syntax->child[argument];
    if (unit_of(unit) == UNITS)
        no_unit(scope, unit);
    struct node *moment = node_compile(scope, syntax->child[1 - argument]);
    struct node *node = node_new(syntax, moment->type, evaluate_truncate);
    node_add(node, moment);
    require_moment(scope, moment);
    node->parameter = (int)unit_of(unit);
    node->zone = scope->zone;
    return node;
}

static bool evaluate_difference(const struct node *node, struct evaluation *evaluation,
                                struct value *value)
{
    struct value other;
    if (!node->child[0]->evaluate(node->child[0], evaluation, value) ||
        !node->child[1]->evaluate(node->child[1], evaluation, &other))
        return false;
    if (other.kind == VALUE_NULL)
        value->kind = VALUE_NULL;
    if (value->kind == VALUE_NULL)
        return true;
    bool is_date = value->kind == VALUE_DATE;
    if (value->kind != other.kind || (!is_date && value->kind != VALUE_TIMESTAMP))
        return node_fails(node->child[value->kind == VALUE_TIMESTAMP || is_date], evaluation,
                          "is neither a timestamp nor a date as the other one is");
    int64_t units;
    if (!calendar_difference(is_date ? NULL : node->zone, (enum calendar_unit)node->parameter,
                             moment_of(value), moment_of(&other), &units))
        return node_fails(node, evaluation, "is out of range for a date");
    *value = (struct value){.kind = VALUE_NUMBER, .number = {units, 0}};
    return true;
}

static struct node *compile_difference(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = node_new(syntax, int_type, evaluate_difference);
    if (unit_of(syntax->child[2]) == UNITS)
        no_unit(scope, syntax->child[2]);
    for (size_t i = 0; i < 2; i++) {
        node_add(node, node_compile(scope, syntax->child[i]));
        require_moment(scope, node->child[i]);
    }
    const struct node *a = node->child[0], *b = node->child[1];
    if (!a->any && !b->any && a->kind != VALUE_NULL && b->kind != VALUE_NULL)
        node_require(scope, b, a->kind);
    node->parameter = (int)unit_of(syntax->child[2]);
    node->zone = scope->zone;
    return node;
}

static const struct function functions[] = {
    {"COALESCE", 1, SIZE_MAX, compile_coalesce},
    {"NULLIF", 2, 2, compile_nullif},
    {"LOWER", 1, 1, compile_lower},
    {"UPPER", 1, 1, compile_upper},
    {"TRIM", 1, 1, compile_trim},
    {"SUBSTR", 2, 3, compile_substr},
    {"SUBSTRING", 2, 3, compile_substr},
    {"LENGTH", 1, 1, compile_length},
    {"CHAR_LENGTH", 1, 1, compile_length},
    {"ABS", 1, 1, compile_abs},
    {"FLOOR", 1, 1, compile_floor},
    {"CEIL", 1, 1, compile_ceil},
    {"CEILING", 1, 1, compile_ceil},
    {"ROUND", 1, 2, compile_round},
    {"DATE_TRUNC", 2, 2, compile_truncate},
    {"TIMESTAMP_TRUNC", 2, 2, compile_truncate},
    {"TIMESTAMP_DIFF", 3, 3, compile_difference},
};

/* ---- aggregates ---- */

static const struct {
    const char *name;
    enum aggregate_function function;
} aggregate_names[] = {
    {"COUNT", AGGREGATE_COUNT}, {"SUM", AGGREGATE_SUM}, {"AVG", AGGREGATE_AVG},
    {"MIN", AGGREGATE_MIN},     {"MAX", AGGREGATE_MAX}, {"COLLECT", AGGREGATE_COLLECT},
};

static bool evaluate_aggregate(const struct node *node, struct evaluation *evaluation,
                               struct value *value)
{
    *value = evaluation->aggregate[node->index];
    return true;
}

/* What is aggregated is computed of each record, so there are no groups and windows in it. */
static struct expression *compile_argument(const struct scope *scope, const struct syntax *syntax)
{
    struct scope record = *scope;
    record.aggregates = NULL;
    record.windowed = false;
    return syntax->star ? NULL : expression_new(&record, syntax->child[0]);
}

static struct node *compile_aggregate(const struct scope *scope, const struct syntax *syntax,
                                      enum aggregate_function function)
{
    struct buffer identity = {0};
    struct type type;
    if (!scope->aggregates)
        syntax_fail(scope->option, scope->text, syntax->at,
                    "%s is an aggregate, and there are no groups here", syntax->text);
    if (syntax->star ? function != AGGREGATE_COUNT : syntax->count != 1)
        syntax_fail(scope->option, scope->text, syntax->at, "%s needs one argument", syntax->text);
    if (function == AGGREGATE_COLLECT && !syntax->distinct)
        syntax_fail(scope->option, scope->text, syntax->at,
                    "COLLECT needs DISTINCT: without it, the order would be that of arrival");
    struct expression *argument = compile_argument(scope, syntax);
    struct node *node = node_new(syntax, int_type, evaluate_aggregate);
    node->pii = argument && function != AGGREGATE_COUNT && expression_is_pii(argument);
    syntax_write(syntax, scope->text, &identity);
    const char *why = aggregates_use(scope->aggregates, function, syntax->distinct, argument,
                                     buffer_slice(&identity), &node->index, &type);
    if (why)
        syntax_fail(scope->option, scope->text, syntax->count ? syntax->child[0]->at : syntax->at,
                    "%s %s", syntax->text, why);
    buffer_free(&identity);
    set_type(node, type);
    return node;
}

static void check_count(const struct scope *scope, const struct syntax *syntax,
                        const struct function *function)
{
    if (syntax->count >= function->least && syntax->count <= function->most && !syntax->star &&
        !syntax->distinct)
        return;
    syntax_fail(scope->option, scope->text, syntax->at, "%s is not called so: it has %zu%s",
                syntax->text, function->least,
                function->most == SIZE_MAX         ? " or more arguments"
                : function->most > function->least ? " arguments, or one more"
                : function->least == 1             ? " argument"
                                                   : " arguments");
}

struct node *call_compile(const struct scope *scope, const struct syntax *syntax)
{
    for (size_t i = 0; i < sizeof aggregate_names / sizeof *aggregate_names; i++)
        if (strcmp(aggregate_names[i].name, syntax->text) == 0)
            return compile_aggregate(scope, syntax, aggregate_names[i].function);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, syntax->text) == 0) {
            check_count(scope, syntax, &functions[i]);
            return functions[i].compile(scope, syntax);
        }
    syntax_fail(scope->option, scope->text, syntax->at, "there is no function %s", syntax->text);
}
