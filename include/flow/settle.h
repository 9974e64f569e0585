/*
 * settle - writes the outcomes of attempts: state, obligations, records, and what follows from
 * them.
 *
 * Outcomes are gathered and stored in batches, one transaction each; a batch that cannot be stored
 * is kept and tried again every second, in order, so that nothing learnt is lost while the store is
 * away. A representative (or office) left without any way becomes an obligation of the duty contact
 * in the same transaction.
 */
#pragma once
#include "flow/lane.h"
#include "flow/service.h"

#define SETTLE_MAX_BATCH 1024

/* What the record of a withdrawal says. */
#define SETTLE_EXPIRED "the broadcast expired before it was accepted"
#define SETTLE_SUPERSEDED "a later version took its place"

/* After the commit: what changed, for whoever keeps the queue, and once for each batch that there
 * is room. */
struct settled {
    const char *lane; /* the deferred notification's, or a new one's */
    enum broadcast_urgency urgency;
    int64_t due_ms; /* when it may be claimed */
    int64_t broadcast_no;
    bool grown;       /* the plan of that broadcast has grown */
    bool room;        /* nothing else: fewer outcomes wait than before (settle_backlog) */
    const char *gone; /* nothing else: it is written down that this endpoint is gone; NULL: none */
};
typedef void (*settled_fn)(const struct settled *what, void *ctx);

struct settle;

struct settle *settle_new(struct service *s, settled_fn on_settled, void *ctx);
/* An attempt has ended; takes both.  superseded: a later version has taken its place meanwhile, so
 * that it is not tried again. */
void settle_add(struct settle *t, struct lane_item *i, struct outcome *o, bool superseded);
/* What was claimed is not sent: why is NOTIFICATION_ON_EXPIRED or _ON_SUPERSEDED.  Takes i. */
void settle_withdraw(struct settle *t, struct lane_item *i, enum notification_event why);
/* What of the broadcasts (a set of int64_t) has been accepted, or may have been, and is not stored
 * yet, in the order of its ending, which will be that of the journal. */
void settle_unstored(const struct settle *t, GHashTable *broadcasts, GArray *out /* underway */);
size_t settle_backlog(const struct settle *t);
/* idle is called (from here or later) when nothing waits to be stored. */
void settle_when_idle(struct settle *t, void (*idle)(void *ctx), void *ctx);
void settle_free(struct settle *t);
