/* Personal links: the digests of their tokens stand with their notifications. */
#include "model/link.h"
#include "sqlite_ops.h"

#define SWEEP_LINKS 4096

bool sqlite_digest_bytes(const char *hex, uint8_t bytes[DIGEST_SHA256_LEN])
{
    size_t n = 0;
    while (n < DIGEST_SHA256_LEN && g_ascii_isxdigit(hex[2 * n]) &&
           g_ascii_isxdigit(hex[2 * n + 1])) {
        int high = g_ascii_xdigit_value(hex[2 * n]), low = g_ascii_xdigit_value(hex[2 * n + 1]);
        bytes[n++] = (uint8_t)(high << 4 | low);
    }
    return n == DIGEST_SHA256_LEN;
}

bool sqlite_bind_digest(struct sqlite *q, sqlite3_stmt *st, int i, const char *hex, GError **error)
{
    uint8_t bytes[DIGEST_SHA256_LEN];
    if (!st)
        return false;
    int rc = sqlite_digest_bytes(hex, bytes)
                 ? sqlite3_bind_blob(st, i, bytes, sizeof bytes, SQLITE_TRANSIENT)
                 : sqlite3_bind_null(st, i);
    return rc == SQLITE_OK || sqlite_fail(q, "use", error);
}

void sqlite_read_digest(sqlite3_stmt *st, int column, char **hex)
{
    const uint8_t *bytes = sqlite3_column_blob(st, column);
    int n = bytes ? sqlite3_column_bytes(st, column) : 0;
    if (!n)
        return;
    g_free(*hex);
    *hex = digest_hex(bytes, (size_t)n);
}

/* One probe for each broadcast whose links are not forgotten yet, the last to end first.  The +
 * takes the affinity from b.no, without which the index of an expression would be read from end to
 * end. */
bool sqlite_link_find(struct store *s, const char *digest, int64_t keep_ms, struct link_row *out,
                      bool *found, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT b.no, n.id, b.deadline_ms FROM broadcast b INDEXED BY broadcast_linked"
        " CROSS JOIN notification n INDEXED BY notification_link"
        " ON n.id >> 20 = +b.no AND n.link = ?1 WHERE b.link_key <> ''"
        " ORDER BY b.deadline_ms DESC LIMIT 1",
        error);
    if (!sqlite_bind_digest(q, st, 1, digest, error) || !sqlite_step(q, st, found, error))
        return false;
    if (*found)
        *out = (struct link_row){ .no = sqlite3_column_int64(st, 0),
                                  .notification = sqlite3_column_int64(st, 1),
                                  .expires_ms = sqlite3_column_int64(st, 2) + keep_ms };
    return true;
}

static bool find_dead(struct sqlite *q, int64_t deadline_ms, int64_t *no, bool *found,
                      GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT no FROM broadcast INDEXED BY broadcast_linked"
                       " WHERE link_key <> '' AND deadline_ms <= ?1 ORDER BY deadline_ms LIMIT 1",
                       error);
    SQLITE_INTS(st, 1, deadline_ms);
    if (!sqlite_step(q, st, found, error))
        return false;
    *no = *found ? sqlite3_column_int64(st, 0) : 0;
    return true;
}

static bool forget(struct sqlite *q, int64_t no, int limit, int *forgotten, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET link = NULL WHERE id IN (SELECT id FROM notification"
        " INDEXED BY notification_link WHERE id >> 20 = ?1 AND link IS NOT NULL LIMIT ?2)",
        error);
    SQLITE_INTS(st, 1, no, limit);
    if (!sqlite_run(q, st, error))
        return false;
    *forgotten = sqlite3_changes(q->db);
    return true;
}

static bool forget_key(struct sqlite *q, int64_t no, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE broadcast SET link_key = '' WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no);
    return sqlite_run(q, st, error);
}

bool sqlite_link_sweep(struct store *s, int64_t now_ms, int64_t keep_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    for (int left = SWEEP_LINKS; left > 0;) {
        int64_t no = 0;
        int forgotten = 0;
        bool found = false;
        if (!find_dead(q, now_ms - keep_ms, &no, &found, error))
            return false;
        if (!found)
            return true;
        if (!forget(q, no, left, &forgotten, error))
            return false;
        if (forgotten < left && !forget_key(q, no, error))
            return false;
        left -= MAX(forgotten, 1);
    }
    return true;
}

bool sqlite_notification_by_id(struct store *s, int64_t id, struct notification **out,
                               GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q,
                                                "SELECT " SQLITE_NOTIFICATION_COLUMNS
                                                ", l.name FROM notification n CROSS JOIN lane l"
                                                " ON l.no = n.queue >> 3 WHERE n.id = ?1",
                                                error);
    SQLITE_INTS(st, 1, id);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? sqlite_read_notification(st) : NULL;
    return true;
}
