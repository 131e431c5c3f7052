#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "epochs.h"
#include "error.h"
#include "timestamp.h"

enum { STEP_MS = 500, SAMPLES = 8, USUAL_WIDTH = 80, KEEP = 4 * 1024 };

static const char to_the_end[] = "\033[K", to_the_start[] = "\r";

struct sample {
    int64_t at_ms;
    uint64_t records;
};

static struct {
    bool asked, standing;
    const struct tally *tally;
    void (*report)(const void *context, struct tally_report *report); /* NULL: not now */
    const void *context;
    int64_t begun_ms, due_ms;
    struct sample sample[SAMPLES]; /* of the last few seconds, for the speed: a ring */
    size_t sampled;
    timer_t timer;
    struct buffer line;
} progress;

/* ---- how people read numbers ---- */

/* With commas: 1,234,567. */
static void append_count(struct buffer *out, uint64_t number)
{
    char digits[INTEGER_TEXT];
    struct slice text = slice_of_integer((int64_t)number, digits);
    for (size_t i = 0; i < text.length; i++) {
        if (i > 0 && (text.length - i) % 3 == 0)
            buffer_append_char(out, ',');
        buffer_append_char(out, text.at[i]);
    }
}

/* In the largest unit of which there is one, with a digit behind the point: 350 ms, 1.5 h. */
static void append_duration(struct buffer *out, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } unit[] = {{"d", DAY_MS}, {"h", 3600000}, {"min", 60000}, {"s", 1000}};
    size_t i = 0;
    while (i < 3 && ms < unit[i].ms)
        i++;
    int64_t tenths = ms / (unit[i].ms / 10);
    if (ms < unit[i].ms)
        buffer_printf(out, "%d ms", (int)ms);
    else
        buffer_printf(out, "%lld.%d %s", (long long)(tenths / 10), (int)(tenths % 10),
                      unit[i].name);
}

static void append_bytes(struct buffer *out, int64_t bytes)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;
    int64_t tenths = bytes * 10;
    for (; tenths >= 10000 && i < 4; i++)
        tenths /= 1000;
    if (i == 0)
        buffer_printf(out, "%lld B", (long long)bytes);
    else
        buffer_printf(out, "%lld.%d %s", (long long)(tenths / 10), (int)(tenths % 10), unit[i]);
}

/* ---- what the line says ---- */

static uint64_t per_second(uint64_t records, int64_t ms)
{
    return ms > 0 ? records * 1000 / (uint64_t)ms : 0;
}

/* Records per second in the last few. */
static uint64_t speed(uint64_t records, int64_t now_ms)
{
    struct sample *oldest = &progress.sample[progress.sampled % SAMPLES];
    if (progress.sampled < SAMPLES)
        oldest = progress.sample;
    uint64_t answer = per_second(records - oldest->records, now_ms - oldest->at_ms);
    progress.sample[progress.sampled++ % SAMPLES] = (struct sample){now_ms, records};
    return answer;
}

static void append_watermark(struct buffer *out, int64_t watermark_ms)
{
    struct timespec now;
    char text[TIMESTAMP_TEXT];
    if (watermark_ms == INT64_MIN || watermark_ms == TIMESTAMP_FOREVER)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t lag_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - watermark_ms;
    buffer_printf(out, "; watermark %s, ", timestamp_format(watermark_ms, text));
    append_duration(out, lag_ms < 0 ? -lag_ms : lag_ms);
    buffer_append_text(out, lag_ms < 0 ? " ahead" : " behind");
}

static void append_state(struct buffer *out, const struct tally_report *report)
{
    if (report->epoch > 0) {
        buffer_append_text(out, "; epoch ");
        append_count(out, report->epoch);
    }
    if (report->state_keys > 0) {
        buffer_append_text(out, "; ");
        append_count(out, (uint64_t)report->state_keys);
        buffer_append_text(out, report->state_keys == 1 ? " key" : " keys");
    }
    if (report->state_bytes >= 0) {
        buffer_append_text(out, "; state ");
        append_bytes(out, report->state_bytes);
    }
}

static struct buffer *describe(int64_t now_ms, bool is_last)
{
    struct buffer *line = &progress.line;
    struct tally_report report = {0};
    uint64_t records = tally_records(progress.tally);
    int64_t lasted_ms = now_ms - progress.begun_ms;
    progress.report(progress.context, &report);
    line->length = 0;
    buffer_printf(line, "%s: ", error_program_name());
    append_count(line, records);
    buffer_append_text(line, records == 1 ? " record" : " records");
    if (is_last) {
        buffer_append_text(line, " in ");
        append_duration(line, lasted_ms);
    }
    buffer_append_text(line, ", ");
    append_count(line, is_last ? per_second(records, lasted_ms) : speed(records, now_ms));
    buffer_append_text(line, "/s");
    append_watermark(line, report.watermark_ms);
    append_state(line, &report);
    return line;
}

/* ---- the terminal ---- */

/* One less than there is: a terminal that is full to the last column may begin another line. */
static size_t width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_WIDTH - 1;
    return size.ws_col - 1u;
}

/* Not when the terminal was told to wait (Ctrl-S): the pipe would wait with it. */
static void show(const char *text, size_t length)
{
    struct pollfd terminal = {STDERR_FILENO, POLLOUT, 0};
    if (poll(&terminal, 1, 0) <= 0 || write(STDERR_FILENO, text, length) < 0)
        return; /* a line that is missing is not worth a word */
}

void progress_wipe(void)
{
    static const char wipe[] = "\r\033[K";
    if (progress.standing)
        show(wipe, sizeof wipe - 1);
    progress.standing = false;
}

/* The cursor is left at the start, so that what others write stands on the line and not behind it.
 */
static void draw(int64_t now_ms)
{
    struct buffer *line = describe(now_ms, false);
    size_t room = width();
    if (line->length > room)
        line->length = room;
    buffer_append_text(line, to_the_end);
    buffer_append_text(line, to_the_start);
    show(line->at, line->length);
    progress.standing = true;
}

void progress_look(void)
{
    if (!progress.report)
        return;
    int before = errno;
    int64_t now_ms = epochs_now_ms();
    if (now_ms >= progress.due_ms) {
        progress.due_ms = now_ms + STEP_MS;
        draw(now_ms);
    }
    errno = before;
}

int progress_wait_ms(int wait_ms)
{
    if (!progress.report)
        return wait_ms;
    int64_t left_ms = progress.due_ms - epochs_now_ms();
    if (left_ms < 0)
        left_ms = 0;
    return wait_ms >= 0 && wait_ms < left_ms ? wait_ms : (int)left_ms;
}

/* ---- calls that block ---- */

static void on_time(int number)
{
    (void)number; /* it has interrupted the call: that is all */
}

static void mask(int how)
{
    int before = errno;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(how, &set, NULL);
    errno = before;
}

/* The signal comes again and again, so one that came just before the call does no harm. */
static void start_timer(void)
{
    struct sigaction action = {.sa_handler = on_time}; /* calls are not restarted */
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct timespec step = {0, STEP_MS * 1000000L};
    mask(SIG_BLOCK);
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &progress.timer) != 0 ||
        timer_settime(progress.timer, 0, &(struct itimerspec){step, step}, NULL) != 0)
        fail_errno(EXIT_SYSTEM, "--progress: cannot measure time");
}

void progress_interrupts(bool may)
{
    if (progress.report)
        mask(may ? SIG_UNBLOCK : SIG_BLOCK);
}

/* ---- from beginning to end ---- */

void progress_ask(void)
{
    progress.asked = true;
}

void progress_begin(const struct tally *tally,
                    void (*report)(const void *context, struct tally_report *report),
                    const void *context)
{
    if (!progress.asked || !isatty(STDERR_FILENO))
        return;
    start_timer();
    buffer_reserve(&progress.line, KEEP);
    progress.tally = tally;
    progress.context = context;
    progress.begun_ms = epochs_now_ms();
    progress.due_ms = progress.begun_ms + STEP_MS;
    progress.sample[progress.sampled++] = (struct sample){progress.begun_ms, 0};
    progress.report = report;
    error_before_message(progress_wipe);
}

void progress_end(void)
{
    if (!progress.report)
        return;
    timer_delete(progress.timer);
    progress_wipe();
    struct buffer *line = describe(epochs_now_ms(), true);
    buffer_append_char(line, '\n');
    show(line->at, line->length);
    progress.report = NULL;
    buffer_free(line);
}
