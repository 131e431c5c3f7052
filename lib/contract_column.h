/* The columns of a stream in a contract; for contract.c only. */
#ifndef CONTRACT_COLUMN_H
#define CONTRACT_COLUMN_H

#include "contract.h"
#include "strict.h"
#include "tree.h"

#define LEGAL_UNIT "s, ms, us, ns, rfc3339 or a time zone such as Europe/Paris"

/* Reads "columns" of a stream into its schema and rules; without them the schema stays open. */
void contract_read_columns(struct strict *reader, const struct json_t *object,
                           struct stream_contract *stream);

/* The name that VALUE is, wherever a contract names a column. Borrowed from VALUE. */
const char *contract_column_name(struct strict *reader, const struct json_t *value);

#endif
