/*
 * random-sql [--grouped] SEED COUNT ZONE DIR: writes COUNT random expressions (sql.h) and some rows
 * to ask us and PostgreSQL about.
 *
 *     DIR/contract.json, DIR/row.ndjson     the rows for us, with a column or two of every type
 *     DIR/rows.sql                          the same for PostgreSQL
 *     DIR/ours                              a line for each expression: its number, a tab, our SQL
 *     DIR/theirs                            the same: number, kind, scale, arguments, their SQL
 *
 * With --grouped the expressions have aggregates over the rows of one n, whose arguments are told.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odd.h"
#include "sql.h"

enum { ROWS = 24, GROUPED_ROWS = 60 };

static const char *const columns[][2] = {
    {"i", "int"},
    {"n", "int"},
    {"d", "decimal(10,2)"},
    {"w", "decimal(38,10)"},
    {"u", "any"},
    {"s", "string"},
    {"p", "string"},
    {"b", "boolean"},
    {"day", "date"},
    {"m", "timestamp"},
    {"r", "timestamp(rfc3339)"},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

/* A value as it is in JSON, and as it is in PostgreSQL's SQL. */
struct cell {
    const char *json, *sql;
};

static struct cell number_cell(const char *json)
{
    return (struct cell){json, json[0] == '"' ? text_of("'%.*s'", (int)strlen(json) - 2, json + 1)
                                              : text_of("'%s'", json)};
}

static struct cell text_cell(const char *text)
{
    char json[512], *to = json;
    *to++ = '"';
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            *to++ = '\\';
        if (*p >= 'a' && *p <= 'z' && chance(10))
            to += sprintf(to, "\\u%04x", *p);
        else
            *to++ = (char)*p;
    }
    *to++ = '"';
    *to = '\0';
    return (struct cell){text_of("%s", json), quoted(text)};
}

static struct cell moment_cell(bool as_text)
{
    static const int64_t edges[] = {
        0,
        -1,
        INT64_C(946684799999),  /* 1999-12-31T23:59:59.999 */
        INT64_C(1541300400000), /* 2018-11-04T03:00: a midnight that Sao Paulo skips */
        INT64_C(1550368800000), /* 2019-02-17T02:00: where its clocks go back from midnight */
        INT64_C(1743296400000), /* 2025-03-30T01:00: Paris goes forward */
        INT64_C(1761440400000), /* 2025-10-26T01:00: and back */
        INT64_C(1709210096789),
        INT64_C(1735689600000), /* 2025-01-01T00:00 */
        INT64_C(1741503600000), /* 2025-03-09T07:00: New York goes forward */
    };
    int64_t near = chance(60) ? random_below(3) - 1 : random_time(4 * hour_ms) - 2 * hour_ms;
    int64_t ms = chance(70) ? edges[random_below(sizeof edges / sizeof *edges)] + near
                            : random_time(INT64_C(3000000000000)) - INT64_C(800000000000);
    int64_t rest = (ms % day_ms + day_ms) % day_ms;
    const char *sql = text_of("ft_moment(%" PRId64 ")", ms);
    if (!as_text)
        return (struct cell){text_of("%" PRId64, ms), sql};
    /* of 2025-01-31, whatever MS was */
    return (struct cell){text_of("\"2025-01-31T%02d:%02d:%02d.%03d%s\"", (int)(rest / 3600000),
                                 (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
                                 (int)(rest % 1000), chance(50) ? "Z" : "+00:00"),
                         text_of("ft_moment(%" PRId64 ")", INT64_C(1738281600000) + rest)};
}

static const char *sign(void)
{
    return chance(30) ? "-" : "";
}

static struct cell cell(int column)
{
    const char *text;
    switch (column) {
    case 0:
        return number_cell(text_of("%s%s", sign(), one_of(chance(85) ? small_list : integer_list)));
    case 1:
        return number_cell(one_of("0|1|2|3|-1|-2|5|10"));
    case 2:
        text = one_of("0|12.30|\"12.30\"|1e2|99999999.99|0.01|10|7.5|0.005e1|2.50");
        return number_cell(text[0] == '"' ? text : text_of("%s%s", sign(), text));
    case 3:
        text = one_of("9999999999999999999999999999.9999999999|0.0000000001|1|0|12345.6789|5e20|"
                      "1000000000000000000|0.5");
        return number_cell(text_of("%s%s", sign(), text));
    case 4:
        return number_cell(
            one_of("0|1|-1|2.50|2.5|0.001|1e3|15e-1|18446744073709551616|7|-0.5|100.00"));
    case 5:
        return text_cell(one_of(text_list));
    case 6:
        return text_cell(one_of(castable_list));
    case 7:
        text = one_of("true|false");
        return (struct cell){text, text};
    case 8:
        text = one_of(day_list);
        return (struct cell){text_of("\"%s\"", text), text_of("'%s'", text)};
    default:
        return moment_cell(column == 10);
    }
}

static void write_row(FILE *ours, FILE *theirs, int id)
{
    fprintf(ours, "{\"id\":%d,\"at\":0", id);
    fprintf(theirs, "INSERT INTO rows VALUES (%d", id);
    for (int column = 0; column < COLUMNS; column++) {
        struct cell value = cell(column);
        if (chance(12))
            value = (struct cell){"null", "NULL"};
        if (value.json[0] != 'n' || chance(50))
            fprintf(ours, ",\"%s\":%s", columns[column][0], value.json);
        fprintf(theirs, ", %s", value.sql);
    }
    fputs("}\n", ours);
    fputs(");\n\n", theirs);
    texts_reset();
}

/* ---- files ---- */

static FILE *open_in(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file)
        fail(3, "cannot write %s", path);
    return file;
}

static void write_contract(const char *directory)
{
    FILE *file = open_in(directory, "contract.json");
    fputs("{ \"streams\": { \"row\": { \"time\": { \"column\": \"at\", \"unit\": \"ms\" },\n"
          "  \"columns\": [\n"
          "    { \"name\": \"id\", \"type\": \"int\" },\n"
          "    { \"name\": \"at\", \"type\": \"timestamp\" }",
          file);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(file, ",\n    { \"name\": \"%s\", \"type\": \"%s\" }", columns[i][0],
                columns[i][1]);
    fputs(" ] } } }\n", file);
    close_file(file, "contract.json");
}

static void write_rows(const char *directory, const char *zone, int count)
{
    FILE *ours = open_in(directory, "row.ndjson"), *theirs = open_in(directory, "rows.sql");
    fprintf(theirs, "SET timezone = '%s';\n\n", zone);
    for (int id = 1; id <= count; id++)
        write_row(ours, theirs, id);
    close_file(ours, "row.ndjson");
    close_file(theirs, "rows.sql");
}

/* A column alone goes over as it is spelled, so there is none. */
static struct sql make_one(bool grouped, const char **arguments)
{
    struct sql sql;
    do {
        texts_reset();
        *arguments = "";
        int depth = 1 + random_below(4);
        if (grouped)
            sql = make_grouped((enum kind)random_below(KINDS + 1), depth - 1, arguments);
        else
            sql = make(any_kind(), depth);
    } while (sql.ours[strcspn(sql.ours, " (-'")] == '\0' || strlen(sql.theirs) > 3000);
    return sql;
}

static void write_expressions(const char *directory, int count, bool grouped)
{
    static const char *const kind_name[] = {"int",     "decimal", "any",       "string",
                                            "boolean", "date",    "timestamp", "json"};
    FILE *ours = open_in(directory, "ours"), *theirs = open_in(directory, "theirs");
    for (int number = 1; number <= count; number++) {
        const char *arguments;
        struct sql sql = make_one(grouped, &arguments);
        fprintf(ours, "%d\t%s\n", number, sql.ours);
        fprintf(theirs, "%d\t%s\t%d\t%s\t%s\n", number, kind_name[sql.kind], sql.scale, arguments,
                sql.theirs);
    }
    close_file(ours, "ours");
    close_file(theirs, "theirs");
}

int main(int argc, char **argv)
{
    bool grouped = argc > 1 && strcmp(argv[1], "--grouped") == 0;
    argc -= grouped;
    argv += grouped;
    if (argc != 5 || atoi(argv[2]) <= 0) {
        fputs("usage: random-sql [--grouped] SEED COUNT ZONE DIR\n", stderr);
        return 2;
    }
    odd_begin("random-sql", argv[1]);
    write_contract(argv[4]);
    write_rows(argv[4], argv[3], grouped ? GROUPED_ROWS : ROWS);
    write_expressions(argv[4], atoi(argv[2]), grouped);
    return 0;
}
