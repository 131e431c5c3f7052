#include "partition.h"

#include <inttypes.h>
#include <stdlib.h>

#include "error.h"

void partition_open(struct partition *partition, const char *topic, int32_t number)
{
    *partition = (struct partition){
        .topic = memory_text(slice_of(topic)), .number = -1, .next_offset = -1, .last_known = -1};
    if (number >= 0)
        partition_number(partition, number);
}

void partition_close(struct partition *partition)
{
    buffer_free(&partition->name);
    free(partition->topic);
}

void partition_number(struct partition *partition, int32_t number)
{
    partition->number = number;
    buffer_printf(&partition->name, "%s[%" PRId32 "]", partition->topic, number);
    buffer_append_char(&partition->name, '\0');
}

bool partition_has(const struct partition *partition, const struct message *message)
{
    return (partition->number == message->partition || partition->number < 0) &&
           slice_is(message->topic, partition->topic);
}

static void note_gap(struct partition *partition, int64_t offset)
{
    int64_t first = partition->next_offset, last = offset - 1;
    partition->missing += (uint64_t)(offset - first);
    if (partition->gaps++ > 0)
        return; /* a compacted topic is full of them */
    if (first == last)
        warn("%s: offset %" PRId64 " is missing", partition->name.at, first);
    else
        warn("%s: offsets %" PRId64 " to %" PRId64 " are missing", partition->name.at, first, last);
}

bool partition_follows(struct partition *partition, int64_t offset)
{
    if (offset < partition->next_offset) {
        partition->last_known = offset;
        return false;
    }
    partition->last_known = -1;
    if (offset > partition->next_offset && partition->next_offset >= 0)
        note_gap(partition, offset);
    partition->next_offset = offset + 1;
    return true;
}

void partition_sum_up(const struct partition *partition)
{
    if (partition->gaps > 1)
        warn("%s: %" PRIu64 " offsets were missing, in %" PRIu64 " gaps", partition->name.at,
             partition->missing, partition->gaps);
    if (partition->last_known >= 0 && partition->last_known + 1 < partition->next_offset)
        warn("%s: ends at offset %" PRId64 ", and was read up to offset %" PRId64
             " before: is it the same topic?",
             partition->name.at, partition->last_known, partition->next_offset);
}
