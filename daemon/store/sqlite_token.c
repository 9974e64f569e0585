#include "sqlite_ops.h"

#define SELECT                                                                                     \
    "SELECT roles, created_ms, last_used_ms, revoked_ms, id, name, digest, created_by, mission "   \
    "FROM token "

static struct token_row *read_row(sqlite3_stmt *st)
{
    struct token_row *t = g_new0(struct token_row, 1);
    t->roles = (unsigned)sqlite3_column_int64(st, 0);
    t->created_ms = sqlite3_column_int64(st, 1);
    t->last_used_ms = sqlite3_column_int64(st, 2);
    t->revoked_ms = sqlite3_column_int64(st, 3);
    SQLITE_READ_TEXTS(st, 4, &t->id, &t->name, &t->digest, &t->created_by, &t->mission);
    return t;
}

bool sqlite_token_insert(struct store *s, const struct token_row *t, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO token (roles, created_ms, last_used_ms, revoked_ms, id, name, digest,"
        " created_by, mission) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        error);
    SQLITE_INTS(st, 1, t->roles, t->created_ms, t->last_used_ms, t->revoked_ms);
    SQLITE_TEXTS(st, 5, t->id, t->name, t->digest, t->created_by, t->mission);
    return sqlite_run(q, st, error);
}

bool sqlite_token_by_digest(struct store *s, const char *digest, struct token_row **out,
                            GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, SELECT "WHERE digest = ?1", error);
    SQLITE_TEXTS(st, 1, digest);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? read_row(st) : NULL;
    return true;
}

static void append_row(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, read_row(st));
}

bool sqlite_token_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, SELECT "ORDER BY created_ms, id", error);
    return sqlite_each(q, st, append_row, out, error);
}

/* The first revocation keeps its time: a token that is revoked already is found and left as it is.
 */
bool sqlite_token_revoke(struct store *s, const char *id, int64_t now_ms, bool *found,
                         GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE token SET revoked_ms = CASE revoked_ms WHEN 0 THEN ?2 ELSE revoked_ms END"
        " WHERE id = ?1",
        error);
    SQLITE_TEXTS(st, 1, id);
    SQLITE_INTS(st, 2, now_ms);
    if (!sqlite_run(q, st, error))
        return false;
    *found = sqlite3_changes(q->db) > 0;
    return true;
}

bool sqlite_token_touch(struct store *s, const char *id, int64_t now_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE token SET last_used_ms = ?2 WHERE id = ?1", error);
    SQLITE_TEXTS(st, 1, id);
    SQLITE_INTS(st, 2, now_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_token_set_digest(struct store *s, const char *id, const char *digest, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE token SET digest = ?2 WHERE id = ?1", error);
    SQLITE_TEXTS(st, 1, id, digest);
    return sqlite_run(q, st, error);
}

/* --- master keys --- */

bool sqlite_key_put(struct store *s, const struct key_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT OR REPLACE INTO master_key (created_ms, retire_ms, revoked, id, sealed, created_by)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        error);
    SQLITE_INTS(st, 1, row->created_ms, row->retire_ms, row->revoked);
    SQLITE_TEXTS(st, 4, row->id, row->sealed, row->created_by);
    return sqlite_run(q, st, error);
}

static void append_key(sqlite3_stmt *st, GPtrArray *out)
{
    struct key_row *k = g_new0(struct key_row, 1);
    k->created_ms = sqlite3_column_int64(st, 0);
    k->retire_ms = sqlite3_column_int64(st, 1);
    k->revoked = sqlite3_column_int(st, 2) != 0;
    SQLITE_READ_TEXTS(st, 3, &k->id, &k->sealed, &k->created_by);
    g_ptr_array_add(out, k);
}

bool sqlite_key_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT created_ms, retire_ms, revoked, id, sealed, created_by"
                       " FROM master_key ORDER BY created_ms DESC, id",
                       error);
    return sqlite_each(q, st, append_key, out, error);
}
