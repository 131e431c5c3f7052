/*
 * What ft-ingest is to read: its arguments, with what the contract and the options say of their
 * streams. A mistake is exit 2.
 */
#ifndef WANTED_H
#define WANTED_H

#include <stdbool.h>

#include "declare.h"
#include "ingest.h"

struct wanted;

struct wanted *wanted_new(void);
void wanted_free(struct wanted *wanted);

/* Remembers an argument (argument.h; borrowed), of --follow perhaps. */
void wanted_add(struct wanted *wanted, const char *text, bool followed);

size_t wanted_count(const struct wanted *wanted);
const char *wanted_text(const struct wanted *wanted, size_t index);
bool wanted_follows(const struct wanted *wanted); /* any of them */

/*
 * What they come to, WANTED's own. CONTRACT_PATH may be NULL. WITHOUT_PATHS: arguments may have
 * none.
 */
const struct ingest_source *wanted_sources(struct wanted *wanted, const char *contract_path,
                                           struct declarations *declarations, bool without_paths);

#endif
