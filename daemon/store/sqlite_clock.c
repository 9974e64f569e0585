/* A wall clock that was set back: what it made wait for a future that will not come soon. */
#include "sqlite_ops.h"

#define CLOCK_RELEASE_MS                                                                           \
    60000 /* a ladder begins at the release, or when the broadcast takes effect */

/* What was never tried waits for its hour, not for another try, and is left alone. */
static bool hasten_retries(struct sqlite *q, int urgency, int64_t now_ms, int64_t limit_ms,
                           unsigned *count, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET due_ms = ?1 WHERE attempt > 0 AND id IN (SELECT id FROM"
        " notification INDEXED BY notification_waiting WHERE queue IN (SELECT no << 3 | ?2 FROM"
        " lane) AND state = 2 AND ready = 0 AND due_ms > ?3)",
        error);
    SQLITE_INTS(st, 1, now_ms, urgency, limit_ms);
    if (!sqlite_run(q, st, error))
        return false;
    *count += (unsigned)sqlite3_changes(q->db);
    return true;
}

static bool begin_ladders(struct sqlite *q, int64_t now_ms, unsigned *count, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE obligation SET begun_ms = ?1, ladder_due_ms = CASE ladder_due_ms WHEN 0 THEN 0"
        " ELSE ladder_due_ms - (begun_ms - ?1) END WHERE id IN (SELECT o.id FROM obligation o"
        " INDEXED BY obligation_waits JOIN broadcast b ON b.no = o.id >> 20 WHERE o.waits = 1"
        " AND o.begun_ms > ?1 AND o.begun_ms - b.released_ms < ?2)",
        error);
    SQLITE_INTS(st, 1, now_ms, CLOCK_RELEASE_MS);
    if (!sqlite_run(q, st, error))
        return false;
    *count += (unsigned)sqlite3_changes(q->db);
    return true;
}

bool sqlite_clock_back(struct store *s, int64_t now_ms, const int64_t longest_ms[], unsigned *count,
                       GError **error)
{
    struct sqlite *q = sqlite_of(s);
    *count = 0;
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        if (!hasten_retries(q, u, now_ms, now_ms + longest_ms[u], count, error))
            return false;
    return begin_ladders(q, now_ms, count, error);
}
