#include "records.h"

#include <inttypes.h>
#include <stdlib.h>

void begin_records(struct records *records, int64_t lag_ms, int ids, int (*who)(void))
{
    records->lag_ms = lag_ms;
    records->ids = ids;
    records->who = who;
}

struct record *add_record(struct records *records, int64_t ts, int id, int who)
{
    struct record *record;

    if (records->count == MAX_RECORDS)
        fail(1, "more than %d records", MAX_RECORDS);
    record = &records->at[records->count];
    *record =
        (struct record){.ts = ts, .arrival = ts, .sequence = records->count, .id = id, .who = who};
    records->count++;
    record->look = (uint64_t)records->count;
    return record;
}

struct record *add_copy(struct records *records, struct record record)
{
    struct record *copy = add_record(records, record.ts, record.id, record.who);

    copy->look = record.look;
    return copy;
}

int64_t delay_ms(const struct records *records)
{
    int64_t lag_ms = records->lag_ms;

    switch (random_below(16)) {
    case 0:
    case 1:
    case 2:
        return random_time(lag_ms);
    case 3:
        return lag_ms + random_below(5) - 2;
    case 4:
        return one_in(3) ? random_time(3 * day_ms) : random_time(2 * lag_ms);
    default:
        return 0;
    }
}

void add_stragglers(struct records *records, struct record leader)
{
    for (int behind = -1; behind <= 2; behind++) {
        int who, id;

        if (!one_in(2))
            continue;
        who = records->who();
        id = random_below(records->ids);
        add_record(records, leader.ts - records->lag_ms - behind, id, who)->arrival =
            leader.arrival;
    }
}

void add_faults(struct records *records)
{
    for (int i = 0, count = records->count; i < count; i++) {
        struct record *record;

        if (!one_in(12))
            continue;
        record = add_record(records,
                            records->at[i].ts + random_time(records->lag_ms) - records->lag_ms / 4,
                            records->at[i].id, records->at[i].who);
        record->fault = (enum fault)(FAULT_NO_ID + random_below(FAULTS - FAULT_NO_ID));
        if (record->fault >= FAULT_UNIT_S && record->fault <= FAULT_UNIT_NS &&
            record->ts < second_ms)
            record->fault = FAULT_NO_TIME; /* before 1970 no unit looks wrong */
        if (record->fault == FAULT_COLUMN || one_in(4))
            record->ts += random_time(30 * second_ms);
    }
}

static int by_arrival(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    if (x->arrival != y->arrival)
        return x->arrival < y->arrival ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

void add_record_id(struct object *object, const char *name, char prefix,
                   const struct record *record)
{
    if (record->fault == FAULT_NULL_ID)
        add(object, name, "null");
    else if (record->fault == FAULT_NUMBER_ID)
        add(object, name, "%d", record->id);
    else if (record->fault != FAULT_NO_ID)
        add_id(object, name, prefix, record->id);
}

void add_record_time(struct object *object, const char *name, const struct record *record)
{
    switch (record->fault) {
    case FAULT_NO_TIME:
        return;
    case FAULT_NULL_TIME:
        add(object, name, "null");
        return;
    case FAULT_TEXT_TIME:
        add(object, name, "\"soon\"");
        return;
    case FAULT_FRACTION_TIME:
        add(object, name, "%" PRId64 ".5", record->ts);
        return;
    case FAULT_HUGE_TIME:
        add(object, name, "%" PRId64 "00000000000", record->ts + INT64_C(1000000000000));
        return;
    case FAULT_UNIT_S:
        add(object, name, "%" PRId64, record->ts / 1000);
        return;
    case FAULT_UNIT_US:
        add(object, name, "%" PRId64, record->ts * 1000);
        return;
    case FAULT_UNIT_NS:
        add(object, name, "%" PRId64, record->ts * 1000000);
        return;
    default:
        add(object, name, "%" PRId64, record->ts);
    }
}

static void add_reserved(struct object *object, const struct record *record)
{
    if (record->fault == FAULT_RESERVED_TS)
        add(object, "_ts", "%" PRId64, record->ts);
    if (record->fault == FAULT_RESERVED_STREAM)
        add(object, "_stream", one_in(2) ? "\"_end\"" : "null");
}

void write_records(const char *directory, const char *name, struct records *records,
                   void (*write_columns)(struct object *, const struct record *))
{
    struct style style;
    FILE *file = open_file(directory, name, &style);

    qsort(records->at, (size_t)records->count, sizeof records->at[0], by_arrival);
    for (int i = 0; i < records->count; i++) {
        struct object object = {.count = 0};

        write_columns(&object, &records->at[i]);
        add_reserved(&object, &records->at[i]);
        add_strangers(&object);
        write_object(file, &object, style);
        end_line(file, style, i == records->count - 1);
    }
    close_file(file, name);
}
