/*
 * --progress: a line on the terminal that says, about twice a second, how far the process is; it
 * goes before anything else is said, and at the end a last one is left standing. The figures are
 * those of --metrics. Where standard error is no terminal nothing of this happens, and without
 * --progress it costs nothing. One line per process.
 *
 * Nothing draws behind the back of the process: who reads, waits or writes looks in here.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

#include "tally.h"

/* --progress was given. */
void progress_ask(void);

/* The run begins. REPORT fills in (all but the path) what there is to tell at any moment from now
 * on; TALLY and CONTEXT are borrowed until progress_end. */
void progress_begin(const struct tally *tally,
                    void (*report)(const void *context, struct tally_report *report),
                    const void *context);

/* Draws the line anew when it is time to. Keeps errno. */
void progress_look(void);

/* WAIT_MS for poll(2) (-1: for ever), or less when the line is to be drawn before that. */
int progress_wait_ms(int wait_ms);

/*
 * Around a call that may block and is not poll(2): may it be interrupted (EINTR, or half done) when
 * it is time to look? Keeps errno.
 */
void progress_interrupts(bool may);

/* Removes the line, if one stands there. What fails or ends by a signal comes here by itself. */
void progress_wipe(void);

/* The run has ended well: the last line. */
void progress_end(void);

#endif
