/*
 * Contracts that are read as they should be, and those in tests/cases/contract (another directory
 * can be named as argument), which must each end with the message in the .err file beside them.
 */
#include "contract.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "error.h"

/* The contract that TEXT is, read from a file as any other. */
static struct contract *contract_of(const char *text)
{
    char path[] = P_tmpdir "/contract.XXXXXX";
    int file = mkstemp(path);
    struct contract *contract;

    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    contract = contract_read(path);
    unlink(path);
    return contract;
}

/* One stream of one column x, which is this. */
static struct contract *with_column(const char *members)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"streams\":{\"s\":{\"kind\":\"append\",\"columns\":[{\"name\":\"x\",%s}]}}}",
             members);
    return contract_of(text);
}

/* "yes" when column x may hold VALUE, or else why not. */
static const char *judged(struct contract *contract, const char *value)
{
    static struct buffer scratch;
    struct json_value scanned;
    struct json_error error;
    const char *why = "no reason", *end = value + strlen(value);

    if (!json_scan_value(value, end, 0, &scanned, &error))
        return error.reason;
    return contract_accepts(contract->stream[0], 0, &scanned, &scratch, &why) ? "yes" : why;
}

static void reads_every_member(void)
{
    struct contract *contract = contract_of(
        "{\"streams\": {\"event\": {"
        "  \"description\": \"Clicks\", \"owner\": \"web team\", \"kind\": \"upsert\","
        "  \"key\": [\"b\", \"a\"], \"time\": {\"column\": \"at\", \"missing\": \"always\"},"
        "  \"lag\": \"10s\", \"idle\": \"30s\", \"topic\": \"shop.event.v1\","
        "  \"freshness\": {\"warn_after\": \"30s\", \"error_after\": \"2m\"},"
        "  \"columns\": ["
        "    {\"name\": \"a\", \"type\": \"int\", \"min\": -5, \"max\": 7},"
        "    {\"name\": \"b\", \"type\": \"string\", \"values\": [\"x\", \"caf\\u00e9\"],"
        "     \"classification\": \"pii\", \"description\": \"B\"},"
        "    {\"name\": \"at\", \"type\": \"timestamp(Europe/Paris)\", \"required\": false,"
        "     \"min\": \"1970-01-01T00:00:01Z\", \"classification\": \"public\"}]}}}");
    struct stream_contract *stream = contract_find(contract, "event");
    struct schema *schema = stream->schema;

    CHECK(contract->stream_count == 1);
    CHECK(!contract_find(contract, "Event"));
    CHECK_TEXT(schema->stream, "event");
    CHECK(schema->upsert && schema->timed && !schema->open);
    CHECK_TEXT(schema->time_column, "at");
    CHECK(schema->key_count == 2 && strcmp(schema->key[0], "b") == 0);
    CHECK(schema->column_count == 3);
    CHECK(!schema->column[0].pii && schema->column[1].pii && !schema->column[2].pii);
    CHECK(stream->time_type.form == TIMESTAMP_LOCAL && stream->time_may_miss);
    CHECK_TEXT(stream->time_type.zone, "Europe/Paris");
    CHECK(stream->lag_ms == 10000 && stream->idle_ms == 30000);
    CHECK_TEXT(stream->topic, "shop.event.v1");
    CHECK(stream->warn_after_ms == 30000 && stream->error_after_ms == 120000);
    CHECK(stream->rule[0].required && stream->rule[1].required && !stream->rule[2].required);
    CHECK(stream->rule[0].has_min && stream->rule[0].min.digits == -5);
    CHECK(stream->rule[0].has_max && stream->rule[0].max.digits == 7);
    CHECK(stream->rule[1].value_count == 2 && !stream->rule[1].has_min);
    CHECK_TEXT(stream->rule[1].values[1], "caf\u00e9");
    CHECK(stream->rule[2].has_min && stream->rule[2].min.digits == 1000);
    contract_free(contract);
}

static void has_defaults(void)
{
    struct contract *contract =
        contract_of("{\"streams\": {\"hit\": {\"time\": {\"column\": \"ts\", \"unit\": \"us\"}},"
                    " \"page\": {\"key\": \"path\"}}}");
    struct stream_contract *hit = contract_find(contract, "hit");
    struct stream_contract *page = contract_find(contract, "page");

    CHECK(!hit->schema->upsert && hit->schema->timed && hit->schema->open);
    CHECK(hit->time_type.form == TIMESTAMP_US && !hit->time_may_miss);
    CHECK(hit->lag_ms == 0 && hit->idle_ms == -1 && !hit->topic);
    CHECK(hit->warn_after_ms == -1 && hit->error_after_ms == -1);
    CHECK(page->schema->upsert && !page->schema->timed && !page->schema->time_column);
    CHECK_TEXT(page->schema->key[0], "path");
    contract_free(contract);
    contract_free(NULL);
}

static void is_open_without_a_contract(void)
{
    struct contract *contract = contract_new();
    contract_add(contract, "hit");
    struct stream_contract *stream = contract_find(contract, "hit");

    CHECK_TEXT(stream->schema->stream, "hit");
    CHECK(stream->schema->open && !stream->schema->timed && !stream->schema->upsert);
    CHECK(stream->schema->key_count == 0 && !stream->rule && !stream->topic);
    CHECK(stream->lag_ms == 0 && stream->idle_ms == -1 && stream->warn_after_ms == -1);
    contract_free(contract);
}

/* The form in which a stream reads its time: "unit" of a column of TYPE (none listed if NULL). */
static enum timestamp_form form_of(const char *type, const char *unit)
{
    char text[512], columns[128] = "", member[64] = "";
    struct contract *contract;
    enum timestamp_form form;

    if (type)
        snprintf(columns, sizeof columns, ",\"columns\":[{\"name\":\"t\",\"type\":\"%s\"}]", type);
    if (unit)
        snprintf(member, sizeof member, ",\"unit\":\"%s\"", unit);
    snprintf(text, sizeof text,
             "{\"streams\":{\"s\":{\"lag\":\"unbounded\",\"time\":{\"column\":\"t\"%s}%s}}}",
             member, columns);
    contract = contract_of(text);
    form = contract->stream[0]->time_type.form;
    CHECK(contract->stream[0]->lag_ms == LAG_UNBOUNDED);
    CHECK((contract->stream[0]->time_type.zone[0] != '\0') == (form == TIMESTAMP_LOCAL));
    contract_free(contract);
    return form;
}

static void knows_how_the_time_is_read(void)
{
    CHECK(form_of(NULL, "ms") == TIMESTAMP_MS);
    CHECK(form_of(NULL, "ns") == TIMESTAMP_NS);
    CHECK(form_of(NULL, "rfc3339") == TIMESTAMP_RFC3339);
    CHECK(form_of(NULL, "Europe/Paris") == TIMESTAMP_LOCAL);
    CHECK(form_of("int", "s") == TIMESTAMP_S);
    CHECK(form_of("any", "us") == TIMESTAMP_US);
    CHECK(form_of("string", "rfc3339") == TIMESTAMP_RFC3339);
    CHECK(form_of("string", "UTC") == TIMESTAMP_LOCAL);
    CHECK(form_of("timestamp", NULL) == TIMESTAMP_MS);
    CHECK(form_of("timestamp", "ms") == TIMESTAMP_MS);
    CHECK(form_of("timestamp(s)", NULL) == TIMESTAMP_S);
    CHECK(form_of("timestamp(Europe/Paris)", "Europe/Paris") == TIMESTAMP_LOCAL);
}

static void accepts_by_type(void)
{
    struct contract *contract = with_column("\"type\":\"int\"");

    CHECK_TEXT(judged(contract, "7"), "yes");
    CHECK_TEXT(judged(contract, "\"7\""), "is not an integer");
    contract_free(contract);
    contract = with_column("\"type\":\"any\"");
    CHECK_TEXT(judged(contract, "{\"a\":[1]}"), "yes");
    contract_free(contract);
}

static void accepts_listed_values(void)
{
    struct contract *contract =
        with_column("\"type\":\"string\",\"values\":[\"click\",\"view\",\"\",\"caf\\u00e9\"]");

    CHECK_TEXT(judged(contract, "\"view\""), "yes");
    CHECK_TEXT(judged(contract, "\"\\u0076iew\""), "yes");
    CHECK_TEXT(judged(contract, "\"\""), "yes");
    CHECK_TEXT(judged(contract, "\"caf\\u00e9\""), "yes");
    CHECK_TEXT(judged(contract, "\"caf\u00e9\""), "yes");
    CHECK_TEXT(judged(contract, "\"vie\""), "is not an accepted value");
    CHECK_TEXT(judged(contract, "\"views\""), "is not an accepted value");
    CHECK_TEXT(judged(contract, "\"View\""), "is not an accepted value");
    CHECK_TEXT(judged(contract, "7"), "is not a string");
    contract_free(contract);
    contract = with_column("\"type\":\"boolean\",\"values\":[true]");
    CHECK_TEXT(judged(contract, "true"), "yes");
    CHECK_TEXT(judged(contract, "false"), "is not an accepted value");
    contract_free(contract);
    contract = with_column("\"type\":\"any\",\"values\":[1,\"1.50\"]");
    CHECK_TEXT(judged(contract, "\"1\""), "yes");
    CHECK_TEXT(judged(contract, "1.50"), "yes");
    CHECK_TEXT(judged(contract, "1.5"), "is not an accepted value");
    contract_free(contract);
}

static void accepts_ints_in_range(void)
{
    struct contract *contract =
        with_column("\"type\":\"int\",\"min\":-2,\"max\":9223372036854775807");

    CHECK_TEXT(judged(contract, "-2"), "yes");
    CHECK_TEXT(judged(contract, "9223372036854775807"), "yes");
    CHECK_TEXT(judged(contract, "9223372036854775808"), "is out of range for int");
    CHECK_TEXT(judged(contract, "-3"), "is below the minimum");
    CHECK_TEXT(judged(contract, "1.0"), "is not an integer");
    contract_free(contract);
    contract = with_column("\"type\":\"int\",\"max\":5,\"values\":[1,2,7]");
    CHECK_TEXT(judged(contract, "2"), "yes");
    CHECK_TEXT(judged(contract, "3"), "is not an accepted value");
    CHECK_TEXT(judged(contract, "7"), "is above the maximum");
    contract_free(contract);
}

static void accepts_decimals_by_value(void)
{
    struct contract *contract =
        with_column("\"type\":\"decimal(10,2)\",\"min\":0.1,\"max\":\"99999999.99\"");

    CHECK_TEXT(judged(contract, "0.10"), "yes");
    CHECK_TEXT(judged(contract, "1e-1"), "yes");
    CHECK_TEXT(judged(contract, "\"99999999.99\""), "yes");
    CHECK_TEXT(judged(contract, "0.09"), "is below the minimum");
    CHECK_TEXT(judged(contract, "0.095"), "has more digits than its scale");
    CHECK_TEXT(judged(contract, "100000000"), "is out of range for its precision");
    contract_free(contract);
    contract = with_column("\"type\":\"decimal(10,2)\",\"values\":[10,\"9.90\",0.5],\"max\":9.99");
    CHECK_TEXT(judged(contract, "9.9"), "yes");
    CHECK_TEXT(judged(contract, "0.50"), "yes");
    CHECK_TEXT(judged(contract, "9.91"), "is not an accepted value");
    CHECK_TEXT(judged(contract, "10.00"), "is above the maximum");
    contract_free(contract);
}

static void accepts_timestamps_in_range(void)
{
    struct contract *contract =
        with_column("\"type\":\"timestamp(s)\",\"min\":\"1970-01-01T00:00:10Z\","
                    "\"max\":\"1970-01-01T01:00:20+01:00\"");

    CHECK_TEXT(judged(contract, "10"), "yes");
    CHECK_TEXT(judged(contract, "20"), "yes");
    CHECK_TEXT(judged(contract, "9"), "is below the minimum");
    CHECK_TEXT(judged(contract, "21"), "is above the maximum");
    CHECK_TEXT(judged(contract, "\"10\""), "is not an integer of epoch seconds");
    contract_free(contract);
}

/* The message and status with which reading PATH ends. */
static int end_of_reading(const char *path, char *message, size_t size)
{
    int ends[2], status = -1;
    size_t length = 0;
    ssize_t count;
    pid_t child;

    CHECK(pipe(ends) == 0);
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        contract_read(path);
        _exit(0);
    }
    close(ends[1]);
    while ((count = read(ends[0], message + length, size - 1 - length)) > 0)
        length += (size_t)count;
    message[length] = '\0';
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is expected of PATH: the .err file beside it behind the names of program and file. */
static void expectation(const char *path, char *message, size_t size)
{
    char beside[4096];
    size_t length = (size_t)snprintf(message, size, "%s: %s: ", error_program_name(), path);
    FILE *file;

    snprintf(beside, sizeof beside, "%.*s.err", (int)(strlen(path) - strlen(".json")), path);
    file = fopen(beside, "r");
    CHECK(file != NULL);
    if (!file)
        return;
    length += fread(message + length, 1, size - 1 - length, file);
    message[length] = '\0';
    fclose(file);
}

static void explains_every_mistake(const char *directory)
{
    char pattern[4096], actual[4096], expected[4096];
    glob_t found = {0};

    snprintf(pattern, sizeof pattern, "%s/*.json", directory);
    CHECK(glob(pattern, 0, NULL, &found) == 0);
    CHECK(found.gl_pathc >= 100);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        expectation(found.gl_pathv[i], expected, sizeof expected);
        CHECK(end_of_reading(found.gl_pathv[i], actual, sizeof actual) == 2);
        CHECK_TEXT(actual, expected);
    }
    globfree(&found);
}

static void says_that_a_file_is_unreadable(void)
{
    char message[4096];

    CHECK(end_of_reading("/nonexistent.json", message, sizeof message) == 3);
    CHECK_TEXT(message, "contract: /nonexistent.json: No such file or directory\n");
    CHECK(end_of_reading("/", message, sizeof message) == 3);
    CHECK_TEXT(message, "contract: /: Is a directory\n");
}

int main(int argc, char **argv)
{
    error_program("contract");
    reads_every_member();
    has_defaults();
    is_open_without_a_contract();
    knows_how_the_time_is_read();
    accepts_by_type();
    accepts_listed_values();
    accepts_ints_in_range();
    accepts_decimals_by_value();
    accepts_timestamps_in_range();
    says_that_a_file_is_unreadable();
    explains_every_mistake(argc > 1 ? argv[1] : "tests/cases/contract");
    return check_result();
}
