/*
 * domains - messages of one lane that share something behind it: mail for one domain, where the
 * relay asks the recipient's host before it answers.
 *
 * A domain has DOMAIN_UNKNOWN_PLACES until it has been quick once, then half of the lane's; one
 * whose last transfer was slow has one, and all that are slow have half of the lane's places
 * together.  What has no place is held here, by lane_item_order().  In memory only: no clock, no
 * I/O.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define DOMAIN_UNKNOWN_PLACES 2 /* a mission has two representatives */

struct lane_item;
struct domains;

enum domain_pace { PACE_UNKNOWN, PACE_QUICK, PACE_SLOW }; /* UNKNOWN: this one tells nothing */

struct domains *domains_new(void);
void domains_free(struct domains *c); /* what is held is not freed: domains_each() first */
/* Holds it if there is no place for it among so many; false: it may go. */
bool domains_hold(struct domains *c, struct lane_item *i, unsigned places);
void domains_enter(struct domains *c, struct lane_item *i); /* it goes */
void domains_slow(struct domains *c, struct lane_item *i);  /* it has turned slow on its way */
/* It has ended.  Appends what may go now, no longer held. */
void domains_leave(struct domains *c, struct lane_item *i, enum domain_pace pace, unsigned places,
                   GPtrArray *released);
/* Every list of what is held (struct lane_item *), from which fn may remove. */
void domains_each(struct domains *c, void (*fn)(GSequence *held, void *ctx), void *ctx);
