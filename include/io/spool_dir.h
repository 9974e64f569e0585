/*
 * spool_dir - a folder into which other systems rename files.
 *
 * Only whole files count: a file is told of when it has been renamed into the folder (inotify
 * IN_MOVED_TO), or was there when the folder was opened or scanned.  Names that begin with a dot,
 * and everything that is no regular file, are left alone; links are not followed.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct loop;
struct spool_dir;

/* on_name from the loop, for each name. Makes the folders "taken" and "refused" in it. */
struct spool_dir *spool_dir_open(struct loop *l, const char *path,
                                 void (*on_name)(const char *name, void *ctx), void *ctx,
                                 GError **error);
void spool_dir_scan(struct spool_dir *d); /* tells of every name that is there, in order */
/* NULL with error; an empty error: no regular file, to be left alone. */
GBytes *spool_dir_read(struct spool_dir *d, const char *name, size_t max_bytes, GError **error);
/* Of the file that was read last: writes <name>.result into the folder `where`, then renames the
 * file into it, both durable: a crash in between leaves the file, and both are done again.
 * *replaced: another file has taken its place in the meantime and stands there, to be read. */
bool spool_dir_put_away(struct spool_dir *d, const char *name, const char *where,
                        const char *result, bool *replaced, GError **error);
void spool_dir_close(struct spool_dir *d);
