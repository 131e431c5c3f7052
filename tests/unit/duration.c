#include "duration.h"

#include "check.h"

/* What TEXT means, or -1 when it is refused (and then nothing was written). */
static int64_t parsed(const char *text)
{
    int64_t ms = -77;
    if (duration_parse(text, &ms))
        return ms;
    return ms == -77 ? -1 : -2;
}

static void reads_an_integer_and_a_unit(void)
{
    CHECK(parsed("0ms") == 0);
    CHECK(parsed("0s") == 0);
    CHECK(parsed("1ms") == 1);
    CHECK(parsed("500ms") == 500);
    CHECK(parsed("10s") == 10000);
    CHECK(parsed("30m") == 1800000);
    CHECK(parsed("1h") == 3600000);
    CHECK(parsed("7d") == 604800000);
    CHECK(parsed("2w") == 1209600000);
    CHECK(parsed("007d") == 604800000);
}

static void refuses_everything_else(void)
{
    const char *const bad[] = {"",     "10",   "s",    "ms",     "-5s",     "+5s",    " 5s",  "5s ",
                               "5 s",  "5S",   "5M",   "1.5h",   "1h30m",   "1e3s",   "0x5s", "5ss",
                               "5min", "5sec", "5mss", "5\xc2s", "5s\n10s", "five s", "inf",  "5y"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t got = parsed(bad[i]);
        if (got != -1)
            fprintf(stderr, "\"%s\" was not refused\n", bad[i]);
        CHECK(got == -1);
    }
}

static void ends_at_64_bits(void)
{
    CHECK(parsed("9223372036854775807ms") == INT64_MAX);
    CHECK(parsed("9223372036854775808ms") == -1);
    CHECK(parsed("18446744073709551617ms") == -1);
    CHECK(parsed("9223372036854775s") == 9223372036854775000);
    CHECK(parsed("9223372036854776s") == -1);
    CHECK(parsed("153722867280912m") == 9223372036854720000);
    CHECK(parsed("153722867280913m") == -1);
    CHECK(parsed("2562047788015h") == 9223372036854000000);
    CHECK(parsed("2562047788016h") == -1);
    CHECK(parsed("106751991167d") == 9223372036828800000);
    CHECK(parsed("106751991168d") == -1);
    CHECK(parsed("15250284452w") == 9223372036569600000);
    CHECK(parsed("15250284453w") == -1);
    CHECK(parsed("99999999999999999999999999999999s") == -1);
}

static bool is_between(const char *text, int64_t from_ms, int64_t to_ms)
{
    int64_t from = -77, to = -77;
    return duration_parse_between(text, &from, &to) && from == from_ms && to == to_ms;
}

static void reads_two_with_signs(void)
{
    CHECK(is_between("-30m AND 0s", -1800000, 0));
    CHECK(is_between("-1d and +1h", -86400000, 3600000));
    CHECK(is_between("  +1ms   And  -2ms ", 1, -2));
    CHECK(is_between("-9223372036854775807ms AND 9223372036854775807ms", -INT64_MAX, INT64_MAX));
    CHECK(is_between("00000000000000000000000000001s AND -0s", 1000, 0));
}

static void refuses_what_is_not_two(void)
{
    const char *const bad[] = {"",
                               "-30m",
                               "-30m AND",
                               "-30m AND ",
                               "AND 0s",
                               "-30m 0s",
                               "-30mAND 0s",
                               "-30m AND0s",
                               "-30m AND 0",
                               "30 AND 0s",
                               "- 30m AND 0s",
                               "--30m AND 0s",
                               "+-1s AND 0s",
                               "-30m AND 0s x",
                               "-30m AND 0s AND 1s",
                               "-30m, 0s",
                               "-30m\tAND 0s",
                               "-1.5h AND 0s",
                               "now AND 0s",
                               "0000000000000000000000000000001s AND 0s"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t from = -77, to = -77;
        bool read = duration_parse_between(bad[i], &from, &to);
        if (read)
            fprintf(stderr, "\"%s\" was not refused\n", bad[i]);
        CHECK(!read && from == -77 && to == -77);
    }
}

static void writes_the_largest_exact_unit(void)
{
    char text[DURATION_TEXT];
    CHECK_TEXT(duration_format(0, text), "0s");
    CHECK_TEXT(duration_format(1, text), "1ms");
    CHECK_TEXT(duration_format(999, text), "999ms");
    CHECK_TEXT(duration_format(1000, text), "1s");
    CHECK_TEXT(duration_format(1001, text), "1001ms");
    CHECK_TEXT(duration_format(90000, text), "90s");
    CHECK_TEXT(duration_format(5400000, text), "90m");
    CHECK_TEXT(duration_format(3600000, text), "1h");
    CHECK_TEXT(duration_format(90000000, text), "25h");
    CHECK_TEXT(duration_format(604800000, text), "7d");
    CHECK_TEXT(duration_format(1209600000, text), "14d");
    CHECK_TEXT(duration_format(INT64_MAX, text), "9223372036854775807ms");
}

static void reads_what_it_writes(void)
{
    for (int64_t ms = 1; ms < INT64_MAX / 60; ms = ms % 7 == 0 ? ms * 60 : ms * 12 + 1) {
        char text[DURATION_TEXT];
        CHECK(parsed(duration_format(ms, text)) == ms);
    }
}

int main(void)
{
    reads_an_integer_and_a_unit();
    refuses_everything_else();
    ends_at_64_bits();
    reads_two_with_signs();
    refuses_what_is_not_two();
    writes_the_largest_exact_unit();
    reads_what_it_writes();
    return check_result();
}
