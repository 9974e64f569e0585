#include "base/log.h"
#include "sqlite.h"

/*
 * SQLite ends a transaction by itself on some failures (a full disk, an I/O error).  What runs
 * after that would commit statement by statement, so every step here first asks whether the
 * transaction that the caller believes in is still there.
 */
static bool in_transaction(struct sqlite *q, GError **error)
{
    if (!sqlite3_get_autocommit(q->db))
        return true;
    return sqlite_refuse(error, "write %s: the transaction was undone by an earlier failure",
                         q->path);
}

static bool run(struct sqlite *q, const char *sql, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    return st && sqlite_run(q, st, error);
}

void sqlite_forget(struct sqlite *q)
{
    g_hash_table_remove_all(q->lanes);
    q->tip_known = false;
    q->withdrawn_to = 0;
}

int sqlite_count_wal(void *q, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct sqlite *)q)->wal_pages = pages;
    return SQLITE_OK;
}

/* What was committed is safe in the WAL, so a failure here is no failure of the commit: the log
 * says so once and every later commit tries again. */
static void checkpoint(struct sqlite *q)
{
    if (q->wal_pages * q->page_bytes < q->checkpoint_bytes || !q->wal_pages)
        return;
    int rc = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc == SQLITE_OK) {
        q->wal_pages = 0;
    } else if (!q->checkpoint_failing) {
        log_event(LOG_LEVEL_WARN, "store.checkpoint_failed", LOG_STR("path", q->path),
                  LOG_STR("reason", sqlite3_errmsg(q->db)));
    }
    q->checkpoint_failing = rc != SQLITE_OK;
}

bool sqlite_begin(struct store *s, GError **error)
{
    return run(sqlite_of(s), "BEGIN IMMEDIATE", error);
}

void sqlite_rollback(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    if (!sqlite3_get_autocommit(q->db))
        run(q, "ROLLBACK", NULL);
    sqlite_forget(q);
}

bool sqlite_commit(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!in_transaction(q, error) || !run(q, "COMMIT", error)) {
        sqlite_rollback(s); /* a COMMIT that failed may have left the transaction open */
        return false;
    }
    checkpoint(q);
    return true;
}

bool sqlite_savepoint(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return in_transaction(q, error) && run(q, "SAVEPOINT piece", error);
}

bool sqlite_savepoint_keep(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return in_transaction(q, error) && run(q, "RELEASE piece", error);
}

void sqlite_savepoint_undo(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    if (!sqlite3_get_autocommit(q->db)) {
        run(q, "ROLLBACK TO piece", NULL);
        run(q, "RELEASE piece", NULL);
    }
    sqlite_forget(q);
}
