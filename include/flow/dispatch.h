/*
 * dispatch - claims due notifications, sends them over their channels, settles the outcomes.
 *
 * Each lane (what fails together) has its own small window in memory, by urgency, refilled from the
 * store, so that a dead host's backlog and a long routine broadcast delay nobody else.  Sends are
 * ordered by priority, then by fewest attempts, then by id.  A destination that keeps failing is
 * probed ever more rarely (model/breaker.h), by the most urgent message that waits for it and at
 * once when something immediate comes; what follows is outage.h's.  Outcomes are settled in
 * batches, one store transaction each, with their records; a representative left without any way
 * becomes the duty contact's obligation in the same one.
 */
#pragma once
#include "flow/headstart.h"
#include "flow/sending.h"

struct dispatch_stats {
    sending_counts attempts;
    struct lane_set_sums lanes;
    int64_t settle_backlog;
};

struct dispatch *dispatch_new(struct service *s,
                              struct channel *const channels[] /* by enum channel_kind */);
/* Unclaims what a crash left, does before (which calls fn when it is done), then begins to send. */
typedef void (*dispatch_before_fn)(struct service *s, void (*fn)(void *ctx), void *ctx);
void dispatch_start(struct dispatch *d, dispatch_before_fn before);
/* Until then nothing is claimed, and what the store has as sending was on its way at a crash. */
bool dispatch_is_started(const struct dispatch *d);
/* Something of that lane and urgency is due. */
void dispatch_wake(struct dispatch *d, const char *lane, enum broadcast_urgency urgency);
void dispatch_wake_plan(struct dispatch *d, const struct plan *p); /* every lane of it */
void dispatch_wake_all(struct dispatch *d, const char *lane);      /* of whatever urgency */
/* Notifications (struct notification *) that were added to stored broadcasts: their plans have
 * grown. */
void dispatch_wake_added(struct dispatch *d, const GPtrArray *added);
/* What was just stored of one, so that it need not be read for its first notifications. */
void dispatch_offer(struct dispatch *d, struct casefile *c);
/* For a plan that is about to be stored; NULL: nothing of it can be claimed with it. */
struct headstart *dispatch_headstart(struct dispatch *d, const struct plan *p);
/* It was stored, and this is its casefile; or it was not (NULL). */
void dispatch_headstart_end(struct dispatch *d, struct headstart *h /* freed */, struct plan *p,
                            struct casefile *c);
void dispatch_forget(struct dispatch *d,
                     int64_t broadcast_no); /* its plan has grown: read it anew */
/* Endpoints that answered "gone": a set of char *, as in notifications; borrowed, loop thread only.
 */
GHashTable *dispatch_gone(const struct dispatch *d);
void dispatch_revive(struct dispatch *d, const char *endpoint); /* it may be used again */
/* While a later version of these broadcasts (int64_t numbers) is being stored nothing of them is
 * sent; what the store does not know of them yet is appended to in_flight (struct underway), by
 * endpoint in the order in which it may have come.  dispatch_thaw() ends it: nothing of superseded
 * is ever sent again, what is left goes on. */
void dispatch_freeze(struct dispatch *d, const GArray *broadcasts, GArray *in_flight);
void dispatch_thaw(struct dispatch *d, const GArray *superseded);
void dispatch_rethink(struct dispatch *d); /* the clock was stepped: every lane is asked anew */
void dispatch_reload(struct dispatch *d);  /* limits of the new configuration */
void dispatch_stats(const struct dispatch *d, struct dispatch_stats *out);
/* Stops claiming, gives back what is held; stopped is called once nothing is in flight and all is
 * settled. */
void dispatch_stop(struct dispatch *d, void (*stopped)(void *ctx), void *ctx);
void dispatch_free(struct dispatch *d);
