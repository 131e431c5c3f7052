/*
 * killer [--outside REQUESTS ANSWERS] SEED KILLS SPAN_MS STATE LOG COMMAND...: runs a command until
 * it ends well, and before that kills some of its processes by SIGKILL, up to KILLS times. Prints
 *
 *     KILLS RESTARTS REFUSED
 *
 * that is, how often somebody living was killed, how often the command was started again, and how
 * often it then refused to go on (because of the one before, which was still there). Standard error
 * tells each choice; the choices of a seed are always the same, the moments they hit are not.
 *
 * The moment is somewhere in the SPAN_MS that an undisturbed run takes, or soon after the start, or
 * when a file *.new comes up in the directory STATE, or when the file LOG grows (any file, when
 * that is a directory): the sink commits. The victim is one of the filters, some of them, the
 * command itself, any of its processes, or all. Then the command is started again: at once, or when
 * the last of its processes is gone. When at once, one of those that are left may sleep (SIGSTOP)
 * until the next run is well under way: an old filter that is slow to notice.
 *
 * With --outside the command reads through kcat, so one of these may be the victim too, or a server
 * that the command depends on: then a number goes in a line to the FIFO REQUESTS, and whoever reads
 * that kills one, has it up again and answers with a line in the FIFO ANSWERS, while the run goes
 * on as it can.
 *
 * With --live the command does not end by itself: it gets a SIGTERM after so long, and is started
 * again until there were KILLS.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_PROCESSES = 256,
    HANGS_MS = 45000,     /* an undisturbed run must be done by then */
    SOON_MS = 15,         /* after the start */
    MOST_SIGHTS = 24,     /* of *.new, or of a growing log */
    FEWER_SIGHTS = 6,     /* where less is written, and what is outside has a log of its own */
    MOST_DELAY_US = 1500, /* between the sight and the kill */
    MOST_SLEEP_MS = 120
};

enum moment { MOMENT_ANY, MOMENT_FIRST_PART, MOMENT_SOON, MOMENT_SNAPSHOT, MOMENT_COMMIT, MOMENTS };
enum victim {
    VICTIM_FILTER,
    VICTIM_SOME,
    VICTIM_ALL,
    VICTIM_COMMAND,
    VICTIM_ANY,
    VICTIM_KCAT,
    VICTIM_OUTSIDE,
    VICTIMS
};

static const char *const moment_name[MOMENTS] = {"anywhere", "in the first part", "soon",
                                                 "in a snapshot", "in a commit"};
static const char *const victim_name[VICTIMS] = {
    "a filter", "some filters", "all", "the command", "any process", "a kcat", "a server"};

/* What is to happen to one run of the command. */
struct choice {
    enum moment moment;
    enum victim victim;
    int64_t at_ms;      /* after the start */
    int sights;         /* how often the file must be seen */
    unsigned delay_us;  /* and how long after that */
    bool at_once;       /* the next run does not wait for the end of this one */
    bool lulls;         /* and one that is left sleeps into the next run */
    int64_t sleep_ms;   /* so long */
    uint64_t number[8]; /* chance, for the choice among the processes that are there then */
};

struct killer {
    uint64_t random;
    int64_t span_ms;
    const char *state, *log;
    FILE *requests, *answers; /* NULL: nothing outside is killed */
    char **command;
    int64_t live_ms; /* 0: the command ends by itself */
    pid_t run;       /* of the command */
    int64_t begun_ms;
    int run_fd;
    bool ended;
    int status;       /* once it has ended */
    pid_t sleeper;    /* of the run before; 0: none */
    int64_t sleep_ms; /* from the start of this run on */
    int kills, restarts, refused;
};

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "killer: %s\n", what);
    exit(1);
}

/* splitmix64, by Sebastiano Vigna: the same numbers everywhere. */
static uint64_t chance(struct killer *killer)
{
    uint64_t z = killer->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t below(struct killer *killer, int64_t bound)
{
    return (int64_t)(chance(killer) % (uint64_t)(bound > 0 ? bound : 1));
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- processes ---- */

struct processes {
    pid_t pid[MOST_PROCESSES];
    size_t count;
};

/* The children of PID and theirs. Whoever loses a parent becomes a child of this process. */
static void add_children(struct processes *processes, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "r");
    int child;
    while (file && fscanf(file, "%d", &child) == 1 && processes->count < MOST_PROCESSES) {
        processes->pid[processes->count++] = child;
        add_children(processes, child);
    }
    if (file)
        fclose(file);
}

/* Reads the name of a process; false when it is not alive. */
static bool alive(pid_t pid, char name[32])
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    bool found = file && fscanf(file, "%*d (%31[^)]) %c", name, &state) == 2;
    if (file)
        fclose(file);
    return found && state != 'Z' && state != 'X';
}

static bool is_called(pid_t pid, const char *begin)
{
    char name[32];
    return alive(pid, name) && strncmp(name, begin, strlen(begin)) == 0;
}

/* Those of ALL that live and whose names begin so. */
static struct processes called(const struct processes *all, const char *begin)
{
    struct processes found = {.count = 0};
    for (size_t i = 0; i < all->count; i++)
        if (is_called(all->pid[i], begin))
            found.pid[found.count++] = all->pid[i];
    return found;
}

static struct processes filters_of(const struct processes *all)
{
    return called(all, "ft-");
}

static bool kill_one(struct killer *killer, pid_t pid)
{
    char name[32];
    if (!alive(pid, name) || kill(pid, SIGKILL) != 0)
        return false;
    fprintf(stderr, "killer: %s\n", pid == killer->run ? "the command" : name);
    return true;
}

/* Kills what was chosen among ALL; whether anybody lived who was. */
static bool kill_among(struct killer *killer, const struct choice *choice,
                       const struct processes *all)
{
    struct processes filters = filters_of(all);
    bool hit = false;
    if (choice->victim == VICTIM_COMMAND || filters.count == 0)
        return kill_one(killer, killer->run);
    if (choice->victim == VICTIM_FILTER)
        return kill_one(killer, filters.pid[choice->number[0] % filters.count]);
    if (choice->victim == VICTIM_ANY)
        return kill_one(killer, all->pid[choice->number[0] % all->count]);
    struct processes kcats = called(all, "kcat");
    if (choice->victim == VICTIM_KCAT && kcats.count > 0)
        return kill_one(killer, kcats.pid[choice->number[0] % kcats.count]);
    if (choice->victim == VICTIM_ALL)
        for (size_t i = 0; i < all->count; i++)
            hit |= kill_one(killer, all->pid[i]);
    for (size_t i = 0; choice->victim == VICTIM_SOME && i < filters.count; i++)
        if (choice->number[i % 8] & 1)
            hit |= kill_one(killer, filters.pid[i]);
    return hit;
}

/* Puts a filter that is left to sleep. */
static void lull(struct killer *killer, const struct choice *choice, const struct processes *all)
{
    struct processes left = filters_of(all);
    if (left.count == 0)
        return;
    pid_t pid = left.pid[choice->number[1] % left.count];
    if (kill(pid, SIGSTOP) != 0)
        return;
    killer->sleeper = pid;
    killer->sleep_ms = choice->sleep_ms;
}

/* The run is under way: whoever sleeps sleeps no longer. */
static void wake(struct killer *killer)
{
    if (killer->sleeper == 0)
        return;
    usleep((unsigned)killer->sleep_ms * 1000);
    kill(killer->sleeper, SIGCONT);
    killer->sleeper = 0;
}

/* Has a server killed, and waits until it is up again. */
static bool kill_outside(struct killer *killer, const struct choice *choice)
{
    char answer[64];
    fprintf(killer->requests, "%" PRIu64 "\n", choice->number[0]);
    if (fflush(killer->requests) != 0 || !fgets(answer, sizeof answer, killer->answers))
        give_up("nobody kills what is outside");
    fprintf(stderr, "killer: %s", answer);
    return true;
}

/* The same among the processes that the command has now. */
static bool kill_chosen(struct killer *killer, const struct choice *choice)
{
    if (choice->victim == VICTIM_OUTSIDE)
        return kill_outside(killer, choice);
    struct processes all = {.pid = {killer->run}, .count = 1};
    add_children(&all, killer->run);
    bool hit = kill_among(killer, choice, &all);
    if (hit && choice->lulls)
        lull(killer, choice, &all);
    return hit;
}

/* Takes note of children that have ended. */
static void reap(struct killer *killer)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid != killer->run)
            continue;
        killer->ended = true;
        killer->status = status;
    }
}

/* Whether any process of an earlier run is left. */
static bool is_anybody_left(struct killer *killer)
{
    struct processes left = {.count = 0};
    reap(killer);
    add_children(&left, getpid());
    return left.count > 0;
}

static void tell_where(pid_t pid)
{
    char name[32], path[64], where[64] = "?";
    snprintf(path, sizeof path, "/proc/%d/wchan", pid);
    FILE *file = fopen(path, "r");
    if (file && !fgets(where, sizeof where, file))
        where[0] = '\0';
    if (file)
        fclose(file);
    fprintf(stderr, "killer: left is %d, %s, in %s\n", pid, alive(pid, name) ? name : "a zombie",
            where);
}

/* Nobody who hangs survives; who they were is told. */
static void kill_all(void)
{
    struct processes left = {.count = 0};
    add_children(&left, getpid());
    for (size_t i = 0; i < left.count; i++)
        tell_where(left.pid[i]);
    for (size_t i = 0; i < left.count; i++)
        kill(left.pid[i], SIGKILL);
}

static void wait_until_alone(struct killer *killer)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int64_t begun_ms = now_ms(); is_anybody_left(killer); nanosleep(&moment, NULL)) {
        if (now_ms() - begun_ms <= HANGS_MS)
            continue;
        kill_all();
        give_up("what was left of a run does not end");
    }
}

static void start(struct killer *killer)
{
    killer->ended = false;
    killer->begun_ms = now_ms();
    killer->run = fork();
    if (killer->run < 0)
        give_up("cannot fork");
    if (killer->run == 0) {
        execvp(killer->command[0], killer->command);
        perror(killer->command[0]);
        _exit(127);
    }
    killer->run_fd = (int)syscall(SYS_pidfd_open, killer->run, 0);
    if (killer->run_fd < 0)
        give_up("cannot watch a process");
}

/* ---- the moment ---- */

static void watch_stages(const struct killer *killer, int fd)
{
    char path[4096];
    inotify_add_watch(fd, killer->state, IN_CREATE);
    DIR *list = opendir(killer->state);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", killer->state, entry->d_name);
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
            inotify_add_watch(fd, path, IN_CREATE);
    }
    if (list)
        closedir(list);
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What the names end in that are meant by the log, and in *WHERE (4096 bytes) the directory. */
static const char *find_log(const struct killer *killer, char *where)
{
    const char *slash = strrchr(killer->log, '/');
    if (is_directory(killer->log)) {
        snprintf(where, 4096, "%s", killer->log);
        return "";
    }
    snprintf(where, 4096, "%.*s", slash ? (int)(slash - killer->log) : 1,
             slash ? killer->log : ".");
    return slash ? slash + 1 : killer->log;
}

static void watch_log(const struct killer *killer, int fd)
{
    char path[4096];
    find_log(killer, path);
    inotify_add_watch(fd, path, IN_MODIFY);
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

/* How many of the events that can be read are what is looked for. */
static int count_sights(int fd, const char *end)
{
    _Alignas(struct inotify_event) char bytes[4096];
    int sights = 0;
    ssize_t got = read(fd, bytes, sizeof bytes);
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
        sights += event->len > 0 && ends_in(event->name, end);
        at += (ssize_t)(sizeof *event + event->len);
    }
    return sights;
}

/* Waits for the moment; false when the command ended before. */
static bool is_moment(struct killer *killer, const struct choice *choice, int watch)
{
    bool by_sight = choice->moment == MOMENT_SNAPSHOT || choice->moment == MOMENT_COMMIT;
    char path[4096];
    const char *end = choice->moment == MOMENT_SNAPSHOT ? ".new" : find_log(killer, path);
    int64_t longest_ms = killer->live_ms ? killer->live_ms : HANGS_MS;
    int64_t until_ms = now_ms() + (by_sight ? longest_ms : choice->at_ms);
    int sights = 0;
    for (int64_t left_ms; (left_ms = until_ms - now_ms()) > 0;) {
        struct pollfd ready[2] = {{killer->run_fd, POLLIN, 0}, {by_sight ? watch : -1, POLLIN, 0}};
        poll(ready, 2, (int)left_ms);
        if (ready[0].revents)
            return false;
        if (!ready[1].revents)
            continue;
        sights += count_sights(watch, end);
        if (sights < choice->sights)
            continue;
        usleep(choice->delay_us);
        return true;
    }
    if (by_sight && !killer->live_ms)
        give_up("the command does not end");
    return !by_sight;
}

/* Lets a command live that does not end by itself, and then asks it to. */
static void let_live(struct killer *killer)
{
    struct pollfd ended = {killer->run_fd, POLLIN, 0};
    int64_t left_ms = killer->begun_ms + killer->live_ms - now_ms();
    if (poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0) == 0)
        kill(killer->run, SIGTERM);
}

static void wait_for_end(struct killer *killer)
{
    struct pollfd ready = {killer->run_fd, POLLIN, 0};
    if (killer->live_ms)
        let_live(killer);
    if (poll(&ready, 1, HANGS_MS) == 0) {
        kill_all();
        give_up("the command does not end");
    }
    while (!killer->ended)
        reap(killer);
}

/* ---- all of it ---- */

static struct choice choose(struct killer *killer)
{
    /* by weight */
    static const enum moment moments[] = {
        MOMENT_ANY,      MOMENT_ANY,      MOMENT_ANY,      MOMENT_FIRST_PART, MOMENT_SOON,
        MOMENT_SNAPSHOT, MOMENT_SNAPSHOT, MOMENT_SNAPSHOT, MOMENT_COMMIT,     MOMENT_COMMIT};
    static const enum victim victims[] = {
        VICTIM_FILTER, VICTIM_FILTER, VICTIM_FILTER, VICTIM_FILTER,  VICTIM_SOME,
        VICTIM_ALL,    VICTIM_ALL,    VICTIM_ALL,    VICTIM_COMMAND, VICTIM_ANY,
        VICTIM_KCAT,   VICTIM_KCAT,   VICTIM_KCAT,   VICTIM_OUTSIDE, VICTIM_OUTSIDE};
    struct choice choice = {
        .moment = moments[below(killer, 10)],
        .victim = victims[below(killer, killer->requests ? 15 : 10)],
        .sights = 1 + (int)below(killer, killer->requests ? FEWER_SIGHTS : MOST_SIGHTS),
        .at_once = below(killer, 2)};
    choice.at_once = choice.at_once && choice.victim != VICTIM_OUTSIDE;
    choice.lulls = choice.at_once && below(killer, 2);
    choice.sleep_ms = below(killer, MOST_SLEEP_MS);
    choice.delay_us = (unsigned)(below(killer, 2) * below(killer, MOST_DELAY_US));
    choice.at_ms = below(killer, choice.moment == MOMENT_SOON         ? SOON_MS
                                 : choice.moment == MOMENT_FIRST_PART ? killer->span_ms / 6
                                                                      : killer->span_ms);
    for (size_t i = 0; i < 8; i++)
        choice.number[i] = chance(killer) >> 8;
    return choice;
}

static bool disturb(struct killer *killer, const struct choice *choice, int watch)
{
    fprintf(stderr, "killer: %s, %s (%" PRId64 " ms, sight %d, %u us), then %s\n",
            moment_name[choice->moment], victim_name[choice->victim], choice->at_ms, choice->sights,
            choice->delay_us,
            !choice->at_once ? "in time"
            : choice->lulls  ? "at once, while one sleeps"
                             : "at once");
    return is_moment(killer, choice, watch) && kill_chosen(killer, choice);
}

/* One run of the command; true when it ended well. */
static bool run_once(struct killer *killer, bool in_peace)
{
    struct choice choice = choose(killer);
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (choice.moment == MOMENT_SNAPSHOT)
        watch_stages(killer, watch);
    if (choice.moment == MOMENT_COMMIT)
        watch_log(killer, watch);
    bool alone = !is_anybody_left(killer), killed = false;
    start(killer);
    wake(killer);
    if (!in_peace)
        killed = disturb(killer, &choice, watch);
    killer->kills += killed;
    if (!killed || !choice.at_once)
        wait_for_end(killer);
    else if (killer->live_ms && !killer->ended) /* who was killed need not be missed */
        kill(killer->run, SIGTERM);
    close(watch);
    close(killer->run_fd);
    if (killer->ended && killer->status == 0)
        return true;
    if (!killed && alone)
        give_up("a run ended badly, and nobody was killed");
    killer->refused += !killed;
    if (!killed || !choice.at_once)
        wait_until_alone(killer);
    return false;
}

static FILE *open_fifo(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file)
        give_up(path);
    return file;
}

/* Takes the options; returns how many arguments they are. */
static int take_options(struct killer *killer, int argc, char **argv)
{
    int at = 1;
    for (;; at += 2) {
        if (argc > at + 2 && strcmp(argv[at], "--outside") == 0) {
            killer->requests = open_fifo(argv[at + 1], "we");
            killer->answers = open_fifo(argv[++at + 1], "re");
        } else if (argc > at + 1 && strcmp(argv[at], "--live") == 0) {
            killer->live_ms = strtoll(argv[at + 1], NULL, 10);
        } else {
            return at;
        }
    }
}

int main(int argc, char **argv)
{
    struct killer killer = {.random = 0};
    int at = take_options(&killer, argc, argv);
    if (argc - at < 6) {
        fputs("usage: killer [--outside REQUESTS ANSWERS] [--live MS] SEED KILLS SPAN_MS STATE LOG "
              "COMMAND...\n",
              stderr);
        return 2;
    }
    killer.random = strtoull(argv[at], NULL, 10);
    killer.span_ms = strtoll(argv[at + 2], NULL, 10);
    killer.state = argv[at + 3];
    killer.log = argv[at + 4];
    killer.command = argv + at + 5;
    int kills = atoi(argv[at + 1]);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int runs = 0; !run_once(&killer, killer.kills >= kills) ||
                       (killer.live_ms && killer.kills < kills && runs < 3 * kills);
         runs++)
        killer.restarts++;
    wait_until_alone(&killer);
    printf("%d %d %d\n", killer.kills, killer.restarts, killer.refused);
    return 0;
}
