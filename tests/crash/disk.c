/*
 * disk TRACE: lists the records of a trace (trace.c says what they are), one a line.
 * disk TRACE K MODE DIR [SEED]: makes in DIR, which is empty, the files as a power cut after record
 * K could leave them.
 *
 *     kept      all that was done: the process was killed, the machine went on
 *     lost      only what was synced
 *     renamed   all names, but of what is in the files only what was synced
 *     zeroed    the same, the files as long as they were: what is missing is zeros
 *     some      of what was not synced some, by SEED, and of a write some sectors
 *
 * A sync of a file makes durable what was written to it, and how long it is; a sync of a directory
 * makes durable which names are in it. Neither does the other's work: real file systems mostly
 * write the name of a new file with the file, but none promises it. Without a sync anything may
 * reach the disk, in any order. A rename is one step.
 *
 * The root of the trace was empty when it began. Directories are not renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

enum { SECTOR = 512 };
enum what { MAKE, WRITE, CUT, SYNC, MKDIR, REMOVE, RENAME, WHATS };
enum mode { KEPT, LOST, RENAMED, ZEROED, SOME, MODES };

static const char *const what_name[WHATS] = {"make",  "write",  "cut",   "sync",
                                             "mkdir", "remove", "rename"};
static const char *const mode_name[MODES] = {"kept", "lost", "renamed", "zeroed", "some"};

/* A file, or a directory. */
struct object {
    unsigned long long file; /* its number in the trace; 0: a directory */
    bool synced;             /* later than the record that is looked at, the last ones first */
    struct buffer content;
};

struct operation {
    enum what what;
    unsigned long long file;
    size_t offset;
    struct slice bytes;
    char *path;
    struct object *object, *parent, *to_parent; /* parents of names */
    char *name, *to_name;
    bool durable;
};

struct entry {
    struct object *parent, *object;
    const char *name;
};

static struct operation *operation;
static size_t operations;
static struct object **object;
static size_t objects;
static struct entry *entry;
static size_t entries;
static struct object *root;
static uint64_t state; /* of the coin */

_Noreturn static void die(const char *what, const char *why)
{
    fprintf(stderr, "disk: %s: %s\n", what, why);
    exit(3);
}

/* ---- the trace ---- */

static void read_all(const char *path, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0) {
        buffer_reserve(out, 1 << 16);
        got = read(fd, out->at + out->length, 1 << 16);
        out->length += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        die(path, strerror(errno));
    buffer_append_char(out, '\0');
    out->length--;
    close(fd);
}

/* Reads one record at TEXT, and returns where the next one is. */
static const char *read_record(const char *text, struct operation *to)
{
    char what[16], path[4096];
    int head = 0;
    size_t length;
    if (sscanf(text, "%15s %llu %zu %zu %4095[^\n]%n", what, &to->file, &to->offset, &length, path,
               &head) != 5)
        die("the trace", "a record is broken");
    while (to->what < WHATS && strcmp(what_name[to->what], what) != 0)
        to->what++;
    if (to->what == WHATS)
        die("the trace", what);
    to->path = memory_text(slice_of(path));
    to->bytes = (struct slice){text + head + 1, length};
    return to->bytes.at + length + 1;
}

static void read_trace(const struct buffer *text)
{
    const char *end = text->at + text->length;
    for (const char *at = text->at; at < end;) {
        operation = memory_resize(operation, operations + 1, sizeof *operation);
        operation[operations] = (struct operation){0};
        at = read_record(at, &operation[operations++]);
    }
}

static void list(void)
{
    for (size_t i = 0; i < operations; i++) {
        const struct operation *o = &operation[i];
        printf("%zu %s %s %zu %zu", i + 1, what_name[o->what], o->path, o->offset, o->bytes.length);
        if (o->what == RENAME)
            printf(" %.*s", (int)o->bytes.length, o->bytes.at);
        printf("\n");
    }
}

/* ---- names ---- */

static struct object *new_object(unsigned long long file)
{
    struct object *new = memory_new(1, sizeof *new);
    new->file = file;
    object = memory_resize(object, objects + 1, sizeof(struct object *));
    return object[objects++] = new;
}

static struct entry *find(const struct object *parent, const char *name)
{
    for (size_t i = 0; i < entries; i++)
        if (entry[i].parent == parent && strcmp(entry[i].name, name) == 0)
            return &entry[i];
    return NULL;
}

static void set(struct object *parent, const char *name, struct object *to)
{
    struct entry *found = find(parent, name);
    if (!found) {
        entry = memory_resize(entry, entries + 1, sizeof *entry);
        found = &entry[entries++];
    }
    *found = (struct entry){parent, to, name};
}

/* Takes the name away, if it is that of OLD. */
static void unset(const struct object *parent, const char *name, const struct object *old)
{
    struct entry *found = find(parent, name);
    if (found && found->object == old)
        *found = entry[--entries];
}

/* The directory that PATH is in; NAME becomes its last part. */
static struct object *walk(struct slice path, char **name)
{
    struct object *at = root;
    char *text = memory_text(path), *part = text;
    for (char *slash; (slash = strchr(part, '/')); part = slash + 1) {
        *slash = '\0';
        const struct entry *found = find(at, part);
        if (!found)
            die(text, "a directory that was not made");
        at = found->object;
    }
    *name = part;
    return at;
}

static struct object *file_object(const struct operation *o)
{
    for (size_t i = objects; i-- > 0;)
        if (object[i]->file == o->file)
            return object[i];
    die(o->path, "a file that was not made");
}

/* What the operation is about, and what has become of the names behind it. */
static void resolve(struct operation *o)
{
    bool is_root = strcmp(o->path, ".") == 0;
    struct entry *found = NULL;
    if (!is_root) {
        o->parent = walk(slice_of(o->path), &o->name);
        found = find(o->parent, o->name);
    }
    if (o->what == MAKE || o->what == MKDIR) {
        o->object = new_object(o->file);
        set(o->parent, o->name, o->object);
    } else if (o->file != 0) {
        o->object = file_object(o);
    } else if (is_root) {
        o->object = root;
    } else if (found) {
        o->object = found->object;
    } else {
        die(o->path, "a name that is not there");
    }
    if (o->what == RENAME) {
        o->to_parent = walk(o->bytes, &o->to_name);
        set(o->to_parent, o->to_name, o->object);
    }
    if (o->what == RENAME || o->what == REMOVE)
        unset(o->parent, o->name, o->object);
}

static bool is_of_names(const struct operation *o)
{
    return o->what == MAKE || o->what == MKDIR || o->what == REMOVE || o->what == RENAME;
}

static void find_durable(size_t count)
{
    for (size_t i = count; i-- > 0;) {
        struct operation *o = &operation[i];
        if (o->what == SYNC)
            o->object->synced = true;
        else if (is_of_names(o))
            o->durable = o->parent->synced || (o->to_parent && o->to_parent->synced);
        else
            o->durable = o->object->synced;
    }
}

/* ---- what is on the disk ---- */

/* splitmix64: the same seed, the same disk. */
static bool coin(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) & 1;
}

static void resize(struct buffer *content, size_t length)
{
    if (length > content->length) {
        buffer_reserve(content, length - content->length);
        memset(content->at + content->length, 0, length - content->length);
    }
    content->length = length;
}

/* TORN: each sector by the coin. */
static void put(struct buffer *content, size_t offset, struct slice bytes, bool torn)
{
    size_t end = offset + bytes.length;
    if (content->length < end)
        resize(content, end);
    for (size_t at = offset, next; at < end; at = next) {
        next = (at / SECTOR + 1) * SECTOR;
        next = next < end ? next : end;
        if (!torn || coin())
            memcpy(content->at + at, bytes.at + (at - offset), next - at);
    }
}

static void apply(const struct operation *o, bool torn)
{
    if (o->what == WRITE)
        put(&o->object->content, o->offset, o->bytes, torn);
    else if (o->what == CUT)
        resize(&o->object->content, o->offset);
    else if (o->what == REMOVE || o->what == RENAME)
        unset(o->parent, o->name, o->object);
    if (o->what == RENAME)
        set(o->to_parent, o->to_name, o->object);
    else if (o->what == MAKE || o->what == MKDIR)
        set(o->parent, o->name, o->object);
}

static void lengthen(const struct operation *o)
{
    size_t end = o->offset + o->bytes.length;
    if (o->object->content.length < end)
        resize(&o->object->content, end);
}

static void apply_in(const struct operation *o, enum mode mode)
{
    if (o->what == SYNC)
        return;
    if (o->durable || mode == KEPT || (is_of_names(o) && (mode == RENAMED || mode == ZEROED)))
        apply(o, false);
    else if (mode == ZEROED)
        lengthen(o);
    else if (mode == SOME && coin())
        apply(o, coin());
}

static void write_file(const char *path, const struct buffer *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path, strerror(errno));
    for (size_t done = 0; done < content->length;) {
        ssize_t written = write(fd, content->at + done, content->length - done);
        if (written < 0)
            die(path, strerror(errno));
        done += (size_t)written;
    }
    close(fd);
}

static void write_directory(const char *path, const struct object *directory)
{
    for (size_t i = 0; i < entries; i++) {
        struct buffer full = {0};
        if (entry[i].parent != directory)
            continue;
        buffer_printf(&full, "%s/%s", path, entry[i].name);
        if (entry[i].object->file != 0)
            write_file(full.at, &entry[i].object->content);
        else if (mkdir(full.at, 0700) != 0)
            die(full.at, strerror(errno));
        else
            write_directory(full.at, entry[i].object);
        buffer_free(&full);
    }
}

static void rebuild(size_t count, enum mode mode, const char *path)
{
    root = new_object(0);
    for (size_t i = 0; i < count; i++)
        resolve(&operation[i]);
    find_durable(count);
    entries = 0;
    for (size_t i = 0; i < count; i++)
        apply_in(&operation[i], mode);
    write_directory(path, root);
}

static size_t number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        die(text, "is no number");
    return value;
}

int main(int argc, char **argv)
{
    struct buffer text = {0};
    enum mode mode = KEPT;
    if (argc != 2 && argc != 5 && argc != 6) {
        fputs("usage: disk TRACE [K kept|lost|renamed|zeroed|some DIR [SEED]]\n", stderr);
        return 2;
    }
    read_all(argv[1], &text);
    read_trace(&text);
    if (argc == 2) {
        list();
        return 0;
    }
    size_t count = number(argv[2]);
    while (mode < MODES && strcmp(argv[3], mode_name[mode]) != 0)
        mode++;
    if (mode == MODES || count > operations)
        die(argv[mode == MODES ? 3 : 2], "there is no such mode, or no such record");
    state = argc == 6 ? number(argv[5]) : 0;
    rebuild(count, mode, argv[4]);
    return 0;
}
