#include "sqlite_ops.h"

#define COLUMNS                                                                                    \
    "sent_ms, status, type, urgency, severity, state, received_ms, deadline_ms, missions,"         \
    " representatives, notifications, id, identifier, sender, digest, headline, author, body"

static bool insert_row(struct sqlite *q, const struct broadcast_row *r, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO broadcast (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, r->sent_ms, r->status, r->type, r->urgency, r->severity, r->state,
                r->received_ms, r->deadline_ms, r->missions, r->representatives, r->notifications);
    SQLITE_TEXTS(st, 12, r->id, r->identifier, r->sender, r->digest, r->headline, r->author,
                 r->body);
    return sqlite_run(q, st, error);
}

static bool insert_missions(struct sqlite *q, int64_t no, const struct plan *p, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO affected (no, ordinal, threat, id, name, kind, country, city, state, timezone,"
        " because, office, office_because, duty, gaps)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        error);
    for (guint i = 0; st && i < p->missions->len; i++) {
        const struct affected_mission *m = p->missions->pdata[i];
        SQLITE_INTS(st, 1, no, i + 1, m->threat);
        SQLITE_TEXTS(st, 4, m->id, m->name, m->kind, m->country, m->city, m->state, m->timezone,
                     m->because, m->office, m->office_because, m->duty, m->gaps);
        if (!sqlite_run(q, st, error))
            return false;
    }
    return st != NULL;
}

bool sqlite_broadcast_insert(struct store *s, struct broadcast_row *row, struct plan *p,
                             GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!insert_row(q, row, error))
        return false;
    row->no = sqlite3_last_insert_rowid(q->db);
    plan_number(p, row->no);
    return insert_missions(q, row->no, p, error) && sqlite_plan_rows(q, row->no, p, error);
}

static struct broadcast_row *read_row(sqlite3_stmt *st)
{
    struct broadcast_row *r = g_new0(struct broadcast_row, 1);
    r->no = sqlite3_column_int64(st, 0);
    r->sent_ms = sqlite3_column_int64(st, 1);
    r->status = (enum broadcast_status)sqlite3_column_int(st, 2);
    r->type = (enum broadcast_type)sqlite3_column_int(st, 3);
    r->urgency = (enum broadcast_urgency)sqlite3_column_int(st, 4);
    r->severity = (enum broadcast_severity)sqlite3_column_int(st, 5);
    r->state = (enum broadcast_state)sqlite3_column_int(st, 6);
    r->received_ms = sqlite3_column_int64(st, 7);
    r->deadline_ms = sqlite3_column_int64(st, 8);
    r->missions = (unsigned)sqlite3_column_int64(st, 9);
    r->representatives = (unsigned)sqlite3_column_int64(st, 10);
    r->notifications = (unsigned)sqlite3_column_int64(st, 11);
    SQLITE_READ_TEXTS(st, 12, &r->id, &r->identifier, &r->sender, &r->digest, &r->headline,
                      &r->author, &r->body);
    return r;
}

static bool read_one(struct sqlite *q, sqlite3_stmt *st, struct broadcast_row **out, GError **error)
{
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? read_row(st) : NULL;
    return true;
}

bool sqlite_broadcast_by_key(struct store *s, const char *identifier, const char *sender,
                             int64_t sent_ms, struct broadcast_row **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT no, " COLUMNS " FROM broadcast"
                       " WHERE identifier = ?1 AND sender = ?2 AND sent_ms = ?3",
                       error);
    if (!st)
        return false;
    SQLITE_TEXTS(st, 1, identifier, sender);
    SQLITE_INTS(st, 3, sent_ms);
    return read_one(q, st, out, error);
}

bool sqlite_broadcast_by_id(struct store *s, const char *id, struct broadcast_row **out,
                            GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT no, " COLUMNS " FROM broadcast WHERE id = ?1", error);
    if (!st)
        return false;
    SQLITE_TEXTS(st, 1, id);
    return read_one(q, st, out, error);
}

bool sqlite_broadcast_by_no(struct store *s, int64_t no, struct broadcast_row **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT no, " COLUMNS " FROM broadcast WHERE no = ?1", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, no);
    return read_one(q, st, out, error);
}

static void append_row(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, read_row(st));
}

bool sqlite_broadcast_list(struct store *s, int64_t before_no, unsigned limit, GPtrArray *out,
                           GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT no, " COLUMNS " FROM broadcast WHERE no < ?1 ORDER BY no DESC LIMIT ?2", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, before_no ? before_no : INT64_MAX, limit);
    return sqlite_each(q, st, append_row, out, error);
}

bool sqlite_broadcast_set_state(struct store *s, int64_t no, enum broadcast_state state,
                                GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE broadcast SET state = ?2 WHERE no = ?1", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, no, state);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "change broadcast %" G_GINT64_FORMAT ": there is none", no);
}
