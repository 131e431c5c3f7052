/*
 * What the parts of following a file share: follow.c (reading, and whose turn it is),
 * follow_change.c (a file that was cut, a name that has another file), follow_find.c (what
 * stands in the directory), follow_news.c (what of that is to be read) and follow_state.c (going on
 * in a later run). Nobody else includes it.
 */
#ifndef FOLLOW_INSIDE_H
#define FOLLOW_INSIDE_H

#include <sys/stat.h>
#include <time.h>

#include "follow.h"
#include "watch.h"

/* How many finished files are remembered; how many that may still be written to are kept open. */
enum { FOLLOW_REMEMBERED = 8, FOLLOW_KEPT = 16 };

struct follow_file {
    struct input *input;
    dev_t device;
    ino_t inode;
    int watch;
    bool pending;     /* there may be more to read */
    bool cut;         /* what stands in it now is another text */
    bool unwritten;   /* nobody writes to it any more */
    bool passed;      /* the next one's turn has come, whether or not it is finished */
    int64_t begun_ns; /* when it had been written to last, as it was begun */
    int64_t heard_ms; /* when some of it was read; or when it lost its name, if that is later */
};

struct follow {
    char *path;
    char *place; /* the same, or what it is a link to: there the rotations are */
    size_t max_line;
    int64_t wait_ms;
    struct watch *watch;
    struct follow_file *file; /* the oldest first */
    size_t count;
    size_t current; /* whose turn it is */
    bool begun;     /* it was looked what there was */
    bool look;      /* whether or not anything is told */
    bool gone_said; /* that there is no file of this name */
    int64_t gone_since_ms;
    size_t news;      /* how many rotations nobody knew were found last */
    bool writer_said; /* that somebody still writes to an old one */
    bool new_file;    /* one that begins alike is another one all the same */
    struct follow_mark finished[FOLLOW_REMEMBERED]; /* the last ones */
    size_t finished_count;
    int64_t known_ns; /* files with a last write before it are known, or too old to be read */
};

/* ---- follow.c ---- */

int64_t follow_now_ms(clockid_t clock);

/* Fails with exit 2 unless it is a regular file. */
void follow_refuse_other_kinds(const struct follow *follow, const struct stat *status);

/* Looks where the name leads to, and watches that. */
void follow_find_place(struct follow *follow);

/* FILE is about to go. */
void follow_forget_watch(struct follow *follow, const struct follow_file *file);

/* Makes INPUT, at its start or resumed, number AT of the files. Takes it over. */
struct follow_file *follow_insert(struct follow *follow, size_t at, struct input *input);

/* Whether the file is one of those that are read. */
bool follow_has(const struct follow *follow, const struct stat *status);

/* When it was written to last. */
int64_t follow_written_ns(const struct stat *status);

/* How it stands with INPUT's file. */
struct stat follow_status(const struct input *input);

/* ---- follow_change.c ---- */

/* Whether FILE no longer begins with, or has, what was read of it. */
bool follow_is_cut(const struct follow_file *file);

/* File AT is such a one: BYTES were read of what it was. */
void follow_cut(struct follow *follow, size_t at, uint64_t bytes);

/*
 * Nothing was read of file AT, and it was written to: perhaps not for the first time, and what was
 * written before is in a copy. Returns how many files come before it now.
 */
size_t follow_look_for_copies(struct follow *follow, size_t at);

/* Takes the file that the name has now, when that is another one, and what came before it. */
void follow_look_at_name(struct follow *follow);

/* ---- follow_find.c ---- */

/* A file in the directory. */
struct rotation {
    char *path;
    struct stat status;
    struct input *input; /* NULL: not opened, or taken */
    uint64_t bytes;      /* of text */
    bool vague;          /* nobody knows how many before they are inflated */
    bool rotated;        /* by its name it is one of the rotations */
    bool current;        /* it is the followed name itself */
    bool taken;          /* it is one of those that are read */
};

struct rotations {
    struct rotation *rotation; /* in the order in which they were written to */
    size_t count;
};

/* What stands in the directory under a name that begins like the file's own, itself, and whatever
 * is one of STATE's files (NULL: no other). */
struct rotations follow_list(struct follow *follow, const struct follow_state *state);
void follow_list_free(struct rotations *rotations);

/* Opens it, once. False when it is gone. */
bool follow_look_into(const struct follow *follow, struct rotation *rotation);

/* Makes it number AT of the files, at OFFSET bytes where LINES lines end; false when it is shorter.
 */
bool follow_take(struct follow *follow, struct rotation *rotation, size_t at, uint64_t offset,
                 uint64_t lines);

/* Whether it has so many bytes or more, so many or fewer; true when nobody knows. */
bool follow_has_at_least(const struct rotation *rotation, uint64_t bytes);
bool follow_has_at_most(const struct rotation *rotation, uint64_t bytes);

/* Whether we could read it; other packers than gzip are told by their names. */
bool follow_is_readable(const char *name);

/* A copy of FILE that has at least BYTES bytes, opened; or NULL. */
struct rotation *follow_find_copy(const struct follow *follow, struct rotations *rotations,
                                  const struct follow_file *file, uint64_t bytes);

/* ---- follow_news.c ---- */

/* Gives what nobody knows yet a place before file AT; from now on all that stand there are known.
 * Returns how many there were. */
size_t follow_add_news(struct follow *follow, struct rotations *rotations, size_t at);

/* Whether ROTATION, which is opened, was read before, or is too old to be. */
bool follow_is_known(const struct follow *follow, struct rotations *rotations,
                     const struct rotation *rotation);

/* What stands there at the very beginning is older than the start, and not read. */
void follow_know_all(struct follow *follow);

/* ---- follow_state.c ---- */

/* Remembers FILE as finished, up to where it was read. */
void follow_remember(struct follow *follow, const struct follow_file *file);

/* Remembers MARK, whose name becomes the follow's. */
void follow_remember_mark(struct follow *follow, struct follow_mark mark);

#endif
