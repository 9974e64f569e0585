/* Destinations that are down, and what waits for one. */
#include "sqlite_ops.h"

bool sqlite_outage_put(struct store *s, const struct outage_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO outage (lane, reply, since_ms) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (lane) DO UPDATE SET reply = excluded.reply",
                       error);
    SQLITE_TEXTS(st, 1, row->lane, row->reply);
    SQLITE_INTS(st, 3, row->since_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_outage_remove(struct store *s, const char *lane, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "DELETE FROM outage WHERE lane = ?1", error);
    SQLITE_TEXTS(st, 1, lane);
    return sqlite_run(q, st, error);
}

static void read_outage(sqlite3_stmt *st, GPtrArray *out)
{
    struct outage_row *r = g_new0(struct outage_row, 1);
    SQLITE_READ_TEXTS(st, 0, &r->lane, &r->reply);
    r->since_ms = sqlite3_column_int64(st, 2);
    r->waiting = (unsigned)sqlite3_column_int64(st, 3);
    g_ptr_array_add(out, r);
}

/* What is held in memory counts as waiting too: it is marked as being sent. */
bool sqlite_outage_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT o.lane, o.reply, o.since_ms,"
        " (SELECT count(*) FROM notification INDEXED BY notification_ready WHERE ready = 1"
        " AND queue BETWEEN l.no << 3 AND l.no << 3 | 7)"
        " + (SELECT count(*) FROM notification INDEXED BY notification_waiting WHERE state = 2"
        " AND ready = 0 AND queue BETWEEN l.no << 3 AND l.no << 3 | 7)"
        " + (SELECT count(*) FROM notification INDEXED BY notification_sending WHERE state = 1"
        " AND queue >> 3 = l.no)"
        " FROM outage o LEFT JOIN lane l ON l.name = o.lane ORDER BY o.since_ms, o.lane",
        error);
    return sqlite_each(q, st, read_outage, out, error);
}

bool sqlite_lane_broadcasts(struct store *s, const char *lane, enum broadcast_urgency urgency,
                            GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t lane_no;
    if (!sqlite_lane_no(q, lane, &lane_no, error))
        return false;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT DISTINCT id >> 20 FROM notification INDEXED BY notification_ready"
        " WHERE queue = ?1 AND ready = 1"
        " UNION SELECT DISTINCT id >> 20 FROM notification INDEXED BY notification_waiting"
        " WHERE queue = ?1 AND state = 2 AND ready = 0"
        " UNION SELECT id >> 20 FROM notification INDEXED BY notification_sending"
        " WHERE state = 1 AND queue = ?1 ORDER BY 1",
        error);
    SQLITE_INTS(st, 1, sqlite_queue_no(lane_no, notification_priority_first(urgency)));
    return sqlite_numbers(q, st, nos, error);
}

/* Only what was tried: what was not is held back for a reason of its own. */
bool sqlite_lane_hasten(struct store *s, const char *lane, int64_t now_ms, unsigned *count,
                        GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t lane_no;
    if (!sqlite_lane_no(q, lane, &lane_no, error))
        return false;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET due_ms = ?2 WHERE id IN (SELECT id FROM notification"
        " INDEXED BY notification_waiting WHERE queue BETWEEN ?1 AND ?1 | 7 AND state = 2"
        " AND ready = 0 AND due_ms > ?2 AND attempt > 0)",
        error);
    SQLITE_INTS(st, 1, lane_no << 3, now_ms);
    if (!sqlite_run(q, st, error))
        return false;
    *count = (unsigned)sqlite3_changes(q->db);
    return true;
}
