/* measure: runs a command once and prints its wall seconds, CPU seconds and peak memory in KB. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: measure INPUT OUTPUT COMMAND [ARGUMENT]...\n"
    "\n"
    "Standard input is INPUT, standard output OUTPUT. CPU seconds are those of all processes that\n"
    "COMMAND started and waited for, peak memory is the largest of them.\n";

static void die(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(3);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run(char **argv)
{
    int in = open(argv[1], O_RDONLY), out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in < 0)
        die(argv[1]);
    if (out < 0)
        die(argv[2]);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
        die("cannot redirect");
    execvp(argv[3], argv + 3);
    die(argv[3]);
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status;
    if (argc < 4) {
        fputs(usage, stderr);
        return 2;
    }
    double begun = now();
    pid_t child = fork();
    if (child < 0)
        die("cannot fork");
    if (child == 0)
        run(argv);
    if (wait4(child, &status, 0, &used) < 0)
        die("cannot wait");
    double wall = now() - begun;
    double cpu = (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
                 (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6;
    if (status != 0) {
        fprintf(stderr, "measure: %s failed\n", argv[3]);
        return 1;
    }
    return printf("%.3f %.3f %ld\n", wall, cpu, used.ru_maxrss) > 0 ? 0 : 3;
}
