#include "model/endpoint.h"

#include <string.h>

char *endpoint_uri(enum channel_kind channel, const char *address)
{
    return channel == CHANNEL_SMTP ? g_strconcat("mailto:", address, NULL) : g_strdup(address);
}

char *endpoint_key(enum channel_kind channel, const char *address_or_uri)
{
    return channel == CHANNEL_SMTP ? g_ascii_strdown(address_or_uri, -1) : g_strdup(address_or_uri);
}

GPtrArray *endpoint_list(const struct representative *p)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    if (p->email && *p->email)
        g_ptr_array_add(out, endpoint_uri(CHANNEL_SMTP, p->email));
    if (p->webhook && *p->webhook)
        g_ptr_array_add(out, endpoint_uri(CHANNEL_WEBHOOK, p->webhook));
    return out;
}

GPtrArray *endpoint_gone(const struct representative *p, GHashTable *gone)
{
    if (g_hash_table_size(gone) == 0) /* as nearly always */
        return g_ptr_array_new_with_free_func(g_free);
    GPtrArray *all = endpoint_list(p);
    for (guint i = all->len; i > 0; i--)
        if (!g_hash_table_contains(gone, all->pdata[i - 1]))
            g_ptr_array_remove_index(all, i - 1);
    return all;
}

static const struct representative *of_rank(const struct mission *m, unsigned rank)
{
    for (guint i = 0; m && i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        if (p->rank == rank)
            return p;
    }
    return NULL;
}

static void keep_same(GHashTable *kept, const struct representative *old,
                      const struct representative *new)
{
    g_autoptr(GPtrArray) before = endpoint_list(old), after = endpoint_list(new);
    for (guint i = 0; i < after->len; i++)
        if (g_ptr_array_find_with_equal_func(before, after->pdata[i], g_str_equal, NULL))
            g_hash_table_add(kept, g_strdup(after->pdata[i]));
}

GHashTable *endpoint_kept(const struct roster *before, const struct roster *after)
{
    GHashTable *kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < roster_count(after); i++) {
        const struct mission *m = roster_at(after, i), *was = roster_find(before, m->id);
        for (guint k = 0; k < m->representatives->len; k++) {
            const struct representative *p = m->representatives->pdata[k];
            const struct representative *old = of_rank(was, p->rank);
            if (old)
                keep_same(kept, old, p);
        }
    }
    return kept;
}
