#include "sqlite_ops.h"

/* "name: value" of every column but the first that says something, a line each. */
static void describe_row(sqlite3_stmt *st, const char *indent, GString *out)
{
    for (int i = 1; i < sqlite3_column_count(st); i++) {
        const char *value = (const char *)sqlite3_column_text(st, i);
        if (value && *value)
            g_string_append_printf(out, "%s%s: %s\n", indent, sqlite3_column_name(st, i), value);
    }
}

static bool describe_representatives(struct sqlite *q, int64_t ordinal, GString *out,
                                     GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT mission, rank, name, language, email, phone, webhook, exercises, "
                       "valid_from, valid_to"
                       " FROM representative WHERE mission = ?1 ORDER BY rank",
                       error);
    SQLITE_INTS(st, 1, ordinal);
    bool row = true;
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        g_string_append(out, "representative\n");
        describe_row(st, "  ", out);
    }
    return false;
}

/* The mission as the tables have it now, which is before the change; nothing when it is not there.
 */
static bool describe(struct sqlite *q, const char *mission, GString *out, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT ordinal, country, name, kind, street, city, state, zip, lat_text AS lat,"
        " lon_text AS lon, timezone, county_fips, threat AS threat_level, office, origin"
        " FROM mission WHERE id = ?1",
        error);
    SQLITE_TEXTS(st, 1, mission);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    if (!row)
        return true;
    describe_row(st, "", out);
    return describe_representatives(q, sqlite3_column_int64(st, 0), out, error);
}

static bool write_one(struct sqlite *q, const char *mission, const char *change, const char *author,
                      int64_t now_ms, GError **error)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "INSERT INTO roster_history (time_ms, author, mission, change, detail)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       error);
    if (!st || !describe(q, mission, detail, error))
        return false;
    SQLITE_INTS(st, 1, now_ms);
    SQLITE_TEXTS(st, 2, author, mission, change, detail->str);
    return sqlite_run(q, st, error);
}

bool sqlite_history_write(struct sqlite *q, const struct roster_change *c, const char *author,
                          int64_t now_ms, GError **error)
{
    const struct {
        const GPtrArray *ids;
        const char *change;
    } lists[] = { { c->added, "added" }, { c->changed, "changed" }, { c->removed, "removed" } };
    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++) {
        for (guint i = 0; lists[k].ids && i < lists[k].ids->len; i++) {
            if (!write_one(q, lists[k].ids->pdata[i], lists[k].change, author, now_ms, error))
                return false;
        }
    }
    return true;
}

static void read_history(sqlite3_stmt *st, GPtrArray *out)
{
    struct roster_history_row *r = g_new0(struct roster_history_row, 1);
    r->time_ms = sqlite3_column_int64(st, 0);
    SQLITE_READ_TEXTS(st, 1, &r->author, &r->mission, &r->change, &r->detail);
    g_ptr_array_add(out, r);
}

bool sqlite_roster_history(struct store *s, const char *mission, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT time_ms, author, mission, change, detail FROM roster_history"
                       " WHERE mission = ?1 ORDER BY no",
                       error);
    SQLITE_TEXTS(st, 1, mission);
    return sqlite_each(q, st, read_history, out, error);
}
