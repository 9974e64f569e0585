/*
 * sending - one attempt: its notice is made and handed to its channel, and its end is understood.
 *
 * What the end says of the destination goes to its lane and, when that is down or up again, to
 * outage.h; the outcome goes to settle.h.  An endpoint that answered "gone" is refused without an
 * attempt until it is taken off the set.  What has expired is withdrawn.
 *
 * Notices are made on a thread of their own, but for those that are quickly made (channel.h), and
 * those with a list of missions, which may take as long as dozens of others, on another.  What is
 * being made is not on its way: if its broadcast is frozen meanwhile, superseded or expired, it is
 * held or withdrawn like what waits in a lane.  All else is the loop thread's.
 */
#pragma once
#include "channel/channel.h"
#include "flow/icebox.h"
#include "flow/service.h"
#include "flow/settle.h"

/* Attempts that have ended, by status of the broadcast, and outcome. */
typedef uint64_t sending_counts[STATUS_DRAFT + 1][OUTCOME_UNKNOWN + 1];

struct sending;

/* All are borrowed; channels by enum channel_kind.  ended: a place has become free. */
struct sending *sending_new(struct service *s, struct channel *const channels[], struct settle *t,
                            struct icebox *ice, void (*ended)(void *ctx), void *ctx);
/* Takes i, which lane_next() has marked as in flight. */
void sending_send(struct sending *g, struct lane_item *i);
void sending_stop(struct sending *g); /* what is being made waits in its lane again */
/* Endpoints that answered "gone": a set of char *, as in notifications; borrowed. */
GHashTable *sending_gone(const struct sending *g);
/* The plan of that broadcast is another than when it was claimed. */
void sending_grown(struct sending *g, int64_t broadcast_no);
void sending_count(const struct sending *g, sending_counts out);
void sending_free(struct sending *g);
