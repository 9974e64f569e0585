#include "sqlite_ops.h"

#include "model/matter.h"
#include "model/obligation.h"

G_STATIC_ASSERT(STATUS_SYSTEM == 3 && MATTER_OPEN == 0 && OBLIGATION_REPRESENTATIVE == 0);

/* What is no row of its own, but text of the daemon's: alarms and reports name people. */
#define ERASE_ALARM                                                                                \
    "UPDATE broadcast SET body = json_replace(body, '$.messages[0].description', '" STORE_ERASED   \
    "') WHERE status = 3 AND state NOT IN (1, 2)"

static bool run(struct sqlite *q, const char *sql, int64_t no, const char *text, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    sqlite_bind_range(st, 1, no);
    SQLITE_INTS(st, 3, no);
    if (text)
        sqlite_bind_text(st, 4, text);
    return sqlite_run(q, st, error);
}

static bool run_all(struct sqlite *q, const char *const *sql, int64_t no, const char *text,
                    GError **error)
{
    for (; *sql; sql++)
        if (!run(q, *sql, no, text, error))
            return false;
    return true;
}

bool sqlite_erase_due(struct store *s, int64_t before_ms, int64_t after_no, unsigned limit,
                      GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT no FROM broadcast WHERE no > ?1 AND erased_ms = 0 AND state NOT IN (1, 2)"
        " AND received_ms < ?2 AND released_ms < ?2 AND deadline_ms < ?2 ORDER BY no LIMIT ?3",
        error);
    SQLITE_INTS(st, 1, after_no, before_ms, limit);
    return sqlite_numbers(q, st, nos, error);
}

bool sqlite_erase_broadcast(struct store *s, int64_t no, int64_t now_ms, GError **error)
{
    static const char *const sql[] = {
        "UPDATE obligation SET name = '', phone = '', detail = '', taken_by = ''"
        " WHERE id BETWEEN ?1 AND ?2 AND ?3",
        "UPDATE notification SET endpoint = '', link = NULL WHERE id BETWEEN ?1 AND ?2 AND ?3",
        "UPDATE acknowledgement SET note = '', peer = '' WHERE no = ?3 AND ?1 AND ?2",
        ERASE_ALARM " AND no = ?3 AND ?1 AND ?2", NULL
    };
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE broadcast SET erased_ms = ?2 WHERE no = ?1", error);
    if (!st || !run_all(q, sql, no, NULL, error))
        return false;
    SQLITE_INTS(st, 1, no, now_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_erase_record(struct store *s, const struct record *r, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    sqlite_drop_spared(q);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "UPDATE journal SET recipient = NULL, endpoint = NULL, reply = NULL,"
                       " salt = NULL, personal = ?2 WHERE seq = ?1",
                       error);
    SQLITE_INTS(st, 1, r->seq);
    sqlite_bind_text(st, 2, r->personal);
    return sqlite_run(q, st, error);
}

static bool run_until(struct sqlite *q, const char *sql, int64_t before_ms, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    SQLITE_INTS(st, 1, before_ms);
    return sqlite_run(q, st, error);
}

bool sqlite_erase_matters(struct store *s, int64_t before_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return run_until(q,
                     "UPDATE matter_event SET note = '' WHERE note <> '' AND matter IN"
                     " (SELECT no FROM matter WHERE state <> 0 AND due_ms = 9223372036854775807"
                     " AND changed_ms < ?1 AND until_ms < ?1)",
                     before_ms, error) &&
           run_until(q,
                     "UPDATE matter SET body = '{}' WHERE body <> '{}' AND state <> 0"
                     " AND due_ms = 9223372036854775807 AND changed_ms < ?1 AND until_ms < ?1",
                     before_ms, error);
}

bool sqlite_erase_history(struct store *s, int64_t before_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return run_until(q, "UPDATE roster_history SET detail = '' WHERE detail <> '' AND time_ms < ?1",
                     before_ms, error) &&
           run_until(q, "DELETE FROM proof WHERE time_ms < ?1", before_ms, error) &&
           run_until(q,
                     "DELETE FROM gone WHERE time_ms < ?1 AND NOT EXISTS (SELECT 1 FROM"
                     " representative WHERE 'mailto:' || email = endpoint OR webhook = endpoint)",
                     before_ms, error);
}

bool sqlite_erase_uses(struct store *s, const char *endpoint, GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT DISTINCT id >> 20 FROM notification WHERE endpoint = ?1 ORDER BY 1", error);
    SQLITE_TEXTS(st, 1, endpoint);
    return sqlite_numbers(q, st, nos, error);
}

/* Alarms and reports, whatever they are about, that name somebody of the broadcast over whose
 * endpoint it went. */
static bool erase_named(struct sqlite *q, int64_t no, const char *endpoint, GPtrArray *names,
                        GError **error)
{
    guint before = names->len;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT DISTINCT o.name FROM notification n CROSS JOIN way w ON w.notification = n.id"
        " CROSS JOIN obligation o ON o.id = w.obligation WHERE n.id BETWEEN ?1 AND ?2"
        " AND n.endpoint = ?4 AND o.kind = 0 AND o.name <> '' AND ?3",
        error);
    sqlite_bind_range(st, 1, no);
    SQLITE_INTS(st, 3, no);
    sqlite_bind_text(st, 4, endpoint);
    if (!sqlite_each(q, st, sqlite_read_name, names, error))
        return false;
    g_autoptr(sqlite3_stmt) erase =
        sqlite_prepare(q, ERASE_ALARM " AND instr(body, ?1) > 0", error);
    for (guint i = before; erase && i < names->len; i++) {
        sqlite_bind_text(erase, 1, g_ptr_array_index(names, i));
        if (!sqlite_run(q, erase, error))
            return false;
    }
    return erase != NULL;
}

/* The seats that they had in it: records name them by these. */
static bool add_seats(struct sqlite *q, int64_t no, const char *endpoint, GPtrArray *seats,
                      GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT DISTINCT o.recipient FROM notification n CROSS JOIN way w ON w.notification = n.id"
        " CROSS JOIN obligation o ON o.id = w.obligation WHERE n.id BETWEEN ?1 AND ?2"
        " AND n.endpoint = ?3 AND o.kind = 0",
        error);
    sqlite_bind_range(st, 1, no);
    sqlite_bind_text(st, 3, endpoint);
    return sqlite_each(q, st, sqlite_read_name, seats, error);
}

#define THEIRS                                                                                     \
    " IN (SELECT w.obligation FROM notification n CROSS JOIN way w ON w.notification = n.id"       \
    " CROSS JOIN obligation x ON x.id = w.obligation WHERE n.id BETWEEN ?1 AND ?2"                 \
    " AND n.endpoint = ?4 AND x.kind = 0)"

bool sqlite_erase_person(struct store *s, int64_t no, const char *endpoint, GPtrArray *names,
                         GPtrArray *seats, GError **error)
{
    static const char *const sql[] = {
        "UPDATE acknowledgement SET note = '', peer = '' WHERE no = ?3"
        " AND (no << 20 | obligation)" THEIRS,
        "UPDATE obligation SET name = '', phone = '', taken_by = '' WHERE ?3 AND id" THEIRS,
        "UPDATE obligation SET detail = '' WHERE id BETWEEN ?1 AND ?2 AND kind <> 0 AND ?3 AND ?4"
        " IS NOT NULL",
        "UPDATE notification SET endpoint = '', link = NULL WHERE id BETWEEN ?1 AND ?2 AND ?3"
        " AND endpoint = ?4",
        NULL
    };
    struct sqlite *q = sqlite_of(s);
    return erase_named(q, no, endpoint, names, error) && add_seats(q, no, endpoint, seats, error) &&
           run_all(q, sql, no, endpoint, error);
}

static bool run_with(struct sqlite *q, const char *sql, const char *endpoint, const char *address,
                     GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    SQLITE_TEXTS(st, 1, endpoint, address);
    return sqlite_run(q, st, error);
}

bool sqlite_erase_address(struct store *s, const char *endpoint, GError **error)
{
    static const char *const sql[] = {
        "DELETE FROM proof WHERE endpoint = ?1 AND ?2 <> ''",
        "DELETE FROM gone WHERE endpoint = ?1 AND ?2 <> ''",
        "UPDATE roster_history SET detail = '' WHERE ?1 <> '' AND instr(detail, ?2) > 0",
        "UPDATE matter_event SET note = '' WHERE ?1 <> '' AND matter IN (SELECT no FROM matter"
        " WHERE state <> 0 AND due_ms = 9223372036854775807 AND instr(body, ?2) > 0)",
        "UPDATE matter SET body = '{}' WHERE ?1 <> '' AND state <> 0"
        " AND due_ms = 9223372036854775807 AND instr(body, ?2) > 0",
        ERASE_ALARM " AND ?1 <> '' AND instr(body, ?2) > 0",
    };
    const char *address =
        g_str_has_prefix(endpoint, "mailto:") ? endpoint + strlen("mailto:") : endpoint;
    for (size_t i = 0; i < G_N_ELEMENTS(sql); i++)
        if (!run_with(sqlite_of(s), sql[i], endpoint, address, error))
            return false;
    return true;
}

/* Cells that a page was split of leave their bytes behind in it, which no secure_delete cleans. */
bool sqlite_erase_rest(struct store *s, int64_t max_bytes, bool *done, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t pages = 0;
    {
        g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "PRAGMA page_count", error);
        bool row = false;
        if (!sqlite_step(q, st, &row, error))
            return false;
        pages = row ? sqlite3_column_int64(st, 0) : 0;
    }
    *done = pages * q->page_bytes <= max_bytes;
    return !*done || (sqlite_exec(q, "VACUUM", error) &&
                      sqlite_exec(q, "PRAGMA wal_checkpoint(TRUNCATE)", error));
}
