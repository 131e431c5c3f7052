/*
 * What ft-ingest's options declare of streams, in place of a contract or beside it: the time, the
 * lag, the key, the idle time; and of its sources: their format, what is taken of messages. Each is
 * said for all streams (SETTING) or for one (STREAM=SETTING); what is said for one weighs more.
 */
#ifndef DECLARE_H
#define DECLARE_H

#include "contract.h"

enum declaration {
    DECLARE_TIME,
    DECLARE_LAG,
    DECLARE_KEY,
    DECLARE_IDLE,
    DECLARE_FORMAT,
    DECLARE_TAKE,
    DECLARATIONS
};

struct declarations;

struct declarations *declarations_new(void);
void declarations_free(struct declarations *declarations);

/* Remembers TEXT, an option's argument (borrowed). A mistake is exit 2, naming the option. */
void declare(struct declarations *declarations, enum declaration what, const char *text);

/*
 * Applies to STREAM what was declared. FROM_CONTRACT: a contract describes it, which then alone
 * says its time and key: declaring these is exit 2.
 */
void declarations_apply(struct declarations *declarations, struct stream_contract *stream,
                        bool from_contract);

/* What was declared of STREAM, or NULL: for the format, and what is taken. */
const char *declared(struct declarations *declarations, enum declaration what, const char *stream);

/* Fails (exit 2) when something was declared for a stream that was never applied to. */
void declarations_check(const struct declarations *declarations);

#endif
