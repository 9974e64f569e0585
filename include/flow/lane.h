/*
 * lane - what dispatch holds in memory: per lane the claimed notifications in send order, and which
 * lane may send next.
 *
 * A pool is one channel with its limits.  A lane of it is ready while it holds something and has a
 * free place; lane_next() takes the most urgent notification of all ready lanes.  Transfers older
 * than slow_after_ms stop counting against `fast`, so that hosts that hang do not take the places
 * of hosts that answer.  A lane whose last attempt did not succeed, and one not heard of before,
 * has untried_per_lane places until one does.  While its breaker is open everything is barred but
 * the probes, and (a host may answer at one address and not at another) what goes to an endpoint
 * that has not failed since the last success.  Mail for one domain holds back the rest of its
 * domain only (domains.h).  In memory only: no clock of its own, no I/O.
 */
#pragma once
#include "flow/lane_item.h"
#include "model/breaker.h"

struct lane_slot {       /* one urgency of a lane */
    unsigned held;       /* claimed and waiting here */
    unsigned coming;     /* places kept for plans that are being stored (headstart.h) */
    unsigned refill;     /* claimed again when no more than that is held */
    bool wanted;         /* there is, or may be, something due in the store */
    bool claiming;       /* a claim is on its way */
    int64_t next_due_ms; /* earliest deferred one in the store, INT64_MAX: none known */
};

struct lane {
    char *name;
    struct lane_pool *pool;
    struct lane_slot slots[URGENCY_UNKNOWN + 1];
    GSequence *items;            /* struct lane_item *, by lane_item_order() */
    GSequence *barred;           /* likewise: found to be so; the first is the next probe */
    struct domains *domains;     /* those of mail; NULL: a web host has none */
    GHashTable *failed;          /* endpoints that have failed since the last success */
    GSequenceIter *ready;        /* place in pool->ready; NULL: not ready */
    unsigned in_flight, probing; /* probing: those of them that are probes */
    bool well;                   /* its last attempt succeeded */
    struct breaker breaker;
    int64_t deadline_ms; /* wall: no deadline of what is held is earlier */
};

struct lane_pool {
    GSequence *ready;         /* struct lane *, by its first item */
    GQueue transfers;         /* struct lane_item * in flight, oldest first, those not yet slow */
    unsigned in_flight, fast; /* all; those not yet slow */
    unsigned max_total, max_fast, max_per_lane, untried_per_lane;
    bool as_one; /* a lane fails as a whole: all its endpoints are barred together */
    int64_t slow_after_ms;
    int64_t now_ms; /* monotonic, of the last call that was told */
    unsigned held;
    struct busy *busy; /* endpoints that something is on its way to */
};

void lane_pool_init(struct lane_pool *p);
void lane_pool_clear(struct lane_pool *p); /* after its lanes are gone */
struct lane *lane_new(struct lane_pool *p, const char *name);
void lane_free(struct lane *l);          /* drops what it holds */
bool lane_is_idle(const struct lane *l); /* nothing held, in flight, wanted or due */

void lane_put(struct lane *l, struct lane_item *i); /* takes it */
/* The next to send, marked in flight, or NULL: nothing is ready or every place is taken. */
struct lane_item *lane_next(struct lane_pool *p, int64_t monotonic_ms);
/* What an attempt says of its destination. */
enum lane_end { LANE_WELL, LANE_FAILED, LANE_UNTRIED };
/* It has ended; i stays the caller's. */
enum breaker_change lane_done(struct lane_item *i, enum lane_end end, int64_t monotonic_ms);
/* Transfers that have become slow free their fast place.  When the next will: monotonic ms, or
 * INT64_MAX. */
int64_t lane_age(struct lane_pool *p, int64_t monotonic_ms);
/* Lets a probe go that is due.  lane_probe_ms(): when the next one is, monotonic ms, or INT64_MAX.
 */
void lane_consider(struct lane *l);
int64_t lane_probe_ms(const struct lane *l);
void lane_hasten(struct lane *l); /* the next probe goes at once */
/* What is held and whose deadline has come, taken out: it might wait long for its turn. */
void lane_take_expired(struct lane *l, int64_t now_ms, GPtrArray *out /* struct lane_item * */);
/* What is held of the broadcasts (a set of int64_t numbers), taken out. */
void lane_take_out(struct lane *l, GHashTable *broadcasts, GPtrArray *out /* struct lane_item * */);
/* What of the broadcasts is on its way: made, and handed to its channel. */
void lane_in_flight(struct lane_pool *p, GHashTable *broadcasts, GArray *out /* underway */);
