/*
 * retry - when to try a failed notification again.
 *
 * Pure arithmetic: no clock, no I/O.  Times are milliseconds since the epoch, UTC.
 * The schedule of an urgency is a list of waits in seconds, its last value repeated (immediate:
 * 0 2 5 10 20 40 60); the wait before attempt n + 1 is the nth, plus or minus a jitter of up to
 * jitter_pct.  Retry-After lengthens a wait, never beyond the last instant at which an attempt
 * makes sense (one second before the deadline). A wait that would end later than that ends there:
 * one last try is worth more than none. Invariant: the answer lies in [now_ms, deadline_ms), or is
 * RETRY_NEVER. roll is a random number in 0..999 that the caller draws, so that tests can choose
 * it.
 */
#pragma once
#include "model/outcome.h"
#include <stddef.h>

#define RETRY_NEVER INT64_MAX
#define RETRY_MAX_STEPS 16

struct retry_policy {
    uint32_t wait_s[RETRY_MAX_STEPS]; /* wait_s[0] is before the second attempt */
    size_t steps;                     /* at least 1 */
    uint32_t jitter_pct;              /* 0..50 */
};

/* attempt: how many have been made, at least 1. */
int64_t retry_due_ms(const struct retry_policy *p, const struct outcome *o, unsigned attempt,
                     unsigned roll, int64_t now_ms, int64_t deadline_ms);

/* The longest that its schedule, with chance, makes an attempt wait. */
int64_t retry_longest_ms(const struct retry_policy *p);

/* "0 2 5 10 20 40 60" -> steps; jitter_pct stays.  False with *why (static) and *p untouched. */
bool retry_policy_parse(struct retry_policy *p, const char *text, const char **why);
