#include "total.h"

#include <stdlib.h>

#include "check.h"

/* A total of any form, and its result as text. */
struct sum {
    union {
        struct total total;
        uint64_t room[1 + TOTAL_ANY];
    };
};

static const char *sum_text(const struct sum *sum, enum total_form form, int scale)
{
    static char text[DECIMAL_TEXT];
    struct decimal value;
    if (!total_sum(&sum->total, form, scale, &value))
        return "out of range";
    return decimal_format(value, text);
}

static const char *average_text(const struct sum *sum, enum total_form form, int scale)
{
    static char text[DECIMAL_TEXT];
    struct decimal value;
    if (!total_average(&sum->total, form, scale, &value))
        return "out of range";
    return decimal_format(value, text);
}

static struct decimal number(const char *text)
{
    const char *point = strchr(text, '.');
    struct decimal value = {0, 0};
    CHECK(decimal_parse(slice_of(text), 38, point ? (int)strlen(point + 1) : 0, &value) ==
          DECIMAL_OK);
    return value;
}

static void add(struct sum *sum, enum total_form form, const char *text)
{
    if (form == TOTAL_ANY)
        total_add_any(&sum->total, number(text));
    else
        total_add(&sum->total, form, number(text).digits);
}

static const enum total_form forms[] = {TOTAL_SHORT, TOTAL_LONG, TOTAL_ANY};

static void golden_sum_and_average(void)
{
    for (int i = 0; i < 3; i++) {
        struct sum sum = {0};
        add(&sum, forms[i], "10.10");
        add(&sum, forms[i], "0.20");
        add(&sum, forms[i], "99999999.99");
        CHECK_TEXT(sum_text(&sum, forms[i], 2), "100000010.29");
        CHECK_TEXT(average_text(&sum, forms[i], 2), "33333336.763333");
        CHECK(sum.total.count == 3);
    }
}

static void rounds_averages_half_up_away_from_zero(void)
{
    static const struct {
        const char *value[3];
        const char *average;
    } cases[] = {
        {{"1", "2"}, "1.500000"},
        {{"1", "1", "2"}, "1.333333"},
        {{"2", "2", "1"}, "1.666667"},
        {{"-2", "-2", "-1"}, "-1.666667"},
        {{"-1", "1"}, "0.000000"},
        {{"0.000001", "0.000002"}, "0.000002"},
        {{"-0.000001", "-0.000002"}, "-0.000002"},
        {{"0.0000001", "0.0000002"}, "0.0000002"},
        {{"9223372036854775807", "9223372036854775807"}, "9223372036854775807.000000"},
        {{"-9223372036854775808", "-9223372036854775807"}, "-9223372036854775807.500000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int form = 0; form < 3; form++) {
            struct sum sum = {0};
            for (int j = 0; j < 3 && cases[i].value[j]; j++)
                add(&sum, forms[form], cases[i].value[j]);
            CHECK_TEXT(average_text(&sum, forms[form], number(cases[i].value[0]).scale),
                       cases[i].average);
        }
    }
}

/* 1 / 2000000 is exactly half of the last digit; by one more record it is less. */
static void rounds_the_exact_quotient(void)
{
    for (int form = 0; form < 3; form++) {
        struct sum sum = {0}, negative = {0};
        add(&sum, forms[form], "1");
        add(&negative, forms[form], "-1");
        for (int i = 1; i < 2000000; i++) {
            total_add(&sum.total, TOTAL_SHORT, 0);
            total_add(&negative.total, TOTAL_SHORT, 0);
        }
        CHECK_TEXT(average_text(&sum, forms[form], 0), "0.000001");
        CHECK_TEXT(average_text(&negative, forms[form], 0), "-0.000001");
        add(&sum, forms[form], "0");
        add(&negative, forms[form], "0");
        CHECK_TEXT(average_text(&sum, forms[form], 0), "0.000000");
        CHECK_TEXT(average_text(&negative, forms[form], 0), "0.000000");
    }
}

static const char nines[] = "99999999999999999999999999999999999999";
static const char minus_nines[] = "-99999999999999999999999999999999999999";

/* A thousand times 10^38 needs 137 bits; only what is left at the end is judged. */
static void no_total_is_too_large(void)
{
    for (int form = 1; form < 3; form++) {
        struct sum sum = {0};
        for (int i = 0; i < 1000; i++)
            add(&sum, forms[form], nines);
        CHECK_TEXT(sum_text(&sum, forms[form], 0), "out of range");
        CHECK_TEXT(average_text(&sum, forms[form], 0), "out of range"); /* of 44 digits */
        for (int i = 0; i < 999; i++)
            add(&sum, forms[form], minus_nines);
        CHECK_TEXT(sum_text(&sum, forms[form], 0), nines);
        for (int i = 0; i < 1001; i++)
            add(&sum, forms[form], minus_nines);
        CHECK_TEXT(sum_text(&sum, forms[form], 0), "out of range");
        for (int i = 0; i < 999; i++)
            add(&sum, forms[form], nines);
        CHECK_TEXT(sum_text(&sum, forms[form], 0), minus_nines);
        add(&sum, forms[form], "-1");
        CHECK_TEXT(sum_text(&sum, forms[form], 0), "out of range");
        add(&sum, forms[form], "2");
        CHECK_TEXT(sum_text(&sum, forms[form], 0), "-99999999999999999999999999999999999998");
    }
}

static void averages_at_the_limit(void)
{
    struct sum sum = {0};
    for (int i = 0; i < 7; i++)
        add(&sum, TOTAL_LONG, "0.99999999999999999999999999999999999999");
    CHECK_TEXT(average_text(&sum, TOTAL_LONG, 38), "0.99999999999999999999999999999999999999");
    struct sum thirds = {0};
    add(&thirds, TOTAL_LONG, "99999999999999999999999999999999");
    add(&thirds, TOTAL_LONG, "99999999999999999999999999999999");
    add(&thirds, TOTAL_LONG, "99999999999999999999999999999998");
    CHECK_TEXT(average_text(&thirds, TOTAL_LONG, 0), "99999999999999999999999999999998.666667");
    add(&thirds, TOTAL_LONG, "100000000000000000000000000000000");
    CHECK_TEXT(average_text(&thirds, TOTAL_LONG, 0), "99999999999999999999999999999999.000000");
    add(&thirds, TOTAL_LONG, "100000000000000000000000000000004");
    CHECK_TEXT(average_text(&thirds, TOTAL_LONG, 0), "out of range");
}

static void sums_at_the_largest_scale(void)
{
    struct sum sum = {0};
    add(&sum, TOTAL_ANY, "10000000000000000000000000000000000000");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "10000000000000000000000000000000000000");
    add(&sum, TOTAL_ANY, "0.25");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "out of range");
    add(&sum, TOTAL_ANY, "-10000000000000000000000000000000000000");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "0.25");
    CHECK_TEXT(average_text(&sum, TOTAL_ANY, 0), "0.083333");
    add(&sum, TOTAL_ANY, "-0.2500");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "0.0000");
    add(&sum, TOTAL_ANY, "0.00000000000000000000000000000000000003");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "0.00000000000000000000000000000000000003");
    CHECK_TEXT(average_text(&sum, TOTAL_ANY, 0), "0.00000000000000000000000000000000000001");
    add(&sum, TOTAL_ANY, "1");
    CHECK_TEXT(sum_text(&sum, TOTAL_ANY, 0), "out of range"); /* of 39 digits */
}

/* Against 128-bit integers, which hold sums of this size. */
static void merges_to_what_one_total_has(void)
{
    unsigned random = 7;
    for (int trial = 0; trial < 300; trial++) {
        enum total_form form = forms[trial % 3];
        struct sum part[3] = {{.room = {0}}};
        __int128 expected = 0;
        for (int i = 0; i < 30; i++) {
            random = random * 1103515245u + 12345u;
            int64_t digits = (int64_t)(random >> 4) * (random & 0x100 ? -6700417 : 1000003);
            expected += digits;
            if (form == TOTAL_ANY)
                total_add_any(&part[i % 3].total, (struct decimal){digits, 2});
            else
                total_add(&part[i % 3].total, form, digits);
        }
        int first = trial % 2;
        total_merge(&part[first].total, &part[1 - first].total, form);
        total_merge(&part[2].total, &part[first].total, form);
        char text[DECIMAL_TEXT];
        decimal_format((struct decimal){expected, 2}, text);
        CHECK_TEXT(sum_text(&part[2], form, 2), text);
        CHECK(part[2].total.count == 30);
    }
}

static void check_written(const struct sum *sum, enum total_form form, const char *text)
{
    struct buffer out = {0};
    struct sum back = {0};
    total_write(&sum->total, form, &out);
    buffer_append_char(&out, '\0');
    CHECK_TEXT(out.at, text);
    CHECK(total_read(slice_of(text), form, &back.total));
    CHECK(memcmp(&back, sum, total_size(form)) == 0);
    buffer_free(&out);
}

static void comes_back_from_its_text(void)
{
    struct sum none = {0}, sum = {0}, large = {0}, any = {0};
    check_written(&none, TOTAL_SHORT, "[0,0,0]");
    add(&sum, TOTAL_SHORT, "-9223372036854775808");
    check_written(&sum, TOTAL_SHORT, "[1,0,-9223372036854775808]");
    for (int i = 0; i < 8; i++)
        add(&large, TOTAL_LONG, minus_nines);
    check_written(&large, TOTAL_LONG, "[8,0,-799999999999999999999999999999999999992]");
    add(&any, TOTAL_ANY, "1.50");
    check_written(&any, TOTAL_ANY, "[1,2,150000000000000000000000000000000000000]");
}

static void refuses_what_is_no_total(void)
{
    static const char *const bad[] = {"",          "[",        "[]",      "[1]",        "[1,2]",
                                      "[1,2,3",    "[1,2,3]]", "[1,2,]",  "[,2,3]",     "[-1,2,3]",
                                      "[1,-2,3]",  "[1,39,3]", "[1,2,x]", "1,2,3",      "[1,2,3,4]",
                                      "[1, 2, 3]", "[1,2,--]", "[1,2,-]", "[\"1\",2,3]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sum sum = {0};
        CHECK(!total_read(slice_of(bad[i]), TOTAL_LONG, &sum.total));
    }
    CHECK(!total_read((struct slice){NULL, 0}, TOTAL_LONG, NULL));
}

int main(void)
{
    golden_sum_and_average();
    rounds_averages_half_up_away_from_zero();
    rounds_the_exact_quotient();
    no_total_is_too_large();
    averages_at_the_limit();
    sums_at_the_largest_scale();
    merges_to_what_one_total_has();
    comes_back_from_its_text();
    refuses_what_is_no_total();
    return check_result();
}
