#include "decimal.h"

#include "check.h"

/* TEXT read as decimal(PRECISION, SCALE) and written again, or what is wrong with it. */
static const char *read(const char *text, int precision, int scale)
{
    static char out[DECIMAL_TEXT];
    struct decimal value = {-77, -77};
    enum decimal_status status = decimal_parse(slice_of(text), precision, scale, &value);
    if (status != DECIMAL_OK && (value.digits != -77 || value.scale != -77))
        return "touched";
    switch (status) {
    case DECIMAL_NOT_A_NUMBER:
        return "not a number";
    case DECIMAL_TOO_FINE:
        return "too fine";
    case DECIMAL_TOO_LARGE:
        return "too large";
    case DECIMAL_OK:
        break;
    }
    return value.scale == scale ? decimal_format(value, out) : "other scale";
}

static void keeps_exactly_the_scale(void)
{
    CHECK_TEXT(read("12.3", 10, 2), "12.30");
    CHECK_TEXT(read("12", 10, 2), "12.00");
    CHECK_TEXT(read("0.05", 10, 2), "0.05");
    CHECK_TEXT(read("-0.05", 10, 2), "-0.05");
    CHECK_TEXT(read("-12.34", 10, 2), "-12.34");
    CHECK_TEXT(read("7", 1, 0), "7");
    CHECK_TEXT(read("-7", 1, 0), "-7");
    CHECK_TEXT(read("0.10", 2, 1), "0.1");
    CHECK_TEXT(read("1.5000", 2, 1), "1.5");
    CHECK_TEXT(read("12.34", 38, 20), "12.34000000000000000000");
    CHECK_TEXT(read("123456789012345678", 18, 0), "123456789012345678");
    CHECK_TEXT(read("-99999999999999999", 17, 0), "-99999999999999999");
}

static void never_rounds(void)
{
    CHECK_TEXT(read("0.11", 2, 1), "too fine");
    CHECK_TEXT(read("12.345", 10, 2), "too fine");
    CHECK_TEXT(read("1e-5", 10, 5), "0.00001");
    CHECK_TEXT(read("1e-5", 10, 4), "too fine");
    CHECK_TEXT(read("0.000000000000000000000000000000000000001", 38, 38), "too fine");
    CHECK_TEXT(read("1e-99999999999999999999", 38, 38), "too fine");
}

static void refuses_what_does_not_fit(void)
{
    CHECK_TEXT(read("99999999.99", 10, 2), "99999999.99");
    CHECK_TEXT(read("-99999999.99", 10, 2), "-99999999.99");
    CHECK_TEXT(read("100000000", 10, 2), "too large");
    CHECK_TEXT(read("100000000.00", 10, 2), "too large");
    CHECK_TEXT(read("10000.00", 6, 2), "too large");
    CHECK_TEXT(read("10000.00", 7, 2), "10000.00");
    CHECK_TEXT(read("0.99", 2, 2), "0.99");
    CHECK_TEXT(read("1.00", 2, 2), "too large");
    CHECK_TEXT(read("1e99999999999999999999", 38, 0), "too large");
}

static void reads_exponents(void)
{
    CHECK_TEXT(read("1E+2", 10, 2), "100.00");
    CHECK_TEXT(read("1.5e1", 10, 2), "15.00");
    CHECK_TEXT(read("1250e-2", 4, 1), "12.5");
    CHECK_TEXT(read("-2.5E-1", 3, 2), "-0.25");
    CHECK_TEXT(read("0.001e+3", 1, 0), "1");
    CHECK_TEXT(read("1000e-0003", 1, 0), "1");
    CHECK_TEXT(read("1e37", 38, 0), "10000000000000000000000000000000000000");
    CHECK_TEXT(read("1e38", 38, 0), "too large");
    CHECK_TEXT(read("1e-38", 38, 38), "0.00000000000000000000000000000000000001");
}

static void takes_any_zero(void)
{
    CHECK_TEXT(read("0", 1, 0), "0");
    CHECK_TEXT(read("-0", 10, 2), "0.00");
    CHECK_TEXT(read("-0.0", 1, 0), "0");
    CHECK_TEXT(read("0e99", 1, 0), "0");
    CHECK_TEXT(read("0.000e-99", 1, 1), "0.0");
    CHECK_TEXT(read("0.00000000000000000000000000000000000000000000", 1, 0), "0");
    CHECK_TEXT(read("-0e99999999999999999999999999", 38, 38),
               "0.00000000000000000000000000000000000000");
}

static void holds_38_digits(void)
{
    const char *nines = "99999999999999999999999999999999999999";
    const char *tenths = "1234567890123456789012345678901234567.8";
    const char *parts = "-0.12345678901234567890123456789012345678";
    CHECK_TEXT(read(nines, 38, 0), nines);
    CHECK_TEXT(read("-99999999999999999999999999999999999999", 38, 0),
               "-99999999999999999999999999999999999999");
    CHECK_TEXT(read("100000000000000000000000000000000000000", 38, 0), "too large");
    CHECK_TEXT(read(tenths, 38, 1), tenths);
    CHECK_TEXT(read(tenths, 38, 2), "too large");
    CHECK_TEXT(read(parts, 38, 38), parts);
    CHECK_TEXT(read("18446744073709551616", 38, 0), "18446744073709551616");
    CHECK_TEXT(read("18446744073709551615", 38, 2), "18446744073709551615.00");
    CHECK_TEXT(read("1000000000000000000", 19, 0), "1000000000000000000");
    CHECK_TEXT(read("1000000000000000000000000000000000001", 38, 0),
               "1000000000000000000000000000000000001");
}

static void reads_json_numbers_only(void)
{
    const char *const bad[] = {
        "",    "-",  "+1",   ".5",   "5.",  "01", "-01",   "00",  "1.e5", "1e",      "1e+",  "1e-",
        "e5",  " 1", "1 ",   "1.2.", "--1", "1-", "0x10",  "1_0", "NaN",  "1,5",     "1e5.", "1e.5",
        "-.5", "1a", "1.5a", "1\n",  "١",   "1.", "1e5e5", "-e1", "0.-1", "Infinity"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *got = read(bad[i], 10, 2);
        if (strcmp(got, "not a number") != 0)
            fprintf(stderr, "\"%s\" is %s\n", bad[i], got);
        CHECK_TEXT(got, "not a number");
    }
    struct decimal value;
    CHECK(decimal_parse((struct slice){NULL, 0}, 10, 2, &value) == DECIMAL_NOT_A_NUMBER);
    CHECK(decimal_parse((struct slice){"1\0", 2}, 10, 2, &value) == DECIMAL_NOT_A_NUMBER);
    CHECK(decimal_parse((struct slice){"123", 2}, 10, 2, &value) == DECIMAL_OK);
    CHECK(value.digits == 1200 && value.scale == 2);
}

static void writes_the_whole_range(void)
{
    char out[DECIMAL_TEXT];
    __int128 most = (__int128)(~(unsigned __int128)0 >> 1);
    CHECK_TEXT(decimal_format((struct decimal){most, 0}, out),
               "170141183460469231731687303715884105727");
    CHECK_TEXT(decimal_format((struct decimal){-most - 1, 38}, out),
               "-1.70141183460469231731687303715884105728");
    CHECK_TEXT(decimal_format((struct decimal){(__int128)UINT64_MAX + 1, 3}, out),
               "18446744073709551.616");
    CHECK_TEXT(decimal_format((struct decimal){UINT64_MAX, 0}, out), "18446744073709551615");
    CHECK_TEXT(decimal_format((struct decimal){-1, 38}, out),
               "-0.00000000000000000000000000000000000001");
    CHECK_TEXT(decimal_format((struct decimal){0, 3}, out), "0.000");
}

static void golden_sum(void)
{
    const char *const text[] = {"10.10", "0.20", "99999999.99"};
    struct decimal sum = {0, 2}, value;
    for (int i = 0; i < 3; i++) {
        CHECK(decimal_parse(slice_of(text[i]), 10, 2, &value) == DECIMAL_OK);
        sum.digits += value.digits;
    }
    char out[DECIMAL_TEXT];
    CHECK_TEXT(decimal_format(sum, out), "100000010.29");
}

static void check_order(struct decimal less, struct decimal more)
{
    CHECK(decimal_compare(less, more) < 0);
    CHECK(decimal_compare(more, less) > 0);
    CHECK(decimal_compare(less, less) == 0);
    CHECK(decimal_compare(more, more) == 0);
}

static void compares_across_scales(void)
{
    __int128 nines = (__int128)9999999999999999999ULL * 10000000000000000000ULL +
                     (__int128)9999999999999999999ULL;
    CHECK(decimal_compare((struct decimal){150, 2}, (struct decimal){15, 1}) == 0);
    CHECK(decimal_compare((struct decimal){-150, 2}, (struct decimal){-15, 1}) == 0);
    CHECK(decimal_compare((struct decimal){0, 0}, (struct decimal){0, 38}) == 0);
    check_order((struct decimal){149, 2}, (struct decimal){15, 1});
    check_order((struct decimal){15, 1}, (struct decimal){151, 2});
    check_order((struct decimal){-151, 2}, (struct decimal){-15, 1});
    check_order((struct decimal){-5, 1}, (struct decimal){3, 1});
    check_order((struct decimal){nines, 38}, (struct decimal){1, 0});
    check_order((struct decimal){nines, 38}, (struct decimal){nines, 0});
    check_order((struct decimal){-nines, 0}, (struct decimal){-nines, 38});
    check_order((struct decimal){-nines, 0}, (struct decimal){nines, 38});
    check_order((struct decimal){-1, 0}, (struct decimal){-nines, 38});
    check_order((struct decimal){1, 38}, (struct decimal){1, 0});
}

int main(void)
{
    keeps_exactly_the_scale();
    never_rounds();
    refuses_what_does_not_fit();
    reads_exponents();
    takes_any_zero();
    holds_38_digits();
    reads_json_numbers_only();
    writes_the_whole_range();
    golden_sum();
    compares_across_scales();
    return check_result();
}
