/*
 * A signal that asks one filter to end is passed on to those who can do something about it. In a
 * run with state these are found by the locks that they hold in the state directory: ft-ingest,
 * which decides when the input ends, and ft-sink, which may be waiting for its database. So it is
 * enough to ask any one filter of the pipe.
 *
 * A pipe leads one way: without state a filter knows nobody in front of it.
 */
#ifndef RELAY_H
#define RELAY_H

/*
 * From now on, and for a signal that has come already: passes on the first of each process. STATE
 * is the directory's path; where there is none, whoever needs it says so.
 */
void relay_open(const char *state);

#endif
