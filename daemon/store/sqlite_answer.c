/* What people said through their links, and which endpoints that has proved. */
#include "sqlite_ops.h"

bool sqlite_acknowledgement_insert(struct store *s, int64_t no,
                                   const struct acknowledgement_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO acknowledgement (no, obligation, notification, time_ms, answer, method, note,"
        " peer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        error);
    SQLITE_INTS(st, 1, no, row->obligation, row->notification, row->time_ms, row->answer,
                row->method);
    SQLITE_TEXTS(st, 7, row->note, row->from);
    return sqlite_run(q, st, error);
}

static void append_acknowledgement(sqlite3_stmt *st, GPtrArray *out)
{
    struct acknowledgement_row *r = g_new0(struct acknowledgement_row, 1);
    r->obligation = (uint32_t)sqlite3_column_int64(st, 0);
    r->notification = sqlite3_column_int64(st, 1);
    r->time_ms = sqlite3_column_int64(st, 2);
    r->answer = sqlite3_column_int(st, 3);
    r->method = sqlite3_column_int(st, 4);
    SQLITE_READ_TEXTS(st, 5, &r->note, &r->from);
    g_ptr_array_add(out, r);
}

bool sqlite_acknowledgements(struct store *s, int64_t no, uint32_t obligation, GPtrArray *out,
                             GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT obligation, notification, time_ms, answer, method, note, peer FROM acknowledgement"
        " WHERE no = ?1 AND obligation BETWEEN ?2 AND ?3 ORDER BY time_ms, id",
        error);
    SQLITE_INTS(st, 1, no, obligation, obligation ? obligation : NOTIFICATION_MAX_ORDINAL);
    return sqlite_each(q, st, append_acknowledgement, out, error);
}

/* The later of the two stays, also where the clock was set back between them. */
bool sqlite_proof_put(struct store *s, const struct proof_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO proof (time_ms, endpoint, how) VALUES (?1, ?2, ?3) ON CONFLICT (endpoint)"
        " DO UPDATE SET time_ms = ?1, how = ?3 WHERE time_ms <= ?1",
        error);
    SQLITE_INTS(st, 1, row->time_ms);
    SQLITE_TEXTS(st, 2, row->endpoint, row->how);
    return sqlite_run(q, st, error);
}

static void append_proof(sqlite3_stmt *st, GPtrArray *out)
{
    struct proof_row *r = g_new0(struct proof_row, 1);
    r->time_ms = sqlite3_column_int64(st, 0);
    SQLITE_READ_TEXTS(st, 1, &r->endpoint, &r->how);
    g_ptr_array_add(out, r);
}

bool sqlite_proof_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT time_ms, endpoint, how FROM proof ORDER BY endpoint", error);
    return sqlite_each(q, st, append_proof, out, error);
}
