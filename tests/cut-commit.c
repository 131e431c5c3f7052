/*
 * cut-commit before|after N PORT: stands between a PostgreSQL client and the server at PORT of this
 * machine, one connection at a time, and prints the port at which it listens. The N-th COMMIT is
 * where it cuts the connection, once: before the server has got it, or after the server has done
 * it and before the client is told.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1 << 20, STARTUP = 196608 };

static bool cut_after;
static long commits_left;
static unsigned short server_port;

/* What the client has said and the server has not heard yet. */
static unsigned char said[MOST];
static size_t length;
static bool started; /* messages have a type from then on */

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in address(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int listen_somewhere(void)
{
    struct sockaddr_in own = address(0);
    socklen_t size = sizeof own;
    int door = socket(AF_INET, SOCK_STREAM, 0);
    if (door < 0 || bind(door, (struct sockaddr *)&own, sizeof own) != 0 || listen(door, 16) != 0 ||
        getsockname(door, (struct sockaddr *)&own, &size) != 0)
        die("cut-commit: cannot listen");
    printf("%d\n", ntohs(own.sin_port));
    fflush(stdout);
    return door;
}

static bool send_all(int to, const unsigned char *at, size_t count)
{
    while (count > 0) {
        ssize_t some = send(to, at, count, MSG_NOSIGNAL);
        if (some <= 0)
            return false;
        at += some;
        count -= (size_t)some;
    }
    return true;
}

static size_t number_at(const unsigned char *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* The length of the first message; 0 when it is not all there. */
static size_t first_message(void)
{
    size_t head = started ? 1 : 0;
    if (length < head + 4)
        return 0;
    size_t size = head + number_at(said + head);
    return size <= length ? size : 0;
}

static bool is_commit(size_t size)
{
    static const char query[] = "COMMIT";
    return started && said[0] == 'Q' && size == 5 + sizeof query &&
           memcmp(said + 5, query, sizeof query) == 0;
}

/* False at the cut. */
static bool pass_message(int server, size_t size)
{
    bool cut = is_commit(size) && --commits_left == 0;
    if (cut && !cut_after)
        return false;
    if (!started && size >= 8 && number_at(said + 4) == STARTUP)
        started = true;
    if (!send_all(server, said, size))
        return false;
    if (cut && recv(server, said, sizeof said, 0) <= 0) /* its answer is for nobody */
        die("cut-commit: the server has not answered");
    length -= size;
    memmove(said, said + size, length);
    return !cut;
}

static bool pass_said(int client, int server)
{
    ssize_t some = recv(client, said + length, sizeof said - length, 0);
    if (some <= 0)
        return false;
    length += (size_t)some;
    for (size_t size; (size = first_message()) > 0;)
        if (!pass_message(server, size))
            return false;
    return length < sizeof said;
}

static bool pass_answer(int server, int client)
{
    static unsigned char answer[MOST];
    ssize_t some = recv(server, answer, sizeof answer, 0);
    return some > 0 && send_all(client, answer, (size_t)some);
}

static void serve(int client, int server)
{
    struct pollfd side[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    bool goes_on = true;
    length = 0;
    started = false;
    while (goes_on && poll(side, 2, -1) > 0) {
        if (side[1].revents)
            goes_on = pass_answer(server, client);
        if (goes_on && side[0].revents)
            goes_on = pass_said(client, server);
    }
}

int main(int argc, char **argv)
{
    commits_left = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    if (commits_left < 1 || (strcmp(argv[1], "before") != 0 && strcmp(argv[1], "after") != 0)) {
        fputs("usage: cut-commit before|after N PORT\n", stderr);
        return 2;
    }
    cut_after = strcmp(argv[1], "after") == 0;
    server_port = (unsigned short)strtol(argv[3], NULL, 10);
    int door = listen_somewhere();
    for (int client; (client = accept(door, NULL, NULL)) >= 0; close(client)) {
        struct sockaddr_in there = address(server_port);
        int server = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(server, (struct sockaddr *)&there, sizeof there) == 0)
            serve(client, server);
        close(server);
    }
    die("cut-commit: cannot accept");
}
