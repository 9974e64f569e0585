/*
 * expiry - nothing is sent after a broadcast's deadline.
 *
 * At the deadline what is still queued or deferred is withdrawn, in bounded pieces, each withdrawal
 * with its record; then the obligations that are not terminal expire and the broadcast closes.  The
 * duty desk is told which representatives, and who of those that were to call a mission in their
 * place, never had it; where people were asked to answer, by the whole report.
 * Idempotency keys older than a day are forgotten on the way.
 */
#pragma once
#include "flow/sweep.h"

/* To be noted to it: deadlines. */
struct sweep *expiry_new(struct service *s);
