/*
 * Rows that wait in memory to be sent together: the text of each, a line, and the record that it
 * came from, for when it is refused.
 */
#ifndef PORTION_H
#define PORTION_H

#include "bytes.h"

struct portion_row {
    size_t end;      /* of its text; it begins where the row before it ends */
    size_t line_end; /* of its record, likewise */
    int64_t time_ms;
    bool timed, refused;
};

struct portion {
    struct buffer text, lines;
    struct portion_row *row;
    size_t count, room;
};

/* The row of which the text was appended to portion->text since the last one: with its record. */
void portion_end_row(struct portion *portion, struct slice line, bool timed, int64_t time_ms);

/* The text of the rows from FROM up to TO. */
struct slice portion_text(const struct portion *portion, size_t from, size_t to);

/* The record of row INDEX; empty when there is none. */
struct slice portion_line(const struct portion *portion, size_t index);

/* Takes the refused rows out; those that are left have no records any more. */
void portion_drop_refused(struct portion *portion);

/* Of portion->text the lines are rows, without records. */
void portion_count_rows(struct portion *portion);

void portion_clear(struct portion *portion);
void portion_free(struct portion *portion);

#endif
