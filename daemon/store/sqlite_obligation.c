/* What becomes of an obligation after its plan: answers, takeovers, the steps of its ladder. */
#include "sqlite_ops.h"

/* What waits for nobody has no ladder, so the index of what is due holds nothing that is passed
 * over. */
bool sqlite_obligation_update(struct store *s, int64_t no, const struct obligation *o,
                              GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE obligation SET state = ?2, asks = ?3, waits = ?4, begun_ms = ?5, behind_s = ?6,"
        " ladder_due_ms = ?7, ended_ms = ?8, answer = ?9, taken_by = ?10 WHERE id = ?1",
        error);
    SQLITE_INTS(st, 1, sqlite_key(no, o->ordinal), o->state, o->asks, sqlite_waits(o), o->begun_ms,
                o->behind_s, sqlite_waits(o) ? o->ladder_due_ms : 0, o->ended_ms, o->answer);
    SQLITE_TEXTS(st, 10, o->taken_by);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error,
                         "change obligation %u of broadcast %" G_GINT64_FORMAT ": there is none",
                         o->ordinal, no);
}

static bool is_there(struct sqlite *q, int64_t no, const char *sql, bool *there, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    sqlite_bind_range(st, 1, no);
    return sqlite_step(q, st, there, error);
}

/* While somebody is waited for, the first probe finds it, and without links the second ends at the
 * broadcast.  Else they read until they find something: the whole list only at its end. */
bool sqlite_obligations_left(struct store *s, int64_t no, bool *left, bool *asks, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!is_there(q, no,
                  "SELECT 1 FROM obligation INDEXED BY obligation_waits"
                  " WHERE id BETWEEN ?1 AND ?2 AND waits = 1 LIMIT 1",
                  left, error))
        return false;
    *asks = *left;
    return *left ||
           (is_there(q, no,
                     "SELECT 1 FROM broadcast b CROSS JOIN obligation o WHERE b.no = ?1 >> 20"
                     " AND b.link_key <> '' AND o.id BETWEEN ?1 AND ?2 AND o.asks = 1 LIMIT 1",
                     asks, error) &&
            (!*asks || is_there(q, no,
                                "SELECT 1 FROM obligation WHERE id BETWEEN ?1 AND ?2"
                                " AND state = 0 LIMIT 1",
                                left, error)));
}

static void append_due(sqlite3_stmt *st, GPtrArray *out)
{
    struct ladder_row *r = g_new0(struct ladder_row, 1);
    r->no = sqlite3_column_int64(st, 0) >> NOTIFICATION_ORDINAL_BITS;
    r->obligation = sqlite_read_obligation(st);
    g_ptr_array_add(out, r);
}

bool sqlite_ladder_due(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                       int64_t *next_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT " SQLITE_OBLIGATION_COLUMNS " FROM obligation o INDEXED BY obligation_ladder"
        " WHERE ladder_due_ms > 0 AND waits = 1 ORDER BY ladder_due_ms, id LIMIT ?1",
        error);
    SQLITE_INTS(st, 1, (int64_t)limit + 1);
    const struct sqlite_due due = { SQLITE_OBLIGATION_LADDER_DUE, now_ms, limit };
    return sqlite_each_due(q, st, &due, append_due, out, next_ms, error);
}
