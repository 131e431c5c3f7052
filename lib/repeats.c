#include "repeats.h"

#include <stdlib.h>

#include "dedup.h"
#include "fast.h"
#include "fields.h"
#include "output.h"

struct repeats {
    struct filter *filter;
    const char *stream;
    const struct take_list *key;
    const char **column; /* the key's */
    size_t *asked;       /* where they are in a record of the stream */
    size_t *kept;        /* and in one that comes back from disk */
    struct slice *texts; /* of a key, and a line */
    const char **row;    /* the names of what goes to disk of a record that waits */
    enum fate fate;      /* of what is kept */
    int64_t within_ms, watermark_ms;
    struct dedup *dedup;
    struct part *waiting_part, *kept_part; /* NULL without state */
    struct buffer scratch;
};

struct repeats *repeats_new(struct filter *filter, const char *stream, const struct take_list *key,
                            int64_t within_ms, enum fate kept)
{
    struct repeats *repeats = memory_new(1, sizeof *repeats);
    *repeats = (struct repeats){.filter = filter,
                                .stream = stream,
                                .key = key,
                                .column = take_columns(key),
                                .asked = memory_new(key->count, sizeof *repeats->asked),
                                .kept = memory_new(key->count, sizeof *repeats->kept),
                                .texts = memory_new(key->count + 1, sizeof *repeats->texts),
                                .row = memory_new(key->count + 1, sizeof *repeats->row),
                                .fate = kept,
                                .within_ms = within_ms,
                                .watermark_ms = INT64_MIN};
    for (size_t i = 0; i < key->count; i++) {
        repeats->kept[i] = i;
        repeats->row[i] = repeats->column[i];
    }
    repeats->row[key->count] = "_line"; /* no column is called so */
    return repeats;
}

void repeats_free(struct repeats *repeats)
{
    if (!repeats)
        return;
    dedup_free(repeats->dedup);
    buffer_free(&repeats->scratch);
    free(repeats->column);
    free(repeats->asked);
    free(repeats->kept);
    free(repeats->texts);
    free(repeats->row);
    free(repeats);
}

void repeats_ask(struct repeats *repeats, struct columns *columns)
{
    for (size_t i = 0; i < repeats->key->count; i++)
        repeats->asked[i] = columns_add(columns, repeats->column[i]);
}

static void hold(struct repeats *repeats, const struct record *record, const size_t *index,
                 struct slice line)
{
    struct slice key;
    bool has_key = fields_key(record->value, index, repeats->key->count, &repeats->scratch, &key);
    dedup_add(repeats->dedup, record->time_ms, has_key ? &key : NULL, line);
}

enum fate repeats_hold(struct repeats *repeats, const struct record *record, struct slice line)
{
    hold(repeats, record, repeats->asked, line);
    return FATE_HELD;
}

void repeats_watermark(struct repeats *repeats, int64_t watermark_ms)
{
    uint64_t passed = 0, duplicates = 0;
    struct judged judged;
    while (dedup_next(repeats->dedup, watermark_ms, &judged)) {
        if (judged.is_duplicate) {
            duplicates++;
            continue;
        }
        output_bytes(judged.line);
        if (repeats->fate == FATE_USED)
            filter_emitted(repeats->filter);
        passed++;
    }
    filter_release(repeats->filter, repeats->stream, repeats->fate, passed);
    filter_release(repeats->filter, repeats->stream, FATE_DUPLICATE, duplicates);
    repeats->watermark_ms = watermark_ms;
}

/* ---- on disk ---- */

/* The texts of KEY as JSON, behind each other in the scratch buffer. */
static void quote_key(struct repeats *repeats, struct slice key)
{
    size_t count = repeats->key->count;
    fields_key_texts(key, repeats->texts, count);
    repeats->scratch.length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t begin = repeats->scratch.length;
        json_quote(&repeats->scratch, repeats->texts[i]);
        repeats->texts[i] = (struct slice){NULL, repeats->scratch.length - begin};
    }
    buffer_reserve(&repeats->scratch, FAST_PADDING);
    const char *at = repeats->scratch.at;
    for (size_t i = 0; i < count; at += repeats->texts[i++].length)
        repeats->texts[i].at = at;
}

static void save_waiting(void *context, int64_t time_ms, const struct slice *key, struct slice line)
{
    struct repeats *repeats = context;
    size_t count = repeats->key->count;
    for (size_t i = 0; i < count; i++)
        repeats->texts[i] = (struct slice){0};
    if (key)
        quote_key(repeats, *key);
    repeats->texts[count] = line;
    fields_write(part_begin(repeats->waiting_part), time_ms, repeats->texts, count + 1);
    part_end(repeats->waiting_part, time_ms);
}

static void save_kept(void *context, int64_t time_ms, struct slice key)
{
    struct repeats *repeats = context;
    struct buffer *line = part_begin(repeats->kept_part);
    char digits[INTEGER_TEXT];
    fields_key_texts(key, repeats->texts, repeats->key->count);
    buffer_append_text(line, "{\"_stream\":\"kept\",\"_ts\":");
    buffer_append(line, slice_of_integer(time_ms, digits));
    for (size_t i = 0; i < repeats->key->count; i++) {
        buffer_append_char(line, ',');
        json_quote(line, slice_of(repeats->column[i]));
        buffer_append_char(line, ':');
        json_quote(line, repeats->texts[i]);
    }
    buffer_append_text(line, "}\n");
    part_end(repeats->kept_part, time_ms);
}

/* Each epoch adds what came in it and is still needed. The rest ages by its horizon. */
void repeats_save(struct repeats *repeats)
{
    static const struct dedup_news news = {save_waiting, save_kept};
    dedup_news(repeats->dedup, &news, repeats);
    if (repeats->watermark_ms == INT64_MIN)
        return;
    part_expire(repeats->waiting_part, repeats->watermark_ms + 1);
    if (repeats->within_ms != DEDUP_FOREVER)
        part_expire(repeats->kept_part, repeats->watermark_ms + 1 - repeats->within_ms);
}

static enum fate on_waiting(void *state, const struct record *record)
{
    struct repeats *repeats = state;
    hold(repeats, record, repeats->kept, json_text(&record->value[repeats->key->count]));
    filter_count(repeats->filter, repeats->stream, FATE_HELD);
    return FATE_HELD;
}

static enum fate on_kept(void *state, const struct record *record)
{
    struct repeats *repeats = state;
    struct slice key;
    if (!fields_key(record->value, repeats->kept, repeats->key->count, &repeats->scratch, &key))
        return FATE_REJECTED; /* we have not written this */
    dedup_keep(repeats->dedup, record->time_ms, key);
    return FATE_USED;
}

void repeats_restored(struct repeats *repeats)
{
    dedup_news(repeats->dedup, NULL, NULL); /* it is on disk */
}

static struct part *open_part(struct repeats *repeats, const char *name, size_t columns,
                              enum fate (*record)(void *, const struct record *))
{
    return filter_part(repeats->filter, name,
                       &(struct intake_request){.stream = name,
                                                .columns = repeats->row,
                                                .column_count = columns,
                                                .record = record,
                                                .state = repeats});
}

void repeats_start(struct repeats *repeats)
{
    char digits[INTEGER_TEXT];
    bool forever = repeats->within_ms == DEDUP_FOREVER;
    repeats->dedup = dedup_new(repeats->within_ms, filter_has_state(repeats->filter));
    filter_setting(repeats->filter, "--from", slice_of(repeats->stream));
    filter_setting_list(repeats->filter, "--dedup", repeats->key);
    filter_setting(repeats->filter, "--within (in ms)",
                   forever ? slice_of("for ever") : slice_of_integer(repeats->within_ms, digits));
    repeats->waiting_part = open_part(repeats, "waiting", repeats->key->count + 1, on_waiting);
    repeats->kept_part = open_part(repeats, "kept", repeats->key->count, on_kept);
}

uint64_t repeats_keys(const struct repeats *repeats)
{
    return dedup_kept(repeats->dedup);
}
