#include "api/crowd.h"

struct network {
    char *name;     /* owned */
    unsigned names; /* members that bear it */
    unsigned in;    /* of these, who wait */
};

struct crowd {
    GQueue waiting;       /* struct crowd_member *, the longest first */
    GHashTable *networks; /* name -> struct network *, owned */
};

static void network_free(gpointer p)
{
    struct network *n = p;
    g_free(n->name);
    g_free(n);
}

struct crowd *crowd_new(void)
{
    struct crowd *c = g_new0(struct crowd, 1);
    c->networks = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, network_free);
    return c;
}

void crowd_free(struct crowd *c)
{
    g_hash_table_destroy(c->networks);
    g_free(c);
}

/* NULL: it has no name. */
static struct network *network_of(const struct crowd *c, const struct crowd_member *m)
{
    return m->network ? g_hash_table_lookup(c->networks, m->network) : NULL;
}

void crowd_enter(struct crowd *c, struct crowd_member *m)
{
    struct network *n = network_of(c, m);
    crowd_leave(c, m);
    m->link.data = m;
    m->is_in = true;
    g_queue_push_tail_link(&c->waiting, &m->link);
    if (n)
        n->in++;
}

void crowd_leave(struct crowd *c, struct crowd_member *m)
{
    struct network *n = network_of(c, m);
    if (!m->is_in)
        return;
    m->is_in = false;
    g_queue_unlink(&c->waiting, &m->link);
    if (n)
        n->in--;
}

void crowd_name(struct crowd *c, struct crowd_member *m, const char *name)
{
    struct network *n = g_hash_table_lookup(c->networks, name);
    g_assert(!m->network);
    if (!n) {
        n = g_new0(struct network, 1);
        n->name = g_strdup(name);
        g_hash_table_insert(c->networks, n->name, n);
    }
    m->network = n->name;
    n->names++;
    n->in += m->is_in;
}

void crowd_forget(struct crowd *c, struct crowd_member *m)
{
    struct network *n = network_of(c, m);
    crowd_leave(c, m);
    m->network = NULL;
    if (n && --n->names == 0)
        g_hash_table_remove(c->networks, n->name);
}

struct crowd_member *crowd_first(const struct crowd *c)
{
    struct crowd_member *first = NULL;
    unsigned most = 0, looked = 0;
    for (const GList *l = c->waiting.head; l && looked < CROWD_LOOKS_AT; l = l->next, looked++) {
        struct crowd_member *m = l->data;
        const struct network *n = network_of(c, m);
        unsigned in = n ? n->in : 1;
        if (in <= most)
            continue;
        first = m;
        most = in;
    }
    return first;
}

struct crowd_member *crowd_find(const struct crowd *c, bool (*fits)(const struct crowd_member *m))
{
    for (const GList *l = c->waiting.head; l; l = l->next) {
        struct crowd_member *m = l->data;
        if (fits(m))
            return m;
    }
    return NULL;
}
