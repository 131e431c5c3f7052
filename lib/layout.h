/*
 * Finds the columns a filter wants in a line, at the speed of a compare.
 *
 * Streams repeat their shape: the text between the values (`,"customer_id":`) is the same in line
 * after line. A layout remembers that text from lines it has fully scanned, compares the next line
 * with it piece by piece, and scans only the values. What differs goes to the general scanner, and
 * is learnt in turn; a few shapes are kept.
 *
 * A layout owns its shapes; the values it fills point into the line.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "bytes.h"
#include "json.h"

enum layout_depth {
    LAYOUT_WHOLE,  /* judge every byte of every line: at the door */
    LAYOUT_WANTED, /* stop behind the last wanted column: behind the door, lines were judged */
};

struct layout;

/* COLUMNS are decoded member names, copied. */
struct layout *layout_new(const char *const *columns, size_t count, enum layout_depth depth);
void layout_free(struct layout *layout);

/*
 * Fills VALUES[i] with the member named COLUMNS[i] (kind JSON_MISSING when there is none) of the
 * one JSON object that LINE holds, white space around it allowed. False, with *ERROR, when LINE is
 * not that; VALUES are then undefined. With LAYOUT_WANTED and a known shape, what stands behind the
 * last wanted column is not looked at.
 */
bool layout_scan(struct layout *layout, struct slice line, struct json_value *values,
                 struct json_error *error);

/*
 * The text between the braces of the line scanned last, without the members _stream, _ts and _op.
 * Points into LINE where these come first (writers keep it so), else into SCRATCH. (With
 * LAYOUT_WANTED and a known shape, one that stands behind the last wanted column is not seen, and
 * stays in it.)
 */
struct slice layout_body(struct layout *layout, struct slice line, struct buffer *scratch);

#endif
