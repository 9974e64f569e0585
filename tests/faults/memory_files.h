/*
 * memory_files - the files of a memory disk: what they are now, what of it is durable.
 *
 * Shared by memory_disk.c and memory_vfs.c.  A change is applied to the file at once and waits in
 * order until a sync makes it durable.
 */
#pragma once
#include "memory_disk.h"
#include <sqlite3.h>

struct memory_handle;

struct memory_file {
    int refs;
    char *path;
    GByteArray *now, *durable;
    struct memory_handle *writer; /* holds the reserved lock or more */
    unsigned readers;
    bool exclusive;
};

enum memory_change_kind {
    CHANGE_MAKE,
    CHANGE_WRITE,
    CHANGE_TRUNCATE,
    CHANGE_DELETE,
    CHANGE_SYNC,
    CHANGE_SYNC_FAILED,
    CHANGE_SYNC_NAMES,
};

struct memory_change {
    enum memory_change_kind kind;
    char *path;               /* owned */
    int64_t offset;           /* of a write; the size of a truncate */
    GBytes *bytes;            /* of a write; owned */
    struct memory_file *file; /* the one meant while it waits; owned reference */
};

struct memory_disk {
    sqlite3_vfs vfs; /* first, so that a sqlite3_vfs * is a struct memory_disk * */
    char name[32];
    struct memory_faults faults;
    uint64_t operations[MEMORY_OPS + 1];
    unsigned life;    /* a handle of an earlier one is dead */
    unsigned passing; /* files without a name so far */
    bool crashed;
    uint64_t dice;               /* what SQLite is given as random: the same for the same history */
    GHashTable *files, *durable; /* path -> struct memory_file *, owned references */
    GPtrArray *waiting;          /* struct memory_change *, owned: unsynced */
    GPtrArray *recording;        /* likewise; NULL: none */
};

struct memory_file *memory_file_of(const struct memory_disk *d, const char *path);
struct memory_file *memory_file_ref(struct memory_file *f);
void memory_file_unref(struct memory_file *f);
int64_t memory_disk_size(const struct memory_disk *d); /* of all files */

/* Make the change, which is recorded if the disk records; bytes may be NULL. */
void memory_change(struct memory_disk *d, enum memory_change_kind kind, const char *path,
                   int64_t offset, const void *bytes, size_t n);
/* The main file of a database, which is durable by its name from the start. */
void memory_make_main(struct memory_disk *d, const char *path);

uint64_t memory_roll(uint64_t *state); /* the next random number (splitmix64) */

/* memory_vfs.c */
void memory_vfs_init(struct memory_disk *d);
