/*
 * What the programs here that make input have in common: random numbers that are the same
 * everywhere, files of lines, times slightly out of order, and options that are counts.
 *
 * There is one file at a time. All of it ends the process when it cannot go on.
 */
#ifndef MAKING_H
#define MAKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const int64_t opening_ms = INT64_C(1735689600000); /* 2025-01-01T00:00:00Z */
static const uint64_t day_ms = 86400000;

/* An option --NAME COUNT. */
struct count_option {
    const char *name;
    uint64_t *value, least, most;
};

enum { MAX_COUNT_OPTIONS = 8 };

/*
 * Sets what the options say; the one argument behind them, a directory, is returned. USAGE begins
 * with "usage: " and the program's name, which messages begin with.
 */
const char *parse_counts(int argc, char **argv, const char *usage,
                         const struct count_option *options, int count);

__attribute__((noreturn, format(printf, 2, 3))) void fail(int status, const char *format, ...);

/* Uniform in 0 .. N-1; N > 0 and below 2^32. */
uint64_t random_below(uint64_t n);

bool random_percent(unsigned percent);

/* In 0 .. N-1, the lower ones more often: a few make most of the traffic. */
uint64_t random_skewed(uint64_t n);

/* 64 random bits. */
uint64_t random_next(void);

/*
 * The time of record I of N: evenly paced over the days, most a little late, some much, none by
 * more than half the lag.
 */
int64_t arrival_time(uint64_t i, uint64_t n, uint64_t days, uint64_t lag_ms);

/*
 * A file in DIRECTORY. Each has its own random numbers, which follow from SEED and NAME: changing
 * what is in one leaves the others alone.
 */
void file_open(const char *directory, const char *name, uint64_t seed);
void file_close(void);

/* Every line begins so: after it there is room for 2000 bytes, so putters need not check. */
void begin_line(void);

void put(const char *text);

/* VALUE with at least WIDTH digits. */
void put_number(uint64_t value, int width);

/* The lowest DIGITS hexadecimal digits of VALUE. */
void put_hex(uint64_t value, int digits);

/* CENTS as 12.30. */
void put_amount(uint64_t cents);

/* TEXTS[i] for some I, each as likely. */
#define RANDOM_OF(texts) (texts)[random_below(sizeof(texts) / sizeof(texts)[0])]

#endif
