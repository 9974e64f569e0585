/*
 * memory_disk - a disk in memory below SQLite, which can fail, stall, and lose its power.
 *
 * The disk in use (memory_disk_use) is SQLite's default VFS: every database that is opened while it
 * is lies on it under its path.  The main file of a database is simply there (the store has made it
 * on the real disk, where it stays empty); a write-ahead log and a journal come and go.  There is
 * no shared memory, so that WAL mode works under an exclusive lock only, as the store has it.
 *
 * What was written and not yet synced is kept apart, in order.  A file's first sync makes its name
 * durable too, as the system's VFS does for logs.  What a failed sync should have saved is never
 * saved by a later one, only by writing it again: so does Linux.
 *
 * One thread at a time; the disk outlives the connections to it.
 *
 *     struct memory_disk *d = memory_disk_new();
 *     memory_disk_use(d);
 *     struct store *s = store_sqlite.open(&options, &error);
 *     memory_disk_faults(d)->crash_in = 17;      the 17th operation from here is the last
 *     …                                          every call fails
 *     store_sqlite.close(s);
 *     memory_disk_cut(d, &(struct memory_cut){ .seed = 4 });
 *     s = store_sqlite.open(&options, &error);   what is left of it
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum memory_op {
    MEMORY_OPEN,
    MEMORY_READ,
    MEMORY_WRITE,
    MEMORY_TRUNCATE,
    MEMORY_SYNC,
    MEMORY_SIZE,
    MEMORY_DELETE,
    MEMORY_ACCESS,
    MEMORY_LOCK,
    MEMORY_OPS
};

struct memory_disk;

/* Read before every operation; anybody may change it at any time. */
struct memory_faults {
    uint64_t fail_in;    /* operations until the one that fails, itself counted; 0: none fails */
    uint64_t fail_times; /* so many in a row then fail; 0: one */
    unsigned fail_ops;   /* which are counted and fail: bits 1 << enum memory_op; 0: all */
    int fail_code;     /* SQLITE_FULL, …; 0: the one that fits the operation (SQLITE_IOERR_FSYNC).
                          A failing write is half done, a short read is filled up with zeros. */
    uint64_t crash_in; /* likewise until the one at which the power goes; 0: it stays */
    int64_t capacity;  /* bytes that all files may have together; 0: no limit */
    bool read_only;    /* as a file system is that was mounted anew */
    /* Before each operation: an SQLite code to fail with, SQLITE_OK to go on.  It may advance a
     * clock, as a slow disk does, and may call memory_disk_crash.  NULL: nothing is asked. */
    int (*before)(enum memory_op op, const char *path, void *ctx);
    void *ctx;
    uint64_t given; /* faults given so far, crashes among them */
};

/* What is left of the unsynced writes (and of files made, cut short or deleted) after a crash. */
struct memory_cut {
    unsigned keep; /* the first so many of them, UINT_MAX: all (the process died, not the power) */
    unsigned torn; /* and so many bytes of the one after them, in whole sectors */
    unsigned seed; /* not 0: instead of that, each of them at random, some of them torn */
    unsigned sector; /* bytes that are written whole or not at all; 0: 512 */
};

struct memory_disk *memory_disk_new(void);
struct memory_disk *memory_disk_clone(const struct memory_disk *d); /* its files, no faults */
void memory_disk_free(struct memory_disk *d);
void memory_disk_use(struct memory_disk *d); /* NULL: the system's own again */

struct memory_faults *memory_disk_faults(struct memory_disk *d);
uint64_t memory_disk_operations(const struct memory_disk *d, enum memory_op op); /* OPS: of all */
unsigned memory_disk_unsynced(const struct memory_disk *d);

/* From now on every operation of the open connections fails; closing them is all that is left. */
void memory_disk_crash(struct memory_disk *d);
/* After a crash, or as one: decides what is left, and the disk works again for who opens it anew.
 */
void memory_disk_cut(struct memory_disk *d, const struct memory_cut *c);

/* Every change from here on is recorded; a copy from before it takes them one by one. */
void memory_disk_record(struct memory_disk *d);
unsigned memory_disk_recorded(const struct memory_disk *d);
void memory_disk_replay(struct memory_disk *copy, const struct memory_disk *recording, unsigned i);
/* "sync liaisond.db-wal", "write liaisond.db 8192+4096": the i-th change, for a report; owned. */
char *memory_disk_describe(const struct memory_disk *recording, unsigned i);
