/*
 * vigil - looks every VIGIL_MS at what nobody calls about: a store that stays away (store_watch.h),
 * a wall clock that was stepped, and what standard error has not taken of the log; at a store that
 * fails or is back it looks at once.
 *
 * A step is a wall clock whose progress differs from the monotonic clock's by CLOCK_STEP_MS or
 * more. It is logged and journalled as clock.stepped, and everything that is due is looked at anew
 * at once.  After a step back, retries that wait longer than their schedule ever makes them, and
 * ladders that begin in the future of a broadcast released there, are brought back: nothing waits
 * for the clock to come round again.  A clock that was set back while the daemon was down is found
 * at the start, by a last record that is later than now.
 */
#pragma once
#include "channel/channel.h"
#include "flow/service.h"

#define VIGIL_MS 1500 /* an idle daemon wakes up less than once a second */

struct vigil;

struct vigil *vigil_new(struct service *s, struct channel *const channels[] /* borrowed */);
void vigil_free(struct vigil *v); /* after the channels have nothing on its way any more */
