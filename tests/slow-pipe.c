/*
 * slow-pipe SIZE: copies standard input to a pipe in pieces of SIZE bytes, each written when the
 * one before it has been read, so that every read(2) of the other side gets one piece.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Until the pipe is empty, or nobody reads it any more. */
static void wait_until_read(void)
{
    const struct timespec moment = {.tv_nsec = 5000};
    struct pollfd reader = {STDOUT_FILENO, 0, 0};
    int waiting = 1;
    while (waiting > 0 && poll(&reader, 1, 0) == 0) {
        if (ioctl(STDOUT_FILENO, FIONREAD, &waiting) != 0) {
            perror("slow-pipe: standard output is no pipe");
            exit(1);
        }
        if (waiting > 0)
            nanosleep(&moment, NULL);
    }
}

static void write_piece(const char *at, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, at, length);
        if (written < 0) {
            perror("slow-pipe: cannot write");
            exit(1);
        }
        at += written;
        length -= (size_t)written;
    }
    wait_until_read();
}

int main(int argc, char **argv)
{
    long size = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (size < 1) {
        fputs("usage: slow-pipe SIZE\n", stderr);
        return 2;
    }
    char *piece = malloc((size_t)size);
    if (!piece)
        return 1;
    for (size_t got; (got = fread(piece, 1, (size_t)size, stdin)) > 0;)
        write_piece(piece, got);
    free(piece);
    return 0;
}
