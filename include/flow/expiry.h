/*
 * expiry - nothing is sent after a broadcast's deadline.
 *
 * At the deadline what is still queued or deferred is withdrawn, in bounded pieces, each withdrawal
 * with its record; then the obligations that are not terminal expire and the broadcast closes.
 * Idempotency keys older than a day are forgotten on the way.
 */
#pragma once
#include "flow/sweep.h"

/* To be noted to it: deadlines. */
struct sweep *expiry_new(struct service *s);
