#include "model/hours.h"
#include "model/place.h"
#include "sqlite_ops.h"

#define MISSION_TEXTS(m)                                                                           \
    (m)->id, (m)->country, (m)->name, (m)->kind, (m)->street, (m)->city, (m)->state, (m)->zip,     \
        (m)->lat_text, (m)->lon_text, (m)->timezone, (m)->county_fips, (m)->office, (m)->origin
#define MISSION_FIELDS(m)                                                                          \
    &(m)->id, &(m)->country, &(m)->name, &(m)->kind, &(m)->street, &(m)->city, &(m)->state,        \
        &(m)->zip, &(m)->lat_text, &(m)->lon_text, &(m)->timezone, &(m)->county_fips,              \
        &(m)->office, &(m)->origin
#define MISSION_COLUMNS                                                                            \
    "id, country, name, kind, street, city, state, zip, lat_text, lon_text, timezone, "            \
    "county_fips,"                                                                                 \
    " office, origin"

static bool save_representatives(struct sqlite *q, int64_t ordinal, const struct mission *m,
                                 GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO representative (mission, rank, exercises, name, language, email, phone,"
        " webhook, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        error);
    for (guint i = 0; st && i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        SQLITE_INTS(st, 1, ordinal, p->rank, p->exercises);
        SQLITE_TEXTS(st, 4, p->name, p->language, p->email, p->phone, p->webhook, p->valid_from,
                     p->valid_to);
        if (!sqlite_run(q, st, error))
            return false;
    }
    return st != NULL;
}

static bool save_mission(struct sqlite *q, int64_t ordinal, const struct mission *m, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO mission (ordinal, threat, lat, lon, " MISSION_COLUMNS ") VALUES (?1, ?2, ?3,"
        " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, ordinal, m->threat);
    sqlite3_bind_null(st, 3);
    sqlite3_bind_null(st, 4);
    if (m->has_point) {
        sqlite3_bind_double(st, 3, m->point.lat);
        sqlite3_bind_double(st, 4, m->point.lon);
    }
    SQLITE_TEXTS(st, 5, MISSION_TEXTS(m));
    return sqlite_run(q, st, error) && save_representatives(q, ordinal, m, error);
}

bool sqlite_roster_save(struct store *s, const struct roster *r, const struct roster_change *c,
                        const char *author, int64_t now_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!sqlite_history_write(q, c, author, now_ms, error) ||
        !sqlite_exec(q, "DELETE FROM representative; DELETE FROM mission", error))
        return false;
    for (size_t i = 0; i < roster_count(r); i++) {
        if (!save_mission(q, (int64_t)i + 1, roster_at(r, i), error))
            return false;
    }
    return true;
}

static struct mission *read_mission(sqlite3_stmt *st)
{
    struct mission *m = mission_new();
    m->threat = (enum threat_level)sqlite3_column_int(st, 1);
    m->has_point = sqlite3_column_type(st, 2) != SQLITE_NULL;
    m->point =
        (struct point){ .lat = sqlite3_column_double(st, 2), .lon = sqlite3_column_double(st, 3) };
    SQLITE_READ_TEXTS(st, 4, MISSION_FIELDS(m));
    g_free(m->city_key);
    m->city_key = place_city_key(m->city);
    g_clear_pointer(&m->tz, g_time_zone_unref);
    m->tz = hours_zone(m->timezone);
    return m;
}

static bool load_missions(struct sqlite *q, struct roster *r, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT ordinal, threat, lat, lon, " MISSION_COLUMNS " FROM mission ORDER BY ordinal",
        error);
    bool row = st != NULL;
    while (row && sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        struct mission *m = read_mission(st);
        /* A zone that this machine no longer knows must not be met first while a mail is written.
         */
        if (!m->tz) {
            sqlite_refuse(error, "read %s: mission %s has the unknown time zone %s", q->path, m->id,
                          m->timezone);
            mission_free(m);
            return false;
        }
        roster_add(r, m);
    }
    return false;
}

static bool load_representatives(struct sqlite *q, struct roster *r, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT m.id, p.rank, p.exercises, p.name, p.language, p.email, p.phone, p.webhook,"
        " p.valid_from, p.valid_to FROM representative p JOIN mission m ON m.ordinal = p.mission"
        " ORDER BY p.mission, p.rank",
        error);
    bool row = st != NULL;
    while (row && sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        struct representative *p = g_new0(struct representative, 1);
        p->rank = (unsigned)sqlite3_column_int(st, 1);
        p->exercises = sqlite3_column_int(st, 2);
        SQLITE_READ_TEXTS(st, 3, &p->name, &p->language, &p->email, &p->phone, &p->webhook,
                          &p->valid_from, &p->valid_to);
        const char *why;
        roster_add_representative(r, (const char *)sqlite3_column_text(st, 0), p, &why);
    }
    return false;
}

struct roster *sqlite_roster_load(struct store *s, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    struct roster *r = roster_new();
    if (load_missions(q, r, error) && load_representatives(q, r, error))
        return r;
    roster_unref(r);
    return NULL;
}
