/*
 * Fuzzes what reads the words of people and of other filters: contracts, _schema lines, lists of
 * columns, types, times, durations, decimals. Nothing may crash, and what can be written must come
 * back as it was. The input's first byte chooses.
 *
 * A mistake in a contract ends the process; here it only ends the input: this file takes the place
 * of the library's error module. What was being read then is not freed.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "contract.h"
#include "decimal.h"
#include "duration.h"
#include "error.h"
#include "schema.h"
#include "take.h"
#include "timestamp.h"
#include "tree.h"
#include "type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* ---- the error module ---- */

static jmp_buf next_input;

const char *error_program_name(void)
{
    return "fuzz";
}

void fail(enum exit_status status, const char *format, ...)
{
    char *message;
    va_list arguments;
    va_start(arguments, format);
    assert(vasprintf(&message, format, arguments) >= 0);
    va_end(arguments);
    free(message);
    assert(status == EXIT_USAGE);
    longjmp(next_input, 1);
}

void fail_errno(enum exit_status status, const char *format, ...)
{
    (void)status;
    (void)format;
    abort(); /* no input is a reason for the system to fail */
}

void fail_silently(enum exit_status status)
{
    (void)status;
    abort();
}

void warn(const char *format, ...)
{
    (void)format;
}

/* ---- what is fuzzed ---- */

static bool is_tree(struct slice text)
{
    struct buffer why = {0};
    struct json_t *tree = tree_read(text, &why);
    assert(tree || why.length > 0);
    tree_free(tree);
    buffer_free(&why);
    return tree != NULL;
}

static void try_contract(struct slice text)
{
    char path[64];
    if (!is_tree(text))
        return; /* and nothing is left behind */
    int fd = memfd_create("contract", 0);
    assert(fd >= 0 && write(fd, text.at, text.length) == (ssize_t)text.length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (setjmp(next_input) == 0)
        contract_free(contract_read(path));
    close(fd);
}

/* A _schema line that was read is written and read again: the same line. */
static void try_schema(struct slice text)
{
    struct buffer once = {0}, twice = {0};
    const char *why;
    struct schema *schema = schema_read(text, &why);
    if (!schema) {
        assert(why);
        return;
    }
    schema_write(schema, &once);
    struct schema *again = schema_read((struct slice){once.at, once.length - 1}, &why);
    assert(again);
    schema_write(again, &twice);
    assert(slice_equal(buffer_slice(&once), buffer_slice(&twice)));
    schema_free(schema);
    schema_free(again);
    buffer_free(&once);
    buffer_free(&twice);
}

static void try_take(const char *text, enum take_form form)
{
    if (setjmp(next_input) != 0)
        return;
    struct take_list list = take_parse("--take", text, form);
    take_free(&list);
}

static void try_type(const char *text)
{
    struct type type, again;
    char out[TYPE_TEXT], twice[TYPE_TEXT];
    if (!type_parse(text, &type))
        return;
    assert(type_parse(type_format(&type, out), &again));
    assert(strcmp(type_format(&again, twice), out) == 0);
}

static void try_duration(const char *text)
{
    int64_t ms, again;
    char out[DURATION_TEXT];
    if (!duration_parse(text, &ms))
        return;
    assert(ms >= 0 && duration_parse(duration_format(ms, out), &again) && again == ms);
}

static void try_decimal(struct slice text)
{
    struct decimal decimal, again;
    char out[DECIMAL_TEXT];
    for (int scale = 0; scale <= 38; scale += 19) {
        if (decimal_parse(text, 38, scale, &decimal) != DECIMAL_OK)
            continue;
        struct slice shown = slice_of(decimal_format(decimal, out));
        assert(decimal_parse(shown, 38, scale, &again) == DECIMAL_OK);
        assert(again.digits == decimal.digits && again.scale == scale);
    }
}

static void try_timestamp(struct slice text)
{
    int64_t ms, again;
    char out[TIMESTAMP_TEXT];
    timestamp_from_text(text, TIMESTAMP_LOCAL, "Europe/Paris", &ms);
    for (int form = TIMESTAMP_MS; form <= TIMESTAMP_NS; form++)
        timestamp_from_number(text, (enum timestamp_form)form, &ms);
    if (!timestamp_from_text(text, TIMESTAMP_RFC3339, NULL, &ms))
        return;
    struct slice shown = slice_of(timestamp_format(ms, out));
    /* an offset may push the moment out of the four-digit years */
    assert(timestamp_from_text(shown, TIMESTAMP_RFC3339, NULL, &again) ? again == ms
                                                                       : shown.length != 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    char *words = memory_text(text);
    switch (data[0]) {
    case 'c':
        try_contract(text);
        break;
    case 's':
        try_schema(text);
        break;
    case 'l':
        try_take(words, TAKE_AS);
        try_take(words, TAKE_EQUALS);
        break;
    case 'w':
        try_type(words);
        try_duration(words);
        try_decimal(text);
        try_timestamp(text);
        break;
    default:
        break;
    }
    free(words);
    return 0;
}
