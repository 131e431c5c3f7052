/*
 * Odd input: what the programs here that make random input have in common below the level of
 * records. Random numbers that are the same everywhere; ids and strings in all their spellings;
 * JSON objects with their members in some order, lines with some ends.
 */
#ifndef ODD_H
#define ODD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MAX_MEMBERS = 24, MAX_VALUE = 256 };

static const int64_t second_ms = 1000, minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;

/* Names the program in messages, and begins with the seed that SEED spells. */
void odd_begin(const char *program, const char *seed);

__attribute__((noreturn, format(printf, 2, 3))) void fail(int status, const char *format, ...);

int random_below(int n);
int64_t random_time(int64_t below);

/* One time in N. */
bool one_in(int n);

/* Goes on with what follows from the seed and NUMBER; returns where it was, for random_return. */
uint64_t random_detour(uint64_t number);
void random_return(uint64_t state);

/* The text of id NUMBER: a plain one with PREFIX, or for one in four an odd one. */
void id_text(char prefix, int number, char out[MAX_VALUE]);

/* Objects: members are gathered, then written in some order with some white space. */
struct member {
    char text[2 * MAX_VALUE]; /* "name":value as spelled */
};

struct object {
    struct member member[MAX_MEMBERS];
    int count;
};

__attribute__((format(printf, 3, 4))) void add(struct object *object, const char *name,
                                               const char *format, ...);

/* As a JSON string, each character raw or escaped. */
void add_string(struct object *object, const char *name, const char *value);

/* NUMBER -1 is null, and -2 no member. */
void add_id(struct object *object, const char *name, char prefix, int number);

/* A decimal(10,2) in one of its spellings; a wrong one has too many digits, or is none. */
void add_amount(struct object *object, const char *name, bool wrong);

/* Members nobody knows, which must neither hurt nor change. */
void add_strangers(struct object *object);

/* How the lines of one file are written: one seed in two is all regular. */
struct style {
    bool tidy, crlf;
};

FILE *open_file(const char *directory, const char *name, struct style *style);
void write_object(FILE *file, struct object *object, struct style style);
void end_line(FILE *file, struct style style, bool last);
void close_file(FILE *file, const char *name);

#endif
