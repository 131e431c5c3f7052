/* portion.h: rows and their records, by number, with refused ones taken out. */
#include "portion.h"

#include "check.h"

static void add(struct portion *portion, const char *text, const char *line, int64_t time_ms)
{
    buffer_append_text(&portion->text, text);
    portion_end_row(portion, slice_of(line), time_ms != 0, time_ms);
}

static void check_rows(void)
{
    struct portion portion = {0};
    add(&portion, "1\ta\n", "{one}", 0);
    add(&portion, "2\t\\n\n", "", 7);
    add(&portion, "\\N\n", "{three}", 8);
    CHECK(portion.count == 3);
    CHECK(slice_is(portion_text(&portion, 0, 3), "1\ta\n2\t\\n\n\\N\n"));
    CHECK(slice_is(portion_text(&portion, 1, 2), "2\t\\n\n"));
    CHECK(portion_text(&portion, 2, 2).length == 0);
    CHECK(slice_is(portion_line(&portion, 0), "{one}"));
    CHECK(portion_line(&portion, 1).length == 0);
    CHECK(slice_is(portion_line(&portion, 2), "{three}"));
    CHECK(!portion.row[0].timed && portion.row[1].timed && portion.row[2].time_ms == 8);
    portion_clear(&portion);
    CHECK(portion.count == 0 && portion.text.length == 0);
    add(&portion, "4\n", "{four}", 0);
    CHECK(slice_is(portion_text(&portion, 0, 1), "4\n"));
    CHECK(slice_is(portion_line(&portion, 0), "{four}"));
    portion_free(&portion);
}

/* The first, the last, some in the middle, all. */
static void check_refused(unsigned refused, const char *left, size_t count)
{
    struct portion portion = {0};
    for (unsigned i = 0; i < 5; i++) {
        buffer_printf(&portion.text, "%.*s%u\n", (int)i, "xxxxx", i);
        portion_end_row(&portion, slice_of("{}"), false, 0);
        portion.row[i].refused = refused >> i & 1;
    }
    portion_drop_refused(&portion);
    CHECK(slice_is(buffer_slice(&portion.text), left));
    CHECK(portion.count == count);
    for (size_t i = 0; i < count; i++)
        CHECK(!portion.row[i].refused && portion_line(&portion, i).length == 0);
    portion_free(&portion);
}

int main(void)
{
    check_rows();
    check_refused(0, "0\nx1\nxx2\nxxx3\nxxxx4\n", 5);
    check_refused(1, "x1\nxx2\nxxx3\nxxxx4\n", 4);
    check_refused(16, "0\nx1\nxx2\nxxx3\n", 4);
    check_refused(10, "0\nxx2\nxxxx4\n", 3);
    check_refused(31, "", 0);
    return check_result();
}
