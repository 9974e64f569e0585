#include "sqlite_ops.h"
#include "sqlite_rows.h"
#include <string.h>

#define MAX_SPARED 2048 /* two batches of outcomes: about 2 MiB */

/* The last record is remembered while nothing is undone; otherwise the table says what it is. */
static bool know_tip(struct sqlite *q, GError **error)
{
    if (q->tip_known)
        return true;
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1", error);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    q->tip_seq = row ? sqlite3_column_int64(st, 0) : 0;
    g_strlcpy(q->tip_hash, row ? (const char *)sqlite3_column_text(st, 1) : "", sizeof q->tip_hash);
    q->tip_known = true;
    return true;
}

struct record_rows {
    struct sqlite_rows rows; /* first */
    struct record *const *all;
};

static void show_record(struct sqlite_rows *rows, guint row)
{
    const struct record *r = ((struct record_rows *)rows)->all[row];
    const char *const texts[] = { r->event,
                                  r->status,
                                  r->broadcast,
                                  r->recipient,
                                  r->channel,
                                  r->endpoint,
                                  r->outcome,
                                  r->reply,
                                  r->node,
                                  r->prev,
                                  r->hash,
                                  r->missions,
                                  r->digest,
                                  r->plan,
                                  r->detail,
                                  r->key,
                                  r->signature,
                                  *r->salt ? r->salt : NULL,
                                  *r->personal ? r->personal : NULL };
    SQLITE_ROW_INTS(rows, r->seq, r->time_ms, r->attempt, r->due_ms, r->duration_ms);
    memcpy(rows->texts, texts, sizeof texts);
    rows->n_texts = G_N_ELEMENTS(texts);
}

static bool insert(struct sqlite *q, struct record *const *records, guint n, GError **error)
{
    struct record_rows r = { { .count = n, .show = show_record }, .all = records };
    return sqlite_rows_insert(
        q,
        "INSERT OR FAIL INTO journal (seq, time_ms, attempt, due_ms, duration_ms, event, status, "
        "broadcast,"
        " recipient, channel, endpoint, outcome, reply, node, prev, hash, missions, digest, plan,"
        " detail, key, signature, salt, personal) SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9,"
        " c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23 FROM rows(?1)",
        &r.rows, error);
}

bool sqlite_journal_append_all(struct store *s, struct record *const *records, guint n,
                               GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!know_tip(q, error))
        return false;
    int64_t seq = q->tip_seq;
    const char *prev = q->tip_hash;
    for (guint i = 0; i < n; i++) {
        records[i]->seq = ++seq;
        if (q->seal)
            q->seal(records[i], prev);
        prev = records[i]->hash;
    }
    if (!insert(q, records, n, error))
        return false;
    q->tip_seq = seq;
    if (n > 0)
        memcpy(q->tip_hash, prev, sizeof q->tip_hash);
    return true;
}

bool sqlite_journal_append(struct store *s, struct record *r, GError **error)
{
    return sqlite_journal_append_all(s, &r, 1, error);
}

static void read_hex(sqlite3_stmt *st, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    g_strlcpy(out, text ? text : "", size);
}

static void read_record(sqlite3_stmt *st, GPtrArray *out)
{
    struct record *r =
        record_new((const char *)sqlite3_column_text(st, 5), sqlite3_column_int64(st, 1));
    r->seq = sqlite3_column_int64(st, 0);
    r->attempt = sqlite3_column_int(st, 2);
    r->due_ms = sqlite3_column_int64(st, 3);
    r->duration_ms = sqlite3_column_int64(st, 4);
    char **const texts[] = { &r->status,   &r->broadcast, &r->recipient, &r->channel,
                             &r->endpoint, &r->outcome,   &r->reply,     &r->node };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = sqlite_text_or_null(st, 6 + (int)i);
    read_hex(st, 14, r->prev, sizeof r->prev);
    read_hex(st, 15, r->hash, sizeof r->hash);
    char **const rare[] = {
        &r->missions, &r->digest, &r->plan, &r->detail, &r->key, &r->signature
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rare); i++)
        *rare[i] = sqlite_text_or_null(st, 16 + (int)i);
    read_hex(st, 22, r->salt, sizeof r->salt);
    read_hex(st, 23, r->personal, sizeof r->personal);
    g_ptr_array_add(out, r);
}

#define COLUMNS                                                                                    \
    "seq, time_ms, attempt, due_ms, duration_ms, event, status, broadcast, recipient, channel,"    \
    " endpoint, outcome, reply, node, prev, hash, missions, digest, plan, detail, key, signature," \
    " salt, personal"
#define SELECT                                                                                     \
    "SELECT " COLUMNS " FROM journal WHERE seq > ?1"                                               \
    " AND (?3 IS NULL OR outcome = ?3) AND (?4 IS NULL OR channel = ?4)"                           \
    " AND (?5 = 0 OR time_ms >= ?5) AND (?6 = 0 OR time_ms < ?6)"                                  \
    " AND (?7 IS NULL OR instr(' ' || missions || ' ', ' ' || ?7 || ' '))"                         \
    " AND (?9 IS NULL OR event = ?9 OR substr(event, 1, length(?9) - 1) || '*' = ?9)"
#define IS_SIGNED " AND signature IS NOT NULL"
#define OF_BROADCAST " AND broadcast = ?8"
#define IN_ORDER " ORDER BY seq LIMIT ?2"

/* Several texts, so that the planner can use the index of a broadcast or of what is signed. */
static const char *query_of(const struct record_filter *want)
{
    if (want->broadcast)
        return want->is_signed ? SELECT OF_BROADCAST IS_SIGNED IN_ORDER
                               : SELECT OF_BROADCAST IN_ORDER;
    return want->is_signed ? SELECT IS_SIGNED IN_ORDER : SELECT IN_ORDER;
}

bool sqlite_journal_read(struct store *s, const struct record_filter *f, int64_t after_seq,
                         unsigned limit, GPtrArray *out, GError **error)
{
    static const struct record_filter any = { 0 };
    struct sqlite *q = sqlite_of(s);
    const struct record_filter *want = f ? f : &any;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, query_of(want), error);
    SQLITE_INTS(st, 1, after_seq, limit);
    sqlite_bind_text(st, 3, want->outcome);
    sqlite_bind_text(st, 4, want->channel);
    SQLITE_INTS(st, 5, want->since_ms, want->until_ms);
    sqlite_bind_text(st, 7, want->mission);
    if (want->broadcast)
        sqlite_bind_text(st, 8, want->broadcast);
    sqlite_bind_text(st, 9, want->event);
    return sqlite_each(q, st, read_record, out, error);
}

static struct record *first_spared(struct sqlite *q)
{
    return g_queue_peek_head(&q->spared);
}

void sqlite_drop_spared(struct sqlite *q)
{
    g_queue_clear_full(&q->spared, (GDestroyNotify)record_free);
}

void sqlite_journal_spare(struct store *s, struct record *r)
{
    struct sqlite *q = sqlite_of(s);
    const struct record *last = g_queue_peek_tail(&q->spared);
    if (last && last->seq + 1 != r->seq)
        sqlite_drop_spared(q);
    g_queue_push_tail(&q->spared, r);
    if (q->spared.length > MAX_SPARED)
        record_free(g_queue_pop_head(&q->spared));
}

/* Those before the first one that was spared, or behind the last, come from the table. */
bool sqlite_journal_follow(struct store *s, int64_t after_seq, unsigned limit, GPtrArray *out,
                           GError **error)
{
    struct sqlite *q = sqlite_of(s);
    while (first_spared(q) && first_spared(q)->seq <= after_seq)
        record_free(g_queue_pop_head(&q->spared));
    for (; limit && first_spared(q) && first_spared(q)->seq == after_seq + 1; limit--) {
        g_ptr_array_add(out, g_queue_pop_head(&q->spared));
        after_seq++;
    }
    if (!limit || !know_tip(q, error) || after_seq == q->tip_seq)
        return !limit || q->tip_known;
    return sqlite_journal_read(s, NULL, after_seq, limit, out, error);
}

bool sqlite_journal_loose(struct store *s, int64_t before_ms, int64_t after_seq, unsigned limit,
                          GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT " COLUMNS " FROM journal INDEXED BY journal_loose WHERE seq > ?1"
        " AND broadcast IS NULL AND salt IS NOT NULL"
        " AND coalesce(recipient, endpoint, reply) IS NOT NULL AND time_ms < ?3" IN_ORDER,
        error);
    SQLITE_INTS(st, 1, after_seq, limit, before_ms);
    return sqlite_each(q, st, read_record, out, error);
}

bool sqlite_journal_last(struct store *s, int64_t *seq, char hash[RECORD_HASH_LEN + 1],
                         GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!know_tip(q, error))
        return false;
    *seq = q->tip_seq;
    if (hash)
        memcpy(hash, q->tip_hash, sizeof q->tip_hash);
    return true;
}

bool sqlite_journal_signed(struct store *s, struct record **out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(GPtrArray) last = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT " COLUMNS " FROM journal WHERE signature IS NOT NULL ORDER BY seq DESC LIMIT 1",
        error);
    if (!sqlite_each(q, st, read_record, last, error))
        return false;
    *out = last->len ? g_ptr_array_steal_index(last, 0) : NULL;
    return true;
}
