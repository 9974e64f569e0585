/*
 * store_file - a store in a file that no daemon uses: a copy, or that of a daemon that is stopped.
 *
 * The file is opened under SQLite's exclusive lock, so one that a daemon uses is refused.  Any
 * thread.
 */
#pragma once
#include "model/record.h"
#include <stdbool.h>

#define STORE_FILE_COPY_MARK "copy.made" /* in the named values: from when a copy is; "": none */

struct store_report { /* strings owned */
    int schema, schema_known;
    char *copy_made; /* as it was marked; "": it is no copy */
    int64_t records; /* of the journal, and the last of them */
    char last_hash[RECORD_HASH_LEN + 1];
    int64_t missions, broadcasts, notifications, waiting; /* waiting: neither sent nor given up */
    GPtrArray *faults; /* char *: everything that is wrong; none: it is good */
};

/* Makes the copy a single file and notes in it from when it is. */
bool store_file_mark(const char *path, const char *made, GError **error);
/* Looks at every page, index and reference, and at the journal's chain: holds says whether a
 * record's hash is its own (NULL: the chain is not looked at).  Changes nothing.  false: it cannot
 * be read at all, or *stop (NULL: never) was set meanwhile by another thread; what was found wrong
 * in it is in the report, which the caller clears either way. */
bool store_file_check(const char *path, bool (*holds)(const struct record *r), const int *stop,
                      struct store_report *out, GError **error);
void store_report_clear(struct store_report *r);
