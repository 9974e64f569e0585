/*
 * The missions of a plan.  They are written together, read together and never changed, so many of
 * them share a row: of each the digit of its threat level, then its texts, a NUL behind each.
 */
#include "sqlite_ops.h"
#include <stddef.h>
#include <string.h>

#define IN_A_ROW 256

#define TEXT(name) offsetof(struct affected_mission, name)
static const size_t texts[] = {
    TEXT(id),       TEXT(name),    TEXT(kind),   TEXT(country),        TEXT(city), TEXT(state),
    TEXT(timezone), TEXT(because), TEXT(office), TEXT(office_because), TEXT(duty), TEXT(gaps),
};

static char **text_of(struct affected_mission *m, size_t i)
{
    return (char **)(void *)((char *)m + texts[i]);
}

static bool next_ordinal(struct sqlite *q, int64_t no, uint32_t *next, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT id, count FROM affected_list WHERE id BETWEEN ?1 AND ?2"
                       " ORDER BY id DESC LIMIT 1",
                       error);
    bool row = false;
    sqlite_bind_range(st, 1, no);
    if (!sqlite_step(q, st, &row, error))
        return false;
    int64_t last = row ? sqlite3_column_int64(st, 0) & NOTIFICATION_MAX_ORDINAL : 1;
    *next = (uint32_t)(last + (row ? sqlite3_column_int64(st, 1) : 0));
    return true;
}

static void append(GString *out, struct affected_mission *m)
{
    g_string_append_c(out, (char)('0' + m->threat));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = *text_of(m, i) ? *text_of(m, i) : "";
        g_string_append_len(out, text, (gssize)strlen(text) + 1);
    }
}

static bool insert_row(struct sqlite *q, int64_t key, guint count, const GString *list,
                       GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "INSERT INTO affected_list (id, count, missions) VALUES (?1, ?2, ?3)", error);
    if (!st)
        return false;
    SQLITE_INTS(st, 1, key, count);
    sqlite3_bind_blob64(st, 3, list->str, list->len, SQLITE_STATIC);
    return sqlite_run(q, st, error);
}

bool sqlite_missions_add(struct sqlite *q, int64_t no, const GPtrArray *missions, GError **error)
{
    uint32_t next = 0;
    if (missions->len == 0)
        return true;
    if (!next_ordinal(q, no, &next, error))
        return false;
    if (missions->len > NOTIFICATION_MAX_ORDINAL - next)
        return sqlite_refuse(error, "store a plan: %u missions are more than can be numbered",
                             missions->len);
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < missions->len; i += IN_A_ROW) {
        guint n = MIN(missions->len - i, IN_A_ROW);
        g_string_truncate(list, 0);
        for (guint k = 0; k < n; k++)
            append(list, missions->pdata[i + k]);
        if (!insert_row(q, sqlite_key(no, next + i), n, list, error))
            return false;
    }
    return true;
}

/* Where the next one begins; NULL: this one is cut off. */
static const char *read_mission(const char *at, const char *end, GHashTable *wanted, GPtrArray *out)
{
    const char *found[G_N_ELEMENTS(texts)];
    int threat = *at++ - '0';
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        found[i] = at;
        at = memchr(at, '\0', (size_t)(end - at));
        if (!at)
            return NULL;
        at++;
    }
    if (wanted && !g_hash_table_contains(wanted, found[0]))
        return at;
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->threat = (enum threat_level)threat;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *text_of(m, i) = g_strdup(found[i]);
    g_ptr_array_add(out, m);
    return at;
}

static bool read_row(struct sqlite *q, sqlite3_stmt *st, GHashTable *wanted, GPtrArray *out,
                     GError **error)
{
    const char *at = sqlite3_column_blob(st, 0);
    const char *end = at + sqlite3_column_bytes(st, 0);
    if (!at)
        return sqlite_fail(q, "read", error);
    while (at && at < end)
        at = read_mission(at, end, wanted, out);
    return at || sqlite_refuse(error, "read %s: a list of missions is cut off", q->path);
}

/* wanted: a set of ids, NULL: all. */
static bool read_missions(struct sqlite *q, int64_t no, GHashTable *wanted, GPtrArray *out,
                          GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT missions FROM affected_list WHERE id BETWEEN ?1 AND ?2 ORDER BY id", error);
    bool row = false;
    sqlite_bind_range(st, 1, no);
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        if (!read_row(q, st, wanted, out, error))
            return false;
    }
    return false;
}

bool sqlite_missions(struct store *s, int64_t no, GPtrArray *out, GError **error)
{
    return read_missions(sqlite_of(s), no, NULL, out, error);
}

bool sqlite_missions_of(struct store *s, int64_t no, const GPtrArray *obligations, GPtrArray *out,
                        GError **error)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < obligations->len; i++) {
        const struct obligation *o = obligations->pdata[i];
        for (guint k = 0; k < o->missions->len; k++)
            g_hash_table_add(wanted, o->missions->pdata[k]);
    }
    return read_missions(sqlite_of(s), no, wanted, out, error);
}
