/*
 * claim - asks the store for due notifications of several lanes in one transaction, with the
 * casefiles they need: for those that are immediate alone, ahead of what waits for the store, or
 * for the rest.
 *
 * Built and read on the loop thread; between submit and done it belongs to the store thread.
 *
 * A casefile is as large as the plan of its broadcast, and of a long queue each notification may be
 * of another one: a reply ends where the casefiles that had to be read for it hold CLAIM_MAX_BULK
 * missions and obligations, so that memory does not grow with the queue.
 */
#pragma once
#include "flow/casefile_cache.h"
#include "flow/lane.h"
#include "flow/service.h"

#define CLAIM_MAX_ASKS 256
#define CLAIM_MAX_BULK 20000

struct claim;

struct claim_reply { /* for one lane and urgency */
    char *lane;
    enum broadcast_urgency urgency;
    unsigned limit;
    GPtrArray *items; /* struct lane_item *: whoever takes them sets the length to 0 */
    int64_t next_due_ms;
    bool more;
    bool cut; /* by the bulk of the casefiles: more is due */
};

typedef void (*claim_done_fn)(struct claim *c, void *ctx);

struct claim *claim_new(struct service *s, struct casefile_cache *cases, bool immediate);
/* For every window of the lane that is half empty and may have more; window: of how many. */
void claim_ask(struct claim *c, struct lane *l, unsigned window);
bool claim_is_empty(const struct claim *c);
bool claim_is_full(const struct claim *c);
void claim_submit(struct claim *c, claim_done_fn done, void *ctx);
const GError *claim_error(const struct claim *c); /* NULL: replies are good */
size_t claim_reply_count(const struct claim *c);
struct claim_reply *claim_reply_at(struct claim *c, size_t i);
void claim_free(struct claim *c);
