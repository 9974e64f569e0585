/* Who is on duty for the missions of a broadcast, and until when. */
#include "sqlite_ops.h"

bool sqlite_custody_put(struct store *s, const struct custody_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO custody (no, since_ms, next_ms, office, kind, owner)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (no, office, kind)"
                       " DO UPDATE SET since_ms = ?2, next_ms = ?3, owner = ?6",
                       error);
    SQLITE_INTS(st, 1, row->no, row->since_ms, row->next_ms);
    SQLITE_TEXTS(st, 4, row->office, row->kind, row->owner);
    return sqlite_run(q, st, error);
}

static void append_custody(sqlite3_stmt *st, GPtrArray *out)
{
    struct custody_row *r = g_new0(struct custody_row, 1);
    r->no = sqlite3_column_int64(st, 0);
    r->since_ms = sqlite3_column_int64(st, 1);
    r->next_ms = sqlite3_column_int64(st, 2);
    SQLITE_READ_TEXTS(st, 3, &r->office, &r->kind, &r->owner);
    g_ptr_array_add(out, r);
}

bool sqlite_custody_due(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                        int64_t *next_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT c.no, c.since_ms, c.next_ms, c.office, c.kind, c.owner FROM custody c"
        " INDEXED BY custody_next CROSS JOIN broadcast b ON b.no = c.no WHERE c.next_ms > 0"
        " AND b.state = 2 ORDER BY c.next_ms, c.no, c.office, c.kind LIMIT ?1",
        error);
    SQLITE_INTS(st, 1, (int64_t)limit + 1);
    const struct sqlite_due due = { 2, now_ms, limit };
    return sqlite_each_due(q, st, &due, append_custody, out, next_ms, error);
}

bool sqlite_custody_drop(struct store *s, int64_t no, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "DELETE FROM custody WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no);
    return sqlite_run(q, st, error);
}
