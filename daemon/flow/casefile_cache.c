#include "flow/casefile_cache.h"

struct casefile_cache {
    GQueue recent;    /* struct casefile *, the last used first */
    GQueue fresh;     /* struct casefile *, not used yet; the oldest first */
    guint fresh_bulk; /* of all of these */
};

struct casefile_cache *casefile_cache_new(void)
{
    struct casefile_cache *cache = g_new0(struct casefile_cache, 1);
    g_queue_init(&cache->recent);
    g_queue_init(&cache->fresh);
    return cache;
}

void casefile_cache_free(struct casefile_cache *cache)
{
    g_queue_clear_full(&cache->recent, (GDestroyNotify)casefile_unref);
    g_queue_clear_full(&cache->fresh, (GDestroyNotify)casefile_unref);
    g_free(cache);
}

static GList *link_of(const GQueue *q, int64_t no)
{
    for (GList *l = q->head; l; l = l->next)
        if (((struct casefile *)l->data)->no == no)
            return l;
    return NULL;
}

static void drop_fresh(struct casefile_cache *cache, GList *l)
{
    cache->fresh_bulk -= casefile_bulk(l->data);
    casefile_unref(l->data);
    g_queue_delete_link(&cache->fresh, l);
}

void casefile_cache_drop(struct casefile_cache *cache, int64_t no)
{
    GList *used = link_of(&cache->recent, no), *fresh = link_of(&cache->fresh, no);
    if (fresh)
        drop_fresh(cache, fresh);
    if (!used)
        return;
    casefile_unref(used->data);
    g_queue_delete_link(&cache->recent, used);
}

void casefile_cache_put(struct casefile_cache *cache, struct casefile *c)
{
    casefile_ref(c);
    casefile_cache_drop(cache, c->no);
    g_queue_push_head(&cache->recent, c);
}

static bool has_room(const struct casefile_cache *cache)
{
    return cache->fresh.length < CASEFILE_CACHE_MAX &&
           cache->fresh_bulk < CASEFILE_CACHE_MAX_FRESH_BULK;
}

/* Nothing is sent of it: its destination is down, perhaps. */
static bool is_left_over(const struct casefile *c, const struct casefile *now)
{
    return now->row->released_ms - c->row->released_ms > CASEFILE_CACHE_FRESH_MS;
}

void casefile_cache_offer(struct casefile_cache *cache, struct casefile *c)
{
    while (!has_room(cache) && is_left_over(cache->fresh.head->data, c))
        drop_fresh(cache, cache->fresh.head);
    if (!has_room(cache))
        return;
    g_queue_push_tail(&cache->fresh, casefile_ref(c));
    cache->fresh_bulk += casefile_bulk(c);
}

static bool is_held(const struct casefile *c)
{
    return g_atomic_int_get(&c->refs) > 1;
}

/* Looked at from the one that was not used for longest. */
static bool goes_before(const struct casefile *c, const struct casefile *other)
{
    if (is_held(c) != is_held(other))
        return !is_held(c);
    return is_held(c) && c->obligations->len < other->obligations->len;
}

/* What letting go of them would give back. */
static guint spare_bulk(const struct casefile_cache *cache)
{
    guint bulk = 0;
    for (GList *l = cache->recent.head; l; l = l->next)
        bulk += is_held(l->data) ? 0 : casefile_bulk(l->data);
    return bulk;
}

void casefile_cache_trim(struct casefile_cache *cache)
{
    while (cache->recent.length > CASEFILE_CACHE_MAX ||
           (cache->recent.length > 1 && spare_bulk(cache) > CASEFILE_CACHE_MAX_BULK)) {
        GList *first = cache->recent.tail;
        for (GList *l = first->prev; l && is_held(first->data); l = l->prev)
            if (goes_before(l->data, first->data))
                first = l;
        casefile_unref(first->data);
        g_queue_delete_link(&cache->recent, first);
    }
}

GPtrArray *casefile_cache_all(const struct casefile_cache *cache)
{
    GPtrArray *out = g_ptr_array_new_full(cache->recent.length + cache->fresh.length,
                                          (GDestroyNotify)casefile_unref);
    for (GList *l = cache->recent.head; l; l = l->next)
        g_ptr_array_add(out, casefile_ref(l->data));
    for (GList *l = cache->fresh.head; l; l = l->next)
        g_ptr_array_add(out, casefile_ref(l->data));
    return out;
}
