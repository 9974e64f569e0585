#include "base/text.h"
#include "sqlite_ops.h"
#include "sqlite_rows.h"

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

struct obligation_rows {
    struct sqlite_rows rows; /* first */
    int64_t no;
    const GPtrArray *all;
    GString *missions; /* of the row at hand, joined */
};

static void show_obligation(struct sqlite_rows *r, guint row)
{
    struct obligation_rows *all = (struct obligation_rows *)r;
    const struct obligation *o = all->all->pdata[row];
    g_string_truncate(all->missions, 0);
    for (guint i = 0; i < o->missions->len; i++) {
        if (i > 0)
            g_string_append_c(all->missions, ' ');
        g_string_append(all->missions, o->missions->pdata[i]);
    }
    SQLITE_ROW_INTS(r, sqlite_key(all->no, o->ordinal), o->kind, o->state, o->rank, o->part,
                    o->asks, sqlite_waits(o), o->begun_ms, o->behind_s, o->ladder_due_ms,
                    o->ended_ms, o->answer);
    SQLITE_ROW_TEXTS(r, o->recipient, o->name, o->language, o->phone, o->reason, o->detail,
                     all->missions->str, o->taken_by);
}

static bool insert_obligations(struct sqlite *q, int64_t no, const GPtrArray *obligations,
                               GError **error)
{
    g_autoptr(GString) missions = g_string_new(NULL);
    struct obligation_rows r = { { .count = obligations->len, .show = show_obligation },
                                 .no = no,
                                 .all = obligations,
                                 .missions = missions };
    return sqlite_rows_insert(
        q,
        "INSERT OR FAIL INTO obligation (id, kind, state, rank, part, asks, waits, begun_ms, "
        "behind_s,"
        " ladder_due_ms, ended_ms, answer, recipient, name, language, phone, reason, detail,"
        " missions, taken_by) SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13,"
        " c14, c15, c16, c17, c18, c19 FROM rows(?1)",
        &r.rows, error);
}

struct notification_rows {
    struct sqlite_rows rows; /* first */
    const GPtrArray *all;
    const int64_t *lanes; /* the number of each one's */
    GString *obligations; /* of the row at hand, joined */
    uint8_t link[DIGEST_SHA256_LEN];
};

static void show_notification(struct sqlite_rows *r, guint row)
{
    struct notification_rows *all = (struct notification_rows *)r;
    const struct notification *n = all->all->pdata[row];
    g_string_truncate(all->obligations, 0);
    for (guint i = 0; i < n->obligations->len; i++) {
        if (i > 0)
            g_string_append_c(all->obligations, ' ');
        text_append_integer(all->obligations, g_array_index(n->obligations, uint32_t, i));
    }
    SQLITE_ROW_INTS(r, n->id, n->state, n->state == NOTIFICATION_QUEUED, n->attempt, n->due_ms,
                    sqlite_queue_no(all->lanes[row], n->priority), n->priority, n->deadline_ms,
                    n->channel, n->told, n->purpose);
    SQLITE_ROW_TEXTS(r, n->endpoint, n->recipient, n->language, all->obligations->str);
    r->blob = sqlite_digest_bytes(n->link_digest, all->link) ? all->link : NULL;
    r->blob_len = sizeof all->link;
}

static bool insert_notifications(struct sqlite *q, const GPtrArray *notifications, GError **error)
{
    g_autoptr(GString) obligations = g_string_new(NULL);
    g_autofree int64_t *lanes = g_new(int64_t, notifications->len);
    for (guint i = 0; i < notifications->len; i++) {
        const struct notification *n = notifications->pdata[i];
        if (!sqlite_lane_no(q, n->lane, &lanes[i], error))
            return false;
    }
    struct notification_rows r = { { .count = notifications->len, .show = show_notification },
                                   .all = notifications,
                                   .lanes = lanes,
                                   .obligations = obligations };
    return sqlite_rows_insert(
        q,
        "INSERT OR FAIL INTO notification (id, state, ready, attempt, due_ms, queue, priority, "
        "deadline_ms,"
        " channel, told, purpose, endpoint, recipient, language, obligations, link) SELECT c0, c1,"
        " c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15 FROM rows(?1)",
        &r.rows, error);
}

struct way_rows {
    struct sqlite_rows rows; /* first */
    int64_t no;
    const GPtrArray *notifications;
    guint notification, obligation; /* where the next row is found */
};

static void show_way(struct sqlite_rows *r, guint row)
{
    struct way_rows *all = (struct way_rows *)r;
    (void)row;
    const struct notification *n = all->notifications->pdata[all->notification];
    for (; all->obligation == n->obligations->len; all->obligation = 0)
        n = all->notifications->pdata[++all->notification];
    uint32_t ordinal = g_array_index(n->obligations, uint32_t, all->obligation++);
    SQLITE_ROW_INTS(r, sqlite_key(all->no, ordinal), n->id);
}

#define INSERT_WAY "INSERT OR FAIL INTO way (obligation, notification) "

static bool insert_ways(struct sqlite *q, int64_t no, const GPtrArray *notifications,
                        GError **error)
{
    struct way_rows r = { { .show = show_way }, .no = no, .notifications = notifications };
    for (guint i = 0; i < notifications->len; i++)
        r.rows.count += ((const struct notification *)notifications->pdata[i])->obligations->len;
    return sqlite_rows_insert(q, INSERT_WAY "SELECT c0, c1 FROM rows(?1)", &r.rows, error);
}

static bool insert_way(struct sqlite *q, int64_t obligation, int64_t notification, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, INSERT_WAY "VALUES (?1, ?2)", error);
    SQLITE_INTS(st, 1, obligation, notification);
    return sqlite_run(q, st, error);
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
    return check_ordinals(no, p, error) && sqlite_missions_add(q, no, p->missions, error) &&
           insert_obligations(q, no, p->obligations, error) &&
           insert_notifications(q, p->notifications, error) &&
           insert_ways(q, no, p->notifications, error);
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
    SQLITE_INTS(st, 1, id, obligation);
    return sqlite_run(q, st, error) && insert_way(q, sqlite_key(no, obligation), id, error);
}

static bool last_ordinal(struct sqlite *q, int64_t no, const char *sql, uint32_t *next,
                         GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
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
