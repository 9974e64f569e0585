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

void lane_pool_init(struct lane_pool *p)
{
    *p = (struct lane_pool){ .ready = g_sequence_new(NULL) };
    g_queue_init(&p->transfers);
}

void lane_pool_clear(struct lane_pool *p)
{
    g_clear_pointer(&p->ready, g_sequence_free);
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

void lane_free(struct lane *l)
{
    g_autoptr(GPtrArray) rest = lane_take_all(l);
    g_ptr_array_foreach(rest, (GFunc)(void (*)(void))lane_item_free, NULL);
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

struct lane_item *lane_next(struct lane_pool *p, int64_t monotonic_ms)
{
    lane_age(p, monotonic_ms);
    if (g_sequence_is_empty(p->ready) || p->in_flight >= p->max_total || p->fast >= p->max_fast)
        return NULL;
    struct lane *l = g_sequence_get(g_sequence_get_begin_iter(p->ready));
    struct lane_item *i = pop(l);
    i->started_ms = monotonic_ms;
    i->slow = false;
    i->link = (GList){ .data = i };
    g_queue_push_tail_link(&p->transfers, &i->link);
    l->in_flight++;
    p->in_flight++;
    p->fast++;
    join_ready(l);
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

void lane_done(struct lane_item *i, bool failed)
{
    struct lane *l = i->lane;
    leave_fast(l->pool, i);
    leave_ready(l);
    l->in_flight--;
    l->pool->in_flight--;
    l->failing = failed;
    join_ready(l);
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

GPtrArray *lane_take_all(struct lane *l)
{
    GPtrArray *out = g_ptr_array_new();
    while (!g_sequence_is_empty(l->items))
        g_ptr_array_add(out, pop(l));
    leave_ready(l);
    return out;
}
