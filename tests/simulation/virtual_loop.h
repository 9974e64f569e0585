/*
 * virtual_loop - io/loop.h and store/store_thread.h on a clock that moves only when nothing is left
 * to do: hours of retries run in a millisecond, and one seed is one history.
 *
 * Linked in place of the real ones.  Store work runs, each piece in a transaction of its own, when
 * the loop gets to it.  virtual_store_fail makes the next commits fail.
 */
#pragma once
#include "base/clock.h"
#include "io/loop.h"
#include "store/store_thread.h"

struct clock_fake *virtual_clock(struct loop *l);
/* Runs what is due; moves the clock to the next timer until limit_ms (wall) or until nothing is
 * left. */
void virtual_run_until(struct loop *l, int64_t limit_ms);
void virtual_store_fail(struct store_thread *t, unsigned commits);
/* A crash: work that waits is not done (its done is told so, to free what it holds). */
void virtual_store_abandon(struct store_thread *t);
