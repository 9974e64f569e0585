/*
 * life - from when until when a broadcast may be sent, and times of it that cannot be meant.
 *
 * Pure: at_ms is the instant it is looked at, in milliseconds since the epoch, UTC.  What its
 * sender writes into `sent` gives no life: one without `expires` lives for the default of its
 * urgency from at_ms or from `effective`, the later of the two.
 */
#pragma once
#include "model/broadcast.h"
#include <stdint.h>

/* How far a sender's clock may be ahead of ours. */
#define LIFE_AHEAD_MS (15 * 60 * INT64_C(1000))

struct life_policy {
    int64_t deadline_s[URGENCY_UNKNOWN + 1]; /* of a broadcast without expires, by urgency */
};

/* Nothing is sent from here on. */
int64_t life_deadline_ms(const struct broadcast *b, int64_t at_ms, const struct life_policy *p);
/* Held until `effective`: that instant, or 0 when it may go at once. */
int64_t life_held_until_ms(const struct broadcast *b, int64_t at_ms);
bool life_is_over(const struct broadcast *b, int64_t at_ms); /* its `expires` has come */
/* Its `sent` lies further in the future than clocks differ. */
bool life_is_ahead(const struct broadcast *b, int64_t at_ms);
/* Without `expires`, and older than the default of its urgency: it would have lapsed long ago.  A
 * cancel is never too old: late is better than not at all. */
bool life_is_stale(const struct broadcast *b, int64_t at_ms, const struct life_policy *p);
