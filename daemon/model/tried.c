#include "model/tried.h"

struct tried {
    GHashTable *by_obligation; /* ordinal -> GPtrArray of const struct notification *, by id */
    GHashTable *last;          /* endpoint -> const struct record *, of the last attempt */
};

static int by_id(gconstpointer a, gconstpointer b)
{
    const struct notification *x = *(struct notification *const *)a,
                              *y = *(struct notification *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static void index_notification(struct tried *t, struct notification *n)
{
    for (guint i = 0; i < n->obligations->len; i++) {
        gpointer key = GUINT_TO_POINTER(g_array_index(n->obligations, uint32_t, i));
        GPtrArray *list = g_hash_table_lookup(t->by_obligation, key);
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(t->by_obligation, key, list);
        }
        g_ptr_array_add(list, n);
    }
}

struct tried *tried_new(const char *broadcast_id, const GPtrArray *notifications,
                        const GPtrArray *records)
{
    struct tried *t = g_new0(struct tried, 1);
    t->by_obligation = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    t->last = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < notifications->len; i++)
        index_notification(t, notifications->pdata[i]);
    GHashTableIter all;
    gpointer list;
    g_hash_table_iter_init(&all, t->by_obligation);
    while (g_hash_table_iter_next(&all, NULL, &list))
        g_ptr_array_sort(list, by_id);
    for (guint i = 0; i < records->len; i++) {
        struct record *r = records->pdata[i];
        if (r->endpoint && r->outcome && !g_strcmp0(r->broadcast, broadcast_id))
            g_hash_table_insert(t->last, r->endpoint, r);
    }
    return t;
}

void tried_free(struct tried *t)
{
    if (!t)
        return;
    g_hash_table_unref(t->by_obligation);
    g_hash_table_unref(t->last);
    g_free(t);
}

static struct tried_way *way_to(const struct tried *t, const struct notification *n, GArray *ways)
{
    for (guint i = 0; i < ways->len; i++) {
        struct tried_way *w = &g_array_index(ways, struct tried_way, i);
        if (g_str_equal(w->endpoint, n->endpoint))
            return w;
    }
    const struct record *last = g_hash_table_lookup(t->last, n->endpoint);
    struct tried_way w = { .channel = channel_names[n->channel],
                           .endpoint = n->endpoint,
                           .outcome = last ? last->outcome : "",
                           .reply = last && last->reply ? last->reply : "",
                           .last_ms = last ? last->time_ms : 0 };
    g_array_append_val(ways, w);
    return &g_array_index(ways, struct tried_way, ways->len - 1);
}

GArray *tried_ways(const struct tried *t, const GArray *obligations)
{
    GArray *ways = g_array_new(FALSE, FALSE, sizeof(struct tried_way));
    g_autoptr(GHashTable) counted = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < obligations->len; i++) {
        gpointer key = GUINT_TO_POINTER(g_array_index(obligations, uint32_t, i));
        GPtrArray *list = g_hash_table_lookup(t->by_obligation, key);
        for (guint k = 0; list && k < list->len; k++) {
            struct notification *n = list->pdata[k];
            if (!g_hash_table_add(counted, n))
                continue;
            struct tried_way *w = way_to(t, n, ways);
            w->attempts += n->attempt;
            w->state = n->state;
        }
    }
    return ways;
}
