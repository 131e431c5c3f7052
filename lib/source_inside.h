/*
 * What the parts of a source share: source.c (lines, and what goes out), source_messages.c
 * (messages of topics) and source_time.c (times). Nobody else includes it.
 */
#ifndef SOURCE_INSIDE_H
#define SOURCE_INSIDE_H

#include "source.h"

/* source.c: what both kinds are opened with. */
void source_open_common(struct source *source, struct stream_contract *contract,
                        struct counts *counts);

/* source.c: false. COLUMN and TIME_MS may be NULL. */
bool source_reject(struct source *source, const struct arrival *arrival, const char *column,
                   const char *reason, const int64_t *time_ms);

/* source.c: false. A WHAT of LENGTH bytes is longer than is allowed. */
bool source_reject_longer(struct source *source, const struct arrival *arrival, const char *what,
                          uint64_t length);

/* source.c: puts out what was admitted, of a stream without times; false. */
bool source_put_untimed(struct source *source, const struct admitted *admitted);

/* source.c: the same for a record with the time VALUE, if that is good; true when it moved the
 * clock. */
bool source_take_timed(struct source *source, const struct arrival *arrival,
                       const struct admitted *admitted, const struct json_value *value,
                       const struct judgement *judgement);

/* source_time.c: NULL when the time VALUE may move the watermark, else the reason why the record is
 * rejected. */
const char *source_judge_time(struct source *source, const struct json_value *value,
                              const struct judgement *judgement, int64_t *time_ms);

#endif
