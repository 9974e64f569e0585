/* What is written of a broadcast: as it comes in, and as it is decided later. */
#include "sqlite_ops.h"

static bool insert_row(struct sqlite *q, const struct broadcast_row *r, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO broadcast (" SQLITE_BROADCAST_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
        " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,"
        " ?26)",
        error);
    SQLITE_INTS(st, 1, r->sent_ms, r->status, r->type, r->urgency, r->severity, r->state,
                r->received_ms, r->deadline_ms, r->missions, r->representatives, r->notifications,
                r->approve_by_ms, r->reminded, r->released_ms);
    SQLITE_TEXTS(st, 15, r->id, r->identifier, r->sender, r->digest, r->headline, r->author,
                 r->body, r->hold, r->seen, r->approved_by, r->source_type, r->link_key);
    return sqlite_run(q, st, error);
}

static bool insert_source(struct sqlite *q, int64_t no, const char *source, size_t len,
                          GError **error)
{
    if (!source)
        return true;
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "INSERT INTO source (no, bytes) VALUES (?1, ?2)", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, no);
    sqlite3_bind_blob64(st, 2, source, len, SQLITE_STATIC);
    return sqlite_run(q, st, error);
}

static bool insert_plan(struct sqlite *q, int64_t no, struct plan *p, GError **error)
{
    plan_number(p, no);
    return sqlite_plan_rows(q, no, p, error);
}

bool sqlite_broadcast_insert(struct store *s, struct broadcast_row *row, struct plan *p,
                             const char *source, size_t source_len, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!insert_row(q, row, error))
        return false;
    row->no = sqlite3_last_insert_rowid(q->db);
    return insert_source(q, row->no, source, source_len, error) &&
           sqlite_references_write(q, row, error) && (!p || insert_plan(q, row->no, p, error));
}

/* was: the state that the row must be in, or -1 for any. */
static bool rewrite(struct sqlite *q, const struct broadcast_row *r, int was, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE broadcast SET state = ?3, urgency = ?4, deadline_ms = ?5, missions = ?6,"
        " representatives = ?7, notifications = ?8, approve_by_ms = ?9, reminded = ?10,"
        " released_ms = ?11, hold = ?12, seen = ?13, approved_by = ?14, link_key = ?15,"
        " body = ?16"
        " WHERE no = ?1 AND (?2 < 0 OR state = ?2)",
        error);
    SQLITE_INTS(st, 1, r->no, was, r->state, r->urgency, r->deadline_ms, r->missions,
                r->representatives, r->notifications, r->approve_by_ms, r->reminded,
                r->released_ms);
    SQLITE_TEXTS(st, 12, r->hold, r->seen, r->approved_by, r->link_key, r->body);
    return sqlite_run(q, st, error);
}

bool sqlite_broadcast_update(struct store *s, const struct broadcast_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!rewrite(q, row, -1, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "change broadcast %" G_GINT64_FORMAT ": there is none", row->no);
}

bool sqlite_plan_insert(struct store *s, struct broadcast_row *row, struct plan *p, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!rewrite(q, row, BROADCAST_PENDING, error))
        return false;
    if (!sqlite3_changes(q->db))
        return sqlite_refuse(error, "plan broadcast %" G_GINT64_FORMAT ": it is not pending",
                             row->no);
    return insert_plan(q, row->no, p, error);
}

bool sqlite_broadcast_set_state(struct store *s, int64_t no, enum broadcast_state state,
                                GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE broadcast SET state = ?2 WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no, state);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "change broadcast %" G_GINT64_FORMAT ": there is none", no);
}
