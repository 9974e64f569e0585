/*
 * virtual_store - the half of virtual_loop that stands in for store/store_thread.h, and what the
 * two halves tell each other.
 *
 * It has no loop of its own: the last loop made works for it.
 */
#pragma once
#include <glib.h>

#include "base/clock.h"
#include "store/store_thread.h"

struct virtual_here { /* of the loop that works for it; borrowed */
    struct clock_fake *clock;
    GRand *const *rand; /* NULL: nothing is left to chance */
};

/* virtual_loop.c: the last loop made has that store from now on; NULL: none. */
struct virtual_here virtual_loop_take_store(struct store_thread *t);

/* One transaction; false: nothing waits, or it stands still. */
bool virtual_store_work(struct store_thread *t);
int64_t virtual_store_stalled_ms(const struct store_thread *t); /* so long still; 0: it does not */
