/* Functions of expressions on texts, which they see as characters. */
#include <locale.h>
#include <wctype.h>

#include "error.h"
#include "expression_inside.h"

static const struct type text_type = {.kind = TYPE_STRING}, int_type = {.kind = TYPE_INT};

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
    struct node *node = node_call(scope, syntax, type, evaluate);
    node_require(scope, node->child[0], VALUE_TEXT);
    return node;
}

struct node *text_lower_compile(const struct scope *scope, const struct syntax *syntax)
{
    return compile_text_function(scope, syntax, evaluate_case_change, text_type);
}

struct node *text_upper_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = text_lower_compile(scope, syntax);
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

struct node *text_trim_compile(const struct scope *scope, const struct syntax *syntax)
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

struct node *text_length_compile(const struct scope *scope, const struct syntax *syntax)
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

struct node *text_substr_compile(const struct scope *scope, const struct syntax *syntax)
{
    struct node *node = compile_text_function(scope, syntax, evaluate_substr, text_type);
    for (size_t i = 1; i < node->count; i++) {
        node_require(scope, node->child[i], VALUE_NUMBER);
        if (node->child[i]->type.kind == TYPE_DECIMAL)
            node_mistake(scope, node->child[i], "SUBSTR counts in integers");
    }
    return node;
}
