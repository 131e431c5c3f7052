#include "checked.h"

#include <stdlib.h>

struct checked_rules {
    const struct stream_contract *contract;
    bool *is_key;   /* column i is part of the key */
    unsigned *sure; /* the kinds of value that are right in column i without a look at them */
    struct buffer scratch;
};

/* A column that came as pii stays so, whatever the contract says or leaves out. */
static void keep_class(struct schema *schema, const struct column *came)
{
    ptrdiff_t index = schema_find(schema, came->name);
    if (came->pii && index >= 0)
        schema->column[index].pii = true;
    else if (came->pii)
        schema_add_column(schema, came->name, &came->type, true);
}

/* The contract's columns and key, with the kind and time that the stream came with. */
static struct schema *known_schema(const struct schema *agreed, const struct schema *came)
{
    struct schema *schema = schema_copy(agreed->open ? came : agreed, came->stream);
    schema->upsert = came->upsert;
    schema->timed = came->timed;
    schema->null_keys = came->null_keys;
    free(schema->time_column);
    schema->time_column = came->time_column ? memory_text(slice_of(came->time_column)) : NULL;
    for (size_t i = 0; i < came->key_count && schema->key_count == 0; i++)
        schema_add_key(schema, came->key[i]);
    for (size_t i = 0; i < came->column_count && !schema->open; i++)
        keep_class(schema, &came->column[i]);
    return schema;
}

static struct checked_rules *rules_new(const struct stream_contract *contract,
                                       struct columns *columns)
{
    const struct schema *schema = contract->schema;
    struct checked_rules *rules = memory_new(1, sizeof *rules);
    rules->contract = contract;
    rules->is_key = memory_new(schema->column_count, sizeof *rules->is_key);
    rules->sure = memory_new(schema->column_count, sizeof *rules->sure);
    for (size_t i = 0; i < schema->column_count; i++) {
        columns_add(columns, schema->column[i].name);
        rules->sure[i] = contract_sure_kinds(contract, i);
    }
    for (size_t i = 0; i < schema->key_count; i++)
        if (schema_find(schema, schema->key[i]) >= 0)
            rules->is_key[schema_find(schema, schema->key[i])] = true;
    return rules;
}

struct checked *checked_new(const struct stream_contract *rules, const struct schema *agreed,
                            const struct schema *came)
{
    struct checked *checked = memory_new(1, sizeof *checked);
    checked->agreed = agreed;
    checked->known = known_schema(agreed, came);
    checked->rules = rules_new(rules, &checked->columns);
    return checked;
}

void checked_free(struct checked *checked)
{
    columns_free(&checked->columns);
    schema_free(checked->known);
    buffer_free(&checked->rules->scratch);
    free(checked->rules->is_key);
    free(checked->rules->sure);
    free(checked->rules);
    free(checked);
}

enum fate checked_record(const struct checked *checked, const struct record *record)
{
    struct checked_rules *rules = checked->rules;
    const struct stream_contract *contract = rules->contract;
    const char *why;
    for (size_t i = 0; i < contract->schema->column_count; i++) {
        const struct json_value *value = &record->value[i];
        if (rules->sure[i] >> value->kind & 1)
            continue;
        if (!json_is_null(value)) {
            if (!contract_accepts(contract, i, value, &rules->scratch, &why))
                return record_reject(record, checked->columns.name[i], value, why);
        } else if (contract->rule[i].required && (!record->is_delete || rules->is_key[i])) {
            return record_reject(record, checked->columns.name[i], NULL, "is required and missing");
        }
    }
    return FATE_PASSED;
}
