#include "relay.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "signals.h"

static int state = -1;

/* Who is told, and the file that it locks and writes its process id to (directory_lock). */
static const struct {
    const char *lock, *name;
} told[] = {{"0-ft-ingest/lock", "ft-ingest\n"}, {"sink.lock", "ft-sink\n"}};

/*
 * From here on only what a signal handler may call.
 *
 * What FILE holds, at most SIZE - 1 bytes, into TEXT. False when it cannot be read.
 */
static bool read_text(int file, char *text, size_t size)
{
    ssize_t length = file < 0 ? -1 : read(file, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    if (file >= 0)
        close(file);
    return length > 0;
}

/* An id is that of a process as this one sees them: containers may share a directory. */
static bool is_called(const char *id, const char *name)
{
    char path[64] = "/proc/", found[32];
    size_t digits = strspn(id, "0123456789");
    if (digits == 0 || id[digits] != '\0' || digits > 20)
        return false;
    memcpy(path + 6, id, digits);
    memcpy(path + 6 + digits, "/comm", sizeof "/comm");
    return read_text(open(path, O_RDONLY | O_CLOEXEC), found, sizeof found) &&
           strcmp(found, name) == 0;
}

static pid_t number_of(const char *id)
{
    long number = 0;
    for (; *id; id++)
        number = number * 10 + (*id - '0');
    return (pid_t)number;
}

/* Nobody holds the lock: the id is of a process that was. */
static bool is_stale(int lock)
{
    if (flock(lock, LOCK_SH | LOCK_NB) != 0)
        return false;
    flock(lock, LOCK_UN);
    return true;
}

static void tell(const char *lock, const char *name, int signal_number)
{
    char id[32];
    int file = openat(state, lock, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    if (is_stale(file)) {
        close(file);
        return;
    }
    if (!read_text(file, id, sizeof id) || !is_called(id, name) || number_of(id) == getpid())
        return;
    sigqueue(number_of(id), signal_number, (union sigval){.sival_int = SIGNALS_PASSED_ON});
}

static void tell_all(int signal_number)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        tell(told[i].lock, told[i].name, signal_number);
}

void relay_open(const char *path)
{
    state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state >= 0)
        signals_pass_on(tell_all);
}
