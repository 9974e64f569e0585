/*
 * A copy of the store, page by page.
 *
 * The pages are read through the connection that writes: what it commits while the copy is made
 * goes into the copy as well, by SQLite itself, so no step ever begins anew because of it.  The
 * copy's own connection neither syncs nor keeps a journal; a copy that does not come to its end is
 * thrown away.
 */
#include "sqlite_ops.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/statvfs.h>

static bool has_room(struct sqlite *q, const char *path, int64_t keep_bytes, struct store_copy *at,
                     GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct statvfs disk;
    if (statvfs(dir, &disk) != 0)
        return sqlite_refuse(error, "look at the disk of %s: %s", path, g_strerror(errno));
    int64_t is = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    int64_t needed = at->pages * at->page_bytes;
    if (is - needed >= keep_bytes)
        return true;
    at->no_room = true;
    return sqlite_refuse(error,
                         "copy %s: its disk has %" G_GINT64_FORMAT
                         " bytes, the copy needs %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
                         " are to be left",
                         q->path, is, needed, keep_bytes);
}

static bool fail(struct sqlite *q, int rc, struct store_copy *at, GError **error)
{
    at->no_room = (rc & 0xff) == SQLITE_FULL;
    return sqlite_refuse(error, "copy %s to %s: %s", q->path, q->copy_path,
                         at->no_room ? "the disk is full" : sqlite3_errstr(rc));
}

static bool open_copy(struct sqlite *q, struct store_copy *at, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(q->copy_path, &q->copy_db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(q->copy_db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
                          NULL, NULL);
    if (rc == SQLITE_OK)
        q->copy = sqlite3_backup_init(q->copy_db, "main", q->db, "main");
    return q->copy || fail(q, rc == SQLITE_OK ? sqlite3_errcode(q->copy_db) : rc, at, error);
}

bool sqlite_copy_begin(struct store *s, const char *path, int64_t keep_bytes, struct store_copy *at,
                       GError **error)
{
    struct sqlite *q = sqlite_of(s);
    *at = (struct store_copy){ .page_bytes = q->page_bytes };
    if (q->copy_path)
        return sqlite_refuse(error, "copy %s: another copy is being made", q->path);
    if (!sqlite_ask_number(q, "PRAGMA page_count", &at->pages, error))
        return false;
    at->left = at->pages;
    g_remove(path);
    if (!has_room(q, path, keep_bytes, at, error) || !sqlite_make_file(path, error))
        return false;
    q->copy_path = g_strdup(path);
    return open_copy(q, at, error);
}

bool sqlite_copy_step(struct store *s, unsigned pages, struct store_copy *at, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!q->copy)
        return sqlite_refuse(error, "copy %s: none is being made", q->path);
    int rc = sqlite3_backup_step(q->copy, (int)pages);
    at->pages = sqlite3_backup_pagecount(q->copy);
    at->left = rc == SQLITE_DONE ? 0 : MAX(sqlite3_backup_remaining(q->copy), 1);
    return rc == SQLITE_OK || rc == SQLITE_DONE || fail(q, rc, at, error);
}

void sqlite_copy_end(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    sqlite3_backup_finish(q->copy);
    sqlite3_close(q->copy_db);
    q->copy = NULL;
    q->copy_db = NULL;
    g_clear_pointer(&q->copy_path, g_free);
}
