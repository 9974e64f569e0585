/* Matters with their history, and what the answer to a broadcast means for one. */
#include "sqlite_ops.h"

#define COLUMNS                                                                                    \
    "kind, state, urgency, opened_ms, changed_ms, from_ms, until_ms, behind_ms, due_ms, mission,"  \
    " owner, partner, opened_by, about, body"

static struct matter *read_matter(sqlite3_stmt *st)
{
    struct matter *m = matter_new();
    m->no = sqlite3_column_int64(st, 0);
    m->kind = (enum matter_kind)sqlite3_column_int(st, 1);
    m->state = (enum matter_state)sqlite3_column_int(st, 2);
    m->urgency = (enum broadcast_urgency)sqlite3_column_int(st, 3);
    int64_t *const times[] = { &m->opened_ms, &m->changed_ms, &m->from_ms,
                               &m->until_ms,  &m->behind_ms,  &m->due_ms };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        *times[i] = sqlite3_column_int64(st, 4 + (int)i);
    SQLITE_READ_TEXTS(st, 10, &m->mission, &m->owner, &m->partner, &m->opened_by, &m->about,
                      &m->body);
    return m;
}

static void append_matter(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, read_matter(st));
}

bool sqlite_matter_insert(struct store *s, struct matter *m, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO matter (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12, ?13, ?14, ?15)",
        error);
    SQLITE_INTS(st, 1, m->kind, m->state, m->urgency, m->opened_ms, m->changed_ms, m->from_ms,
                m->until_ms, m->behind_ms, m->due_ms);
    SQLITE_TEXTS(st, 10, m->mission, m->owner, m->partner, m->opened_by, m->about, m->body);
    if (!sqlite_run(q, st, error))
        return false;
    m->no = sqlite3_last_insert_rowid(q->db);
    return true;
}

bool sqlite_matter_update(struct store *s, const struct matter *m, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE matter SET state = ?2, changed_ms = ?3, behind_ms = ?4, due_ms = ?5, owner = ?6"
        " WHERE no = ?1",
        error);
    SQLITE_INTS(st, 1, m->no, m->state, m->changed_ms, m->behind_ms, m->due_ms);
    SQLITE_TEXTS(st, 6, m->owner);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "change matter %" G_GINT64_FORMAT ": there is none", m->no);
}

bool sqlite_matter_by_no(struct store *s, int64_t no, struct matter **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT no, " COLUMNS " FROM matter WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? read_matter(st) : NULL;
    return true;
}

bool sqlite_matter_list(struct store *s, const struct matter_filter *f, unsigned limit,
                        GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT no, " COLUMNS " FROM matter WHERE no < ?1 AND (?2 = 0 OR ?2 & (1 << kind))"
        " AND (?3 = 0 OR ?3 & (1 << state)) AND (?5 IS NULL OR mission = ?5)"
        " AND (?6 IS NULL OR owner = ?6) ORDER BY no DESC LIMIT ?4",
        error);
    SQLITE_INTS(st, 1, f->before_no ? f->before_no : INT64_MAX, f->kinds, f->states, limit);
    sqlite_bind_text(st, 5, f->mission);
    sqlite_bind_text(st, 6, f->owner);
    return sqlite_each(q, st, append_matter, out, error);
}

bool sqlite_matter_overdue(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                           int64_t *next_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT no, " COLUMNS " FROM matter INDEXED BY matter_due"
                       " WHERE due_ms < 9223372036854775807 ORDER BY due_ms, no LIMIT ?1",
                       error);
    SQLITE_INTS(st, 1, (int64_t)limit + 1);
    const struct sqlite_due due = { 9, now_ms, limit };
    return sqlite_each_due(q, st, &due, append_matter, out, next_ms, error);
}

/* --- history --- */

bool sqlite_matter_event_add(struct store *s, const struct matter_event *e, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO matter_event (matter, time_ms, who, what, note)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       error);
    SQLITE_INTS(st, 1, e->matter, e->time_ms);
    SQLITE_TEXTS(st, 3, e->who, e->what, e->note);
    return sqlite_run(q, st, error);
}

static void append_event(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, matter_event_new(sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
                                          (const char *)sqlite3_column_text(st, 2),
                                          (const char *)sqlite3_column_text(st, 3),
                                          (const char *)sqlite3_column_text(st, 4)));
}

bool sqlite_matter_events(struct store *s, int64_t no, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT matter, time_ms, who, what, note FROM matter_event"
                       " WHERE matter = ?1 ORDER BY no",
                       error);
    SQLITE_INTS(st, 1, no);
    return sqlite_each(q, st, append_event, out, error);
}

/* --- notices that are answered --- */

bool sqlite_matter_notice_put(struct store *s, int64_t broadcast_no, int64_t matter,
                              const char *purpose, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "INSERT INTO matter_notice (broadcast, matter, purpose) VALUES (?1, ?2, ?3)", error);
    SQLITE_INTS(st, 1, broadcast_no, matter);
    SQLITE_TEXTS(st, 3, purpose);
    return sqlite_run(q, st, error);
}

bool sqlite_matter_notice_find(struct store *s, int64_t broadcast_no, int64_t *matter,
                               char **purpose, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT matter, purpose FROM matter_notice WHERE broadcast = ?1", error);
    SQLITE_INTS(st, 1, broadcast_no);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *matter = row ? sqlite3_column_int64(st, 0) : 0;
    *purpose = row ? sqlite_text(st, 1) : NULL;
    return true;
}
