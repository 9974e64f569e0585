/*
 * breaker - how often a destination that keeps failing is tried.
 *
 * Pure: no clock, no I/O.  Times are milliseconds of one clock, the caller's, that is never set
 * back. BREAKER_FAILURES attempts in a row that failed open it.  While it is open one message at a
 * time goes, the most urgent that waits: the probe.  The waits between probes double from a second
 * to a minute while what waits is immediate, else to five minutes.  A destination that still fails
 * when it has failed for BREAKER_DOWN_MS is down; BREAKER_WENT_DOWN is said once.  One success
 * closes it. Invariant: an open breaker is always due within BREAKER_LONGEST_MS of the last probe.
 */
#pragma once
#include "model/broadcast.h"
#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_DOWN_MS 60000
#define BREAKER_LONGEST_MS 300000

struct breaker {       /* of one destination; all zero: nothing is known against it */
    unsigned failures; /* in a row */
    unsigned probes;   /* of these, since it opened */
    int64_t since_ms;  /* the first of them */
    int64_t probed_ms; /* when it opened, or the last probe failed */
    bool hastened;     /* the next probe goes at once */
    bool down;
};

enum breaker_change { BREAKER_SAME, BREAKER_WENT_DOWN, BREAKER_IS_DOWN, BREAKER_WENT_UP };

/* An attempt has ended.  IS_DOWN: it was down already, and is. */
enum breaker_change breaker_note(struct breaker *b, bool failed, int64_t now_ms);
/* One that was known to be down since then (a restart); probed at once. */
void breaker_remember(struct breaker *b, int64_t since_ms);
bool breaker_is_open(const struct breaker *b);
/* When a probe of that urgency may go; INT64_MIN: now. */
int64_t breaker_due_ms(const struct breaker *b, enum broadcast_urgency u);
/* Something has come that does not wait: the next probe goes at once, until breaker_go(). */
void breaker_hasten(struct breaker *b);
void breaker_go(struct breaker *b); /* an attempt begins */
/* How long a destination fails until what waits for it takes another way. */
int64_t breaker_patience_ms(enum broadcast_urgency u);
