/*
 * climb - takes the steps of the ladder that have come due (model/ladder.h).
 *
 * A sweep by the store's clock.  What a step does (a reminder, a notice to a duty contact) and the
 * obligation's cursor behind it are stored in one transaction, so each firing is taken once, also
 * across restarts, reloads and clock steps.  What fell due while the daemon was down is taken once,
 * late.  Notices to one contact of one broadcast found in one sweep are one notice with a list.
 */
#pragma once
#include "flow/service.h"

struct climb;

struct climb *climb_new(struct service *s);
/* At the start, and when the configuration is another: what still waits goes by the ladder of now.
 * A step of it whose time has passed and that was not taken is taken at once. */
void climb_realign(struct climb *c);
void climb_note(struct climb *c, int64_t due_ms); /* there is one more step, due then */
void climb_free(struct climb *c);
