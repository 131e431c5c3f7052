#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const kind_name[INJECT_KINDS] = {
    [INJECT_WRITE] = "write",   [INJECT_SYNC] = "sync",   [INJECT_RENAME] = "rename",
    [INJECT_OPEN] = "open",     [INJECT_LOCK] = "lock",   [INJECT_TRUNCATE] = "truncate",
    [INJECT_UNLINK] = "unlink", [INJECT_MKDIR] = "mkdir", [INJECT_MALLOC] = "malloc",
    [INJECT_READ] = "read",     [INJECT_CLOSE] = "close",
};

static const struct {
    const char *name;
    int number;
} error[] = {
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EINTR", EINTR},   {"EIO", EIO},
    {"EMFILE", EMFILE}, {"ENOLCK", ENOLCK}, {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},
    {"EROFS", EROFS},   {"short", 0},
};

static struct {
    enum inject_kind kind; /* INJECT_KINDS: nothing fails here */
    unsigned long n;
    int number; /* of the error; 0: a short write */
    bool forever;
    const char *mark;
    atomic_ulong count;
} injection = {.kind = INJECT_KINDS};

/* Nobody has failed yet, and from now on we have. */
static bool claim(void)
{
    char text[128];
    if (!injection.mark)
        return true;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, injection.mark, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return false;
    int length = snprintf(text, sizeof text, "%s %d: %s %lu\n", program_invocation_short_name,
                          (int)getpid(), kind_name[injection.kind], injection.n);
    syscall(SYS_write, fd, text, (size_t)length);
    syscall(SYS_close, fd);
    return true;
}

static bool hit(enum inject_kind kind)
{
    if (kind != injection.kind)
        return false;
    unsigned long count = atomic_fetch_add(&injection.count, 1) + 1;
    if (count > injection.n)
        return injection.forever;
    if (count < injection.n)
        return false;
    if (claim())
        return true;
    injection.kind = INJECT_KINDS;
    return false;
}

bool inject(enum inject_kind kind)
{
    int before = errno;
    bool fails = hit(kind);
    errno = fails ? injection.number : before;
    return fails;
}

/* What goes to standard error is let through: or all failures would be silent. */
bool inject_write(int fd, size_t *count)
{
    if (fd == STDERR_FILENO || !inject(INJECT_WRITE))
        return false;
    if (injection.number != 0)
        return true;
    *count = (*count + 1) / 2;
    return false;
}

static bool is_meant(char **argv)
{
    const char *program = getenv("SHIM_PROGRAM"), *argument = getenv("SHIM_ARGUMENT");
    if (program && strcmp(program, program_invocation_short_name) != 0)
        return false;
    if (!argument)
        return true;
    bool found = false, wanted = argument[0] != '!';
    for (size_t i = 1; !found && argv[0] && argv[i]; i++)
        found = strstr(argv[i], argument + !wanted);
    return found == wanted;
}

_Noreturn static void misused(const char *variable)
{
    fprintf(stderr, "shim: %s makes no sense\n", variable);
    _exit(99);
}

static int error_number(const char *name)
{
    for (size_t i = 0; name && i < sizeof error / sizeof *error; i++)
        if (strcmp(error[i].name, name) == 0)
            return error[i].number;
    misused("SHIM_ERRNO");
}

void inject_start(char **argv)
{
    const char *call = getenv("SHIM_CALL"), *n = getenv("SHIM_N"),
               *forever = getenv("SHIM_FOREVER");
    if (!call || !is_meant(argv))
        return;
    enum inject_kind kind = INJECT_WRITE;
    while (kind < INJECT_KINDS && strcmp(kind_name[kind], call) != 0)
        kind++;
    if (kind == INJECT_KINDS)
        misused("SHIM_CALL");
    injection.n = n ? strtoul(n, NULL, 10) : 0;
    if (injection.n == 0)
        misused("SHIM_N");
    injection.number = error_number(getenv("SHIM_ERRNO"));
    injection.forever = forever && strcmp(forever, "1") == 0;
    injection.mark = getenv("SHIM_MARK");
    injection.kind = kind; /* from here on calls are counted */
}
