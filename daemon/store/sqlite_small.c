/* The small tables: idempotency keys, endpoints that are gone, named values. */
#include "sqlite_ops.h"

bool sqlite_idempotency_find(struct store *s, const char *principal, const char *key,
                             struct idempotency_row **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT status, time_ms, principal, key, request_digest, response FROM idempotency"
        " WHERE principal = ?1 AND key = ?2",
        error);
    SQLITE_TEXTS(st, 1, principal, key);
    bool row = false;
    *out = NULL;
    if (!sqlite_step(q, st, &row, error))
        return false;
    if (!row)
        return true;
    struct idempotency_row *r = g_new0(struct idempotency_row, 1);
    r->status = sqlite3_column_int(st, 0);
    r->time_ms = sqlite3_column_int64(st, 1);
    SQLITE_READ_TEXTS(st, 2, &r->principal, &r->key, &r->request_digest, &r->response);
    *out = r;
    return true;
}

bool sqlite_idempotency_insert(struct store *s, const struct idempotency_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO idempotency (status, time_ms, principal, key, request_digest, response)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        error);
    SQLITE_INTS(st, 1, row->status, row->time_ms);
    SQLITE_TEXTS(st, 3, row->principal, row->key, row->request_digest, row->response);
    return sqlite_run(q, st, error);
}

bool sqlite_idempotency_sweep(struct store *s, int64_t before_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "DELETE FROM idempotency WHERE time_ms < ?1", error);
    SQLITE_INTS(st, 1, before_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_gone_add(struct store *s, const char *endpoint, int64_t now_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "INSERT INTO gone (endpoint, time_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING", error);
    SQLITE_TEXTS(st, 1, endpoint);
    SQLITE_INTS(st, 2, now_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_gone_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT endpoint FROM gone ORDER BY endpoint", error);
    return sqlite_each(q, st, sqlite_read_name, out, error);
}

bool sqlite_gone_remove(struct store *s, const char *endpoint, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "DELETE FROM gone WHERE endpoint = ?1", error);
    SQLITE_TEXTS(st, 1, endpoint);
    return sqlite_run(q, st, error);
}

bool sqlite_meta_get(struct store *s, const char *key, char **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "SELECT value FROM meta WHERE key = ?1", error);
    SQLITE_TEXTS(st, 1, key);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? sqlite_text(st, 0) : NULL;
    return true;
}

bool sqlite_meta_set(struct store *s, const char *key, const char *value, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                       " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       error);
    SQLITE_TEXTS(st, 1, key, value);
    return sqlite_run(q, st, error);
}
