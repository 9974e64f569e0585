#include "sqlite_ops.h"
#include "sqlite_schema.h"

static struct broadcast_row *read_row(sqlite3_stmt *st)
{
    struct broadcast_row *r = g_new0(struct broadcast_row, 1);
    r->no = sqlite3_column_int64(st, 0);
    r->sent_ms = sqlite3_column_int64(st, 1);
    r->status = (enum broadcast_status)sqlite3_column_int(st, 2);
    r->type = (enum broadcast_type)sqlite3_column_int(st, 3);
    r->urgency = (enum broadcast_urgency)sqlite3_column_int(st, 4);
    r->severity = (enum broadcast_severity)sqlite3_column_int(st, 5);
    r->state = (enum broadcast_state)sqlite3_column_int(st, 6);
    r->received_ms = sqlite3_column_int64(st, 7);
    r->deadline_ms = sqlite3_column_int64(st, 8);
    r->missions = (unsigned)sqlite3_column_int64(st, 9);
    r->representatives = (unsigned)sqlite3_column_int64(st, 10);
    r->notifications = (unsigned)sqlite3_column_int64(st, 11);
    r->approve_by_ms = sqlite3_column_int64(st, 12);
    r->reminded = sqlite3_column_int(st, 13) != 0;
    r->released_ms = sqlite3_column_int64(st, 14);
    SQLITE_READ_TEXTS(st, 15, &r->id, &r->identifier, &r->sender, &r->digest, &r->headline,
                      &r->author, &r->body, &r->hold, &r->seen, &r->approved_by, &r->source_type,
                      &r->link_key);
    return r;
}

static bool read_one(struct sqlite *q, sqlite3_stmt *st, struct broadcast_row **out, GError **error)
{
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    struct broadcast_row *r = row ? read_row(st) : NULL;
    if (r && !sqlite_references_read(q, r, error)) {
        broadcast_row_free(r);
        return false;
    }
    *out = r;
    return true;
}

bool sqlite_broadcast_by_key(struct store *s, const char *identifier, const char *sender,
                             int64_t sent_ms, struct broadcast_row **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT no, " SQLITE_BROADCAST_COLUMNS " FROM broadcast"
                       " WHERE identifier = ?1 AND sender = ?2 AND sent_ms = ?3",
                       error);
    SQLITE_TEXTS(st, 1, identifier, sender);
    SQLITE_INTS(st, 3, sent_ms);
    return read_one(q, st, out, error);
}

bool sqlite_broadcast_by_id(struct store *s, const char *id, struct broadcast_row **out,
                            GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT no, " SQLITE_BROADCAST_COLUMNS " FROM broadcast WHERE id = ?1", error);
    SQLITE_TEXTS(st, 1, id);
    return read_one(q, st, out, error);
}

bool sqlite_broadcast_by_no(struct store *s, int64_t no, struct broadcast_row **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT no, " SQLITE_BROADCAST_COLUMNS " FROM broadcast WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no);
    return read_one(q, st, out, error);
}

static void append_row(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, read_row(st));
}

bool sqlite_broadcast_list(struct store *s, const char *identifier, int64_t before_no,
                           unsigned limit, GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       identifier ? "SELECT no, " SQLITE_BROADCAST_COLUMNS " FROM broadcast"
                                    " WHERE no < ?1 AND identifier = ?3 ORDER BY no DESC LIMIT ?2"
                                  : "SELECT no, " SQLITE_BROADCAST_COLUMNS " FROM broadcast"
                                    " WHERE no < ?1 ORDER BY no DESC LIMIT ?2",
                       error);
    SQLITE_INTS(st, 1, before_no ? before_no : INT64_MAX, limit);
    if (identifier)
        SQLITE_TEXTS(st, 3, identifier);
    return sqlite_each(q, st, append_row, out, error);
}

bool sqlite_broadcast_pending(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                              int64_t *next_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT no, " SQLITE_BROADCAST_COLUMNS ", " SQLITE_PENDING_DUE " FROM broadcast"
        " INDEXED BY broadcast_pending WHERE state = 1 AND approve_by_ms > 0"
        " ORDER BY " SQLITE_PENDING_DUE ", no LIMIT ?1",
        error);
    SQLITE_INTS(st, 1, (int64_t)limit + 1);
    const struct sqlite_due due = { SQLITE_BROADCAST_AFTER, now_ms, limit };
    return sqlite_each_due(q, st, &due, append_row, out, next_ms, error);
}

bool sqlite_broadcast_source(struct store *s, int64_t no, GBytes **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, "SELECT bytes FROM source WHERE no = ?1", error);
    SQLITE_INTS(st, 1, no);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = NULL;
    if (row) {
        const void *bytes = sqlite3_column_blob(st, 0);
        *out = g_bytes_new(bytes, (gsize)sqlite3_column_bytes(st, 0));
    }
    return true;
}

bool sqlite_broadcast_held(struct store *s, GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT no FROM broadcast WHERE state = 1 AND hold <> '' ORDER BY no", error);
    return sqlite_numbers(q, st, nos, error);
}
