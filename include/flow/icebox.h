/*
 * icebox - what is not sent because of a later version: as long as that is being stored, or never
 * again.
 *
 * While broadcasts are frozen whatever of them is held or claimed is kept here.  What was on its
 * way when a later version came goes on, and may still be accepted.  Loop thread.
 */
#pragma once
#include "flow/lane_set.h"
#include "flow/settle.h"

struct icebox;

struct icebox *icebox_new(void);
void icebox_free(struct icebox *b); /* frees what is held as well */
/* A later version of its broadcast has taken its place: nothing of it is sent any more. */
bool icebox_is_superseded(const struct icebox *b, const struct lane_item *i);
/* Nothing of its broadcast is sent now. */
bool icebox_is_frozen(const struct icebox *b, const struct lane_item *i);
/* Takes it if its broadcast is frozen; false: it is not. */
bool icebox_hold(struct icebox *b, struct lane_item *i);
/* Freezes the broadcasts (int64_t numbers), takes what the lanes hold of them, and appends what the
 * store does not know of them yet (struct underway), by endpoint in the order in which it may have
 * come. */
void icebox_freeze(struct icebox *b, const GArray *broadcasts, struct lane_set *lanes,
                   const struct settle *t, GArray *in_flight);
/* Nothing is frozen any more, and superseded are: what was held, the caller's (struct lane_item *).
 */
GPtrArray *icebox_thaw(struct icebox *b, const GArray *superseded);
