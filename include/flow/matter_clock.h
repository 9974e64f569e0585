/*
 * matter_clock - tells owners what waits too long, reminds of what ends, and ends it.
 *
 * A sweep by the store's clock (model/matter.h says what falls due when).  What is told and the
 * matter's cursor behind it are stored in one transaction, so each is taken once, across restarts
 * and clock steps; what fell due while the daemon was down is taken once, late.
 */
#pragma once
#include "flow/service.h"

struct matter_clock;

struct matter_clock *matter_clock_new(struct service *s);
void matter_clock_start(struct matter_clock *d);
void matter_clock_note(struct matter_clock *d, int64_t at_ms); /* something falls due then */
void matter_clock_free(struct matter_clock *d);
