#include "flow/event.h"

#include "flow/event_order.h"
#include "model/life.h"
#include "wire/broadcast_json.h"

static bool is_triple(const struct reference *r, const char *identifier, const char *sender,
                      int64_t sent_ms)
{
    return r->sent.ms == sent_ms && g_str_equal(r->identifier, identifier) &&
           g_str_equal(r->sender, sender);
}

static bool refers_to(const GPtrArray *references, const char *identifier, const char *sender,
                      int64_t sent_ms)
{
    for (guint i = 0; references && i < references->len; i++)
        if (is_triple(g_ptr_array_index(references, i), identifier, sender, sent_ms))
            return true;
    return false;
}

static bool read_rows(struct store *s, enum broadcast_status status, const GPtrArray *from,
                      int64_t self_no, struct event *out, GError **error)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    out->rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    out->unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    if (!s->ops->chain(s, status, from, self_no, nos, out->unknown, error))
        return false;
    for (guint i = 0; i < nos->len; i++) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_no(s, g_array_index(nos, int64_t, i), &row, error))
            return false;
        if (row)
            g_ptr_array_add(out->rows, row);
    }
    return true;
}

/* The nearest that r leads to and that sender has sent, here or not. */
static struct reference *own_version(GHashTable *here, const struct reference *r,
                                     const char *sender)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) met = g_ptr_array_new(); /* struct reference *, borrowed */
    g_ptr_array_add(met, (gpointer)r);
    for (guint i = 0; i < met->len; i++) {
        const struct reference *m = g_ptr_array_index(met, i);
        struct broadcast_row *row = g_hash_table_lookup(here, m);
        if (g_str_equal(m->sender, sender))
            return reference_copy(m);
        if (!row || !row->references || !g_hash_table_add(seen, row))
            continue;
        for (guint k = 0; k < row->references->len; k++)
            g_ptr_array_add(met, g_ptr_array_index(row->references, k));
    }
    return NULL;
}

/* --- what may correct the asker only now that it is here --- */

static void adopted_free(struct adopted *a)
{
    reference_free(a->reference);
    g_free(a);
}

static bool is_adopted(const struct event *e, int64_t no, const struct reference *r)
{
    for (guint i = 0; i < e->adopted->len; i++) {
        const struct adopted *a = g_ptr_array_index(e->adopted, i);
        if (a->no == no && reference_equal(a->reference, r))
            return true;
    }
    return false;
}

/* The rows refer to what they may refer to now. */
static void give_adopted(struct event *e)
{
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        for (guint k = 0; k < e->adopted->len; k++) {
            const struct adopted *a = g_ptr_array_index(e->adopted, k);
            if (a->no != row->no)
                continue;
            if (!row->references)
                row->references = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
            g_ptr_array_add(row->references, reference_copy(a->reference));
        }
    }
}

struct asker {
    const struct broadcast *broadcast;
    const struct broadcast_row *row;
    GPtrArray *from; /* struct reference *, owned: where its event is read from */
};

static GHashTable *index_with(const struct event *e, const struct asker *a)
{
    GHashTable *here = event_index(e);
    struct reference self = event_triple(a->row);
    if (!g_hash_table_contains(here, &self))
        g_hash_table_insert(here, g_memdup2(&self, sizeof self), (gpointer)a->row);
    return here;
}

static bool adopt_one(struct store *s, struct event *e, const struct asker *a, int64_t no,
                      const struct reference *r, GError **error)
{
    struct broadcast_row *row = NULL;
    if (no == a->row->no || is_adopted(e, no, r))
        return true;
    if (!s->ops->broadcast_by_no(s, no, &row, error))
        return false;
    g_autoptr(GHashTable) here = index_with(e, a);
    struct reference *through = row ? own_version(here, r, row->sender) : NULL;
    if (through) {
        struct reference self = event_triple(row);
        struct adopted *adopted = g_new0(struct adopted, 1);
        *adopted = (struct adopted){ no, reference_copy(r) };
        g_ptr_array_add(e->adopted, adopted);
        g_ptr_array_add(a->from, reference_copy(&self));
    }
    g_clear_pointer(&through, reference_free);
    g_clear_pointer(&row, broadcast_row_free);
    return true;
}

static bool adopt_all(struct store *s, struct event *e, const struct asker *a,
                      const struct broadcast_row *of, GError **error)
{
    struct reference r = event_triple(of);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool ok = s->ops->foreign_references(s, a->broadcast->status, &r, nos, error);
    for (guint i = 0; ok && i < nos->len; i++)
        ok = adopt_one(s, e, a, g_array_index(nos, int64_t, i), &r, error);
    return ok;
}

static bool adopt(struct store *s, struct event *e, const struct asker *a, GError **error)
{
    GHashTableIter at;
    gpointer after;
    if (a->broadcast->type == TYPE_ALERT)
        return true; /* it leads to nobody else's */
    bool ok = adopt_all(s, e, a, a->row, error);
    g_hash_table_iter_init(&at, e->after);
    while (ok && g_hash_table_iter_next(&at, &after, NULL))
        ok = adopt_all(s, e, a, after, error);
    return ok;
}

/* --- reading --- */

static void forget_rows(struct event *e)
{
    g_clear_pointer(&e->rows, g_ptr_array_unref);
    g_clear_pointer(&e->unknown, g_ptr_array_unref);
    g_clear_pointer(&e->before, g_hash_table_unref);
    g_clear_pointer(&e->after, g_hash_table_unref);
}

static bool read_all(struct store *s, const struct asker *a, struct event *out, GError **error)
{
    for (guint known = G_MAXUINT; known != out->adopted->len;) {
        known = out->adopted->len;
        forget_rows(out);
        if (!read_rows(s, a->broadcast->status, a->from, a->row->no, out, error))
            return false;
        give_adopted(out);
        event_put_in_order(out);
        event_find_sides(out, a->broadcast, a->row->references);
        if (!adopt(s, out, a, error))
            return false;
    }
    return true;
}

bool event_read(struct store *s, const struct broadcast *b, const struct broadcast_row *row,
                struct event *out, GError **error)
{
    struct reference self = { b->identifier, b->sender, b->sent };
    g_autoptr(GPtrArray) from = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    struct asker asker = { b, row, from };
    *out = (struct event){ 0 };
    out->adopted = g_ptr_array_new_with_free_func((GDestroyNotify)adopted_free);
    g_ptr_array_add(from, reference_copy(&self));
    for (guint i = 0; row->references && i < row->references->len; i++)
        g_ptr_array_add(from, reference_copy(g_ptr_array_index(row->references, i)));
    if (!read_all(s, &asker, out, error))
        return false;
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (!refers_to(row->references, r->identifier, r->sender, r->sent.ms))
            g_ptr_array_add(out->unknown, reference_copy(r));
    }
    return true;
}

bool event_keep_adopted(struct store *s, const struct event *e, GError **error)
{
    bool ok = true;
    for (guint i = 0; ok && i < e->adopted->len; i++) {
        const struct adopted *a = g_ptr_array_index(e->adopted, i);
        ok = s->ops->reference_adopt(s, a->no, a->reference, error);
    }
    return ok;
}

bool event_owner(struct store *s, const struct broadcast *b, const struct reference *r,
                 struct reference **out, GError **error)
{
    struct event e = { 0 };
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    g_ptr_array_add(from, (gpointer)r);
    bool ok = read_rows(s, b->status, from, 0, &e, error);
    *out = NULL;
    if (ok) {
        g_autoptr(GHashTable) here = event_index(&e);
        *out = own_version(here, r, b->sender);
    }
    event_clear(&e);
    return ok;
}

void event_clear(struct event *e)
{
    forget_rows(e);
    g_clear_pointer(&e->adopted, g_ptr_array_unref);
}

static bool yields(const struct broadcast_row *row)
{
    return row->state == BROADCAST_PENDING && g_str_has_prefix(row->hold, EVENT_YIELDS);
}

bool event_row_waits(const struct broadcast_row *row)
{
    return yields(row) ||
           (row->state == BROADCAST_PENDING && g_str_has_prefix(row->hold, EVENT_WAITS));
}

/* Does row belong to what is here, and not only to what may still come? */
static bool stands(const struct broadcast_row *row)
{
    return row->type == TYPE_ALERT || row->released_ms > 0;
}

static bool any_stands(GHashTable *rows)
{
    GHashTableIter at;
    gpointer row;
    g_hash_table_iter_init(&at, rows);
    while (g_hash_table_iter_next(&at, &row, NULL))
        if (stands(row))
            return true;
    return false;
}

const struct reference *event_missing(const struct event *e, const struct broadcast *b)
{
    const struct reference *first = NULL;
    if (any_stands(e->before))
        return NULL;
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (refers_to(e->unknown, r->identifier, r->sender, r->sent.ms))
            return r;
        first = first ? first : r;
    }
    return first;
}

bool event_is_after(const struct event *e, const struct broadcast_row *row,
                    const struct broadcast *b)
{
    bool it_follows = g_hash_table_contains(e->after, row);
    if (it_follows != (bool)g_hash_table_contains(e->before, row))
        return it_follows;
    if (row->sent_ms != b->sent.ms)
        return row->sent_ms > b->sent.ms;
    return row->type > b->type; /* alert, update, cancel */
}

static bool is_over(const struct broadcast_row *row, int64_t now_ms)
{
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(row->body, strlen(row->body), f);
    bool over = b && life_is_over(b, now_ms);
    broadcast_unref(b);
    faults_free(f);
    return over;
}

static bool may_speak(const struct broadcast_row *row, int64_t now_ms)
{
    return row->released_ms > 0 || (event_row_waits(row) && !yields(row) && !is_over(row, now_ms));
}

const struct broadcast_row *event_last_word(const struct event *e, const struct broadcast *b,
                                            int64_t now_ms)
{
    for (guint i = e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (row->type != TYPE_ALERT && event_is_after(e, row, b) && may_speak(row, now_ms))
            return row;
    }
    return NULL;
}

/* It waited for b, or for what is here without b. */
static bool is_linked(const struct event *e, const struct broadcast_row *row)
{
    g_autoptr(GHashTable) here = event_index(e), before = g_hash_table_new(NULL, NULL);
    if (g_hash_table_contains(e->after, row))
        return true;
    event_follow(here, row->references, before);
    return any_stands(before);
}

const struct broadcast_row *event_next(const struct event *e, int64_t now_ms)
{
    for (guint i = e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (yields(row) && !is_over(row, now_ms))
            return row;
    }
    for (guint i = 0; i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        if (event_row_waits(row) && is_linked(e, row) && !is_over(row, now_ms))
            return row;
    }
    return NULL;
}

/* How many of its references it may make where the asker is not here; they are the first. */
static guint references_without(const struct event *e, const struct broadcast_row *row)
{
    guint n = row->references ? row->references->len : 0;
    for (guint i = 0; i < e->adopted->len; i++)
        n -= ((const struct adopted *)g_ptr_array_index(e->adopted, i))->no == row->no;
    return n;
}

/* By what they are and refer to: the rows; each list owned. */
static GHashTable *index_mentions(const struct event *e)
{
    GHashTable *by =
        g_hash_table_new_full(reference_hash, reference_equal, (GDestroyNotify)reference_free,
                              (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        struct reference self = event_triple(row);
        for (guint k = 0; k <= references_without(e, row); k++) {
            const struct reference *r = k ? g_ptr_array_index(row->references, k - 1) : &self;
            GPtrArray *all = g_hash_table_lookup(by, r);
            if (!all)
                g_hash_table_insert(by, reference_copy(r), all = g_ptr_array_new());
            g_ptr_array_add(all, row);
        }
    }
    return by;
}

GHashTable *event_without_asker(const struct event *e, const struct broadcast_row *row)
{
    GHashTable *out = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by = index_mentions(e);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    g_hash_table_add(out, (gpointer)row);
    g_ptr_array_add(found, (gpointer)row);
    for (guint i = 0; i < found->len; i++) {
        const struct broadcast_row *of = g_ptr_array_index(found, i);
        struct reference self = event_triple(of);
        for (guint k = 0; k <= references_without(e, of); k++) {
            const struct reference *r = k ? g_ptr_array_index(of->references, k - 1) : &self;
            const GPtrArray *others = g_hash_table_lookup(by, r);
            for (guint n = 0; n < others->len; n++)
                if (g_hash_table_add(out, g_ptr_array_index(others, n)))
                    g_ptr_array_add(found, g_ptr_array_index(others, n));
        }
    }
    return out;
}
