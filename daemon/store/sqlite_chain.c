/* Which broadcasts are versions of one event: a walk over the triples they refer to. */
#include "base/log.h"
#include "sqlite_ops.h"

#define MAX_VERSIONS 10000

static bool write_references(struct sqlite *q, int64_t no, const GPtrArray *all, guint before,
                             bool own, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "INSERT INTO reference (no, ordinal, sent_ms, offset_min, own, identifier, sender)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        error);
    for (guint i = 0; st && i < all->len; i++) {
        const struct reference *r = all->pdata[i];
        SQLITE_INTS(st, 1, no, before + i + 1, r->sent.ms, r->sent.offset_min, own);
        SQLITE_TEXTS(st, 6, r->identifier, r->sender);
        if (!sqlite_run(q, st, error))
            return false;
    }
    return st != NULL;
}

bool sqlite_references_write(struct sqlite *q, const struct broadcast_row *row, GError **error)
{
    const GPtrArray *own = row->references, *foreign = row->foreign;
    return (!own || write_references(q, row->no, own, 0, true, error)) &&
           (!foreign || write_references(q, row->no, foreign, own ? own->len : 0, false, error));
}

bool sqlite_foreign_references(struct store *s, enum broadcast_status status,
                               const struct reference *r, GArray *nos, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT r.no FROM reference r CROSS JOIN broadcast b ON b.no = r.no"
                       " WHERE r.identifier = ?1 AND r.sender = ?2 AND r.sent_ms = ?3 AND NOT r.own"
                       " AND b.status = ?4 ORDER BY r.no",
                       error);
    SQLITE_TEXTS(st, 1, r->identifier, r->sender);
    SQLITE_INTS(st, 3, r->sent.ms, status);
    return sqlite_numbers(q, st, nos, error);
}

bool sqlite_reference_adopt(struct store *s, int64_t no, const struct reference *r, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "UPDATE reference SET own = 2 WHERE identifier = ?1 AND sender = ?2"
                       " AND sent_ms = ?3 AND no = ?4",
                       error);
    SQLITE_TEXTS(st, 1, r->identifier, r->sender);
    SQLITE_INTS(st, 3, r->sent.ms, no);
    return sqlite_run(q, st, error);
}

static void read_reference(sqlite3_stmt *st, GPtrArray *out)
{
    struct reference *r = g_new0(struct reference, 1);
    r->sent.ms = sqlite3_column_int64(st, 0);
    r->sent.offset_min = (int16_t)sqlite3_column_int(st, 1);
    SQLITE_READ_TEXTS(st, 2, &r->identifier, &r->sender);
    g_ptr_array_add(out, r);
}

static GPtrArray *reference_list(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
}

/* Appends what a broadcast refers to; *adopted: so many of the last of it were foreign first. */
static bool read_targets(struct sqlite *q, int64_t no, GPtrArray *out, guint *adopted,
                         GError **error)
{
    bool row = false;
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT sent_ms, offset_min, identifier, sender, own = 2 FROM reference"
                       " WHERE no = ?1 AND own ORDER BY ordinal",
                       error);
    *adopted = 0;
    SQLITE_INTS(st, 1, no);
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        read_reference(st, out);
        *adopted += (guint)sqlite3_column_int(st, 4);
    }
    return false;
}

bool sqlite_references_read(struct sqlite *q, struct broadcast_row *row, GError **error)
{
    g_autoptr(GPtrArray) list = reference_list();
    if (!read_targets(q, row->no, list, &row->adopted, error))
        return false;
    row->references = list->len ? g_steal_pointer(&list) : NULL;
    return true;
}

/* The triples of those that refer to r and could be versions of its event. */
static bool read_sources(struct sqlite *q, enum broadcast_status status, const struct reference *r,
                         GPtrArray *out, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT b.sent_ms, 0, b.identifier, b.sender FROM reference r CROSS JOIN broadcast b"
        " ON b.no = r.no WHERE r.identifier = ?1 AND r.sender = ?2 AND r.sent_ms = ?3 AND r.own"
        " AND b.status = ?5 AND b.type <= ?6 ORDER BY r.no LIMIT ?4",
        error);
    SQLITE_TEXTS(st, 1, r->identifier, r->sender);
    SQLITE_INTS(st, 3, r->sent.ms, MAX_VERSIONS, status, TYPE_CANCEL);
    return sqlite_each(q, st, read_reference, out, error);
}

struct here { /* a version that is stored */
    int64_t sent_ms, no;
    int type;
};

/* What a triple names, its number 0: not here; *counts: it can be a version of such an event. */
static bool find_here(struct sqlite *q, enum broadcast_status status, const struct reference *r,
                      struct here *h, bool *counts, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT no, type, status = ?4 AND type <= ?5 FROM broadcast"
                       " WHERE identifier = ?1 AND sender = ?2 AND sent_ms = ?3",
                       error);
    SQLITE_TEXTS(st, 1, r->identifier, r->sender);
    SQLITE_INTS(st, 3, r->sent.ms, status, TYPE_CANCEL);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *h = (struct here){ .sent_ms = r->sent.ms };
    if (row) {
        h->no = sqlite3_column_int64(st, 0);
        h->type = sqlite3_column_int(st, 1);
    }
    *counts = row && sqlite3_column_int(st, 2);
    return true;
}

struct walk {
    enum broadcast_status status;
    GPtrArray *met;   /* struct reference *, owned: every version met, the nearest first */
    GHashTable *seen; /* the same, borrowed, by triple */
    GArray *found;    /* struct here */
    int64_t self_no;
    bool cut; /* there is more than MAX_VERSIONS */
};

static void meet_one(struct walk *w, const struct reference *r)
{
    if (g_hash_table_contains(w->seen, r))
        return;
    if (w->met->len == MAX_VERSIONS) {
        w->cut = true;
        return;
    }
    struct reference *copy = reference_copy(r);
    g_ptr_array_add(w->met, copy);
    g_hash_table_add(w->seen, copy);
}

static void meet(struct walk *w, const GPtrArray *references)
{
    for (guint i = 0; references && i < references->len; i++)
        meet_one(w, references->pdata[i]);
}

/* What one version leads to, older and newer. */
static bool visit(struct sqlite *q, struct walk *w, const struct reference *r, GPtrArray *unknown,
                  GError **error)
{
    struct here h;
    bool counts;
    guint adopted;
    g_autoptr(GPtrArray) next = reference_list();
    if (!find_here(q, w->status, r, &h, &counts, error))
        return false;
    if (h.no && !counts)
        return true;
    if (!read_sources(q, w->status, r, next, error) ||
        (h.no && !read_targets(q, h.no, next, &adopted, error)))
        return false;
    if (!h.no)
        g_ptr_array_add(unknown, reference_copy(r));
    else if (h.no != w->self_no)
        g_array_append_val(w->found, h);
    meet(w, next);
    return true;
}

/* Of those of one second the alert is the first and the cancel the last. */
static int compare_here(gconstpointer a, gconstpointer b)
{
    const struct here *x = a, *y = b;
    if (x->sent_ms != y->sent_ms)
        return x->sent_ms < y->sent_ms ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->no > y->no) - (x->no < y->no);
}

static void walk_clear(struct walk *w)
{
    g_hash_table_unref(w->seen);
    g_ptr_array_unref(w->met);
    g_array_unref(w->found);
}

/* Breadth first, so that a cut leaves out the farthest.  A correction that reaches nearly everybody
 * is better than none, so a cut is no error. */
bool sqlite_chain(struct store *s, enum broadcast_status status, const GPtrArray *references,
                  int64_t self_no, GArray *nos, GPtrArray *unknown, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    struct walk w = { .status = status,
                      .met = reference_list(),
                      .seen = g_hash_table_new(reference_hash, reference_equal),
                      .found = g_array_new(FALSE, FALSE, sizeof(struct here)),
                      .self_no = self_no };
    bool ok = true;
    meet(&w, references);
    for (guint i = 0; ok && i < w.met->len; i++)
        ok = visit(q, &w, w.met->pdata[i], unknown, error);
    if (ok && w.cut)
        log_event(LOG_LEVEL_WARN, "store.chain_cut", LOG_INT("broadcast", self_no),
                  LOG_INT("versions", MAX_VERSIONS),
                  LOG_STR("reason", "the farthest versions of the event were left out"));
    g_array_sort(w.found, compare_here);
    for (guint i = 0; ok && i < w.found->len; i++)
        g_array_append_val(nos, g_array_index(w.found, struct here, i).no);
    walk_clear(&w);
    return ok;
}
