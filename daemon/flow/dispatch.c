#include "flow/dispatch.h"

#include "base/log.h"
#include "flow/claim.h"
#include "flow/icebox.h"
#include "flow/lane_set.h"
#include "flow/recovery.h"
#include "flow/sending.h"
#include "flow/settle.h"

/* The wall clock may be stepped: it is looked at again at least so often. */
#define DISPATCH_MAX_WAIT_MS 60000
#define DISPATCH_SETTLE_HIGH 8192 /* outcomes waiting to be stored: beyond it nothing is sent */

struct dispatch {
    struct service *service;
    struct lane_set lanes;
    struct casefile_cache *cases;
    struct icebox *icebox;
    struct settle *settle;
    struct sending *sending;
    struct recovery_run *recovery; /* NULL: not started */
    dispatch_before_fn before;     /* what must be done before anything is sent */
    struct claim *claims[2];       /* with the store: [true] of what is immediate; NULL: none */
    struct loop_timer *timer;      /* deferred ones becoming due, transfers becoming slow */
    struct loop_timer *soon;       /* pump and claim, outside of whoever asked */
    unsigned window;
    bool started, stopping;
    void (*stopped)(void *ctx); /* NULL once it was called */
    void *stopped_ctx;
};

static void pump_soon(void *ctx)
{
    struct dispatch *d = ctx;
    if (d->started)
        loop_timer_arm(d->soon, 0);
}

static struct lane *lane_of(struct dispatch *d, const char *name)
{
    return lane_set_get(&d->lanes, name);
}

static int64_t monotonic_ms(const struct dispatch *d)
{
    const struct clock *c = d->service->clock;
    return c->monotonic_ms(c);
}

/* --- sending --- */

static void withdraw(struct dispatch *d, struct lane_item *i, enum notification_event why)
{
    settle_withdraw(d->settle, i, why);
    pump_soon(d);
}

static void send_what_can_be(struct dispatch *d)
{
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        struct lane_item *i;
        while (!d->stopping && settle_backlog(d->settle) < DISPATCH_SETTLE_HIGH &&
               (i = lane_next(&d->lanes.pools[k], monotonic_ms(d))))
            sending_send(d->sending, i);
    }
}

/* --- claiming --- */

static void claimed(struct claim *c, void *ctx);

/* Of what is immediate one claim is on its way at a time, and of the rest one. */
static void claim_what_is_wanted(struct dispatch *d, bool immediate)
{
    if (d->claims[immediate] || d->stopping)
        return;
    struct claim *c = claim_new(d->service, d->cases, immediate);
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, d->lanes.by_name);
    while (g_hash_table_iter_next(&at, NULL, &value) && !claim_is_full(c))
        claim_ask(c, value, d->window);
    if (claim_is_empty(c)) {
        claim_free(c);
        return;
    }
    d->claims[immediate] = c;
    claim_submit(c, claimed, d);
}

static void take_item(struct dispatch *d, struct lane_item *item)
{
    item->lane = lane_of(d, item->notification->lane);
    if (icebox_is_superseded(d->icebox, item))
        withdraw(d, item, NOTIFICATION_ON_SUPERSEDED);
    else if (!icebox_hold(d->icebox, item))
        lane_put(item->lane, item);
}

static void take_reply(struct dispatch *d, const struct claim_reply *r)
{
    struct lane_slot *slot = &lane_of(d, r->lane)->slots[r->urgency];
    slot->claiming = false;
    slot->next_due_ms = r->next_due_ms;
    slot->refill = r->cut ? r->items->len / 2 : G_MAXUINT;
    if (r->more)
        slot->wanted = true;
    for (guint i = 0; i < r->items->len; i++)
        take_item(d, g_ptr_array_index(r->items, i));
    g_ptr_array_set_size(r->items, 0);
}

static void stop_if_done(struct dispatch *d);

static void claimed(struct claim *c, void *ctx)
{
    struct dispatch *d = ctx;
    const GError *error = claim_error(c);
    service_note_store(d->service, error);
    d->claims[c == d->claims[true]] = NULL;
    for (size_t i = 0; i < claim_reply_count(c); i++) {
        struct claim_reply *r = claim_reply_at(c, i);
        if (error) { /* nothing was claimed: ask again when the store is back */
            struct lane_slot *slot = &lane_of(d, r->lane)->slots[r->urgency];
            slot->claiming = false;
            slot->wanted = true;
        } else {
            take_reply(d, r);
        }
    }
    claim_free(c);
    if (error && d->started)
        loop_timer_arm(d->soon, 1000);
    else
        pump_soon(d);
    stop_if_done(d);
}

/* --- time --- */

/* What time has done; answers how long nothing of it changes. */
static int64_t tick(struct dispatch *d)
{
    g_autoptr(GPtrArray) expired = g_ptr_array_new();
    int64_t wait_ms =
        lane_set_tick(&d->lanes, service_now_ms(d->service), monotonic_ms(d), expired);
    for (guint i = 0; i < expired->len; i++)
        withdraw(d, g_ptr_array_index(expired, i), NOTIFICATION_ON_EXPIRED);
    return wait_ms;
}

static void pump(void *ctx)
{
    struct dispatch *d = ctx;
    if (d->stopping) {
        stop_if_done(d);
        return;
    }
    int64_t wait_ms = tick(d);
    claim_what_is_wanted(d, true);
    claim_what_is_wanted(d, false);
    send_what_can_be(d);
    wait_ms =
        MIN(wait_ms, lane_set_wait_ms(&d->lanes, service_now_ms(d->service), monotonic_ms(d)));
    if (wait_ms != INT64_MAX)
        loop_timer_arm(d->timer, CLAMP(wait_ms, 1, DISPATCH_MAX_WAIT_MS));
}

static void on_settled(const struct settled *what, void *ctx)
{
    struct dispatch *d = ctx;
    if (what->room) { /* sending may have stopped for want of it */
        pump_soon(d);
        return;
    }
    if (what->gone) { /* as the store has it: the roster may have given it anew meanwhile */
        g_hash_table_add(sending_gone(d->sending), g_strdup(what->gone));
        return;
    }
    if (what->grown) {
        dispatch_forget(d, what->broadcast_no);
        return;
    }
    struct lane_slot *slot = &lane_of(d, what->lane)->slots[what->urgency];
    slot->next_due_ms = MIN(slot->next_due_ms, what->due_ms);
    pump_soon(d);
}

/* --- the outside --- */

static void want_all(void *name, void *lane, void *ctx)
{
    (void)name;
    (void)ctx;
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        ((struct lane *)lane)->slots[u].wanted = true;
}

static void something_comes(struct lane *l, enum broadcast_urgency urgency)
{
    if (urgency == URGENCY_IMMEDIATE)
        lane_hasten(l);
}

void dispatch_wake(struct dispatch *d, const char *lane, enum broadcast_urgency urgency)
{
    struct lane *l = lane_of(d, lane);
    l->slots[urgency].wanted = true;
    something_comes(l, urgency);
    pump_soon(d);
}

void dispatch_wake_plan(struct dispatch *d, const struct plan *p)
{
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->notifications, i);
        dispatch_wake(d, n->lane, n->priority >> 24);
    }
}

void dispatch_wake_added(struct dispatch *d, const GPtrArray *added)
{
    for (guint i = 0; i < added->len; i++) {
        const struct notification *n = g_ptr_array_index(added, i);
        dispatch_forget(d, n->id >> NOTIFICATION_ORDINAL_BITS);
        dispatch_wake(d, n->lane, n->priority >> 24);
    }
}

void dispatch_wake_all(struct dispatch *d, const char *lane)
{
    struct lane *l = lane_of(d, lane);
    want_all(NULL, l, NULL);
    lane_hasten(l);
    pump_soon(d);
}

void dispatch_rethink(struct dispatch *d)
{
    g_hash_table_foreach(d->lanes.by_name, want_all, NULL);
    pump_soon(d);
}

void dispatch_offer(struct dispatch *d, struct casefile *c)
{
    casefile_cache_offer(d->cases, c);
}

struct headstart *dispatch_headstart(struct dispatch *d, const struct plan *p)
{
    return d->started && !d->stopping ? headstart_new(&d->lanes, p, d->window) : NULL;
}

void dispatch_headstart_end(struct dispatch *d, struct headstart *h, struct plan *p,
                            struct casefile *c)
{
    g_autoptr(GPtrArray) items = headstart_end(h, &d->lanes, p, c);
    if (items->len > 0) {
        casefile_cache_put(d->cases, c);
        casefile_cache_trim(d->cases);
    }
    for (guint i = 0; i < items->len; i++) {
        struct lane_item *item = g_ptr_array_index(items, i);
        const struct notification *n = item->notification;
        something_comes(lane_of(d, n->lane), n->priority >> 24);
        take_item(d, item);
    }
    pump_soon(d);
}

void dispatch_forget(struct dispatch *d, int64_t broadcast_no)
{
    casefile_cache_drop(d->cases, broadcast_no);
    sending_grown(d->sending, broadcast_no);
}

GHashTable *dispatch_gone(const struct dispatch *d)
{
    return sending_gone(d->sending);
}

void dispatch_revive(struct dispatch *d, const char *endpoint)
{
    g_hash_table_remove(sending_gone(d->sending), endpoint);
}

void dispatch_freeze(struct dispatch *d, const GArray *broadcasts, GArray *in_flight)
{
    icebox_freeze(d->icebox, broadcasts, &d->lanes, d->settle, in_flight);
}

void dispatch_thaw(struct dispatch *d, const GArray *superseded)
{
    g_autoptr(GPtrArray) items = icebox_thaw(d->icebox, superseded);
    for (guint i = 0; i < items->len; i++) {
        struct lane_item *item = g_ptr_array_index(items, i);
        if (icebox_is_superseded(d->icebox, item))
            withdraw(d, item, NOTIFICATION_ON_SUPERSEDED);
        else
            lane_put(lane_of(d, item->notification->lane), item);
    }
    pump_soon(d);
}

void dispatch_reload(struct dispatch *d)
{
    const struct config *c = d->service->config;
    lane_set_limit(&d->lanes, c);
    lane_set_hasten(&d->lanes); /* perhaps that was what was wrong */
    d->window = (unsigned)c->dispatch.window;
    pump_soon(d);
}

static void begin(void *ctx)
{
    struct dispatch *d = ctx;
    d->started = true;
    pump_soon(d);
}

/* One that was down before is not told of again. */
static void remember_outage(struct dispatch *d, const struct outage_row *row)
{
    int64_t for_ms = service_now_ms(d->service) - row->since_ms;
    breaker_remember(&lane_of(d, row->lane)->breaker, monotonic_ms(d) - MAX(for_ms, 0));
}

static void recovered(const struct recovery *r, void *ctx)
{
    struct dispatch *d = ctx;
    for (guint i = 0; i < r->gone->len; i++)
        g_hash_table_add(sending_gone(d->sending), g_strdup(g_ptr_array_index(r->gone, i)));
    for (guint i = 0; i < r->outages->len; i++)
        remember_outage(d, g_ptr_array_index(r->outages, i));
    for (guint i = 0; i < r->lanes->len; i++)
        dispatch_wake_all(d, g_ptr_array_index(r->lanes, i));
    log_event(LOG_LEVEL_INFO, "dispatch.started", LOG_INT("lanes", r->lanes->len),
              LOG_INT("in_flight_at_the_last_stop", r->unclaimed));
    d->before(d->service, begin, d);
}

void dispatch_start(struct dispatch *d, dispatch_before_fn before)
{
    d->before = before;
    d->recovery = recovery_begin(d->service, recovered, d);
}

bool dispatch_is_started(const struct dispatch *d)
{
    return d->started;
}

void dispatch_stats(const struct dispatch *d, struct dispatch_stats *out)
{
    sending_count(d->sending, out->attempts);
    lane_set_sums(&d->lanes, &out->lanes);
    out->settle_backlog = (int64_t)settle_backlog(d->settle);
}

static void settled_all(void *ctx)
{
    struct dispatch *d = ctx;
    void (*stopped)(void *) = d->stopped;
    d->stopped = NULL;
    stopped(d->stopped_ctx);
}

/* What is held is not given back one by one: the next start unclaims all that is not settled. */
static void stop_if_done(struct dispatch *d)
{
    if (!d->stopped || d->claims[false] || d->claims[true])
        return;
    const struct lane_pool *pools = d->lanes.pools;
    if (pools[CHANNEL_SMTP].in_flight + pools[CHANNEL_WEBHOOK].in_flight > 0)
        return;
    settle_when_idle(d->settle, settled_all, d);
}

void dispatch_stop(struct dispatch *d, void (*stopped)(void *ctx), void *ctx)
{
    d->stopping = true;
    sending_stop(d->sending);
    d->stopped = stopped;
    d->stopped_ctx = ctx;
    loop_timer_disarm(d->timer);
    stop_if_done(d);
}

struct dispatch *dispatch_new(struct service *s, struct channel *const channels[])
{
    struct dispatch *d = g_new0(struct dispatch, 1);
    d->service = s;
    lane_set_init(&d->lanes);
    d->cases = casefile_cache_new();
    d->icebox = icebox_new();
    d->settle = settle_new(s, on_settled, d);
    d->sending = sending_new(s, channels, d->settle, d->icebox, pump_soon, d);
    d->timer = loop_timer_new(s->loop, pump, d);
    d->soon = loop_timer_new(s->loop, pump, d);
    dispatch_reload(d);
    return d;
}

void dispatch_free(struct dispatch *d)
{
    loop_timer_free(d->timer);
    loop_timer_free(d->soon);
    settle_free(d->settle);
    sending_free(d->sending);
    g_clear_pointer(&d->recovery, recovery_free);
    lane_set_clear(&d->lanes);
    casefile_cache_free(d->cases);
    icebox_free(d->icebox);
    g_free(d);
}
