/*
 * busy - endpoints that an attempt is on its way to: one attempt at a time, and what waits behind
 * it.
 *
 * What comes for such an endpoint is held here, by lane_item_order().  When the attempt has ended
 * the first of those waits with the others of its lane again; the next stays here until that one
 * has gone its way, since all of them would only come back.  In memory only: no clock, no I/O.
 */
#pragma once
#include "flow/lane_item.h"

struct busy;

struct busy *busy_new(void);
void busy_free(struct busy *b); /* frees what is held as well */
/* Takes it if an attempt is on its way to its endpoint; false: it may go. */
bool busy_hold(struct busy *b, struct lane_item *i);
void busy_enter(struct busy *b, struct lane_item *i); /* it goes */
/* It has ended.  The next for its endpoint, which waits with the others from now on; or NULL. */
struct lane_item *busy_leave(struct busy *b, const struct lane_item *i);
/* It waits no more and was not sent: likewise, since whoever stood behind it must not wait for it.
 */
struct lane_item *busy_forget(struct busy *b, const struct lane_item *i);
/* Each one of the lane that is held here, which fn may take (true). */
typedef bool (*busy_take_fn)(struct lane_item *i, void *ctx);
void busy_take(struct busy *b, const struct lane *l, busy_take_fn fn, void *ctx);
/* Each one that is on its way. */
void busy_each(struct busy *b, void (*fn)(const struct lane_item *i, void *ctx), void *ctx);
