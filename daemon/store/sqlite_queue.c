#include "sqlite_ops.h"

#define URGENCY_BITS 3
#define MAX_RIPEN 4096

G_STATIC_ASSERT(URGENCY_UNKNOWN < 1 << URGENCY_BITS);
G_STATIC_ASSERT(NOTIFICATION_WITHDRAWN == 5 && NOTIFICATION_ORDINAL_BITS == 20);

int64_t sqlite_queue_no(int64_t lane_no, uint32_t priority)
{
    return lane_no << URGENCY_BITS | priority >> 24;
}

/* *no 0: there is none of that name, and nothing waits in a lane of that number. */
static bool find_lane(struct sqlite *q, const char *lane, int64_t *no, GError **error)
{
    const int64_t *known = g_hash_table_lookup(q->lanes, lane);
    if ((*no = known ? *known : 0))
        return true;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "SELECT no FROM lane WHERE name = ?1", error);
    SQLITE_TEXTS(st, 1, lane);
    bool found = false;
    if (!sqlite_step(q, st, &found, error))
        return false;
    *no = found ? sqlite3_column_int64(st, 0) : 0;
    if (found)
        g_hash_table_insert(q->lanes, g_strdup(lane), g_memdup2(no, sizeof *no));
    return true;
}

bool sqlite_lane_no(struct sqlite *q, const char *lane, int64_t *no, GError **error)
{
    if (!find_lane(q, lane, no, error) || *no)
        return *no != 0;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "INSERT INTO lane (name) VALUES (?1)", error);
    SQLITE_TEXTS(st, 1, lane);
    return sqlite_run(q, st, error) && find_lane(q, lane, no, error);
}

static bool find_queue(struct sqlite *q, const char *lane, enum broadcast_urgency urgency,
                       int64_t *queue, GError **error)
{
    int64_t lane_no;
    if (!find_lane(q, lane, &lane_no, error))
        return false;
    *queue = sqlite_queue_no(lane_no, notification_priority_first(urgency));
    return true;
}

/* Two index probes a lane, whatever it holds. */
bool sqlite_lanes(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT name FROM lane WHERE EXISTS (SELECT 1 FROM notification INDEXED BY "
        "notification_ready"
        " WHERE ready = 1 AND queue BETWEEN lane.no << 3 AND lane.no << 3 | 7)"
        " OR EXISTS (SELECT 1 FROM notification INDEXED BY notification_waiting"
        " WHERE state = 2 AND ready = 0 AND queue BETWEEN lane.no << 3 AND lane.no << 3 | 7)"
        " ORDER BY no",
        error);
    return sqlite_each(q, st, sqlite_read_name, out, error);
}

/*
 * Puts deferred notifications whose time has come among those to be claimed, the longest due first.
 * Each is moved once an attempt, so a claim costs the same however much waits; the bound keeps the
 * first claim after a long outage short, and only then can a claim see less than all that is due.
 */
static bool ripen(struct sqlite *q, int64_t queue, int64_t now_ms, bool *more, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET ready = 1 WHERE id IN (SELECT id FROM notification"
        " INDEXED BY notification_waiting WHERE queue = ?1 AND state = 2 AND ready = 0"
        " AND due_ms <= ?2 ORDER BY due_ms LIMIT ?3)",
        error);
    SQLITE_INTS(st, 1, queue, now_ms, MAX_RIPEN);
    if (!sqlite_run(q, st, error))
        return false;
    *more = sqlite3_changes(q->db) == MAX_RIPEN;
    return true;
}

static bool next_due(struct sqlite *q, int64_t queue, int64_t now_ms, int64_t *due_ms,
                     GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT due_ms FROM notification INDEXED BY notification_waiting WHERE queue = ?1"
        " AND state = 2 AND ready = 0 AND due_ms > ?2 ORDER BY due_ms LIMIT 1",
        error);
    SQLITE_INTS(st, 1, queue, now_ms);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *due_ms = row ? sqlite3_column_int64(st, 0) : INT64_MAX;
    return true;
}

/* One row more than the limit is looked at: it says whether something was left. */
static bool read_ready(struct sqlite *q, int64_t queue, const char *lane, unsigned limit,
                       bool *more, GPtrArray *out, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT " SQLITE_NOTIFICATION_COLUMNS
        ", ?2 FROM notification n INDEXED BY notification_ready WHERE n.queue = ?1 AND n.ready = 1"
        " ORDER BY n.priority, n.id LIMIT ?3",
        error);
    SQLITE_INTS(st, 1, queue);
    SQLITE_TEXTS(st, 2, lane);
    SQLITE_INTS(st, 3, (int64_t)limit + 1);
    bool row = true;
    for (unsigned n = 0; sqlite_step(q, st, &row, error); n++) {
        if (!row || n == limit) {
            *more = *more || row;
            return true;
        }
        g_ptr_array_add(out, sqlite_read_notification(st));
    }
    return false;
}

/* The first n that are ready, in the order in which they were read: one statement for all. */
static bool mark_sending(struct sqlite *q, int64_t queue, guint n, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET state = 1, ready = 0 WHERE id IN (SELECT id FROM notification"
        " INDEXED BY notification_ready WHERE queue = ?1 AND ready = 1 ORDER BY priority, id"
        " LIMIT ?2)",
        error);
    SQLITE_INTS(st, 1, queue, n);
    if (!sqlite_run(q, st, error))
        return false;
    return (guint)sqlite3_changes(q->db) == n ||
           sqlite_refuse(error, "claim from %s: other notifications were marked than were read",
                         q->path);
}

bool sqlite_claim(struct store *s, const char *lane, enum broadcast_urgency urgency, unsigned limit,
                  int64_t now_ms, GPtrArray *out, int64_t *next_due_ms, bool *more, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t queue;
    guint before = out->len;
    if (!find_queue(q, lane, urgency, &queue, error) || !ripen(q, queue, now_ms, more, error) ||
        !read_ready(q, queue, lane, limit, more, out, error))
        return false;
    for (guint i = before; i < out->len; i++)
        notification_move(out->pdata[i], NOTIFICATION_CLAIM);
    if (out->len > before && !mark_sending(q, queue, out->len - before, error))
        return false;
    return next_due(q, queue, now_ms, next_due_ms, error);
}

bool sqlite_queue_is_idle(struct store *s, const char *lane, enum broadcast_urgency urgency,
                          int64_t now_ms, bool *idle, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t queue;
    if (!find_queue(q, lane, urgency, &queue, error))
        return false;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT EXISTS (SELECT 1 FROM notification INDEXED BY notification_ready"
        " WHERE queue = ?1 AND ready = 1) OR EXISTS (SELECT 1 FROM notification"
        " INDEXED BY notification_waiting WHERE queue = ?1 AND state = 2 AND ready = 0"
        " AND due_ms <= ?2)",
        error);
    SQLITE_INTS(st, 1, queue, now_ms);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *idle = !sqlite3_column_int(st, 0);
    return true;
}

/* Numbers of the broadcasts that are not released and still have something waiting.  It reads two
 * indexes of what waits and looks each broadcast up once: the history costs nothing. */
bool sqlite_left_behind(struct store *s, GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT w.no FROM (SELECT id >> 20 AS no FROM notification INDEXED BY notification_ready"
        " WHERE ready = 1 UNION SELECT id >> 20 FROM notification INDEXED BY notification_waiting"
        " WHERE state = 2 AND ready = 0) w"
        " WHERE (SELECT b.state FROM broadcast b WHERE b.no = w.no) <> 2",
        error);
    return sqlite_numbers(q, st, nos, error);
}

bool sqlite_unclaim_all(struct store *s, unsigned *count, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET state = 0, ready = 1, told = max(told, 1),"
        " unrecorded_seq = (SELECT coalesce(max(seq), 0) FROM journal) WHERE state = 1",
        error);
    if (!sqlite_run(q, st, error))
        return false;
    *count = (unsigned)sqlite3_changes(q->db);
    return true;
}

bool sqlite_unclaim(struct store *s, int64_t id, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "UPDATE notification SET state = 0, ready = 1 WHERE id = ?1 AND state = 1", error);
    SQLITE_INTS(st, 1, id);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "give back notification %" G_GINT64_FORMAT ": it is not being sent",
                         id);
}
