#include "sink.h"

#include "error.h"

/* The first whose prefix fits. */
static const struct sink_calls *const targets[] = {&sink_lines, &sink_sqlite, &sink_postgres};

/* A prefix that is a whole word of its own has nothing behind it, any other has something. */
static bool fits(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    bool alone = strcmp(prefix, "-") == 0;
    return strncmp(name, prefix, length) == 0 && alone == (name[length] == '\0');
}

const struct sink_calls *sink_find(const char *name)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        for (const char *const *prefix = targets[i]->prefix; *prefix; prefix++)
            if (fits(name, *prefix))
                return targets[i];
    fail(EXIT_USAGE,
         "\"%s\" is no target: write sqlite:FILE, postgresql://HOST/DATABASE, or - for standard "
         "output",
         sink_name_to_show(name));
}

/* Up to the last @, for who forgets to encode one writes it into the password. */
char *sink_name_to_show(const char *name)
{
    struct buffer shown = {0};
    const char *rest = strstr(name, "://");
    if (!rest)
        return memory_text(slice_of(name));
    rest += 3;
    const char *end = rest + strcspn(rest, "?");
    buffer_append(&shown, (struct slice){name, (size_t)(rest - name)});
    for (const char *p = rest; p < end; p++)
        if (*p == '@')
            rest = p + 1;
    buffer_append(&shown, (struct slice){rest, (size_t)(end - rest)});
    buffer_append_char(&shown, '\0');
    return shown.at;
}
