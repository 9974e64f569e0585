#include "model/supersede.h"

#include "model/reach.h"
#include "model/supersede_said.h"

struct work {
    struct plan *plan;
    const struct broadcast *b;
    struct history *h;
    struct said s;
    GHashTable
        *said; /* recipient, name, reason and part, owned -> struct obligation *, made here */
    GHashTable *named;  /* obligation and mission of those */
    GPtrArray *skipped; /* struct notification *, owned: these have the same words already */
};

bool supersede_is_affected(const struct affected_mission *m)
{
    return g_strcmp0(m->because, SUPERSEDE_RELEASED) != 0 &&
           g_strcmp0(m->because, SUPERSEDE_CANCELLED) != 0;
}

bool supersede_may(const char *sender, const char *owner, const GPtrArray *named)
{
    return g_str_equal(sender, owner) ||
           (named &&
            g_ptr_array_find_with_equal_func((GPtrArray *)named, sender, g_str_equal, NULL));
}

static struct history_endpoint *endpoint_at(const struct work *w, guint i)
{
    return &g_array_index(w->h->endpoints, struct history_endpoint, i);
}

static struct obligation *obligation_at(const struct work *w, const struct notification *n, guint i)
{
    return w->plan->obligations->pdata[g_array_index(n->obligations, uint32_t, i) - 1];
}

static void cover(struct work *w, struct notification *n)
{
    guint endpoint = history_find_endpoint(w->h, n);
    if (endpoint == HISTORY_NONE)
        return;
    endpoint_at(w, endpoint)->now = n;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = obligation_at(w, n, i);
        for (guint k = 0; k < history_topics_of(o); k++) {
            struct history_topic *t =
                history_find_topic(w->h, endpoint, history_mission_of(w->h, o, k));
            if (t)
                t->covered = true;
        }
    }
}

/* Takes out of the plan what would say the same words again. */
static void skip_known(struct work *w)
{
    g_autoptr(GPtrArray) all = w->plan->notifications;
    w->plan->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    g_ptr_array_set_free_func(all, NULL);
    for (guint i = 0; i < all->len; i++) {
        struct notification *n = all->pdata[i];
        bool known = said_knows_all(&w->s, w->plan->obligations, history_find_endpoint(w->h, n), n);
        g_ptr_array_add(known ? w->skipped : w->plan->notifications, n);
        for (guint k = 0; known && k < n->obligations->len; k++)
            obligation_move(&obligation_at(w, n, k)->state, OBLIGATION_ON_ACCEPTED);
    }
}

/* By obligation, one byte for each of its missions: one of the endpoints that are sent to was told.
 */
static GPtrArray *mark_told(const struct work *w)
{
    GPtrArray *marks = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < w->plan->obligations->len; i++)
        g_ptr_array_add(marks, g_malloc0(history_topics_of(w->plan->obligations->pdata[i])));
    for (guint i = 0; i < w->plan->notifications->len; i++) {
        const struct notification *n = w->plan->notifications->pdata[i];
        guint endpoint = history_find_endpoint(w->h, n);
        for (guint j = 0; j < n->obligations->len; j++) {
            const struct obligation *o = obligation_at(w, n, j);
            guint8 *mark = marks->pdata[o->ordinal - 1];
            for (guint k = 0; k < history_topics_of(o); k++)
                mark[k] = mark[k] || said_was_told(&w->s, endpoint, history_mission_of(w->h, o, k));
        }
    }
    return marks;
}

static struct obligation *add_like(struct work *w, const struct obligation *o,
                                   enum obligation_part part, const char *reason)
{
    struct obligation *added = obligation_new();
    added->ordinal = w->plan->obligations->len + 1;
    added->kind = o->kind;
    added->recipient = g_strdup(o->recipient);
    added->name = g_strdup(o->name);
    added->language = g_strdup(o->language);
    added->phone = g_strdup(o->phone);
    added->rank = o->rank;
    added->reason = obligation_reason(reason);
    added->part = part;
    added->detail = g_strdup(o->detail);
    g_ptr_array_add(w->plan->obligations, added);
    return added;
}

/* The part of one obligation; where some of its missions are new, they move to another, which is
 * returned. */
static struct obligation *set_part(struct work *w, struct obligation *o, const guint8 *told)
{
    guint n_told = 0, n = history_topics_of(o);
    for (guint k = 0; k < n; k++)
        n_told += told[k];
    o->part = n_told ? PART_UPDATE : PART_FULL;
    if (!n_told || n_told == n || o->state == OBLIGATION_REACHED)
        return NULL;
    struct obligation *rest = add_like(w, o, PART_FULL, o->reason);
    GPtrArray *all = o->missions;
    o->missions = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_free_func(all, NULL);
    for (guint k = 0; k < n; k++)
        g_ptr_array_add(told[k] ? o->missions : rest->missions, all->pdata[k]);
    g_ptr_array_unref(all);
    return rest;
}

static void set_parts(struct work *w)
{
    g_autoptr(GPtrArray) told = mark_told(w);
    g_autofree uint32_t *rest = g_new0(uint32_t, told->len);
    for (guint i = 0; i < told->len; i++) {
        struct obligation *added = set_part(w, w->plan->obligations->pdata[i], told->pdata[i]);
        rest[i] = added ? added->ordinal : 0;
    }
    for (guint i = 0; i < w->plan->notifications->len; i++) {
        struct notification *n = w->plan->notifications->pdata[i];
        guint before = n->obligations->len;
        for (guint k = 0; k < before; k++) {
            uint32_t added = rest[g_array_index(n->obligations, uint32_t, k) - 1];
            if (added)
                g_array_append_val(n->obligations, added);
        }
    }
}

static struct obligation *obligation_to_say(struct work *w, const struct obligation *o,
                                            enum obligation_part part, const char *reason)
{
    char *key = g_strdup_printf("%s\n%s\n%s\n%d", o->recipient, o->name, reason, (int)part);
    struct obligation *known = g_hash_table_lookup(w->said, key);
    if (known) {
        g_free(key);
        return known;
    }
    known = add_like(w, o, part, reason);
    g_hash_table_insert(w->said, key, known);
    return known;
}

/* Adds a mission to what is said, once. */
static void name_mission(struct work *w, struct obligation *o, guint mission)
{
    struct history_mission *m = &g_array_index(w->h->missions, struct history_mission, mission);
    gsize key = (gsize)o->ordinal << 20 ^ mission;
    m->was_affected = true;
    if (g_hash_table_add(w->named, GSIZE_TO_POINTER(key)))
        g_ptr_array_add(o->missions, g_strdup(m->mission->id));
}

static bool serves(const struct notification *n, uint32_t ordinal)
{
    for (guint i = 0; i < n->obligations->len; i++) {
        if (g_array_index(n->obligations, uint32_t, i) == ordinal)
            return true;
    }
    return false;
}

static struct notification *message_to(struct work *w, struct history_endpoint *e)
{
    if (e->now)
        return e->now;
    struct notification *n = notification_new();
    n->channel = e->last->channel;
    n->endpoint = g_strdup(e->last->endpoint);
    n->lane = notification_lane(n->channel, n->endpoint);
    n->recipient = g_strdup(e->last->recipient);
    n->language = g_strdup(e->last->language);
    n->deadline_ms = w->plan->deadline_ms;
    g_ptr_array_add(w->plan->notifications, n);
    e->now = n;
    return n;
}

/* Who must call the mission is planned anew while it is affected; whoever had to, calls again when
 * it is not any more. */
static void say(struct work *w, struct history_endpoint *e, const struct history_topic *t,
                const struct history_word *word)
{
    const struct obligation *o = word->obligation;
    bool affected = said_is_affected(&w->s, t->mission);
    enum obligation_part part = w->b->type == TYPE_CANCEL ? PART_CANCEL
                                : affected                ? PART_UPDATE
                                                          : PART_RELEASE;
    struct obligation *to_say =
        obligation_to_say(w, o, part, affected ? OBLIGATION_AFFECTED : o->reason);
    struct notification *n = message_to(w, e);
    if (!serves(n, to_say->ordinal))
        g_array_append_val(n->obligations, to_say->ordinal);
    if (t->mission != HISTORY_NO_MISSION)
        name_mission(w, to_say, t->mission);
}

static void say_the_rest(struct work *w)
{
    for (guint i = 0; i < w->h->endpoints->len; i++) {
        struct history_endpoint *e = endpoint_at(w, i);
        for (guint k = e->topic; k != HISTORY_NONE;) {
            const struct history_topic *t = &g_array_index(w->h->topics, struct history_topic, k);
            for (guint j = t->covered ? HISTORY_NONE : t->word; j != HISTORY_NONE;) {
                const struct history_word *word =
                    &g_array_index(w->h->words, struct history_word, j);
                if (said_must_say(&w->s, e, t, word))
                    say(w, e, t, word);
                j = word->next;
            }
            k = t->next;
        }
    }
}

static void add_missions(struct work *w)
{
    const char *because = w->b->type == TYPE_CANCEL ? SUPERSEDE_CANCELLED : SUPERSEDE_RELEASED;
    for (guint i = 0; i < w->h->missions->len; i++) {
        const struct history_mission *m = &g_array_index(w->h->missions, struct history_mission, i);
        if (!m->was_affected || m->is_planned)
            continue;
        struct affected_mission *added = affected_mission_copy(m->mission);
        g_free(added->because);
        added->because = g_strdup(because);
        g_ptr_array_add(w->plan->missions, added);
    }
}

static enum broadcast_urgency most_urgent(const struct broadcast *b, const struct version *versions,
                                          size_t n)
{
    enum broadcast_urgency u = b->urgency;
    for (size_t i = 0; i < n; i++)
        u = MIN(u, versions[i].broadcast->urgency);
    return u;
}

static void set_priority(struct work *w, struct notification *n, enum broadcast_urgency u)
{
    enum threat_level threat = THREAT_LOW;
    unsigned rank = G_MAXUINT;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = obligation_at(w, n, i);
        rank = MIN(rank, o->rank);
        for (guint k = 0; k < o->missions->len; k++) {
            guint mission = history_find_mission(w->h, o->missions->pdata[k]);
            threat =
                MAX(threat,
                    g_array_index(w->h->missions, struct history_mission, mission).mission->threat);
        }
    }
    n->priority =
        notification_priority_correct(notification_priority(u, w->b->severity, threat, rank));
}

static gint compare_ordinals(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static gint compare_priorities(gconstpointer a, gconstpointer b)
{
    const struct notification *x = *(const struct notification *const *)a,
                              *y = *(const struct notification *const *)b;
    return x->priority < y->priority ? -1 : x->priority > y->priority;
}

/* The order of sending, and with it the numbers from `first` on; the sort is stable. */
static void settle_order(struct work *w, GPtrArray *all, int64_t first, enum broadcast_urgency u)
{
    for (guint i = 0; i < all->len; i++) {
        struct notification *n = all->pdata[i];
        g_array_sort(n->obligations, compare_ordinals);
        set_priority(w, n, u);
    }
    g_ptr_array_sort(all, compare_priorities);
    for (guint i = 0; i < all->len; i++)
        ((struct notification *)all->pdata[i])->id = first + i;
}

static void gather(struct work *w, const struct version *versions, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (versions[i].broadcast->status == w->b->status)
            history_add(w->h, &versions[i], (guint)i);
    }
    for (guint i = 0; i < w->plan->missions->len; i++) {
        const struct affected_mission *m = w->plan->missions->pdata[i];
        guint k = history_mission(w->h, m);
        struct history_mission *known = &g_array_index(w->h->missions, struct history_mission, k);
        known->is_affected = supersede_is_affected(m);
        known->is_planned = true;
    }
    for (guint i = 0; i < w->plan->notifications->len; i++)
        cover(w, w->plan->notifications->pdata[i]);
}

/* A cancel goes to whom the versions went, and to nobody else. */
static void forget_audience(struct plan *p)
{
    g_ptr_array_set_size(p->missions, 0);
    g_ptr_array_set_size(p->obligations, 0);
    g_ptr_array_set_size(p->notifications, 0);
}

static void begin(struct work *w, struct plan *p, const struct broadcast *b,
                  const struct version *versions)
{
    *w = (struct work){ .plan = p, .b = b, .h = history_new() };
    w->s = (struct said){ .h = w->h, .b = b, .versions = versions };
    w->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w->named = g_hash_table_new(NULL, NULL);
    w->skipped = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
}

/* Its plan, whose notifications are numbered up to last. */
static struct plan *end(struct work *w, int64_t last)
{
    history_free(w->h);
    g_hash_table_unref(w->said);
    g_hash_table_unref(w->named);
    g_ptr_array_unref(w->skipped);
    if (last <= NOTIFICATION_MAX_ORDINAL)
        return w->plan;
    plan_free(w->plan);
    return NULL;
}

struct plan *supersede_plan(const struct broadcast *b, struct plan *fresh,
                            const struct version *versions, size_t n_versions)
{
    struct work w;
    if (!reach_dispatches(b->status, b->type))
        return fresh;
    if (b->type == TYPE_CANCEL)
        forget_audience(fresh);
    begin(&w, fresh, b, versions);
    gather(&w, versions, n_versions);
    skip_known(&w);
    set_parts(&w);
    say_the_rest(&w);
    add_missions(&w);
    settle_order(&w, fresh->notifications, 1, most_urgent(b, versions, n_versions));
    return end(&w, fresh->notifications->len);
}

/* Without the broadcast's own. */
static int64_t last_number(const GPtrArray *notifications)
{
    int64_t last = 0;
    for (guint i = 0; i < notifications->len; i++) {
        const struct notification *n = notifications->pdata[i];
        last = MAX(last, n->id & NOTIFICATION_MAX_ORDINAL);
    }
    return last;
}

struct plan *supersede_rest(const struct broadcast *b, const struct plan *had,
                            const struct version *versions, size_t n_versions)
{
    struct work w;
    begin(&w, plan_copy(had), b, versions);
    gather(&w, versions, n_versions);
    g_autoptr(GPtrArray) all = w.plan->notifications;
    GPtrArray *rest = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    w.plan->notifications = rest;
    for (guint i = 0; i < w.h->endpoints->len; i++)
        endpoint_at(&w, i)->now = NULL; /* what is written already takes nothing in */
    say_the_rest(&w);
    add_missions(&w);
    int64_t before = last_number(all), last = before + rest->len;
    settle_order(&w, rest, before + 1, most_urgent(b, versions, n_versions));
    w.plan->notifications = g_steal_pointer(&all);
    g_ptr_array_extend_and_steal(w.plan->notifications, rest);
    return end(&w, last);
}
