#include "schema.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct type type_of(const char *text)
{
    struct type type = {0};
    CHECK(type_parse(text, &type));
    return type;
}

static void add(struct schema *schema, const char *name, const char *type, bool pii)
{
    struct type parsed = type_of(type);
    schema_add_column(schema, name, &parsed, pii);
}

/* The line that SCHEMA is written as; valid until the next call. */
static const char *written(const struct schema *schema)
{
    static struct buffer out;
    out.length = 0;
    schema_write(schema, &out);
    buffer_append_char(&out, '\0');
    return out.at;
}

/* What LINE is written as after it has been read, or why it cannot be read. */
static const char *reread(const char *line)
{
    const char *why = "?", *text;
    struct schema *schema = schema_read(slice_of(line), &why);
    if (!schema)
        return why;
    text = written(schema);
    schema_free(schema);
    return text;
}

static void writes_what_it_reads(void)
{
    static const char *const line[] = {
        "{\"_stream\":\"_schema\",\"stream\":\"event\",\"kind\":\"append\",\"key\":[\"event_id\"],"
        "\"time\":\"event_ts\",\"columns\":[[\"event_id\",\"string\"],[\"email\",\"string\","
        "\"pii\"],[\"event_ts\",\"timestamp\"]]}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"hit\",\"kind\":\"append\"}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"hit\",\"kind\":\"append\",\"time\":null}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"m\",\"kind\":\"upsert\",\"key\":[\"b\",\"a\"]}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"none\",\"kind\":\"append\",\"columns\":[]}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"_rejected\",\"kind\":\"append\",\"columns\":"
        "[[\"filter\",\"string\"],[\"line\",\"int\"]]}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"t\",\"kind\":\"append\",\"columns\":"
        "[[\"a\",\"decimal(10,2)\"],[\"b\",\"timestamp(Europe/Paris)\"],[\"c\",\"any\"],"
        "[\"d\",\"json\"],[\"e\",\"date\"],[\"f\",\"boolean\"],[\"g\",\"timestamp(ns)\"]]}\n",
        "{\"_stream\":\"_schema\",\"stream\":\"t\",\"kind\":\"append\",\"columns\":"
        "[[\"caf\u00e9 \\\"x\\\\\\u0001\",\"string\"]]}\n",
    };
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++)
        CHECK_TEXT(reread(line[i]), line[i]);
}

static void reads_members_in_any_order(void)
{
    CHECK_TEXT(reread(" {\"columns\": [[\"a\", \"int\"]], \"later\": {}, \"key\": [\"a\"],"
                      " \"kind\": \"upsert\", \"stream\": \"s\", \"_stream\": \"_schema\"} "),
               "{\"_stream\":\"_schema\",\"stream\":\"s\",\"kind\":\"upsert\",\"key\":[\"a\"],"
               "\"columns\":[[\"a\",\"int\"]]}\n");
}

#define LINE "{\"_stream\":\"_schema\",\"stream\":\"s\",\"kind\":\"append\""

static void says_why_a_line_is_no_schema(void)
{
    static const char *const no_json = "it is not JSON, or has a member twice";
    static const char *const no_column = "a column is not [NAME, TYPE] or [NAME, TYPE, \"pii\"]";
    static const char *const no_name = "its \"stream\" is not the name of a stream";
    static const char *const no_kind = "its \"kind\" is neither \"append\" nor \"upsert\"";

    CHECK_TEXT(reread(""), no_json);
    CHECK_TEXT(reread(LINE), no_json);
    CHECK_TEXT(reread(LINE ",\"kind\":\"append\"}"), no_json);
    CHECK_TEXT(reread(LINE "}{}"), no_json);
    CHECK_TEXT(reread("[]"), "it is not a _schema line");
    CHECK_TEXT(reread("{\"_stream\":\"event\"}"), "it is not a _schema line");
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"kind\":\"append\"}"), no_name);
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"stream\":\"a b\",\"kind\":\"append\"}"), no_name);
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"stream\":\"\",\"kind\":\"append\"}"), no_name);
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"stream\":\"s\"}"), no_kind);
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"stream\":\"s\",\"kind\":\"table\"}"), no_kind);
    CHECK_TEXT(reread(LINE ",\"columns\":{}}"), "its \"columns\" is not an array");
    CHECK_TEXT(reread(LINE ",\"columns\":[\"a\"]}"), no_column);
    CHECK_TEXT(reread(LINE ",\"columns\":[[\"a\"]]}"), no_column);
    CHECK_TEXT(reread(LINE ",\"columns\":[[\"a\",\"int\",\"secret\"]]}"), no_column);
    CHECK_TEXT(reread(LINE ",\"columns\":[[\"a\",\"int\",\"pii\",1]]}"), no_column);
    CHECK_TEXT(reread(LINE ",\"columns\":[[\"a\",\"varchar\"]]}"),
               "a column has a type that does not exist");
    CHECK_TEXT(reread(LINE ",\"columns\":[[\"a\",\"int\"],[\"a\",\"int\"]]}"),
               "it has two columns of one name");
    CHECK_TEXT(reread(LINE ",\"key\":\"a\"}"), "its \"key\" is not an array");
    CHECK_TEXT(reread(LINE ",\"key\":[1]}"),
               "its \"key\" holds something that is not a column name");
    CHECK_TEXT(reread(LINE ",\"key\":[\"b\"],\"columns\":[[\"a\",\"int\"]]}"),
               "its \"key\" names a column that it does not have");
    CHECK_TEXT(reread("{\"_stream\":\"_schema\",\"stream\":\"s\",\"kind\":\"upsert\"}"),
               "it is of kind \"upsert\" and has no \"key\"");
    CHECK_TEXT(reread(LINE ",\"time\":7}"), "its \"time\" is neither a column name nor null");
}

static void finds_and_lists_columns(void)
{
    struct schema *schema = schema_new("event");
    struct buffer list = {0};

    CHECK(schema->open);
    schema_list_columns(schema, &list);
    CHECK(slice_is(buffer_slice(&list), "any column"));
    add(schema, "a", "int", false);
    add(schema, "b", "string", false);
    CHECK(!schema->open);
    CHECK(!schema_has_pii(schema));
    add(schema, "A", "string", true);
    CHECK(schema_has_pii(schema));
    CHECK(schema_find(schema, "a") == 0);
    CHECK(schema_find(schema, "A") == 2);
    CHECK(schema_find(schema, "c") == -1);
    list.length = 0;
    schema_list_columns(schema, &list);
    CHECK(slice_is(buffer_slice(&list), "a, b, A"));
    buffer_free(&list);
    schema_free(schema);
    schema_free(NULL);
}

static void refuses_a_column_that_it_has(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct schema *schema = schema_new("event");
        close(STDERR_FILENO);
        add(schema, "a", "int", false);
        add(schema, "a", "string", false);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

static void knows_the_names_of_streams(void)
{
    char name[65];

    memset(name, 'x', 64);
    name[64] = '\0';
    CHECK(!schema_is_stream_name(name));
    name[63] = '\0';
    CHECK(schema_is_stream_name(name));
    CHECK(schema_is_stream_name("a"));
    CHECK(schema_is_stream_name("Sale_order2"));
    CHECK(!schema_is_stream_name(""));
    CHECK(!schema_is_stream_name("_x"));
    CHECK(!schema_is_stream_name("2x"));
    CHECK(!schema_is_stream_name("a-b"));
    CHECK(!schema_is_stream_name("a b"));
    CHECK(!schema_is_stream_name("caf\u00e9"));
}

int main(void)
{
    writes_what_it_reads();
    reads_members_in_any_order();
    says_why_a_line_is_no_schema();
    finds_and_lists_columns();
    refuses_a_column_that_it_has();
    knows_the_names_of_streams();
    return check_result();
}
