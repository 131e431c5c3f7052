/*
 * A stream that is held against its contract, record by record.
 */
#ifndef CHECKED_H
#define CHECKED_H

#include "columns.h"
#include "contract.h"
#include "record.h"

struct checked {
    const struct schema *agreed; /* what the contract says of the stream; borrowed */
    struct schema *known;        /* what is known of it behind the check; owned */
    /* What to ask records for: the columns that are checked; others may be added behind them. */
    struct columns columns;
    struct checked_rules *rules; /* its own */
};

/* By RULES. AGREED is the contract's schema of the stream, which came with the schema CAME. All are
 * borrowed. */
struct checked *checked_new(const struct stream_contract *rules, const struct schema *agreed,
                            const struct schema *came);
void checked_free(struct checked *checked);

/* FATE_PASSED; or FATE_REJECTED, with the first column that is wrong. */
enum fate checked_record(const struct checked *checked, const struct record *record);

#endif
