/*
 * outage - what follows when a destination is down, stays down, and is up again.
 *
 * Down: it is written down (store and journal), the duty desk is told, once.  While it lasts: a
 * representative (or office, or desk) all of whose ways lead to destinations that are down becomes
 * the duty contact's, as soon as the destination has failed for breaker_patience_ms() of the
 * broadcast's urgency, whenever that comes to be so; what waits is still tried.  A contact who
 * could only be told over a destination that is down is not: the alarm and the call sheet say it.
 * Over: it is written down, and what waits there is tried at once.
 *
 * Loop thread.  News is gathered for OUTAGE_GATHER_MS and stored in one transaction, so that a
 * network that is gone is one alarm and not three hundred; it is kept while the store is away.
 */
#pragma once
#include "flow/service.h"

#define OUTAGE_GATHER_MS 2000
#define OUTAGE_CHUNK 20 /* broadcasts looked at in one transaction */

enum outage_event { OUTAGE_DOWN, OUTAGE_LASTS, OUTAGE_OVER };

struct outages;

struct outages *outages_new(struct service *s);
/* since_ms: when it began to fail; reply: the last failure, NULL for OVER. */
void outages_tell(struct outages *o, const char *lane, enum outage_event event, int64_t since_ms,
                  const char *reply);
/* The plan of that broadcast is another: who waits for what is looked at again. */
void outages_grown(struct outages *o, int64_t broadcast_no);
void outages_free(struct outages *o);
