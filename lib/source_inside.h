/*
 * What the parts of a source share: source.c (records as they come and go out) and source_time.c
 * (the time of a record). Nobody else includes it.
 */
#ifndef SOURCE_INSIDE_H
#define SOURCE_INSIDE_H

#include "source.h"

/*
 * Reads the time of a record, VALUE, into *TIME_MS. NULL when it may move the watermark, else the
 * reason why the record is rejected, until the next call; *TIME_MS is then set where that begins
 * with "late" or "future".
 */
const char *source_judge_time(const struct source *source, const struct json_value *value,
                              const struct judgement *judgement, int64_t *time_ms);

#endif
