/* spool.h: blocks come back as they went in, from memory and from the file. */
#include "spool.h"

#include <stdlib.h>

#include "check.h"

/* Block NUMBER: as many bytes as that, all the same. */
static void add(struct spool *spool, uint32_t number)
{
    struct buffer bytes = {0};
    for (uint32_t i = 0; i < number; i++)
        buffer_append_char(&bytes, (char)('a' + number % 26));
    spool_add(spool, (struct spool_head){.table = number, .columns = number + 1},
              buffer_slice(&bytes));
    buffer_free(&bytes);
}

static bool is_block(const struct spool_head *head, const struct buffer *bytes, uint32_t number)
{
    bool same = head->table == number && head->columns == number + 1 && head->length == number &&
                bytes->length == number;
    for (uint32_t i = 0; i < number && same; i++)
        same = bytes->at[i] == (char)('a' + number % 26);
    return same;
}

/* All blocks from FIRST up to COUNT are there, and no other. */
static void check_blocks(const struct spool *spool, uint32_t first, uint32_t count)
{
    struct spool_head head;
    struct buffer bytes = {0};
    uint64_t position = 0;
    uint32_t number = first;
    for (; spool_read(spool, &position, &head, &bytes); number++)
        CHECK(is_block(&head, &bytes, number));
    CHECK(number == count);
    buffer_free(&bytes);
}

static void check_spool(size_t memory)
{
    struct spool *spool = spool_new(memory);
    check_blocks(spool, 0, 0);
    for (uint32_t i = 0; i < 200; i++)
        add(spool, i);
    check_blocks(spool, 0, 200);
    check_blocks(spool, 0, 200); /* as often as one likes */
    for (uint32_t i = 200; i < 300; i++)
        add(spool, i);
    check_blocks(spool, 0, 300);
    spool_clear(spool);
    check_blocks(spool, 0, 0);
    for (uint32_t i = 7; i < 107; i++)
        add(spool, i);
    check_blocks(spool, 7, 107);
    spool_free(spool);
}

int main(void)
{
    check_spool(1 << 20); /* all in memory */
    check_spool(5000);    /* some of it */
    check_spool(0);       /* nothing */
    setenv("TMPDIR", ".", 1);
    check_spool(100);
    spool_free(NULL);
    return check_result();
}
