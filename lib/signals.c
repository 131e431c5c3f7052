#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "error.h"

static volatile sig_atomic_t stopped;
static int event = -1;
static volatile int64_t stopped_ms; /* the monotonic clock at the first */
static volatile int64_t asked_ms;   /* at the first that was meant for this process; 0: none */
static void (*pass_on)(int number); /* NULL: to nobody */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void remember(int number)
{
    uint64_t once = 1;
    stopped_ms = now_ms();
    stopped = number;
    if (event >= 0 && write(event, &once, sizeof once) < 0)
        return; /* it cannot: nothing else is ever written to it */
}

/* Either signal waits while the other is dealt with, and a raised one until this has returned. */
static void on_signal(int number, siginfo_t *about, void *unused)
{
    int before = errno;
    bool passed_on = about->si_code == SI_QUEUE && about->si_value.sival_int == SIGNALS_PASSED_ON;
    (void)unused;
    if (!stopped)
        remember(number);
    if (!passed_on && asked_ms == 0) {
        asked_ms = now_ms();
        if (pass_on)
            pass_on(number);
    } else if (!passed_on && now_ms() - asked_ms >= ONE_ORDER_MS) {
        signal(number, SIG_DFL);
        raise(number);
    }
    errno = before;
}

void signals_ignore_first(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGINT);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

void signals_stop_first(void)
{
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0)
        fail_errno(EXIT_SYSTEM, "cannot wait for signals");
    signals_ignore_first();
}

int signals_stopped(void)
{
    return stopped;
}

bool signals_hurry(void)
{
    return stopped && now_ms() - stopped_ms >= PATIENCE_MS;
}

void signals_pass_on(void (*hook)(int number))
{
    pass_on = hook;
    if (asked_ms != 0)
        hook(stopped);
}

int signals_fd(void)
{
    return event;
}
