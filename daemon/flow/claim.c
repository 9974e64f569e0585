#include "flow/claim.h"

#define CHUNK 64 /* claimed at a time: what is more than fits is given back */

struct claim {
    struct service *service;
    bool immediate;               /* of those alone; else of the rest */
    struct casefile_cache *cases; /* borrowed; the loop thread's */
    GPtrArray *replies;           /* struct claim_reply * */
    GPtrArray *known;             /* struct casefile *, those of the cache when it began */
    GHashTable *used;             /* broadcast no -> struct casefile *, known or read now */
    GPtrArray *claimed;           /* struct notification *, scratch of the store thread */
    int64_t now_ms;
    GError *error;
    claim_done_fn done;
    void *ctx;
};

static void reply_free(struct claim_reply *r)
{
    g_ptr_array_foreach(r->items, (GFunc)(void (*)(void))lane_item_free, NULL);
    g_ptr_array_unref(r->items);
    g_free(r->lane);
    g_free(r);
}

struct claim *claim_new(struct service *s, struct casefile_cache *cases, bool immediate)
{
    struct claim *c = g_new0(struct claim, 1);
    c->service = s;
    c->immediate = immediate;
    c->cases = cases;
    c->replies = g_ptr_array_new_with_free_func((GDestroyNotify)reply_free);
    c->claimed = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    c->now_ms = service_now_ms(s);
    c->used =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)casefile_unref);
    return c;
}

static void ask(struct claim *c, const char *lane, enum broadcast_urgency u, unsigned limit)
{
    struct claim_reply *r = g_new0(struct claim_reply, 1);
    r->lane = g_strdup(lane);
    r->urgency = u;
    r->limit = limit;
    r->items = g_ptr_array_new();
    g_ptr_array_add(c->replies, r);
}

void claim_ask(struct claim *c, struct lane *l, unsigned window)
{
    int first = c->immediate ? URGENCY_IMMEDIATE : URGENCY_IMMEDIATE + 1;
    int last = c->immediate ? URGENCY_IMMEDIATE : URGENCY_UNKNOWN;
    for (int u = first; u <= last; u++) {
        struct lane_slot *slot = &l->slots[u];
        unsigned held = slot->held + slot->coming;
        if (!slot->wanted || held > MIN(slot->refill, window / 2))
            continue;
        slot->wanted = false;
        slot->claiming = true;
        ask(c, l->name, (enum broadcast_urgency)u, window - held);
    }
}

bool claim_is_empty(const struct claim *c)
{
    return c->replies->len == 0;
}

bool claim_is_full(const struct claim *c)
{
    return c->replies->len >= CLAIM_MAX_ASKS;
}

/* NULL: it is not read yet, or the plan has grown since. */
static struct casefile *known_file(struct claim *c, const struct notification *n)
{
    int64_t no = n->id >> NOTIFICATION_ORDINAL_BITS;
    struct casefile *f = g_hash_table_lookup(c->used, &no);
    for (guint i = 0; !f && i < c->known->len; i++) {
        struct casefile *one = g_ptr_array_index(c->known, i);
        if (one->no != no)
            continue;
        f = casefile_ref(one);
        g_hash_table_insert(c->used, &f->no, f);
    }
    return f && casefile_covers(f, n) ? f : NULL;
}

static struct casefile *read_file(struct claim *c, struct store *s, const struct notification *n,
                                  guint *bulk, GError **error)
{
    struct casefile *f = casefile_load(s, n->id >> NOTIFICATION_ORDINAL_BITS, error);
    if (!f)
        return NULL;
    *bulk += casefile_bulk(f);
    g_hash_table_replace(c->used, &f->no, f);
    return f;
}

static bool give_back(struct claim *c, struct store *s, guint from, GError **error)
{
    for (guint i = from; i < c->claimed->len; i++) {
        const struct notification *n = g_ptr_array_index(c->claimed, i);
        if (!s->ops->unclaim(s, n->id, error))
            return false;
    }
    return true;
}

/* What was claimed becomes items of the reply, as far as their casefiles fit. */
static bool take_claimed(struct claim *c, struct store *s, struct claim_reply *r, guint *bulk,
                         GError **error)
{
    for (guint k = 0; k < c->claimed->len; k++) {
        struct notification *n = g_ptr_array_index(c->claimed, k);
        struct casefile *f = known_file(c, n);
        if (!f && (r->cut = *bulk >= CLAIM_MAX_BULK))
            return give_back(c, s, k, error);
        if (!f && !(f = read_file(c, s, n, bulk, error)))
            return false;
        struct lane_item *i = g_new0(struct lane_item, 1);
        i->notification = g_steal_pointer(&g_ptr_array_index(c->claimed, k));
        i->casefile = casefile_ref(f);
        g_ptr_array_add(r->items, i);
    }
    return true;
}

static bool claim_one(struct claim *c, struct store *s, struct claim_reply *r, GError **error)
{
    guint bulk = 0;
    r->more = true;
    while (r->more && !r->cut && r->items->len < r->limit) {
        unsigned some = MIN(r->limit - r->items->len, CHUNK);
        if (!s->ops->claim(s, r->lane, r->urgency, some, c->now_ms, c->claimed, &r->next_due_ms,
                           &r->more, error) ||
            !take_claimed(c, s, r, &bulk, error))
            return false;
        g_ptr_array_set_size(c->claimed, 0);
    }
    r->more |= r->cut;
    return true;
}

static bool claim_all(struct store *s, void *arg, GError **error)
{
    struct claim *c = arg;
    for (guint i = 0; i < c->replies->len; i++)
        if (!claim_one(c, s, g_ptr_array_index(c->replies, i), error))
            return false;
    return true;
}

static void claimed(void *arg, const GError *error)
{
    struct claim *c = arg;
    if (error)
        c->error = g_error_copy(error);
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, c->used);
    while (!error && g_hash_table_iter_next(&at, NULL, &value))
        casefile_cache_put(c->cases, value);
    g_hash_table_remove_all(c->used);
    g_ptr_array_set_size(c->known, 0);
    casefile_cache_trim(c->cases);
    c->done(c, c->ctx);
}

void claim_submit(struct claim *c, claim_done_fn done, void *ctx)
{
    c->done = done;
    c->ctx = ctx;
    c->known = casefile_cache_all(c->cases);
    if (c->immediate)
        store_thread_submit_ahead(c->service->store, claim_all, claimed, c);
    else
        store_thread_submit(c->service->store, claim_all, claimed, c);
}

const GError *claim_error(const struct claim *c)
{
    return c->error;
}

size_t claim_reply_count(const struct claim *c)
{
    return c->replies->len;
}

struct claim_reply *claim_reply_at(struct claim *c, size_t i)
{
    return g_ptr_array_index(c->replies, i);
}

void claim_free(struct claim *c)
{
    g_ptr_array_unref(c->replies);
    g_hash_table_unref(c->used);
    g_clear_pointer(&c->known, g_ptr_array_unref);
    g_ptr_array_unref(c->claimed);
    g_clear_error(&c->error);
    g_free(c);
}
