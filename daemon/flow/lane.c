#include "flow/lane.h"

#include "flow/busy.h"
#include "flow/domains.h"

static struct lane_item *first_in(GSequence *s)
{
    return g_sequence_get(g_sequence_get_begin_iter(s));
}

static int order_of_lanes(gconstpointer a, gconstpointer b, gpointer ctx)
{
    return lane_item_order(first_in(((const struct lane *)a)->items),
                           first_in(((const struct lane *)b)->items), ctx);
}

void lane_pool_init(struct lane_pool *p)
{
    *p = (struct lane_pool){ .ready = g_sequence_new(NULL) };
    p->busy = busy_new();
    g_queue_init(&p->transfers);
}

void lane_pool_clear(struct lane_pool *p)
{
    g_clear_pointer(&p->ready, g_sequence_free);
    g_clear_pointer(&p->busy, busy_free);
}

struct lane *lane_new(struct lane_pool *p, const char *name)
{
    struct lane *l = g_new0(struct lane, 1);
    l->name = g_strdup(name);
    l->pool = p;
    l->deadline_ms = INT64_MAX;
    l->items = g_sequence_new(NULL); /* what is in it is freed by whoever takes it out */
    l->barred = g_sequence_new(NULL);
    l->domains = p->as_one ? domains_new() : NULL;
    l->failed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        l->slots[u] = (struct lane_slot){ .refill = G_MAXUINT, .next_due_ms = INT64_MAX };
    return l;
}

static void leave_ready(struct lane *l)
{
    if (l->ready)
        g_sequence_remove(l->ready);
    l->ready = NULL;
}

static void unhold(struct lane_item *i)
{
    i->lane->slots[i->notification->priority >> 24].held--;
    i->lane->pool->held--;
}

static void free_held(GSequence *items, void *ctx)
{
    (void)ctx;
    for (GSequenceIter *at = g_sequence_get_begin_iter(items); !g_sequence_iter_is_end(at);
         at = g_sequence_iter_next(at)) {
        unhold(g_sequence_get(at));
        lane_item_free(g_sequence_get(at));
    }
}

static void each_list(struct lane *l, void (*fn)(GSequence *held, void *ctx), void *ctx)
{
    fn(l->items, ctx);
    fn(l->barred, ctx);
    if (l->domains)
        domains_each(l->domains, fn, ctx);
}

void lane_free(struct lane *l)
{
    leave_ready(l);
    each_list(l, free_held, NULL);
    g_sequence_free(l->items);
    g_sequence_free(l->barred);
    domains_free(l->domains);
    g_hash_table_unref(l->failed);
    g_free(l->name);
    g_free(l);
}

bool lane_is_idle(const struct lane *l)
{
    if (l->in_flight > 0 || l->breaker.failures > 0 || !g_sequence_is_empty(l->items))
        return false;
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        if (l->slots[u].wanted || l->slots[u].claiming || l->slots[u].coming > 0 ||
            l->slots[u].next_due_ms != INT64_MAX)
            return false;
    return true;
}

static unsigned places_of(const struct lane *l)
{
    return l->well || breaker_is_open(&l->breaker) ? l->pool->max_per_lane
                                                   : l->pool->untried_per_lane;
}

/* A lane stands in `ready` by its first item, so it leaves before that changes and comes back
 * after. */
static void join_ready(struct lane *l)
{
    if (g_sequence_is_empty(l->items) || l->in_flight >= places_of(l))
        return;
    GSequence *ready = l->pool->ready; /* of mail there is one lane */
    l->ready = g_sequence_is_empty(ready)
                   ? g_sequence_append(ready, l)
                   : g_sequence_insert_sorted(ready, l, order_of_lanes, NULL);
}

void lane_put(struct lane *l, struct lane_item *i)
{
    i->lane = l;
    leave_ready(l);
    lane_item_insert(l->items, i);
    l->slots[i->notification->priority >> 24].held++;
    l->pool->held++;
    l->deadline_ms = MIN(l->deadline_ms, i->notification->deadline_ms);
    join_ready(l);
}

static struct lane_item *pop(struct lane *l)
{
    struct lane_item *i = first_in(l->items);
    leave_ready(l);
    g_sequence_remove(g_sequence_get_begin_iter(l->items));
    l->slots[i->notification->priority >> 24].held--;
    l->pool->held--;
    return i;
}

static bool is_barred(const struct lane *l, const struct lane_item *i)
{
    return breaker_is_open(&l->breaker) &&
           (l->pool->as_one || g_hash_table_contains(l->failed, i->notification->endpoint));
}

static int64_t due_of(const struct lane *l, const struct lane_item *i)
{
    return breaker_due_ms(&l->breaker, i->notification->priority >> 24);
}

/* A hastened probe does not wait for one that hangs. */
static bool may_probe(const struct lane *l, const struct lane_item *i)
{
    return (l->probing == 0 || l->breaker.hastened) && due_of(l, i) <= l->pool->now_ms;
}

/* Behind what is on its way to the same endpoint, with the barred, or with its domain. */
static bool hold(struct lane *l, struct lane_item *i)
{
    if (busy_hold(l->pool->busy, i))
        return true;
    if (is_barred(l, i) && !may_probe(l, i)) {
        lane_item_insert(l->barred, i);
        return true;
    }
    return l->domains && domains_hold(l->domains, i, l->pool->max_per_lane);
}

/* Puts it aside if it may not go yet. */
static bool set_aside(struct lane *l, struct lane_item *i)
{
    if (!hold(l, i))
        return false;
    l->slots[i->notification->priority >> 24].held++;
    l->pool->held++;
    return true;
}

static struct lane_item *pop_free(struct lane_pool *p)
{
    while (!g_sequence_is_empty(p->ready)) {
        struct lane *l = g_sequence_get(g_sequence_get_begin_iter(p->ready));
        struct lane_item *i = pop(l);
        if (!set_aside(l, i))
            return i;
        join_ready(l);
    }
    return NULL;
}

struct lane_item *lane_next(struct lane_pool *p, int64_t monotonic_ms)
{
    lane_age(p, monotonic_ms);
    if (p->in_flight >= p->max_total || p->fast >= p->max_fast)
        return NULL;
    struct lane_item *i = pop_free(p);
    if (!i)
        return NULL;
    busy_enter(p->busy, i);
    i->started_ms = monotonic_ms;
    i->slow = i->drags = false;
    i->link = (GList){ .data = i };
    g_queue_push_tail_link(&p->transfers, &i->link);
    i->lane->in_flight++;
    p->in_flight++;
    p->fast++;
    if (i->lane->domains)
        domains_enter(i->lane->domains, i);
    i->probe = is_barred(i->lane, i);
    i->lane->probing += i->probe;
    if (i->probe)
        breaker_go(&i->lane->breaker);
    join_ready(i->lane);
    return i;
}

static void leave_fast(struct lane_pool *p, struct lane_item *i)
{
    if (i->slow)
        return;
    i->slow = true;
    g_queue_unlink(&p->transfers, &i->link);
    p->fast--;
}

/* It was held elsewhere and waits with the others now; NULL: nothing. */
static void put_back(struct lane_item *i)
{
    if (!i)
        return;
    unhold(i);
    lane_put(i->lane, i);
}

/* The first, or all, of what was barred is looked at again. */
static void unbar(struct lane *l, bool all)
{
    leave_ready(l);
    while (!g_sequence_is_empty(l->barred)) {
        lane_item_insert(l->items, first_in(l->barred));
        g_sequence_remove(g_sequence_get_begin_iter(l->barred));
        if (!all)
            break;
    }
    join_ready(l);
}

static enum breaker_change learn(struct lane *l, const struct lane_item *i, bool well)
{
    l->well = well;
    if (well)
        g_hash_table_remove_all(l->failed);
    else if (!l->pool->as_one)
        g_hash_table_add(l->failed, g_strdup(i->notification->endpoint));
    return breaker_note(&l->breaker, !well, l->pool->now_ms);
}

static void leave_domain(struct lane *l, struct lane_item *i, enum lane_end end)
{
    g_autoptr(GPtrArray) released = g_ptr_array_new();
    bool slow = i->slow || l->pool->now_ms - i->started_ms >= l->pool->slow_after_ms;
    enum domain_pace pace = slow ? PACE_SLOW : end == LANE_UNTRIED ? PACE_UNKNOWN : PACE_QUICK;
    domains_leave(l->domains, i, pace, l->pool->max_per_lane, released);
    for (guint k = 0; k < released->len; k++)
        put_back(g_ptr_array_index(released, k));
}

enum breaker_change lane_done(struct lane_item *i, enum lane_end end, int64_t monotonic_ms)
{
    struct lane *l = i->lane;
    enum breaker_change change = BREAKER_SAME;
    l->pool->now_ms = monotonic_ms;
    if (l->domains)
        leave_domain(l, i, end);
    leave_fast(l->pool, i);
    leave_ready(l);
    l->in_flight--;
    l->pool->in_flight--;
    l->probing -= i->probe;
    if (end != LANE_UNTRIED)
        change = learn(l, i, end == LANE_WELL);
    unbar(l, !breaker_is_open(&l->breaker));
    put_back(busy_leave(l->pool->busy, i));
    return change;
}

int64_t lane_age(struct lane_pool *p, int64_t monotonic_ms)
{
    struct lane_item *oldest;
    p->now_ms = monotonic_ms;
    while ((oldest = g_queue_peek_head(&p->transfers))) {
        int64_t slow_at_ms = oldest->started_ms + p->slow_after_ms;
        if (slow_at_ms > monotonic_ms)
            return slow_at_ms;
        leave_fast(p, oldest);
        if (oldest->lane->domains)
            domains_slow(oldest->lane->domains, oldest);
    }
    return INT64_MAX;
}

void lane_consider(struct lane *l)
{
    if (!g_sequence_is_empty(l->barred) && may_probe(l, first_in(l->barred)))
        unbar(l, false);
}

int64_t lane_probe_ms(const struct lane *l)
{
    bool waits = l->probing == 0 && !g_sequence_is_empty(l->barred);
    return waits ? due_of(l, first_in(l->barred)) : INT64_MAX;
}

void lane_hasten(struct lane *l)
{
    breaker_hasten(&l->breaker);
    lane_consider(l);
}

static bool is_of(const struct lane_item *i, GHashTable *broadcasts)
{
    return g_hash_table_contains(broadcasts, &i->casefile->no);
}

struct taking { /* those of the broadcasts, or (NULL) those whose deadline is at or before now_ms */
    GHashTable *broadcasts;
    int64_t now_ms;
    GPtrArray *out;
};

static bool is_taken(struct lane_item *i, void *ctx)
{
    const struct taking *t = ctx;
    if (t->broadcasts ? is_of(i, t->broadcasts) : i->notification->deadline_ms <= t->now_ms) {
        unhold(i);
        g_ptr_array_add(t->out, i);
        return true;
    }
    i->lane->deadline_ms = MIN(i->lane->deadline_ms, i->notification->deadline_ms);
    return false;
}

static void take_from(GSequence *held, void *ctx)
{
    GSequenceIter *at = g_sequence_get_begin_iter(held);
    while (!g_sequence_iter_is_end(at)) {
        GSequenceIter *next = g_sequence_iter_next(at);
        if (is_taken(g_sequence_get(at), ctx))
            g_sequence_remove(at);
        at = next;
    }
}

static void take_from_lane(struct lane *l, GHashTable *broadcasts, int64_t now_ms, GPtrArray *out)
{
    struct taking t = { broadcasts, now_ms, out };
    guint before = out->len;
    leave_ready(l);
    l->deadline_ms = INT64_MAX;
    busy_take(l->pool->busy, l, is_taken, &t);
    each_list(l, take_from, &t);
    join_ready(l);
    for (guint k = before; k < out->len; k++)
        put_back(busy_forget(l->pool->busy, g_ptr_array_index(out, k)));
}

void lane_take_expired(struct lane *l, int64_t now_ms, GPtrArray *out)
{
    if (l->deadline_ms <= now_ms)
        take_from_lane(l, NULL, now_ms, out);
}

void lane_take_out(struct lane *l, GHashTable *broadcasts, GPtrArray *out)
{
    take_from_lane(l, broadcasts, 0, out);
}

struct looking { /* for those of the broadcasts */
    GHashTable *broadcasts;
    GArray *out;
};

static void append_if_of(const struct lane_item *i, void *ctx)
{
    const struct looking *k = ctx;
    struct underway u = { .notification = i->notification->id };
    if (is_of(i, k->broadcasts) && !i->making)
        g_array_append_val(k->out, u);
}

void lane_in_flight(struct lane_pool *p, GHashTable *broadcasts, GArray *out)
{
    struct looking k = { broadcasts, out };
    busy_each(p->busy, append_if_of, &k);
}
