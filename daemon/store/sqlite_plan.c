#include "sqlite_ops.h"

int64_t sqlite_key(int64_t no, uint32_t ordinal)
{
    return no << NOTIFICATION_ORDINAL_BITS | ordinal;
}

void sqlite_bind_range(sqlite3_stmt *st, int first, int64_t no)
{
    SQLITE_INTS(st, first, sqlite_key(no, 0), sqlite_key(no, NOTIFICATION_MAX_ORDINAL));
}

bool sqlite_waits(const struct obligation *o)
{
    return o->asks && !obligation_is_closed(o);
}

static char *join_missions(const GPtrArray *missions)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < missions->len; i++) {
        if (i > 0)
            g_string_append_c(text, ' ');
        g_string_append(text, missions->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

static bool insert_obligations(struct sqlite *q, int64_t no, const GPtrArray *obligations,
                               GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO obligation (id, kind, state, rank, part, asks, waits, begun_ms, behind_s,"
        " ladder_due_ms, ended_ms, answer, recipient, name, language, phone, reason, detail,"
        " missions, taken_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16, ?17, ?18, ?19, ?20)",
        error);
    for (guint i = 0; st && i < obligations->len; i++) {
        const struct obligation *o = obligations->pdata[i];
        g_autofree char *missions = join_missions(o->missions);
        SQLITE_INTS(st, 1, sqlite_key(no, o->ordinal), o->kind, o->state, o->rank, o->part, o->asks,
                    sqlite_waits(o), o->begun_ms, o->behind_s, o->ladder_due_ms, o->ended_ms,
                    o->answer);
        SQLITE_TEXTS(st, 13, o->recipient, o->name, o->language, o->phone, o->reason, o->detail,
                     missions, o->taken_by);
        if (!sqlite_run(q, st, error))
            return false;
    }
    return st != NULL;
}

static bool insert_way(struct sqlite *q, int64_t obligation, int64_t notification, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "INSERT INTO way (obligation, notification) VALUES (?1, ?2)", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, obligation, notification);
    return sqlite_run(q, st, error);
}

static bool insert_ways(struct sqlite *q, int64_t no, const struct notification *n, GError **error)
{
    for (guint i = 0; i < n->obligations->len; i++) {
        int64_t obligation = sqlite_key(no, g_array_index(n->obligations, uint32_t, i));
        if (!insert_way(q, obligation, n->id, error))
            return false;
    }
    return true;
}

static bool insert_notification(struct sqlite *q, const struct notification *n, GError **error)
{
    int64_t lane;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO notification (id, state, ready, attempt, due_ms, queue, priority, deadline_ms,"
        " channel, told, purpose, endpoint, recipient, language, obligations, link)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        error);
    if (!st || !sqlite_lane_no(q, n->lane, &lane, error))
        return false;
    g_autoptr(GString) obligations = g_string_new(NULL);
    for (guint i = 0; i < n->obligations->len; i++)
        g_string_append_printf(obligations, "%s%u", i ? " " : "",
                               g_array_index(n->obligations, uint32_t, i));
    SQLITE_INTS(st, 1, n->id, n->state, n->state == NOTIFICATION_QUEUED, n->attempt, n->due_ms,
                sqlite_queue_no(lane, n->priority), n->priority, n->deadline_ms, n->channel,
                n->told, n->purpose);
    SQLITE_TEXTS(st, 12, n->endpoint, n->recipient, n->language, obligations->str);
    return sqlite_bind_digest(q, st, 16, n->link_digest, error) && sqlite_run(q, st, error);
}

/* A number past the ordinals' bits would land in the next broadcast. */
static bool check_ordinals(int64_t no, const struct plan *p, GError **error)
{
    for (guint i = 0; i < p->obligations->len; i++) {
        const struct obligation *o = p->obligations->pdata[i];
        if (!o->ordinal || o->ordinal > NOTIFICATION_MAX_ORDINAL)
            return sqlite_refuse(error, "store a plan: %u is no number of an obligation",
                                 o->ordinal);
    }
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = p->notifications->pdata[i];
        if (n->id <= sqlite_key(no, 0) || n->id > sqlite_key(no, NOTIFICATION_MAX_ORDINAL))
            return sqlite_refuse(error,
                                 "store a plan: notification %" G_GINT64_FORMAT
                                 " is not of broadcast %" G_GINT64_FORMAT,
                                 n->id, no);
    }
    return true;
}

bool sqlite_plan_rows(struct sqlite *q, int64_t no, const struct plan *p, GError **error)
{
    if (!check_ordinals(no, p, error) || !sqlite_missions_add(q, no, p->missions, error) ||
        !insert_obligations(q, no, p->obligations, error))
        return false;
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = p->notifications->pdata[i];
        if (!insert_notification(q, n, error) || !insert_ways(q, no, n, error))
            return false;
    }
    return true;
}

bool sqlite_plan_append(struct store *s, int64_t no, const struct plan *p, GError **error)
{
    return sqlite_plan_rows(sqlite_of(s), no, p, error);
}

static bool find_waiting(struct sqlite *q, int64_t no, const char *endpoint, int64_t *id,
                         bool *found, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT id FROM notification INDEXED BY notification_notice WHERE id BETWEEN ?1 AND ?2"
        " AND endpoint = ?3 AND instr(recipient, ':') > 0 AND state IN (0, 2) AND attempt = 0"
        " ORDER BY id LIMIT 1",
        error);
    if (!st)
        return false;
    sqlite_bind_range(st, 1, no);
    SQLITE_TEXTS(st, 3, endpoint);
    if (!sqlite_step(q, st, found, error))
        return false;
    *id = *found ? sqlite3_column_int64(st, 0) : 0;
    return true;
}

bool sqlite_join_waiting(struct store *s, int64_t no, const char *endpoint, uint32_t obligation,
                         bool *joined, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t id = 0;
    if (!find_waiting(q, no, endpoint, &id, joined, error))
        return false;
    if (!*joined)
        return true;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "UPDATE notification SET obligations = ltrim(obligations || ' ' || ?2) WHERE id = ?1",
        error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, id, obligation);
    return sqlite_run(q, st, error) && insert_way(q, sqlite_key(no, obligation), id, error);
}

static bool last_ordinal(struct sqlite *q, int64_t no, const char *sql, uint32_t *next,
                         GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    if (!st)
        return false;
    sqlite_bind_range(st, 1, no);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *next = 1 + (uint32_t)(sqlite3_column_int64(st, 0) & NOTIFICATION_MAX_ORDINAL);
    return true;
}

bool sqlite_next_ordinals(struct store *s, int64_t no, uint32_t *obligation, uint32_t *notification,
                          GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return last_ordinal(q, no, "SELECT max(id) FROM obligation WHERE id BETWEEN ?1 AND ?2",
                        obligation, error) &&
           last_ordinal(q, no, "SELECT max(id) FROM notification WHERE id BETWEEN ?1 AND ?2",
                        notification, error);
}
