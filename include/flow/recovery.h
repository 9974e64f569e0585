/*
 * recovery - what the store knows when the daemon starts: nothing that was accepted is lost.
 *
 * What was on its way at the last stop is queued again, under the same key.  Tried until the store
 * answers.
 */
#pragma once
#include "flow/service.h"

struct recovery {
    GPtrArray *lanes;   /* char *: those that hold something */
    GPtrArray *outages; /* struct outage_row *: destinations that were down */
    GPtrArray *gone;    /* char *: endpoints that answered "gone" */
    unsigned unclaimed; /* notifications that were on their way */
};

struct recovery_run;

/* fn once, on the loop; r is valid during the call. */
struct recovery_run *recovery_begin(struct service *s,
                                    void (*fn)(const struct recovery *r, void *ctx), void *ctx);
/* After the store thread has ended, or fn was called. */
void recovery_free(struct recovery_run *r);
