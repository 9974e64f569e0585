#include "flow/busy.h"

struct place {              /* one endpoint */
    struct lane_item *item; /* on its way; NULL: none */
    struct lane_item *next; /* the one that stood behind and waits with the others now, or NULL */
    GQueue behind;          /* struct lane_item *, held, in their order */
};

struct busy {
    GHashTable *places; /* endpoint -> struct place * */
};

static void place_free(struct place *p)
{
    g_queue_clear_full(&p->behind, (GDestroyNotify)lane_item_free);
    g_free(p);
}

struct busy *busy_new(void)
{
    struct busy *b = g_new0(struct busy, 1);
    b->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)place_free);
    return b;
}

void busy_free(struct busy *b)
{
    if (!b)
        return;
    g_hash_table_unref(b->places);
    g_free(b);
}

static struct place *place_of(const struct busy *b, const struct lane_item *i)
{
    return g_hash_table_lookup(b->places, i->notification->endpoint);
}

bool busy_hold(struct busy *b, struct lane_item *i)
{
    struct place *p = place_of(b, i);
    if (!p || !p->item)
        return false;
    if (p->next == i)
        p->next = NULL;
    const struct lane_item *last = g_queue_peek_tail(&p->behind);
    if (!last || lane_item_order(last, i, NULL) <= 0)
        g_queue_push_tail(&p->behind, i);
    else
        g_queue_insert_sorted(&p->behind, i, lane_item_order, NULL);
    return true;
}

void busy_enter(struct busy *b, struct lane_item *i)
{
    struct place *p = place_of(b, i);
    if (!p) {
        p = g_new0(struct place, 1);
        g_hash_table_insert(b->places, g_strdup(i->notification->endpoint), p);
    }
    p->item = i;
    if (p->next == i)
        p->next = NULL;
}

static struct lane_item *next_of(struct busy *b, struct place *p, const struct lane_item *i)
{
    if (p->item || p->next)
        return NULL;
    struct lane_item *next = g_queue_pop_head(&p->behind);
    p->next = next;
    if (!next)
        g_hash_table_remove(b->places, i->notification->endpoint);
    return next;
}

struct lane_item *busy_leave(struct busy *b, const struct lane_item *i)
{
    struct place *p = place_of(b, i);
    p->item = NULL;
    return next_of(b, p, i);
}

struct lane_item *busy_forget(struct busy *b, const struct lane_item *i)
{
    struct place *p = place_of(b, i);
    if (!p)
        return NULL;
    if (p->next == i)
        p->next = NULL;
    return next_of(b, p, i);
}

void busy_take(struct busy *b, const struct lane *l, busy_take_fn fn, void *ctx)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, b->places);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        GQueue *behind = &((struct place *)value)->behind;
        const struct lane_item *first = g_queue_peek_head(behind);
        for (guint n = first && first->lane == l ? behind->length : 0; n > 0; n--) {
            struct lane_item *i = g_queue_pop_head(behind);
            if (!fn(i, ctx))
                g_queue_push_tail(behind, i);
        }
    }
}

void busy_each(struct busy *b, void (*fn)(const struct lane_item *i, void *ctx), void *ctx)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, b->places);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        const struct lane_item *i = ((struct place *)value)->item;
        if (i)
            fn(i, ctx);
    }
}
