/*
 * threat - sets a mission's threat level, with author, reason and the date of its next review, and
 * keeps what was set before.
 *
 * The only way to set one level; an import of the roster keeps the same history.
 */
#pragma once
#include "flow/roster_keeper.h"

struct threat_request { /* copied */
    const char *mission, *principal, *reason;
    enum threat_level level;
    int64_t review_ms; /* 0: as many days from now as the configuration says */
};
/* Saying again what it is counts as a review. */
void threat_set(struct service *s, const struct threat_request *q, roster_done_fn done, void *ctx);
