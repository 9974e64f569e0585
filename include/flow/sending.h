/*
 * sending - one attempt: its notice is made and handed to its channel, and its end is understood.
 *
 * What the end says of the destination goes to its lane and, when that is down or up again, to
 * outage.h; the outcome goes to settle.h.  An endpoint that answered "gone" is refused without an
 * attempt until it is taken off the set.  What has expired is withdrawn.  A notice with a long list
 * of missions, which takes as long to make as dozens of others, is made a moment later, when those
 * that were to be sent with it are on their way.  Loop thread.
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
                            const struct icebox *ice, void (*ended)(void *ctx), void *ctx);
/* Takes i, which lane_next() has marked as in flight. */
void sending_send(struct sending *g, struct lane_item *i);
/* What was only going to be made, of these broadcasts (int64_t numbers), is not on its way: it
 * waits in its lane again. */
void sending_take_back(struct sending *g, const GArray *broadcasts);
/* Endpoints that answered "gone": a set of char *, as in notifications; borrowed. */
GHashTable *sending_gone(const struct sending *g);
void sending_count(const struct sending *g, sending_counts out);
void sending_free(struct sending *g);
