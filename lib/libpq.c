#include "libpq.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "error.h"

struct libpq libpq;

static const struct {
    const char *name;
    size_t offset;
} function[] = {
#define LIBPQ_ENTRY(name) {#name, offsetof(struct libpq, name)},
    LIBPQ_FUNCTIONS(LIBPQ_ENTRY)
#undef LIBPQ_ENTRY
};

void libpq_load(const char *target)
{
    if (libpq.PQstatus)
        return;
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail(EXIT_SYSTEM, "%s: cannot load libpq (Debian's package libpq5): %s", target, dlerror());
    for (size_t i = 0; i < sizeof function / sizeof *function; i++) {
        void *symbol = dlsym(library, function[i].name);
        if (!symbol)
            fail(EXIT_SYSTEM, "%s: libpq has no %s: %s", target, function[i].name, dlerror());
        memcpy((char *)&libpq + function[i].offset, &symbol, sizeof symbol);
    }
}
