#include "flow/headstart.h"

#include "flow/claim.h"

struct share { /* of one lane */
    enum broadcast_urgency urgency;
    unsigned room, kept; /* in its window; of that, for the plan */
    unsigned taken;
    bool asked, idle; /* is nothing ahead of it in the store? */
};

struct headstart {
    GHashTable *by_lane; /* name -> struct share * */
};

static enum broadcast_urgency urgency_of(const struct notification *n)
{
    return n->priority >> 24;
}

/* As in a claim, what a lane holds must not keep too many large casefiles in memory. */
static struct share *share_new(struct lane_set *lanes, const struct notification *n,
                               const struct plan *p, unsigned window)
{
    struct share *of = g_new0(struct share, 1);
    of->urgency = urgency_of(n);
    const struct lane_slot *slot = &lane_set_get(lanes, n->lane)->slots[of->urgency];
    uint64_t there = slot->held + slot->coming;
    uint64_t bulk = p->missions->len + p->obligations->len;
    if (there < window && there * bulk <= CLAIM_MAX_BULK)
        of->room = window - (unsigned)there;
    return of;
}

struct headstart *headstart_new(struct lane_set *lanes, const struct plan *p, unsigned window)
{
    struct headstart *h = g_new(struct headstart, 1);
    h->by_lane = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->notifications, i);
        struct share *of = g_hash_table_lookup(h->by_lane, n->lane);
        if (!of) {
            of = share_new(lanes, n, p, window);
            g_hash_table_insert(h->by_lane, g_strdup(n->lane), of);
        }
        if (of->urgency != urgency_of(n) || of->kept == of->room)
            continue;
        of->kept++;
        lane_set_get(lanes, n->lane)->slots[of->urgency].coming++;
    }
    return h;
}

static bool may_be_taken(struct share *of, const struct notification *n, struct store *s,
                         int64_t now_ms, bool *may, GError **error)
{
    *may = of && of->urgency == urgency_of(n) && of->taken < of->kept &&
           n->state == NOTIFICATION_QUEUED;
    if (!*may)
        return true;
    if (!of->asked && !s->ops->queue_is_idle(s, n->lane, of->urgency, now_ms, &of->idle, error))
        return false;
    of->asked = true;
    *may = of->idle;
    return true;
}

bool headstart_take(struct headstart *h, struct store *s, struct plan *p, int64_t now_ms,
                    GError **error)
{
    for (guint i = 0; i < p->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(p->notifications, i);
        struct share *of = g_hash_table_lookup(h->by_lane, n->lane);
        bool may;
        if (!may_be_taken(of, n, s, now_ms, &may, error))
            return false;
        if (!may)
            continue;
        notification_move(n, NOTIFICATION_CLAIM);
        of->taken++;
    }
    return true;
}

static GPtrArray *take_out(struct plan *p, struct casefile *c)
{
    GPtrArray *items = g_ptr_array_new();
    GPtrArray *left = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    for (guint i = 0; i < p->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(p->notifications, i);
        if (n->state != NOTIFICATION_SENDING) {
            g_ptr_array_add(left, n);
            continue;
        }
        struct lane_item *item = g_new0(struct lane_item, 1);
        item->notification = n;
        item->casefile = casefile_ref(c);
        g_ptr_array_add(items, item);
    }
    g_ptr_array_set_free_func(p->notifications, NULL);
    g_ptr_array_unref(p->notifications);
    p->notifications = left;
    return items;
}

GPtrArray *headstart_end(struct headstart *h, struct lane_set *lanes, struct plan *p,
                         struct casefile *c)
{
    GHashTableIter at;
    gpointer lane, value;
    g_hash_table_iter_init(&at, h->by_lane);
    while (g_hash_table_iter_next(&at, &lane, &value)) {
        const struct share *of = value;
        lane_set_get(lanes, lane)->slots[of->urgency].coming -= of->kept;
    }
    g_hash_table_unref(h->by_lane);
    g_free(h);
    return c ? take_out(p, c) : g_ptr_array_new();
}
