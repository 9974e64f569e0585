#include "flow/lane_item.h"

void lane_item_free(struct lane_item *i)
{
    if (!i)
        return;
    notification_free(i->notification);
    casefile_unref(i->casefile);
    g_free(i);
}

int lane_item_order(gconstpointer a, gconstpointer b, gpointer ctx)
{
    const struct notification *x = ((const struct lane_item *)a)->notification;
    const struct notification *y = ((const struct lane_item *)b)->notification;
    (void)ctx;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    if (x->attempt != y->attempt)
        return x->attempt < y->attempt ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* The other way makes a list of its own for each. */
void lane_item_insert(GSequence *held, struct lane_item *i)
{
    GSequenceIter *end = g_sequence_get_end_iter(held);
    if (g_sequence_is_empty(held) ||
        lane_item_order(g_sequence_get(g_sequence_iter_prev(end)), i, NULL) < 0)
        g_sequence_append(held, i);
    else
        g_sequence_insert_sorted(held, i, lane_item_order, NULL);
}
