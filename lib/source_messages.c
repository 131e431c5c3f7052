/* A source whose records are the messages of a topic's partition. */
#include <stdlib.h>

#include "reject.h"
#include "source_inside.h"

const char *source_topic(const struct stream_contract *contract)
{
    return contract->topic ? contract->topic : contract->schema->stream;
}

/* The door finds the time, then what is taken, which must not be there as well; a time that is
 * taken is among the latter. */
void source_open_partition(struct source *source, struct stream_contract *contract,
                           struct counts *counts, int32_t number, const struct take_list *take)
{
    const struct schema *schema = contract->schema;
    size_t count;
    source_open_common(source, contract, counts);
    source->envelope = envelope_new(take, contract);
    source->partition = memory_new(1, sizeof *source->partition);
    partition_open(source->partition, source_topic(contract), number);
    const char *const *taken = envelope_columns(source->envelope, &count);
    source->tombstone = tombstone_new(schema, taken, count);
    const char **columns = memory_new(count + 1, sizeof *columns);
    source->time_in_text = schema->timed && envelope_time_column(source->envelope) < 0;
    columns[0] = schema->time_column;
    for (size_t i = 0; i < count; i++)
        columns[source->time_in_text + i] = taken[i];
    source->door = door_new(columns, source->time_in_text + count, schema->upsert);
    free(columns);
}

static bool reject_for(struct source *source, const struct arrival *arrival,
                       const struct key_problem *problem)
{
    static struct buffer reason;
    const struct schema *schema = source->contract->schema;
    struct json_value value = {.at = problem->value.at,
                               .length = (uint32_t)problem->value.length,
                               .kind = problem->value.length > 0 ? JSON_STRING : JSON_MISSING};
    ptrdiff_t index = problem->column ? schema_find(schema, problem->column) : -1;
    bool secret = index >= 0 && schema->column[index].pii;
    return source_reject(source, arrival, problem->column,
                         reject_reason(&reason, problem->column, &value, secret, problem->why),
                         NULL);
}

/* What is taken must not stand in the payload as well. */
static const char *find_double(const struct source *source, const struct admitted *admitted)
{
    size_t count;
    const char *const *column = envelope_columns(source->envelope, &count);
    for (size_t i = 0; i < count; i++)
        if (admitted->value[source->time_in_text + i].kind != JSON_MISSING)
            return column[i];
    return NULL;
}

static bool take_record(struct source *source, const struct arrival *arrival, struct slice text,
                        const struct judgement *judgement)
{
    struct admitted admitted;
    const char *why;
    if (!door_admit(source->door, text, &admitted, &why))
        return source_reject(source, arrival, NULL, why, NULL);
    const char *twice = find_double(source, &admitted);
    if (twice) {
        const struct key_problem problem = {
            twice, "is in the payload, and taken of its message too", {0}};
        return reject_for(source, arrival, &problem);
    }
    if (!source->contract->schema->timed)
        return source_put_untimed(source, &admitted);
    ptrdiff_t taken = envelope_time_column(source->envelope);
    struct json_value time =
        taken < 0 ? admitted.value[0] : envelope_value(source->envelope, (size_t)taken);
    return source_take_timed(source, arrival, &admitted, &time, judgement);
}

bool source_take_message(struct source *source, const struct arrival *arrival,
                         const struct message *message, const struct judgement *judgement)
{
    bool is_tombstone = message->payload_bytes < 0;
    struct slice text = message->payload;
    struct key_problem problem;
    struct arrival shown = *arrival; /* a tombstone has nothing but its key to show */
    shown.text = is_tombstone ? message->key : message->payload;
    if (is_tombstone && !tombstone_record(source->tombstone, message, &text, &problem))
        return reject_for(source, &shown, &problem);
    if (!envelope_fill(source->envelope, message, &problem))
        return reject_for(source, &shown, &problem);
    return take_record(source, &shown, text, judgement);
}

void source_take_long_message(struct source *source, const struct arrival *arrival,
                              const struct message *message)
{
    uint64_t length = 0;
    struct arrival shown = *arrival;
    shown.text = message->payload;
    if (message->key_bytes > 0)
        length += (uint64_t)message->key_bytes;
    if (message->payload_bytes > 0)
        length += (uint64_t)message->payload_bytes;
    source_reject_longer(source, &shown, "message", length);
}
