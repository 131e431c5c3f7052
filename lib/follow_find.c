/* What stands in the directory of a followed file: its rotations, and what is news among them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "error.h"
#include "follow_inside.h"

/* ---- names ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* How many bytes of NAME stand before its extension. */
static size_t stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

/* app.log.1 and app.log-20260101, and app.1.log. */
static bool begins_like(const char *name, const char *base)
{
    return strncmp(name, base, stem_length(base)) == 0;
}

static bool is_packer(const char *extension)
{
    static const char *const packers[] = {".gz",  ".xz",  ".zst", ".bz2",
                                          ".lz4", ".lzo", ".Z",   ".zip"};
    for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
        if (strcmp(extension, packers[i]) == 0)
            return true;
    return false;
}

/*
 * Whether REST, which begins with a separator, is a number or a date and then EXTENSION, packed or
 * not. app.2.log is a rotation of app.log, but app-2.log is more likely the log of another process:
 * behind a dash stands a date.
 */
static bool says_when(const char *rest, const char *extension)
{
    enum { DATE_DIGITS = 6 };
    const char *number = rest + 1;
    size_t length = strspn(number, "0123456789-_.:TZ+"), digits = 0;
    while (length > 0 && !isalnum((unsigned char)number[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)number[i]) != 0;
    const char *behind = number + length;
    return digits >= (*rest == '.' ? 1 : DATE_DIGITS) &&
           strncmp(behind, extension, strlen(extension)) == 0 &&
           (behind[strlen(extension)] == '\0' || is_packer(behind + strlen(extension)));
}

/* What tells NAME from BASE: "1" of app.log.1.gz and of app.1.log.gz. NULL: it is no rotation. */
static const char *rotation_of(const char *name, const char *base)
{
    size_t length = strlen(base), stem = stem_length(base);
    bool whole = strncmp(name, base, length) == 0;
    const char *rest = name + (whole ? length : stem);
    if (*rest != '.' && *rest != '-' && *rest != '_')
        return NULL;
    if (whole && strncmp(rest + 1, "old", 3) == 0)
        return rest + 1;
    if (!isdigit((unsigned char)rest[1]))
        return NULL;
    bool certain = whole && stem < length; /* nobody else calls a file app.log.1 */
    return certain || says_when(rest, whole ? "" : base + stem) ? rest + 1 : NULL;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

bool follow_is_readable(const char *name)
{
    const char *dot = strrchr(name, '.');
    return !dot || strcmp(dot, ".gz") == 0 || !is_packer(dot);
}

/* ---- order ---- */

/* The number of a numbered rotation, where 1 is the latest; -1 for other names, dates too. */
static long number_of(const char *name, const char *base)
{
    enum { MOST_DIGITS = 6 };
    const char *rest = rotation_of(name, base);
    size_t digits = rest ? strspn(rest, "0123456789") : 0;
    return digits > 0 && digits <= MOST_DIGITS ? strtol(rest, NULL, 10) : -1;
}

static const char *sorted_base; /* qsort's comparison has no context */

/* In whole seconds where one has no more, since some that copy keep no more. */
static int by_time(const struct timespec *one, const struct timespec *other)
{
    if (one->tv_sec != other->tv_sec)
        return one->tv_sec < other->tv_sec ? -1 : 1;
    if (one->tv_nsec == 0 || other->tv_nsec == 0)
        return 0;
    return (one->tv_nsec > other->tv_nsec) - (one->tv_nsec < other->tv_nsec);
}

/* By when they were written to last, which any copy keeps; numbered ones of a moment by their
 * numbers. */
static int by_age(const void *a, const void *b)
{
    const struct rotation *one = a, *other = b;
    const char *name = last_part(one->path), *other_name = last_part(other->path);
    int order = by_time(&one->status.st_mtim, &other->status.st_mtim);
    if (order != 0)
        return order;
    long number = number_of(name, sorted_base), other_number = number_of(other_name, sorted_base);
    if (number >= 0 && other_number >= 0 && number != other_number)
        return number > other_number ? -1 : 1;
    return strcmp(name, other_name);
}

/* ---- the list ---- */

static bool is_marked(const struct follow_state *state, ino_t inode)
{
    for (size_t i = 0; state && i < state->count; i++)
        if (state->mark[i].inode == inode)
            return true;
    return false;
}

static void add(struct rotations *rotations, struct rotation rotation)
{
    rotations->rotation =
        memory_resize(rotations->rotation, rotations->count + 1, sizeof *rotations->rotation);
    rotations->rotation[rotations->count++] = rotation;
}

static void consider(const struct follow *follow, struct rotations *rotations, const char *name,
                     const struct follow_state *state)
{
    const char *base = last_part(follow->place);
    struct buffer path = {0};
    struct stat status;
    buffer_printf(&path, "%.*s%s", (int)(base - follow->place), follow->place, name);
    buffer_append_char(&path, '\0');
    bool wanted = stat(path.at, &status) == 0 && S_ISREG(status.st_mode) &&
                  (begins_like(name, base) || is_marked(state, status.st_ino));
    if (wanted)
        add(rotations, (struct rotation){.path = memory_text(slice_of(path.at)),
                                         .status = status,
                                         .rotated = rotation_of(name, base),
                                         .current = strcmp(name, base) == 0});
    buffer_free(&path);
}

/* Whether what can be inflated of PACKED, be it complete or not, is how PLAIN begins. */
static bool inflates_to(const char *packed, const char *plain)
{
    char text[INPUT_HEAD], other[INPUT_HEAD];
    gzFile from = gzopen(packed, "rb");
    int fd = open(plain, O_RDONLY | O_CLOEXEC);
    int got = from ? gzread(from, text, sizeof text) : 0;
    ssize_t there = fd < 0 ? -1 : read(fd, other, sizeof other);
    if (from)
        gzclose(from);
    if (fd >= 0)
        close(fd);
    return there >= got && (got <= 0 || memcmp(text, other, (size_t)got) == 0);
}

/* What is being compressed: the packed file is not complete yet, or the plain one about to go. */
static bool has_plain(const struct rotations *rotations, const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; ends_with(path, ".gz") && i < rotations->count; i++) {
        const char *plain = rotations->rotation[i].path;
        if (strlen(plain) == length - 3 && strncmp(plain, path, length - 3) == 0)
            return inflates_to(path, plain);
    }
    return false;
}

static void drop_half_packed(struct rotations *rotations)
{
    for (size_t i = 0; i < rotations->count; i++) {
        struct rotation *rotation = &rotations->rotation[i];
        if (!has_plain(rotations, rotation->path))
            continue;
        free(rotation->path);
        memmove(rotation, rotation + 1, (--rotations->count - i--) * sizeof *rotation);
    }
}

struct rotations follow_list(struct follow *follow, const struct follow_state *state)
{
    struct rotations rotations = {0};
    const char *base = last_part(follow->place);
    size_t length = (size_t)(base - follow->place);
    char *directory = length > 0 ? memory_text((struct slice){follow->place, length})
                                 : memory_text(slice_of("."));
    DIR *stream = opendir(directory);
    if (!stream)
        fail_errno(EXIT_SYSTEM, "%s: cannot look for the rotations of %s", directory, base);
    for (const struct dirent *entry; (entry = readdir(stream));)
        consider(follow, &rotations, entry->d_name, state);
    closedir(stream);
    free(directory);
    drop_half_packed(&rotations);
    sorted_base = base;
    if (rotations.count > 0)
        qsort(rotations.rotation, rotations.count, sizeof *rotations.rotation, by_age);
    return rotations;
}

void follow_list_free(struct rotations *rotations)
{
    for (size_t i = 0; i < rotations->count; i++) {
        free(rotations->rotation[i].path);
        input_free(rotations->rotation[i].input);
    }
    free(rotations->rotation);
}

/* ---- looking into them ---- */

/* How much text is in gzip data, by what stands at its end: that modulo 2^32 (RFC 1952). */
static void measure_packed(struct rotation *rotation)
{
    unsigned char at[4];
    off_t size = rotation->status.st_size, large = 4000000; /* of which 4 GiB never become less */
    rotation->vague = size >= large || pread(input_fd(rotation->input), at, sizeof at,
                                             size - (off_t)sizeof at) != sizeof at;
    if (!rotation->vague)
        rotation->bytes =
            (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
}

bool follow_has_at_least(const struct rotation *rotation, uint64_t bytes)
{
    return rotation->vague || rotation->bytes >= bytes;
}

bool follow_has_at_most(const struct rotation *rotation, uint64_t bytes)
{
    return rotation->vague || rotation->bytes <= bytes;
}

bool follow_look_into(const struct follow *follow, struct rotation *rotation)
{
    if (rotation->input)
        return true;
    int fd = open(rotation->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        fail_errno(EXIT_SYSTEM, "%s", rotation->path);
    rotation->input = input_new(fd, rotation->path, follow->max_line, true);
    rotation->status = follow_status(rotation->input);
    input_head(rotation->input, INPUT_HEAD);
    rotation->bytes = (uint64_t)rotation->status.st_size;
    if (input_is_packed(rotation->input))
        measure_packed(rotation);
    return true;
}

bool follow_take(struct follow *follow, struct rotation *rotation, size_t at, uint64_t offset,
                 uint64_t lines)
{
    struct input *input = rotation->input;
    rotation->input = NULL;
    rotation->taken = true;
    bool there = input_resume(input, offset, lines);
    follow_insert(follow, at, input);
    return there;
}

struct rotation *follow_find_copy(const struct follow *follow, struct rotations *rotations,
                                  const struct follow_file *file, uint64_t bytes)
{
    uint32_t head = input_checksum(file->input, bytes);
    for (size_t i = rotations->count; bytes > 0 && i-- > 0;) {
        struct rotation *rotation = &rotations->rotation[i];
        if (rotation->current || follow_has(follow, &rotation->status) ||
            !follow_is_readable(rotation->path) || !follow_look_into(follow, rotation))
            continue;
        if (follow_has_at_least(rotation, bytes) && input_begins(rotation->input, bytes, head))
            return rotation;
    }
    return NULL;
}
