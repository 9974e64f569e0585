/* Threat levels as they were set, and the campaigns that ask for a confirmation. */
#include "sqlite_ops.h"

bool sqlite_threat_put(struct store *s, const struct threat_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO threat (level, time_ms, review_ms, mission, author, reason)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       error);
    SQLITE_INTS(st, 1, row->level, row->time_ms, row->review_ms);
    SQLITE_TEXTS(st, 4, row->mission, row->author, row->reason);
    return sqlite_run(q, st, error);
}

static void append_threat(sqlite3_stmt *st, GPtrArray *out)
{
    struct threat_row *r = g_new0(struct threat_row, 1);
    r->level = (enum threat_level)sqlite3_column_int(st, 0);
    r->time_ms = sqlite3_column_int64(st, 1);
    r->review_ms = sqlite3_column_int64(st, 2);
    SQLITE_READ_TEXTS(st, 3, &r->mission, &r->author, &r->reason);
    g_ptr_array_add(out, r);
}

bool sqlite_threat_list(struct store *s, const char *mission, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    const char *sql =
        mission ? "SELECT level, time_ms, review_ms, mission, author, reason FROM threat"
                  " WHERE mission = ?1 ORDER BY no"
                : "SELECT level, time_ms, review_ms, mission, author, reason FROM threat WHERE no"
                  " IN (SELECT max(no) FROM threat GROUP BY mission) ORDER BY mission";
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    if (mission)
        SQLITE_TEXTS(st, 1, mission);
    return sqlite_each(q, st, append_threat, out, error);
}

bool sqlite_campaign_put(struct store *s, const struct campaign_row *row, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO campaign (no, started_ms, ends_ms, author, audience)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       error);
    SQLITE_INTS(st, 1, row->no, row->started_ms, row->ends_ms);
    SQLITE_TEXTS(st, 4, row->author, row->audience);
    return sqlite_run(q, st, error);
}

static void append_campaign(sqlite3_stmt *st, GPtrArray *out)
{
    struct campaign_row *r = g_new0(struct campaign_row, 1);
    r->no = sqlite3_column_int64(st, 0);
    r->started_ms = sqlite3_column_int64(st, 1);
    r->ends_ms = sqlite3_column_int64(st, 2);
    SQLITE_READ_TEXTS(st, 3, &r->id, &r->author, &r->audience);
    g_ptr_array_add(out, r);
}

bool sqlite_campaign_list(struct store *s, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT c.no, c.started_ms, c.ends_ms, b.id, c.author, c.audience FROM campaign c"
        " JOIN broadcast b ON b.no = c.no ORDER BY c.no DESC",
        error);
    return sqlite_each(q, st, append_campaign, out, error);
}
