#include "flow/event_order.h"

struct reference event_triple(const struct broadcast_row *row)
{
    return (struct reference){ row->identifier, row->sender, { .ms = row->sent_ms } };
}

GHashTable *event_index(const struct event *e)
{
    GHashTable *here = g_hash_table_new_full(reference_hash, reference_equal, g_free, NULL);
    for (guint i = 0; i < e->rows->len; i++) {
        struct reference r = event_triple(g_ptr_array_index(e->rows, i));
        g_hash_table_insert(here, g_memdup2(&r, sizeof r), g_ptr_array_index(e->rows, i));
    }
    return here;
}

struct ordering {
    GHashTable *here;   /* rows by their triples */
    GHashTable *place;  /* row -> its place in the chain */
    GHashTable *opened; /* rows that were looked at */
    GPtrArray *stack;   /* rows, the next one at the end */
};

static gint compare_latest(gconstpointer a, gconstpointer b, gpointer place)
{
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(place, *(const gpointer *)a));
    guint y = GPOINTER_TO_UINT(g_hash_table_lookup(place, *(const gpointer *)b));
    return (x < y) - (x > y);
}

/* Pushes what row refers to and was not looked at, so that the earliest comes next; false: nothing.
 */
static bool push_before(struct ordering *o, const struct broadcast_row *row)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; row->references && i < row->references->len; i++) {
        gpointer r = g_hash_table_lookup(o->here, g_ptr_array_index(row->references, i));
        if (r && !g_hash_table_contains(o->opened, r))
            g_ptr_array_add(found, r);
    }
    bool any = found->len > 0;
    g_ptr_array_sort_with_data(found, compare_latest, o->place);
    g_ptr_array_extend_and_steal(o->stack, g_steal_pointer(&found));
    return any;
}

void event_put_in_order(struct event *e)
{
    g_autoptr(GHashTable) here = event_index(e), place = g_hash_table_new(NULL, NULL),
                          opened = g_hash_table_new(NULL, NULL),
                          placed = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) stack = g_ptr_array_new();
    struct ordering o = { here, place, opened, stack };
    GPtrArray *all = e->rows;
    e->rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    for (guint i = 0; i < all->len; i++)
        g_hash_table_insert(place, g_ptr_array_index(all, i), GUINT_TO_POINTER(i));
    for (guint i = 0; i < all->len; i++) {
        g_ptr_array_add(stack, g_ptr_array_index(all, i));
        while (stack->len > 0) {
            gpointer row = g_ptr_array_index(stack, stack->len - 1);
            if (g_hash_table_add(opened, row) && push_before(&o, row))
                continue;
            g_ptr_array_set_size(stack, stack->len - 1);
            if (g_hash_table_add(placed, row))
                g_ptr_array_add(e->rows, row);
        }
    }
    g_ptr_array_set_free_func(all, NULL);
    g_ptr_array_unref(all);
}

void event_follow(GHashTable *here, const GPtrArray *references, GHashTable *out)
{
    g_autoptr(GPtrArray) lists = g_ptr_array_new(); /* of references, to be followed */
    g_ptr_array_add(lists, (gpointer)references);
    for (guint i = 0; i < lists->len; i++) {
        const GPtrArray *list = g_ptr_array_index(lists, i);
        for (guint k = 0; list && k < list->len; k++) {
            struct broadcast_row *row = g_hash_table_lookup(here, g_ptr_array_index(list, k));
            if (row && g_hash_table_add(out, row))
                g_ptr_array_add(lists, row->references);
        }
    }
}

/* What b refers to, and what of it is its sender's to refer to. */
static void find_before(struct event *e, const struct broadcast *b, const GPtrArray *own)
{
    g_autoptr(GHashTable) here = event_index(e);
    event_follow(here, b->references, e->before);
    event_follow(here, own, e->before);
}

/* Whatever refers to b, over others too. */
static void find_after(struct event *e, const struct broadcast *b)
{
    g_autoptr(GHashTable) by = g_hash_table_new_full(reference_hash, reference_equal, NULL,
                                                     (GDestroyNotify)g_ptr_array_unref);
    struct reference self = { b->identifier, b->sender, b->sent };
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        for (guint k = 0; row->references && k < row->references->len; k++) {
            gpointer r = g_ptr_array_index(row->references, k);
            GPtrArray *all = g_hash_table_lookup(by, r);
            if (!all)
                g_hash_table_insert(by, r, all = g_ptr_array_new());
            g_ptr_array_add(all, row);
        }
    }
    g_autoptr(GPtrArray) lists = g_ptr_array_new();
    g_ptr_array_add(lists, g_hash_table_lookup(by, &self));
    for (guint i = 0; i < lists->len; i++) {
        const GPtrArray *list = g_ptr_array_index(lists, i);
        for (guint k = 0; list && k < list->len; k++) {
            struct reference r = event_triple(g_ptr_array_index(list, k));
            if (g_hash_table_add(e->after, g_ptr_array_index(list, k)))
                g_ptr_array_add(lists, g_hash_table_lookup(by, &r));
        }
    }
}

void event_find_sides(struct event *e, const struct broadcast *b, const GPtrArray *own)
{
    e->before = g_hash_table_new(NULL, NULL);
    e->after = g_hash_table_new(NULL, NULL);
    find_before(e, b, own);
    find_after(e, b);
}
