/*
 * headstart - what a plan says now, claimed as it is stored.
 *
 * Where nothing waits in the store for a lane and an urgency, a claim that follows the commit finds
 * the plan's own notifications and no others: to store them as waiting, and then to find, read and
 * mark them, would cost as much as to store them.  They are stored as being sent instead, as many
 * as the lane's window has room for, in the order of the plan, which is that of sending.  What else
 * waits goes first: then, and beyond the window, they are claimed like all others.  After a crash
 * they are given back like what was claimed.
 *
 * Asked for and ended on the loop thread, taken on the store thread in between.
 */
#pragma once
#include "flow/lane_set.h"
#include "model/plan.h"
#include "store/store.h"

struct headstart;

/* Room in the windows of the plan's lanes, kept until it is ended. */
struct headstart *headstart_new(struct lane_set *lanes, const struct plan *p, unsigned window);
/* What has room and nothing ahead of it moves to sending.  In the transaction that stores the plan,
 * before it is stored. */
bool headstart_take(struct headstart *h, struct store *s, struct plan *p, int64_t now_ms,
                    GError **error);
/* What was taken leaves the plan and becomes items of that casefile, in order; casefile NULL: it
 * was not stored. */
GPtrArray *headstart_end(struct headstart *h /* freed */, struct lane_set *lanes, struct plan *p,
                         struct casefile *c);
