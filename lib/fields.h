/*
 * A few values of a record, packed behind each other to be kept: for each its length (base 128, low
 * groups first, as in LEB128) and its JSON text. A missing value, and null, is kept as length 0.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>

#include "bytes.h"
#include "json.h"

/* How many bytes fields_pack will write. */
size_t fields_size(const struct json_value *values, size_t count);

/*
 * Packs into TO and returns the byte behind. FAST_PADDING bytes (fast.h) behind TO's part and
 * behind each value must be there: those of TO are overwritten.
 */
char *fields_pack(char *to, const struct json_value *values, size_t count);

/* The texts of COUNT packed values at FROM; they point into it. Returns the byte behind. */
const char *fields_unpack(const char *from, struct slice *texts, size_t count);

/*
 * The key that VALUES[INDEX[0]] to VALUES[INDEX[COUNT - 1]] make together, to be looked up: the
 * decoded text of one, or of several with their lengths between them. False when one is null: a
 * null matches nothing. Points into the value or into SCRATCH.
 */
bool fields_key(const struct json_value *values, const size_t *index, size_t count,
                struct buffer *scratch, struct slice *key);

/* The COUNT decoded texts that make up a KEY of fields_key; they point into it. */
void fields_key_texts(struct slice key, struct slice *texts, size_t count);

/*
 * Kept values as a line of NDJSON, newline included, for the disk: [TIME_MS,VALUE,...], with null
 * for a time that is not there (INT64_MIN) and for values that are missing. Appended to OUT.
 * FAST_PADDING bytes behind each text can be read.
 */
void fields_write(struct buffer *out, int64_t time_ms, const struct slice *texts, size_t count);

/* Reads such a line back; VALUES point into it. False when it is not one of COUNT values. */
bool fields_read(struct slice line, int64_t *time_ms, struct json_value *values, size_t count);

/* A kept text as the value it was. */
struct json_value fields_value(struct slice text);

#endif
