/*
 * Records of a stream, with everything that can go wrong: disorder within and beyond the lag, and
 * faults for which they are rejected. They are made in the order of their times and written in the
 * order of their arrival.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdint.h>

#include "odd.h"

enum { MAX_RECORDS = 1 << 18 };

/* What is wrong with a record, if anything. */
enum fault {
    FAULT_NONE,
    FAULT_NO_ID,
    FAULT_NULL_ID,
    FAULT_NUMBER_ID,
    FAULT_NO_TIME,
    FAULT_NULL_TIME,
    FAULT_TEXT_TIME,
    FAULT_FRACTION_TIME,
    FAULT_HUGE_TIME,
    FAULT_UNIT_S,
    FAULT_UNIT_US,
    FAULT_UNIT_NS,
    FAULT_RESERVED_TS,
    FAULT_RESERVED_STREAM,
    FAULT_COLUMN, /* a wrong value in another column */
    FAULTS,
};

/* IDs are indexes into what the id functions of odd.h spell. */
struct record {
    int64_t ts;
    int64_t arrival; /* the ts that a record of no delay would have in its place */
    int sequence;    /* as it was made: breaks ties of arrival */
    int id;
    int who;       /* the customer, the product...; -1: null, -2: no such member */
    uint64_t look; /* a number for random_detour: two of one look say the same */
    enum fault fault;
};

struct records {
    struct record at[MAX_RECORDS];
    int count;
    int64_t lag_ms;
    int ids;          /* for a record that comes from nowhere, */
    int (*who)(void); /* and who it is of */
};

void begin_records(struct records *records, int64_t lag_ms, int ids, int (*who)(void));

/* Adds one that arrives at its time; the caller may delay it. */
struct record *add_record(struct records *records, int64_t ts, int id, int who);

/* The very record again. */
struct record *add_copy(struct records *records, struct record record);

/* How much later than its time a record arrives: mostly not, some within the lag, some beyond. */
int64_t delay_ms(const struct records *records);

/* Records right behind LEADER that its watermark (ts - lag - 1) just refuses or just admits. */
void add_stragglers(struct records *records, struct record leader);

/* A few that are wrong. A wrong record still moves the watermark when its time is right. */
void add_faults(struct records *records);

/* The record's id and time, as its fault has it. */
void add_record_id(struct object *object, const char *name, char prefix,
                   const struct record *record);
void add_record_time(struct object *object, const char *name, const struct record *record);

/* Writes DIRECTORY/NAME. */
void write_records(const char *directory, const char *name, struct records *records,
                   void (*write_columns)(struct object *, const struct record *));

#endif
