/*
 * store_watch - the store or the delivery log takes nothing: who is told, and what is written down
 * after.
 *
 * While the store fails, something is written every look, so that its return is seen by itself.
 * Nothing can be queued in the meantime: after STORE_WATCH_ALARM_MS the alarm to the duty desk goes
 * straight to its channel, and again every STORE_WATCH_AGAIN_MS, by turns to the Command Center and
 * to the desk, until it was taken once.
 * When the store is back the journal gets store.outage (from when to when, why, and whether the
 * desk was told), and a desk that was told is told that it is over. A delivery log that is behind
 * for STORE_WATCH_LOG_MS is an alarm that is queued as any other.
 */
#pragma once
#include "channel/channel.h"
#include "flow/chores.h"

#define STORE_WATCH_ALARM_MS 10000
#define STORE_WATCH_AGAIN_MS 30000
#define STORE_WATCH_LOG_MS 60000

struct store_watch;

struct store_watch *store_watch_new(struct service *s, struct chores *chores /* borrowed */,
                                    struct channel *const channels[] /* borrowed */);
void store_watch_look(struct store_watch *w); /* every VIGIL_MS */
void store_watch_free(struct store_watch *w); /* after the channels have nothing on its way */
