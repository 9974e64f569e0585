/*
 * lane_item - one claimed notification, and the order in which such are sent.
 *
 * Owned by the pool it was put into (lane.h), then by whoever took it out.
 */
#pragma once
#include "flow/casefile.h"
#include "model/notification.h"
#include <glib.h>

struct lane;

struct lane_item {
    struct notification *notification;
    struct casefile *casefile; /* one reference */
    struct lane *lane;         /* borrowed; set by lane_put */
    int64_t started_ms;        /* monotonic; set by whoever takes it */
    bool making;               /* it has its place, but nothing has left yet */
    bool slow;                 /* counted as slow */
    bool drags;                /* the domain's: it has turned slow on its way */
    bool probe;                /* sent although it was barred */
    GList link;                /* in the pool's list of transfers */
};

void lane_item_free(struct lane_item *i);
/* By priority, then fewest attempts, then id: a GCompareDataFunc. */
int lane_item_order(gconstpointer a, gconstpointer b, gpointer unused);
/* Where that order has it, which mostly is behind all the others. */
void lane_item_insert(GSequence *held, struct lane_item *i);
