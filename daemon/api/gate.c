#include "api/gate.h"

#include "api/rate.h"
#include <glib.h>
#include <stdbool.h>

#define MAX_NETWORKS 16384
#define MAX_LINKS 65536
#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS ((int64_t)24 * 60 * MINUTE_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define MAX_TOKENS 16384
#define MAX_MISSIONS 16384

struct gate {
    struct rate *pages, *wrong, *tokens; /* by network */
    struct rate *matters;                /* by mission */
    struct rate *proven;                 /* by digest: to be waited for means that it was right */
    struct lock *links;
};

struct gate *gate_new(void)
{
    struct rate_rule pages = { .burst = GATE_PAGES_BURST, .every_ms = SECOND_MS };
    struct rate_rule wrong = { .burst = GATE_WRONG_BURST, .every_ms = MINUTE_MS };
    struct rate_rule matters = { .burst = GATE_MATTERS_BURST, .every_ms = MINUTE_MS };
    struct rate_rule proven = { .burst = 1, .every_ms = HOUR_MS };
    struct lock_rule links = { .tries = GATE_LINK_TRIES,
                               .first_ms = GATE_LINK_LOCK_MS,
                               .longest_ms = DAY_MS,
                               .forget_ms = DAY_MS };
    struct gate *g = g_new0(struct gate, 1);
    g->pages = rate_new(&pages, MAX_NETWORKS);
    g->wrong = rate_new(&wrong, MAX_NETWORKS);
    g->tokens = rate_new(&wrong, MAX_NETWORKS);
    g->matters = rate_new(&matters, MAX_MISSIONS);
    g->proven = rate_new(&proven, MAX_TOKENS);
    g->links = lock_new(&links, MAX_LINKS);
    return g;
}

void gate_free(struct gate *g)
{
    rate_free(g->pages);
    rate_free(g->wrong);
    rate_free(g->tokens);
    rate_free(g->matters);
    rate_free(g->proven);
    lock_free(g->links);
    g_free(g);
}

/* One more, where there is one to spend. */
static int64_t take(struct rate *r, const char *key, int64_t now_ms)
{
    int64_t wait_ms = rate_wait_ms(r, key, now_ms);
    if (wait_ms == 0)
        rate_spend(r, key, now_ms);
    return wait_ms;
}

int64_t gate_enter(struct gate *g, const char *network, int64_t now_ms)
{
    return take(g->pages, network, now_ms);
}

int64_t gate_matter(struct gate *g, const char *mission, int64_t now_ms)
{
    return take(g->matters, mission, now_ms);
}

int64_t gate_try(struct gate *g, const char *network, const char *link, int64_t now_ms)
{
    int64_t link_ms = link ? lock_wait_ms(g->links, link, now_ms) : 0;
    int64_t wait_ms = MAX(rate_wait_ms(g->wrong, network, now_ms), link_ms);
    if (link && wait_ms == 0)
        lock_wrong(g->links, link, now_ms);
    return wait_ms;
}

void gate_wrong(struct gate *g, const char *network, int64_t now_ms)
{
    rate_spend(g->wrong, network, now_ms);
}

void gate_untried(struct gate *g, const char *link)
{
    lock_take_back(g->links, link);
}

void gate_right(struct gate *g, const char *link)
{
    lock_right(g->links, link);
}

int64_t gate_token_wait(struct gate *g, const char *network, const char *digest, int64_t now_ms)
{
    bool is_proven = rate_wait_ms(g->proven, digest, now_ms) > 0;
    return is_proven ? 0 : rate_wait_ms(g->tokens, network, now_ms);
}

void gate_token_wrong(struct gate *g, const char *network, int64_t now_ms)
{
    rate_spend(g->tokens, network, now_ms);
}

void gate_token_right(struct gate *g, const char *digest, int64_t now_ms)
{
    if (rate_wait_ms(g->proven, digest, now_ms) == 0)
        rate_spend(g->proven, digest, now_ms);
}
