#include "sqlite_ops.h"
#include <stdlib.h>

struct obligation *sqlite_read_obligation(sqlite3_stmt *st)
{
    struct obligation *o = obligation_new();
    o->ordinal = (uint32_t)(sqlite3_column_int64(st, 0) & NOTIFICATION_MAX_ORDINAL);
    o->kind = (enum obligation_kind)sqlite3_column_int(st, 1);
    o->state = (enum obligation_state)sqlite3_column_int(st, 2);
    o->rank = (unsigned)sqlite3_column_int(st, 3);
    SQLITE_READ_TEXTS(st, 4, &o->recipient, &o->name, &o->language, &o->phone);
    o->reason = obligation_reason((const char *)sqlite3_column_text(st, 8));
    SQLITE_READ_TEXTS(st, 10, &o->detail);
    o->part = (enum obligation_part)sqlite3_column_int(st, 11);
    o->asks = sqlite3_column_int(st, 12) != 0;
    o->begun_ms = sqlite3_column_int64(st, 13);
    o->behind_s = sqlite3_column_int64(st, 14);
    o->ladder_due_ms = sqlite3_column_int64(st, 15);
    o->ended_ms = sqlite3_column_int64(st, 16);
    o->answer = sqlite3_column_int(st, 17);
    SQLITE_READ_TEXTS(st, 18, &o->taken_by);
    g_auto(GStrv) missions = g_strsplit((const char *)sqlite3_column_text(st, 9), " ", -1);
    for (char **m = missions; *m; m++)
        g_ptr_array_add(o->missions, g_strdup(*m));
    return o;
}

struct notification *sqlite_read_notification(sqlite3_stmt *st)
{
    struct notification *n = notification_new();
    n->id = sqlite3_column_int64(st, 0);
    n->state = (enum notification_state)sqlite3_column_int(st, 1);
    n->attempt = (unsigned)sqlite3_column_int(st, 2);
    n->due_ms = sqlite3_column_int64(st, 3);
    n->priority = (uint32_t)sqlite3_column_int64(st, 4);
    n->deadline_ms = sqlite3_column_int64(st, 5);
    n->channel = (enum channel_kind)sqlite3_column_int(st, 6);
    SQLITE_READ_TEXTS(st, 7, &n->endpoint, &n->recipient, &n->language);
    const char *text = (const char *)sqlite3_column_text(st, 10);
    char *end = NULL;
    for (uint32_t o = (uint32_t)strtoul(text, &end, 10); end != text;
         o = (uint32_t)strtoul(text, &end, 10)) {
        g_array_append_val(n->obligations, o);
        text = end;
    }
    n->told = (enum notification_told)sqlite3_column_int(st, 11);
    n->purpose = (enum notification_purpose)sqlite3_column_int(st, 12);
    sqlite_read_digest(st, 13, &n->link_digest);
    n->unrecorded_seq = sqlite3_column_int64(st, 14);
    SQLITE_READ_TEXTS(st, 15, &n->lane);
    return n;
}

static void append_obligation(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, sqlite_read_obligation(st));
}

bool sqlite_obligations(struct store *s, int64_t no, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT " SQLITE_OBLIGATION_COLUMNS
                       " FROM obligation o WHERE o.id BETWEEN ?1 AND ?2 ORDER BY o.id",
                       error);
    sqlite_bind_range(st, 1, no);
    return sqlite_each(q, st, append_obligation, out, error);
}

bool sqlite_obligations_of(struct store *s, const struct notification *n, GPtrArray *out,
                           GError **error)
{
    struct sqlite *q = sqlite_of(s);
    for (guint i = 0; i < n->obligations->len; i++) {
        g_autoptr(sqlite3_stmt) st = sqlite_prepare(
            q, "SELECT " SQLITE_OBLIGATION_COLUMNS " FROM obligation o WHERE o.id = ?1", error);
        SQLITE_INTS(st, 1,
                    sqlite_key(n->id >> NOTIFICATION_ORDINAL_BITS,
                               g_array_index(n->obligations, uint32_t, i)));
        if (!sqlite_each(q, st, append_obligation, out, error))
            return false;
    }
    return true;
}

static void append_notification(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, sqlite_read_notification(st));
}

bool sqlite_notifications(struct store *s, int64_t no, uint32_t after_ordinal, unsigned limit,
                          GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT " SQLITE_NOTIFICATION_COLUMNS ", l.name FROM notification n CROSS JOIN lane l"
        " ON l.no = n.queue >> 3 WHERE n.id > ?1 AND n.id <= ?2 ORDER BY n.id LIMIT ?3",
        error);
    SQLITE_INTS(st, 1, sqlite_key(no, after_ordinal), sqlite_key(no, NOTIFICATION_MAX_ORDINAL),
                limit);
    return sqlite_each(q, st, append_notification, out, error);
}
