#include "flow/sending.h"

#include "flow/outage.h"
#include <string.h>

#define LARGE_MISSIONS 5
#define LARGE_AFTER_MS 1

struct sending {
    struct service *service;
    struct channel *const *channels;
    struct settle *settle;
    const struct icebox *ice;
    struct outages *outages;
    GHashTable *gone;
    sending_counts attempts;
    GQueue large;             /* struct lane_item *, in flight: not made yet */
    struct loop_timer *later; /* the next of them */
    void (*ended)(void *ctx);
    void *ctx;
};

struct attempt { /* on its way */
    struct sending *sending;
    struct lane_item *item;
};

static int64_t monotonic_ms(const struct sending *g)
{
    const struct clock *c = g->service->clock;
    return c->monotonic_ms(c);
}

/* What it says of the destination.  A relay that takes the session is well, or at least not known
 * to be ill, whatever becomes of one message; a web host stands for all its endpoints.  What is
 * refused without a code was never tried. */
static enum lane_end end_of(const struct lane_item *i, const struct outcome *o)
{
    bool mail = i->notification->channel == CHANNEL_SMTP,
         put_off = o->kind == OUTCOME_DEFERRED || o->kind == OUTCOME_UNKNOWN;
    if (o->whole_destination || (put_off && !mail))
        return LANE_FAILED;
    return o->code == 0 ? LANE_UNTRIED : LANE_WELL;
}

/* Ends its place in the lane; says what it tells about the destination. */
static void leave_lane(struct sending *g, struct lane_item *i, enum lane_end end, const char *reply)
{
    static const enum outage_event events[] = { [BREAKER_WENT_DOWN] = OUTAGE_DOWN,
                                                [BREAKER_IS_DOWN] = OUTAGE_LASTS,
                                                [BREAKER_WENT_UP] = OUTAGE_OVER };
    int64_t now_ms = monotonic_ms(g), since_ms = i->lane->breaker.since_ms;
    enum breaker_change change = lane_done(i, end, now_ms);
    if (change != BREAKER_SAME)
        outages_tell(g->outages, i->lane->name, events[change],
                     service_now_ms(g->service) - (now_ms - since_ms), reply);
}

static void finish(struct sending *g, struct lane_item *i, struct outcome *o)
{
    leave_lane(g, i, end_of(i, o), o->reply);
    g->attempts[i->casefile->broadcast->status][o->kind]++;
    if (o->endpoint_gone)
        g_hash_table_add(g->gone, g_strdup(i->notification->endpoint));
    settle_add(g->settle, i, o, icebox_is_superseded(g->ice, i));
    g->ended(g->ctx);
}

static void sent(struct outcome *o, void *ctx)
{
    struct attempt *a = ctx;
    if (o->duration_ms <= 0)
        o->duration_ms = monotonic_ms(a->sending) - a->item->started_ms;
    finish(a->sending, a->item, o);
    g_free(a);
}

static void hand_on(struct sending *g, struct lane_item *i, int64_t now_ms)
{
    struct notification *n = i->notification;
    struct casefile *c = i->casefile;
    g_autoptr(GPtrArray) obligations = casefile_obligations_of(c, n);
    g_autoptr(GPtrArray) missions = casefile_missions_of(c, obligations);
    struct broadcast *told = casefile_broadcast_for(c, n, missions);
    struct link link;
    bool linked = casefile_link(c, n, g->service->masters, &link);
    struct notice notice = { .broadcast = told,
                             .notification = n,
                             .obligations = obligations,
                             .missions = missions,
                             .directory = g->service->config->directory,
                             .now_ms = now_ms,
                             .link = linked ? &link : NULL,
                             .base_url = g->service->config->acknowledge.base_url };
    struct attempt *a = g_new(struct attempt, 1);
    *a = (struct attempt){ .sending = g, .item = i };
    struct channel *ch = g->channels[n->channel];
    ch->ops->send(ch, &notice, sent, a);
    broadcast_unref(told);
}

static void send_now(struct sending *g, struct lane_item *i)
{
    struct notification *n = i->notification;
    int64_t now_ms = service_now_ms(g->service);
    if (now_ms >= n->deadline_ms) {
        leave_lane(g, i, LANE_UNTRIED, NULL);
        settle_withdraw(g->settle, i, NOTIFICATION_ON_EXPIRED);
        g->ended(g->ctx);
    } else if (g_hash_table_contains(g->gone, n->endpoint)) {
        finish(g, i, outcome_new(OUTCOME_REFUSED, 0, "the endpoint said that it is gone"));
    } else {
        hand_on(g, i, now_ms);
    }
}

/* One at a time: whatever else is due goes on in between. */
static void send_large(void *ctx)
{
    struct sending *g = ctx;
    struct lane_item *i = g_queue_pop_head(&g->large);
    if (g->large.length > 0)
        loop_timer_arm(g->later, LARGE_AFTER_MS);
    send_now(g, i);
}

static bool is_large(const struct lane_item *i)
{
    g_autoptr(GPtrArray) obligations = casefile_obligations_of(i->casefile, i->notification);
    guint missions = 0;
    for (guint k = 0; k < obligations->len; k++)
        missions += ((const struct obligation *)g_ptr_array_index(obligations, k))->missions->len;
    return missions >= LARGE_MISSIONS;
}

void sending_send(struct sending *g, struct lane_item *i)
{
    if (!is_large(i)) {
        send_now(g, i);
        return;
    }
    if (g->large.length == 0)
        loop_timer_arm(g->later, LARGE_AFTER_MS);
    g_queue_push_tail(&g->large, i);
}

static bool is_of(const struct lane_item *i, const GArray *broadcasts)
{
    for (guint k = 0; k < broadcasts->len; k++)
        if (g_array_index(broadcasts, int64_t, k) == i->casefile->no)
            return true;
    return false;
}

void sending_take_back(struct sending *g, const GArray *broadcasts)
{
    for (guint n = g->large.length; n > 0; n--) {
        struct lane_item *i = g_queue_pop_head(&g->large);
        if (is_of(i, broadcasts)) {
            leave_lane(g, i, LANE_UNTRIED, NULL);
            lane_put(i->lane, i);
        } else {
            g_queue_push_tail(&g->large, i);
        }
    }
    if (g->large.length == 0)
        loop_timer_disarm(g->later);
}

GHashTable *sending_gone(const struct sending *g)
{
    return g->gone;
}

void sending_count(const struct sending *g, sending_counts out)
{
    memcpy(out, g->attempts, sizeof(sending_counts));
}

struct sending *sending_new(struct service *s, struct channel *const channels[], struct settle *t,
                            const struct icebox *ice, void (*ended)(void *ctx), void *ctx)
{
    struct sending *g = g_new0(struct sending, 1);
    g->service = s;
    g->channels = channels;
    g->settle = t;
    g->ice = ice;
    g->outages = outages_new(s);
    g->gone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&g->large);
    g->later = loop_timer_new(s->loop, send_large, g);
    g->ended = ended;
    g->ctx = ctx;
    return g;
}

void sending_free(struct sending *g)
{
    loop_timer_free(g->later);
    g_queue_clear_full(&g->large, (GDestroyNotify)lane_item_free);
    outages_free(g->outages);
    g_hash_table_unref(g->gone);
    g_free(g);
}
