#include "flow/icebox.h"

struct icebox {
    GHashTable *superseded; /* int64_t numbers of broadcasts of which nothing is sent any more */
    GHashTable *frozen;     /* likewise, while a later version is being stored */
    GPtrArray *items;       /* struct lane_item *: what was held of them */
};

struct icebox *icebox_new(void)
{
    struct icebox *b = g_new0(struct icebox, 1);
    b->superseded = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    b->frozen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    b->items = g_ptr_array_new();
    return b;
}

void icebox_free(struct icebox *b)
{
    g_hash_table_unref(b->superseded);
    g_hash_table_unref(b->frozen);
    g_ptr_array_foreach(b->items, (GFunc)(void (*)(void))lane_item_free, NULL);
    g_ptr_array_unref(b->items);
    g_free(b);
}

bool icebox_is_superseded(const struct icebox *b, const struct lane_item *i)
{
    return g_hash_table_contains(b->superseded, &i->casefile->no);
}

bool icebox_is_frozen(const struct icebox *b, const struct lane_item *i)
{
    return g_hash_table_contains(b->frozen, &i->casefile->no);
}

bool icebox_hold(struct icebox *b, struct lane_item *i)
{
    if (!icebox_is_frozen(b, i))
        return false;
    g_ptr_array_add(b->items, i);
    return true;
}

static void add_all(GHashTable *set, const GArray *numbers)
{
    for (guint i = 0; i < numbers->len; i++)
        g_hash_table_add(set, g_memdup2(&g_array_index(numbers, int64_t, i), sizeof(int64_t)));
}

void icebox_freeze(struct icebox *b, const GArray *broadcasts, struct lane_set *lanes,
                   const struct settle *t, GArray *in_flight)
{
    add_all(b->frozen, broadcasts);
    settle_unstored(t, b->frozen, in_flight);
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        lane_in_flight(&lanes->pools[k], b->frozen, in_flight);
    lane_set_take_out(lanes, b->frozen, b->items);
}

GPtrArray *icebox_thaw(struct icebox *b, const GArray *superseded)
{
    GPtrArray *items = b->items;
    b->items = g_ptr_array_new();
    add_all(b->superseded, superseded);
    g_hash_table_remove_all(b->frozen);
    return items;
}
