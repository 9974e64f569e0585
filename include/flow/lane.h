/*
 * lane - what dispatch holds in memory: per lane the claimed notifications in send order, and which
 * lane may send next.
 *
 * A pool is one channel with its limits.  A lane of it is ready while it holds something and has a
 * free place; lane_next() takes the most urgent notification of all ready lanes.  Transfers older
 * than slow_after_ms stop counting against `fast`, so that hosts that hang do not take the places
 * of hosts that answer; a lane whose last attempt failed has one place until it succeeds. In memory
 * only: no clock of its own, no I/O.
 */
#pragma once
#include "flow/casefile.h"
#include "model/notification.h"
#include <glib.h>

struct lane_item { /* one claimed notification; owned by the pool, then by whoever took it */
    struct notification *notification;
    struct casefile *casefile; /* one reference */
    struct lane *lane;         /* borrowed; set by lane_put */
    int64_t started_ms;        /* monotonic; set by whoever takes it */
    bool slow;                 /* counted as slow */
    GList link;                /* in the pool's list of transfers */
};
void lane_item_free(struct lane_item *i);

struct lane_slot {       /* one urgency of a lane */
    unsigned held;       /* claimed and waiting here */
    bool wanted;         /* there is, or may be, something due in the store */
    bool claiming;       /* a claim is on its way */
    int64_t next_due_ms; /* earliest deferred one in the store, INT64_MAX: none known */
};

struct lane {
    char *name;
    struct lane_pool *pool;
    struct lane_slot slots[URGENCY_UNKNOWN + 1];
    GSequence *items;     /* struct lane_item *, by priority then id */
    GSequenceIter *ready; /* place in pool->ready; NULL: not ready */
    unsigned in_flight;
    bool failing;
};

struct lane_pool {
    GSequence *ready;         /* struct lane *, by its first item */
    GQueue transfers;         /* struct lane_item * in flight, oldest first, those not yet slow */
    unsigned in_flight, fast; /* all; those not yet slow */
    unsigned max_total, max_fast, max_per_lane;
    int64_t slow_after_ms;
    unsigned held;
    GHashTable *busy; /* endpoint -> what is on its way there and what waits behind it */
};

void lane_pool_init(struct lane_pool *p);
void lane_pool_clear(struct lane_pool *p); /* after its lanes are gone */
struct lane *lane_new(struct lane_pool *p, const char *name);
void lane_free(struct lane *l);          /* drops what it holds */
bool lane_is_idle(const struct lane *l); /* nothing held, in flight, wanted or due */

void lane_put(struct lane *l, struct lane_item *i); /* takes it */
/* The next to send, marked in flight, or NULL: nothing is ready or every place is taken. */
struct lane_item *lane_next(struct lane_pool *p, int64_t monotonic_ms);
void lane_done(struct lane_item *i, bool failed); /* its attempt has ended; i stays the caller's */
/* Transfers that have become slow free their fast place.  When the next will: monotonic ms, or
 * INT64_MAX. */
int64_t lane_age(struct lane_pool *p, int64_t monotonic_ms);
/* What is held of the broadcasts (a set of int64_t numbers), taken out: struct lane_item *. */
GPtrArray *lane_take_out(struct lane_pool *p, GHashTable *lanes, GHashTable *broadcasts);
/* Numbers of the notifications of the broadcasts that are on their way. */
void lane_in_flight(struct lane_pool *p, GHashTable *broadcasts, GArray *out /* int64_t */);
