#include "flow/event_adopt.h"

#include "flow/event_order.h"

const struct reference *event_own_version(GHashTable *here, const struct reference *r,
                                          const char *sender)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) met = g_ptr_array_new(); /* struct reference *, borrowed */
    g_ptr_array_add(met, (gpointer)r);
    for (guint i = 0; i < met->len; i++) {
        const struct reference *m = g_ptr_array_index(met, i);
        struct broadcast_row *row = g_hash_table_lookup(here, m);
        if (g_str_equal(m->sender, sender))
            return m;
        if (!row || !row->references || !g_hash_table_add(seen, row))
            continue;
        for (guint k = 0; k < row->references->len; k++)
            g_ptr_array_add(met, g_ptr_array_index(row->references, k));
    }
    return NULL;
}

static void adopted_free(struct adopted *a)
{
    reference_free(a->reference);
    g_free(a);
}

GPtrArray *event_adopted_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)adopted_free);
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
    if (row && event_own_version(here, r, row->sender)) {
        struct reference self = event_triple(row);
        struct adopted *adopted = g_new0(struct adopted, 1);
        *adopted = (struct adopted){ no, reference_copy(r) };
        g_ptr_array_add(e->adopted, adopted);
        g_ptr_array_add(a->from, reference_copy(&self));
    }
    g_clear_pointer(&row, broadcast_row_free);
    return true;
}

/* What refers to `of`. */
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

bool event_adopt(struct store *s, struct event *e, const struct asker *a, GError **error)
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

void event_give_adopted(struct event *e)
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
            row->adopted++;
        }
    }
}

bool event_may_refer(GHashTable *here, const struct broadcast_row *row, guint i)
{
    return i + row->adopted < row->references->len ||
           event_own_version(here, g_ptr_array_index(row->references, i), row->sender);
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
