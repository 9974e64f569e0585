/*
 * matter_clock - tells owners what waits too long, reminds of what ends, and ends it.
 *
 * A sweep by the store's clock (model/matter.h says what falls due when).  What is told and the
 * matter's cursor behind it are stored in one transaction, so each is taken once, across restarts
 * and clock steps; what fell due while the daemon was down is taken once, late.
 */
#pragma once
#include "flow/sweep.h"

/* To be noted to it: when something falls due. */
struct sweep *matter_clock_new(struct service *s);
