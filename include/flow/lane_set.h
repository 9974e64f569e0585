/*
 * lane_set - every lane by its name, in the pool of its channel, and what time does to them.
 *
 * A lane is made when it is first named and forgotten once it holds and awaits nothing and nothing
 * is known against its destination.  No clock of its own, no I/O.
 */
#pragma once
#include "flow/lane.h"
#include "io/config.h"

struct lane_set {
    struct lane_pool pools[CHANNEL_WEBHOOK + 1];
    GHashTable *by_name; /* name -> struct lane * */
};

struct lane_set_sums {
    unsigned lanes, in_flight, held;
    unsigned open; /* lanes whose breaker is open */
    unsigned down; /* of these, those that are down */
};

void lane_set_init(struct lane_set *s);
void lane_set_clear(struct lane_set *s);
void lane_set_limit(struct lane_set *s, const struct config *c); /* the limits of the pools */
void lane_set_hasten(struct lane_set *s);                        /* lane_hasten() for each */
struct lane *lane_set_get(struct lane_set *s, const char *name); /* made if need be */
/* Before sending: marks what has become due in the store, lets probes go that are due, forgets idle
 * lanes, and takes out what has expired (struct lane_item *).  Answers how
 * long nothing in the store becomes due: ms, or INT64_MAX. */
int64_t lane_set_tick(struct lane_set *s, int64_t now_ms, int64_t monotonic_ms, GPtrArray *expired);
/* After sending, because what was just sent counts: how long no transfer becomes slow while
 * something waits for its place, no probe is due and nothing that is held expires. */
int64_t lane_set_wait_ms(struct lane_set *s, int64_t now_ms, int64_t monotonic_ms);
/* lane_take_out() for each. */
void lane_set_take_out(struct lane_set *s, GHashTable *broadcasts, GPtrArray *out);
void lane_set_sums(const struct lane_set *s, struct lane_set_sums *out);
