#include "flow/lane.h"

void lane_item_free(struct lane_item *i)
{
    if (!i)
        return;
    notification_free(i->notification);
    casefile_unref(i->casefile);
    g_free(i);
}

static int order_of_items(gconstpointer a, gconstpointer b, gpointer ctx)
{
    const struct notification *x = ((const struct lane_item *)a)->notification;
    const struct notification *y = ((const struct lane_item *)b)->notification;
    (void)ctx;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static struct lane_item *first_of(const struct lane *l)
{
    return g_sequence_get(g_sequence_get_begin_iter(l->items));
}

static int order_of_lanes(gconstpointer a, gconstpointer b, gpointer ctx)
{
    return order_of_items(first_of(a), first_of(b), ctx);
}

struct busy { /* an endpoint that an attempt is on its way to */
    struct lane_item *item;
    GQueue behind; /* struct lane_item *, held */
};

static void busy_free(struct busy *b)
{
    g_queue_clear(&b->behind);
    g_free(b);
}

void lane_pool_init(struct lane_pool *p)
{
    *p = (struct lane_pool){ .ready = g_sequence_new(NULL) };
    p->busy = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)busy_free);
    g_queue_init(&p->transfers);
}

void lane_pool_clear(struct lane_pool *p)
{
    g_clear_pointer(&p->ready, g_sequence_free);
    g_clear_pointer(&p->busy, g_hash_table_unref);
}

struct lane *lane_new(struct lane_pool *p, const char *name)
{
    struct lane *l = g_new0(struct lane, 1);
    l->name = g_strdup(name);
    l->pool = p;
    l->items = g_sequence_new(NULL); /* items are freed by whoever takes them out */
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        l->slots[u].next_due_ms = INT64_MAX;
    return l;
}

static void leave_ready(struct lane *l)
{
    if (l->ready)
        g_sequence_remove(l->ready);
    l->ready = NULL;
}

static struct lane_item *pop(struct lane *l);

void lane_free(struct lane *l)
{
    while (!g_sequence_is_empty(l->items))
        lane_item_free(pop(l));
    leave_ready(l);
    g_sequence_free(l->items);
    g_free(l->name);
    g_free(l);
}

bool lane_is_idle(const struct lane *l)
{
    if (l->in_flight > 0 || !g_sequence_is_empty(l->items))
        return false;
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        if (l->slots[u].wanted || l->slots[u].claiming || l->slots[u].next_due_ms != INT64_MAX)
            return false;
    return true;
}

/* A lane stands in `ready` by its first item, so it leaves before that changes and comes back
 * after. */
static void join_ready(struct lane *l)
{
    unsigned places = l->failing ? 1 : l->pool->max_per_lane;
    if (g_sequence_is_empty(l->items) || l->in_flight >= places)
        return;
    l->ready = g_sequence_insert_sorted(l->pool->ready, l, order_of_lanes, NULL);
}

void lane_put(struct lane *l, struct lane_item *i)
{
    i->lane = l;
    leave_ready(l);
    g_sequence_insert_sorted(l->items, i, order_of_items, NULL);
    l->slots[i->notification->priority >> 24].held++;
    l->pool->held++;
    join_ready(l);
}

static struct lane_item *pop(struct lane *l)
{
    struct lane_item *i = first_of(l);
    leave_ready(l);
    g_sequence_remove(g_sequence_get_begin_iter(l->items));
    l->slots[i->notification->priority >> 24].held--;
    l->pool->held--;
    return i;
}

/* The first item whose endpoint is free; those before it line up behind what is on its way there.
 */
static struct lane_item *pop_free(struct lane_pool *p)
{
    while (!g_sequence_is_empty(p->ready)) {
        struct lane *l = g_sequence_get(g_sequence_get_begin_iter(p->ready));
        struct lane_item *i = pop(l);
        struct busy *b = g_hash_table_lookup(p->busy, i->notification->endpoint);
        if (!b)
            return i;
        g_queue_push_tail(&b->behind, i);
        l->slots[i->notification->priority >> 24].held++;
        p->held++;
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
    struct busy *b = g_new0(struct busy, 1);
    b->item = i;
    g_hash_table_insert(p->busy, i->notification->endpoint, b);
    i->started_ms = monotonic_ms;
    i->slow = false;
    i->link = (GList){ .data = i };
    g_queue_push_tail_link(&p->transfers, &i->link);
    i->lane->in_flight++;
    p->in_flight++;
    p->fast++;
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

static void unhold(struct lane_item *i)
{
    i->lane->slots[i->notification->priority >> 24].held--;
    i->lane->pool->held--;
}

static void free_endpoint(struct lane_pool *p, const struct lane_item *i)
{
    struct busy *b = g_hash_table_lookup(p->busy, i->notification->endpoint);
    GQueue behind = b->behind;
    g_queue_init(&b->behind);
    g_hash_table_remove(p->busy, i->notification->endpoint);
    struct lane_item *next;
    while ((next = g_queue_pop_head(&behind))) {
        unhold(next);
        lane_put(next->lane, next);
    }
}

void lane_done(struct lane_item *i, bool failed)
{
    struct lane *l = i->lane;
    leave_fast(l->pool, i);
    leave_ready(l);
    l->in_flight--;
    l->pool->in_flight--;
    l->failing = failed;
    join_ready(l);
    free_endpoint(l->pool, i);
}

int64_t lane_age(struct lane_pool *p, int64_t monotonic_ms)
{
    struct lane_item *oldest;
    while ((oldest = g_queue_peek_head(&p->transfers))) {
        int64_t slow_at_ms = oldest->started_ms + p->slow_after_ms;
        if (slow_at_ms > monotonic_ms)
            return slow_at_ms;
        leave_fast(p, oldest);
    }
    return INT64_MAX;
}

static bool is_of(const struct lane_item *i, GHashTable *broadcasts)
{
    return g_hash_table_contains(broadcasts, &i->casefile->no);
}

static void take_from_lane(struct lane *l, GHashTable *broadcasts, GPtrArray *out)
{
    leave_ready(l);
    GSequenceIter *at = g_sequence_get_begin_iter(l->items);
    while (!g_sequence_iter_is_end(at)) {
        GSequenceIter *next = g_sequence_iter_next(at);
        struct lane_item *i = g_sequence_get(at);
        if (is_of(i, broadcasts)) {
            unhold(i);
            g_sequence_remove(at);
            g_ptr_array_add(out, i);
        }
        at = next;
    }
    join_ready(l);
}

static void take_from_behind(struct busy *b, GHashTable *broadcasts, GPtrArray *out)
{
    for (guint n = b->behind.length; n > 0; n--) {
        struct lane_item *i = g_queue_pop_head(&b->behind);
        if (is_of(i, broadcasts)) {
            unhold(i);
            g_ptr_array_add(out, i);
        } else {
            g_queue_push_tail(&b->behind, i);
        }
    }
}

GPtrArray *lane_take_out(struct lane_pool *p, GHashTable *lanes, GHashTable *broadcasts)
{
    GPtrArray *out = g_ptr_array_new();
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, lanes);
    while (g_hash_table_iter_next(&at, NULL, &value))
        if (((struct lane *)value)->pool == p)
            take_from_lane(value, broadcasts, out);
    g_hash_table_iter_init(&at, p->busy);
    while (g_hash_table_iter_next(&at, NULL, &value))
        take_from_behind(value, broadcasts, out);
    return out;
}

void lane_in_flight(struct lane_pool *p, GHashTable *broadcasts, GArray *out)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, p->busy);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        const struct lane_item *i = ((struct busy *)value)->item;
        if (is_of(i, broadcasts))
            g_array_append_val(out, i->notification->id);
    }
}
