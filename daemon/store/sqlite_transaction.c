#include "base/log.h"
#include "sqlite.h"

/*
 * SQLite ends a transaction by itself on some failures (a full disk, an I/O error, no memory), one
 * of which is seen by nobody: a column that is read without the memory for its text.  What runs
 * after that would be committed statement by statement, so every step first asks whether the
 * transaction that was begun is still there.
 */
static bool in_transaction(struct sqlite *q, GError **error)
{
    if (q->begun && !sqlite3_get_autocommit(q->db) && !q->undo_owed)
        return true;
    return sqlite_refuse(error, "write %s: the transaction was undone by an earlier failure",
                         q->path);
}

bool sqlite_is_undone(struct sqlite *q, GError **error)
{
    return q->begun && !in_transaction(q, error);
}

static bool run(struct sqlite *q, const char *sql, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    return sqlite_run(q, st, error);
}

/* Prepared before they are needed: to undo must not depend on memory that is to be had. */
static const char begin_sql[] = "BEGIN IMMEDIATE", commit_sql[] = "COMMIT",
                  rollback_sql[] = "ROLLBACK", savepoint_sql[] = "SAVEPOINT piece",
                  keep_sql[] = "RELEASE piece", undo_sql[] = "ROLLBACK TO piece";

bool sqlite_prepare_transactions(struct sqlite *q, GError **error)
{
    static const char *const all[] = { begin_sql,     commit_sql, rollback_sql,
                                       savepoint_sql, keep_sql,   undo_sql };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (!sqlite_prepare(q, all[i], error))
            return false;
    return true;
}

void sqlite_forget(struct sqlite *q)
{
    g_hash_table_remove_all(q->lanes);
    q->tip_known = false;
    sqlite_drop_spared(q);
    q->withdrawn_to = 0;
}

int sqlite_count_wal(void *q, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct sqlite *)q)->wal_pages = pages;
    return SQLITE_OK;
}

/* What was committed is safe in the WAL, so a failure here loses nothing: the log says so once and
 * every later call tries again. */
void sqlite_fold(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
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

static void undo_all(struct sqlite *q)
{
    q->undo_owed = false;
    q->undo_owed = !sqlite3_get_autocommit(q->db) && !run(q, rollback_sql, NULL);
}

void sqlite_rollback(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    q->begun = false;
    undo_all(q);
    sqlite_forget(q);
}

/* What could not be undone is undone now, before anything is written beside it. */
bool sqlite_begin(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (q->undo_owed)
        sqlite_rollback(s);
    q->begun = run(q, begin_sql, error);
    return q->begun;
}

bool sqlite_commit(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!in_transaction(q, error) || !run(q, commit_sql, error)) {
        sqlite_rollback(s); /* a COMMIT that failed may have left the transaction open */
        return false;
    }
    q->begun = false;
    return true;
}

bool sqlite_savepoint(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return in_transaction(q, error) && run(q, savepoint_sql, error);
}

bool sqlite_savepoint_keep(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return in_transaction(q, error) && run(q, keep_sql, error);
}

/* A piece that cannot be undone by itself takes the transaction with it: half of it must not be
 * committed with the others. */
void sqlite_savepoint_undo(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    if (!sqlite3_get_autocommit(q->db) && (!run(q, undo_sql, NULL) || !run(q, keep_sql, NULL)))
        undo_all(q);
    sqlite_forget(q);
}
