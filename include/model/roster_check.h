/*
 * roster_check - what an operator should put right in a roster.
 *
 * Findings, in the order of the roster: "fewer-than-two" (valid representatives at at_ms),
 * "expired", "expires-soon" (within soon_days), "shared-endpoint" (one mailbox or URL in several
 * missions), "endpoint-gone" (it answered that it is gone and is not used), "far-office" (no rule
 * but distance gives its office, and that is over 500 km away), "no-office"; proof.h adds its own.
 */
#pragma once
#include "model/directory.h"
#include "model/roster.h"

struct roster_finding {
    const char *code; /* static, one of the above */
    char *subject;    /* mission id, "mission/rank", or the endpoint; owned */
    char *detail;     /* a sentence; owned */
};

/* gone: a set of endpoints as endpoint.h names them.  struct roster_finding *, freed with the
 * array. */
GPtrArray *roster_check(const struct roster *r, const struct directory *d, GHashTable *gone,
                        int64_t at_ms, unsigned soon_days);
