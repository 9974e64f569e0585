/*
 * virtual_loop - io/loop.h and store/store_thread.h on a clock that moves only when nothing is left
 * to do: hours of retries run in a millisecond, and one seed is one history.
 *
 * Linked in place of the real ones.  Store work runs when the loop gets to it: each piece in a
 * transaction of its own, or where things are left to chance several in one, each in a savepoint.
 */
#pragma once
#include <glib.h>

#include "base/clock.h"
#include "io/loop.h"
#include "store/store_thread.h"

struct clock_fake *virtual_clock(struct loop *l);
/* Runs what is due and moves the clock from timer to timer until limit_ms (wall). */
void virtual_run_until(struct loop *l, int64_t limit_ms);
/* One piece of what is to be done now, if there is any: for what comes in between two pieces. */
bool virtual_step(struct loop *l);
/* From now on completions and store work take turns by chance; NULL: store work first. */
void virtual_shuffle(struct loop *l, GRand *r /* borrowed */);
/* fn after every piece of work that is done; it must hand in nothing.  NULL: nobody looks. */
void virtual_watch(struct loop *l, loop_fn fn, void *ctx);
void virtual_step_clock(struct loop *l, int64_t by_ms);            /* the wall clock alone */
void virtual_store_fail(struct store_thread *t, unsigned commits); /* the next ones */
void virtual_store_stall(struct store_thread *t, int64_t ms);      /* no work is begun so long */
/* When it last failed, or ends to stand still, by the wall clock; 0: never. */
int64_t virtual_store_unwell_ms(const struct store_thread *t);
/* Between two pieces of work, to read; it stays the thread's. */
struct store *virtual_store_peek(struct store_thread *t);
/* A crash: work that waits is not done (its done is told so, to free what it holds). */
void virtual_store_abandon(struct store_thread *t);
