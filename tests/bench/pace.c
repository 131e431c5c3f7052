/* pace LINES_PER_SECOND SECONDS FILE OUT: writes so many lines of FILE, evenly, to OUT (a FIFO). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TICKS = 100, NANOSECONDS = 1000000000 };

static void die(const char *what)
{
    perror(what);
    exit(3);
}

/* Waits until TICK hundredths of a second behind BEGUN. */
static void wait_until(struct timespec begun, long tick)
{
    struct timespec until = begun;
    until.tv_nsec += tick % TICKS * (NANOSECONDS / TICKS);
    until.tv_sec += tick / TICKS + until.tv_nsec / NANOSECONDS;
    until.tv_nsec %= NANOSECONDS;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    long rate = atol(argv[1]), seconds = atol(argv[2]);
    FILE *in = fopen(argv[3], "r"), *out = fopen(argv[4], "w");
    if (!in || !out)
        die(argv[3]);
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    struct timespec begun;
    char *line = NULL;
    size_t room = 0;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    long written = 0;
    for (long tick = 1; tick <= seconds * TICKS; tick++) {
        ssize_t length;
        for (; written < rate * tick / TICKS && (length = getline(&line, &room, in)) > 0; written++)
            if (fwrite(line, 1, (size_t)length, out) != (size_t)length)
                die(argv[4]);
        if (fflush(out) != 0)
            die(argv[4]);
        wait_until(begun, tick);
    }
    free(line);
    fclose(in);
    return fclose(out) == 0 ? 0 : 3;
}
