/*
 * SIGTERM and SIGINT, which ask a pipe to end. Ctrl-C asks all of its filters at once, kill(1)
 * often only one of them; either way it is ft-ingest that stops the pipe, by closing the epoch and
 * ending its output. The filters behind it end with their input, so that what is on its way
 * arrives.
 *
 * Who asks a second time has waited long enough: the process ends at once, by that signal's default
 * action, which is as safe as any other death. A second signal within ONE_ORDER_MS of the first
 * does not count: timeout(1) signals the process and then its group, service managers the whole
 * group from which somebody passes it on; all of them mean it once.
 *
 * Both signals are caught also where they were ignored at the start. A script's background jobs
 * have SIGINT ignored, and who presses Ctrl-C means them too; since the first one only asks for an
 * orderly end, there is nothing that has to be protected from it. (nohup is about SIGHUP, which is
 * left alone.)
 *
 * Calls that a signal interrupts are restarted, poll(2) excepted.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

enum { ONE_ORDER_MS = 250, PATIENCE_MS = 3000 };

/* The value of a signal that one filter sends to another because it was asked itself (relay.h):
 * nobody has said it twice then. */
enum { SIGNALS_PASSED_ON = 0x6674 };

/* For filters that end with their input: the first signal is ignored. Cannot fail. */
void signals_ignore_first(void);

/*
 * For who decides when the input ends: the first signal is remembered. Call it when the sources are
 * open: opening a FIFO can wait for ever, and there the first signal should end the process. Fails
 * with exit 3.
 */
void signals_stop_first(void);

/* The number of the first signal; 0: none has come. */
int signals_stopped(void);

/* The first one came PATIENCE_MS ago: what is still waited for, a lock say, is given up. */
bool signals_hurry(void);

/* HOOK is called, in the handler, with the first signal that was not passed on: at once when that
 * has come already. */
void signals_pass_on(void (*hook)(int number));

/* Becomes readable with the first signal and stays so, for poll(2); -1 before signals_stop_first.
 */
int signals_fd(void);

#endif
