/*
 * The contract: what is agreed about the streams of a pipeline, in one JSON file that people keep
 * in version control beside it. ft-ingest and ft-clean read it; every other filter has what it
 * needs from the _schema lines.
 *
 *     { "streams": {
 *         "event": {
 *           "description": "What customers do on the site",   (any text)
 *           "owner": "web team",
 *           "kind": "append",                  append | upsert; append when every record has a time
 *           "key": ["event_id"],               or one name; needed for upsert
 *           "time": { "column": "event_ts",    no "time": a table, true for ever
 *                     "unit": "ms",            s ms us ns; when the column's type is int
 *                     "missing": "reject" },   or "always": a row without it was true for ever
 *           "lag": "10s",                      or "unbounded"; 0s when not said
 *           "idle": "30s",                     live: leave the watermark when silent this long
 *           "topic": "shop.event.v1",
 *           "freshness": { "warn_after": "30s", "error_after": "2m" },
 *           "columns": [
 *             { "name": "event_id", "type": "string", "required": true, "description": "...",
 *               "values": ["click", "view"],   accepted values (strings, numbers, booleans)
 *               "min": 0, "max": "9.99",       int, decimal (number or string), timestamp (RFC
 * 3339) "classification": "pii" } ] } } }
 *
 * Columns that are not listed pass through unchecked and unchanged. Key columns are required.
 * The contract owns everything it points to.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decimal.h"
#include "json.h"
#include "schema.h"

#define LAG_UNBOUNDED INT64_MAX

/* What a column's values must be, beyond its type. Column i of the schema has rule i. */
struct column_rule {
    bool required;
    char **values; /* accepted values as decoded text, or NULL */
    size_t value_count;
    bool has_min, has_max;
    struct decimal min, max; /* a timestamp's bounds are decimals of epoch ms, scale 0 */
};

struct stream_contract {
    struct schema *schema; /* .open when no columns are listed */
    struct column_rule *rule;
    struct type time_type;                 /* how the time column is read: a timestamp */
    bool time_may_miss;                    /* "missing": "always" */
    int64_t lag_ms;                        /* or LAG_UNBOUNDED */
    int64_t idle_ms;                       /* -1: never idle */
    char *topic;                           /* or NULL */
    int64_t warn_after_ms, error_after_ms; /* freshness; -1: not declared */
};

struct contract {
    struct stream_contract **stream; /* they stay where they are */
    size_t stream_count;
};

/*
 * Reads the contract in PATH with libjansson. A mistake ends the process (fail, exit 2) with a
 * message that names the file and the JSON path:
 *     ft-clean: shop.json: streams.event.columns[2].type: "varchar" is not a type
 * so does an unknown member, a duplicate one, or text that is not JSON (with line and column). An
 * unreadable file is exit 3.
 */
struct contract *contract_read(const char *path);

/* A contract without streams, for those who have none. */
struct contract *contract_new(void);

/*
 * Adds a stream of which nothing is agreed: open, untimed, append, no key, lag 0, never idle. It
 * belongs to the contract.
 */
struct stream_contract *contract_add(struct contract *contract, const char *stream);

/*
 * Adds what a _schema line says of a stream: its types, its key required. Of an open one, the key's
 * columns are all that is known.
 */
struct stream_contract *contract_add_schema(struct contract *contract, const struct schema *schema);

struct stream_contract *contract_find(struct contract *contract, const char *stream);
void contract_free(struct contract *contract);

/*
 * Whether VALUE (present, not null) is what COLUMN of the contract may hold: type, accepted values,
 * range. If not, *WHY as type_accepts sets it ("is not an accepted value", "is below the minimum",
 * "is above the maximum" besides). Cannot fail otherwise, and does not allocate in the steady
 * state; SCRATCH is for decoding strings.
 */
bool contract_accepts(const struct stream_contract *stream, size_t column,
                      const struct json_value *value, struct buffer *scratch, const char **why);

/*
 * The kinds of value (bit 1 << enum json_kind) that COLUMN holds whatever their text: what needs no
 * call of contract_accepts.
 */
unsigned contract_sure_kinds(const struct stream_contract *stream, size_t column);

#endif
