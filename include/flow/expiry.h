/*
 * expiry - nothing is sent after a broadcast's deadline.
 *
 * At the deadline what is still queued or deferred is withdrawn, in bounded pieces, each withdrawal
 * with its record; then the obligations that are not terminal expire and the broadcast closes.
 * Idempotency keys older than a day are forgotten on the way.
 */
#pragma once
#include "flow/service.h"

struct expiry;

struct expiry *expiry_new(struct service *s);
void expiry_start(struct expiry *e);
void expiry_note(struct expiry *e, int64_t deadline_ms); /* there is one more deadline */
void expiry_free(struct expiry *e);
