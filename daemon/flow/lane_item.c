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
