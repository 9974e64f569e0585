#include "flow/lane_set.h"

#define SMTP_SLOW_MS 5000 /* the relay asks somebody else before it answers */

void lane_set_init(struct lane_set *s)
{
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        lane_pool_init(&s->pools[k]);
    s->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)lane_free);
}

void lane_set_clear(struct lane_set *s)
{
    g_hash_table_unref(s->by_name);
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        lane_pool_clear(&s->pools[k]);
}

/* A relay stands for all recipients, so its lane may have every place from the start; a web host
 * has to show first that it answers. */
void lane_set_limit(struct lane_set *s, const struct config *c)
{
    struct lane_pool *smtp = &s->pools[CHANNEL_SMTP], *webhook = &s->pools[CHANNEL_WEBHOOK];
    smtp->max_total = smtp->max_fast = smtp->max_per_lane = smtp->untried_per_lane =
        (unsigned)c->smtp.connections;
    smtp->as_one = true;
    smtp->slow_after_ms = SMTP_SLOW_MS;
    webhook->max_total = (unsigned)c->webhook.concurrency_total;
    webhook->max_fast = (unsigned)c->webhook.concurrency;
    webhook->max_per_lane = (unsigned)c->webhook.per_host;
    webhook->untried_per_lane = 1;
    webhook->slow_after_ms = c->webhook.slow_after_ms;
}

void lane_set_hasten(struct lane_set *s)
{
    GHashTableIter at;
    gpointer lane;
    g_hash_table_iter_init(&at, s->by_name);
    while (g_hash_table_iter_next(&at, NULL, &lane))
        lane_hasten(lane);
}

struct lane *lane_set_get(struct lane_set *s, const char *name)
{
    struct lane *l = g_hash_table_lookup(s->by_name, name);
    if (!l) {
        enum channel_kind kind = g_str_equal(name, "smtp") ? CHANNEL_SMTP : CHANNEL_WEBHOOK;
        l = lane_new(&s->pools[kind], name);
        g_hash_table_insert(s->by_name, l->name, l);
    }
    return l;
}

/* When the next deferred one of it is due: wall ms, or INT64_MAX. */
static int64_t wake_due(struct lane *l, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;
    for (int u = 0; u <= URGENCY_UNKNOWN; u++) {
        struct lane_slot *slot = &l->slots[u];
        if (slot->next_due_ms <= now_ms) {
            slot->next_due_ms = INT64_MAX;
            slot->wanted = true;
        }
        next_ms = MIN(next_ms, slot->next_due_ms);
    }
    return next_ms;
}

static int64_t until(int64_t at_ms, int64_t now_ms)
{
    return at_ms == INT64_MAX ? INT64_MAX : MAX(at_ms - now_ms, 0);
}

int64_t lane_set_tick(struct lane_set *s, int64_t now_ms, int64_t monotonic_ms, GPtrArray *expired)
{
    int64_t wait_ms = INT64_MAX;
    GHashTableIter at;
    gpointer value;
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        lane_age(&s->pools[k], monotonic_ms);
    g_hash_table_iter_init(&at, s->by_name);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        struct lane *l = value;
        wait_ms = MIN(wait_ms, until(wake_due(l, now_ms), now_ms));
        lane_take_expired(l, now_ms, expired);
        lane_consider(l);
        if (lane_is_idle(l))
            g_hash_table_iter_remove(&at);
    }
    return wait_ms;
}

int64_t lane_set_wait_ms(struct lane_set *s, int64_t now_ms, int64_t monotonic_ms)
{
    int64_t wait_ms = INT64_MAX;
    GHashTableIter at;
    gpointer value;
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        int64_t slow_ms = lane_age(&s->pools[k], monotonic_ms);
        if (s->pools[k].held > 0)
            wait_ms = MIN(wait_ms, until(slow_ms, monotonic_ms));
    }
    g_hash_table_iter_init(&at, s->by_name);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        const struct lane *l = value;
        wait_ms = MIN(wait_ms, until(lane_probe_ms(l), monotonic_ms));
        wait_ms = MIN(wait_ms, until(l->deadline_ms, now_ms));
    }
    return wait_ms;
}

void lane_set_take_out(struct lane_set *s, GHashTable *broadcasts, GPtrArray *out)
{
    GHashTableIter at;
    gpointer lane;
    g_hash_table_iter_init(&at, s->by_name);
    while (g_hash_table_iter_next(&at, NULL, &lane))
        lane_take_out(lane, broadcasts, out);
}

void lane_set_sums(const struct lane_set *s, struct lane_set_sums *out)
{
    GHashTableIter at;
    gpointer value;
    *out = (struct lane_set_sums){ .lanes = g_hash_table_size(s->by_name) };
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        out->in_flight += s->pools[k].in_flight;
        out->held += s->pools[k].held;
    }
    g_hash_table_iter_init(&at, s->by_name);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        const struct lane *l = value;
        out->open += breaker_is_open(&l->breaker);
        out->down += l->breaker.down;
    }
}
