#include "world_decide.h"

#include <string.h>

struct world_decision world_decided;

static void decided(const struct decision_result *r, void *ctx)
{
    (void)ctx;
    world_decided = (struct world_decision){ true, r->outcome, r->missions, "" };
    g_strlcpy(world_decided.reason, r->reason ? r->reason : "", sizeof world_decided.reason);
}

enum decision_outcome world_decide(struct world *w, const struct decision_request *q)
{
    struct decision_request full = *q;
    if (!full.id)
        full.id = world_last_id();
    world_decided.there = false;
    decision_submit(&w->service, &full, decided, NULL);
    for (int64_t at = world_now_ms(w); !world_decided.there; at++)
        virtual_run_until(w->service.loop, at);
    return world_decided.outcome;
}

unsigned world_sent_to(const struct world *w, const char *part)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++)
        n += strstr(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint, part) != NULL;
    return n;
}

unsigned world_to_missions(const struct world *w)
{
    return world_sent_to(w, "@m0");
}
