/*
 * backup - a copy of the running store, checked, for whoever keeps it somewhere else.
 *
 * The copy is made on the store's thread, BACKUP_STEP_PAGES pages at a time, each step in its turn
 * among the other work: nothing waits for a backup longer than for one step.  Then it is marked as
 * a copy, checked (store_file.h) and summed on a thread of its own, while the daemon goes on.  It
 * lies beside the store and has no name any more once it is handed over; what a crash leaves of it
 * is removed by the next one.  One at a time.  Loop thread only.
 */
#pragma once
#include "flow/service.h"

#define BACKUP_STEP_PAGES 64                 /* 256 KiB */
#define BACKUP_KEEP_BYTES (64 * 1024 * 1024) /* of the store's disk, which a copy leaves alone */

enum backup_end {
    BACKUP_MADE,
    BACKUP_BUSY,    /* another one is being made, or the daemon stops */
    BACKUP_NO_ROOM, /* the store's disk has too little */
    BACKUP_DAMAGED, /* the store is not sound: why says what was found */
    BACKUP_FAILED
};

struct backup_copy {
    int fd; /* of the file, at its beginning; whoever is told owns it */
    int64_t bytes;
    int64_t records; /* of the journal that are in it */
    char sha256[65]; /* of the file, hex */
};

struct backup_progress {
    const char *by;      /* principal; NULL: none is being made */
    int64_t bytes, left; /* to be copied; left 0: it is being checked */
};

struct backup;

/* copy is NULL unless it was made; why: a sentence, or NULL. */
typedef void (*backup_fn)(const struct backup_copy *copy, enum backup_end end, const char *why,
                          void *ctx);

struct backup *backup_new(struct service *s);
/* A backup that is being made is given up, without a word to whom it was for. */
void backup_free(struct backup *b);
void backup_make(struct backup *b, const char *principal, backup_fn fn, void *ctx);
void backup_abandon(struct backup *b, void *ctx); /* of that ctx: fn is not called any more */
struct backup_progress backup_progress(const struct backup *b);
