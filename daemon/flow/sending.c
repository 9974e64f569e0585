#include "flow/sending.h"

#include "flow/outage.h"
#include "io/worker.h"
#include <string.h>

#define LIST_MISSIONS 5 /* as many make a list, which may take long to make */

struct sending {
    struct service *service;
    struct channel *const *channels;
    struct settle *settle;
    struct icebox *ice;
    struct outages *outages;
    GHashTable *gone;
    sending_counts attempts;
    struct worker *makers[CHANNEL_ROOMS]; /* of ROOM_NONE: NULL */
    bool stopping;
    void (*ended)(void *ctx);
    void *ctx;
};

struct attempt { /* being made, or on its way */
    struct sending *sending;
    struct lane_item *item;
    enum channel_room room;
    struct config *config; /* one reference */
    GPtrArray *masters;    /* one reference; NULL: none */
    struct notice notice;  /* once it is made; the next are what it points to */
    struct broadcast *told;
    GPtrArray *obligations, *missions;
    struct link link;
    void *made; /* NULL: it could not be made */
    GError *error;
};

static void attempt_free(struct attempt *a)
{
    config_unref(a->config);
    g_clear_pointer(&a->masters, g_ptr_array_unref);
    g_clear_pointer(&a->obligations, g_ptr_array_unref);
    g_clear_pointer(&a->missions, g_ptr_array_unref);
    broadcast_unref(a->told);
    g_clear_error(&a->error);
    g_free(a);
}

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
    attempt_free(a);
}

/* --- making: on a thread of its own what takes long --- */

static bool is_list(const struct lane_item *i)
{
    return casefile_named(i->casefile, i->notification) >= LIST_MISSIONS;
}

static void make(void *arg)
{
    struct attempt *a = arg;
    const struct notification *n = a->item->notification;
    const struct casefile *c = a->item->casefile;
    a->obligations = casefile_obligations_of(c, n);
    a->missions = casefile_missions_of(c, a->obligations);
    a->told = casefile_broadcast_for(c, n, a->missions);
    bool linked = casefile_link(c, n, a->masters, &a->link);
    a->notice = (struct notice){ .broadcast = a->told,
                                 .notification = n,
                                 .obligations = a->obligations,
                                 .missions = a->missions,
                                 .directory = a->config->directory,
                                 .now_ms = a->notice.now_ms,
                                 .link = linked ? &a->link : NULL,
                                 .base_url = a->config->acknowledge.base_url };
    struct channel *ch = a->sending->channels[n->channel];
    a->made = ch->ops->make(ch, &a->notice, a->room, &a->error);
}

/* What the world has come to meanwhile: true if it is not to be sent (now), and was taken. */
static bool is_overtaken(struct sending *g, struct lane_item *i)
{
    bool superseded = icebox_is_superseded(g->ice, i);
    bool expired = service_now_ms(g->service) >= i->notification->deadline_ms;
    bool put_off = g->stopping || icebox_is_frozen(g->ice, i);
    if (!superseded && !expired && !put_off)
        return false;
    leave_lane(g, i, LANE_UNTRIED, NULL);
    if (superseded || expired)
        settle_withdraw(g->settle, i,
                        superseded ? NOTIFICATION_ON_SUPERSEDED : NOTIFICATION_ON_EXPIRED);
    else if (!icebox_hold(g->ice, i))
        lane_put(i->lane, i);
    g->ended(g->ctx);
    return true;
}

static void made(void *arg)
{
    struct attempt *a = arg;
    struct sending *g = a->sending;
    struct lane_item *i = a->item;
    struct channel *ch = g->channels[i->notification->channel];
    struct outcome *refused = NULL;
    i->making = false;
    bool overtaken = is_overtaken(g, i);
    if (!overtaken && g_hash_table_contains(g->gone, i->notification->endpoint))
        refused = outcome_new(OUTCOME_REFUSED, 0, "the endpoint said that it is gone");
    else if (!overtaken && !a->made)
        refused = outcome_new(OUTCOME_REFUSED, 0, a->error->message);
    if (!overtaken && !refused) {
        ch->ops->send(ch, &a->notice, g_steal_pointer(&a->made), sent, a);
        return;
    }
    if (refused)
        finish(g, i, refused);
    if (a->made)
        ch->ops->drop(a->made);
    attempt_free(a);
}

void sending_send(struct sending *g, struct lane_item *i)
{
    struct attempt *a = g_new0(struct attempt, 1);
    a->sending = g;
    a->item = i;
    a->room = is_list(i) ? ROOM_LISTS : ROOM_SHORT;
    a->config = config_ref(g->service->config);
    a->masters = g->service->masters ? g_ptr_array_ref(g->service->masters) : NULL;
    a->notice.now_ms = service_now_ms(g->service);
    i->making = true;
    if (a->room == ROOM_SHORT && g->channels[i->notification->channel]->ops->quick) {
        make(a);
        made(a);
    } else {
        worker_give(g->makers[a->room], a);
    }
}

static void drop(void *arg)
{
    struct attempt *a = arg;
    struct channel *ch = a->sending->channels[a->item->notification->channel];
    if (a->made)
        ch->ops->drop(a->made);
    lane_item_free(a->item);
    attempt_free(a);
}

void sending_stop(struct sending *g)
{
    g->stopping = true;
}

GHashTable *sending_gone(const struct sending *g)
{
    return g->gone;
}

void sending_grown(struct sending *g, int64_t broadcast_no)
{
    outages_grown(g->outages, broadcast_no);
}

void sending_count(const struct sending *g, sending_counts out)
{
    memcpy(out, g->attempts, sizeof(sending_counts));
}

struct sending *sending_new(struct service *s, struct channel *const channels[], struct settle *t,
                            struct icebox *ice, void (*ended)(void *ctx), void *ctx)
{
    struct sending *g = g_new0(struct sending, 1);
    g->service = s;
    g->channels = channels;
    g->settle = t;
    g->ice = ice;
    g->outages = outages_new(s);
    g->gone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g->makers[ROOM_SHORT] = worker_new(s->loop, "notices", make, made, drop);
    g->makers[ROOM_LISTS] = worker_new(s->loop, "lists", make, made, drop);
    g->ended = ended;
    g->ctx = ctx;
    return g;
}

void sending_free(struct sending *g)
{
    for (int r = ROOM_NONE; r < CHANNEL_ROOMS; r++)
        worker_free(g->makers[r]);
    outages_free(g->outages);
    g_hash_table_unref(g->gone);
    g_free(g);
}
