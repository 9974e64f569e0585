#include "flow/domains.h"

#include "flow/lane_item.h"
#include <string.h>

struct domain { /* of one domain */
    char *domain;
    enum domain_pace pace;
    unsigned in_flight;
    unsigned dragging; /* of these, those that have turned slow on their way */
    GSequence *held;   /* struct lane_item * */
};

struct domains {
    GHashTable *by_domain;   /* struct domain * */
    unsigned slow_in_flight; /* of all that are slow */
};

static void domain_free(struct domain *w)
{
    g_sequence_free(w->held);
    g_free(w->domain);
    g_free(w);
}

struct domains *domains_new(void)
{
    struct domains *c = g_new0(struct domains, 1);
    c->by_domain =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)domain_free);
    return c;
}

void domains_free(struct domains *c)
{
    if (!c)
        return;
    g_hash_table_unref(c->by_domain);
    g_free(c);
}

static struct domain *domain_of(struct domains *c, const struct lane_item *i)
{
    const char *at = strrchr(i->notification->endpoint, '@');
    g_autofree char *domain = g_ascii_strdown(at ? at + 1 : i->notification->endpoint, -1);
    struct domain *w = g_hash_table_lookup(c->by_domain, domain);
    if (!w) {
        w = g_new0(struct domain, 1);
        w->domain = g_steal_pointer(&domain);
        w->held = g_sequence_new(NULL);
        g_hash_table_insert(c->by_domain, w->domain, w);
    }
    return w;
}

/* Only that it is slow is worth remembering. */
static void forget_if_idle(struct domains *c, struct domain *w)
{
    if (w->in_flight == 0 && w->pace != PACE_SLOW && g_sequence_is_empty(w->held))
        g_hash_table_remove(c->by_domain, w->domain);
}

static unsigned half(unsigned places)
{
    return MAX(places / 2, 1);
}

static bool has_place(const struct domains *c, const struct domain *w, unsigned places)
{
    if (w->pace == PACE_SLOW && c->slow_in_flight >= half(places))
        return false;
    static const unsigned least[] = { [PACE_UNKNOWN] = DOMAIN_UNKNOWN_PLACES, [PACE_SLOW] = 1 };
    return w->in_flight < (w->pace == PACE_QUICK ? half(places) : least[w->pace]);
}

bool domains_hold(struct domains *c, struct lane_item *i, unsigned places)
{
    struct domain *w = domain_of(c, i);
    if (has_place(c, w, places))
        return false;
    lane_item_insert(w->held, i);
    return true;
}

void domains_enter(struct domains *c, struct lane_item *i)
{
    struct domain *w = domain_of(c, i);
    w->in_flight++;
    c->slow_in_flight += w->pace == PACE_SLOW;
}

static void set_pace(struct domains *c, struct domain *w, enum domain_pace pace)
{
    if (w->pace == PACE_SLOW)
        c->slow_in_flight -= w->in_flight;
    w->pace = pace;
    if (w->pace == PACE_SLOW)
        c->slow_in_flight += w->in_flight;
}

void domains_slow(struct domains *c, struct lane_item *i)
{
    struct domain *w = domain_of(c, i);
    i->drags = true;
    w->dragging++;
    set_pace(c, w, PACE_SLOW);
}

/* Counts what it appends as if it went; see uncount(). */
static void release(struct domains *c, struct domain *w, unsigned places, GPtrArray *out)
{
    while (!g_sequence_is_empty(w->held) && has_place(c, w, places)) {
        GSequenceIter *first = g_sequence_get_begin_iter(w->held);
        g_ptr_array_add(out, g_sequence_get(first));
        g_sequence_remove(first);
        w->in_flight++;
        c->slow_in_flight += w->pace == PACE_SLOW;
    }
}

static void uncount(struct domains *c, const GPtrArray *released)
{
    for (guint i = 0; i < released->len; i++) {
        struct domain *w = domain_of(c, g_ptr_array_index(released, i));
        w->in_flight--;
        c->slow_in_flight -= w->pace == PACE_SLOW;
    }
}

/* A place of the slow ones has become free: the first of each that has none. */
static void release_slow(struct domains *c, unsigned places, GPtrArray *out)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, c->by_domain);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        struct domain *w = value;
        if (w->pace == PACE_SLOW && w->in_flight == 0)
            release(c, w, places, out);
    }
}

void domains_leave(struct domains *c, struct lane_item *i, enum domain_pace pace, unsigned places,
                   GPtrArray *released)
{
    struct domain *w = domain_of(c, i);
    bool was_slow = w->pace == PACE_SLOW;
    c->slow_in_flight -= was_slow;
    w->in_flight--;
    w->dragging -= i->drags;
    if (pace == PACE_SLOW || (pace == PACE_QUICK && w->dragging == 0))
        set_pace(c, w, pace);
    release(c, w, places, released);
    if (was_slow)
        release_slow(c, places, released);
    uncount(c, released);
    forget_if_idle(c, w);
}

void domains_each(struct domains *c, void (*fn)(GSequence *held, void *ctx), void *ctx)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, c->by_domain);
    while (g_hash_table_iter_next(&at, NULL, &value))
        fn(((struct domain *)value)->held, ctx);
}
