#include "model/supersede_history.h"

#include "model/endpoint.h"
#include <string.h>

/* Endpoint and mission in one pointer: both are indices, of which there are far fewer than 2^32. */
static gpointer topic_key(guint endpoint, guint mission)
{
    return GSIZE_TO_POINTER((gsize)endpoint << 32 | mission);
}

static guint hash_topic(gconstpointer key)
{
    guint64 k = GPOINTER_TO_SIZE(key) * UINT64_C(0x9E3779B97F4A7C15);
    return (guint)(k >> 32);
}

G_STATIC_ASSERT(sizeof(gsize) == 8);

struct history *history_new(void)
{
    struct history *h = g_new0(struct history, 1);
    h->words = g_array_new(FALSE, FALSE, sizeof(struct history_word));
    h->topics = g_array_new(FALSE, FALSE, sizeof(struct history_topic));
    h->endpoints = g_array_new(FALSE, FALSE, sizeof(struct history_endpoint));
    h->missions = g_array_new(FALSE, FALSE, sizeof(struct history_mission));
    h->said = g_ptr_array_new();
    h->by_endpoint = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    h->by_mission = g_hash_table_new(g_str_hash, g_str_equal);
    h->by_topic = g_hash_table_new(hash_topic, g_direct_equal);
    return h;
}

void history_free(struct history *h)
{
    g_array_unref(h->words);
    g_array_unref(h->topics);
    g_array_unref(h->endpoints);
    g_array_unref(h->missions);
    g_ptr_array_unref(h->said);
    g_hash_table_unref(h->by_endpoint);
    g_hash_table_unref(h->by_mission);
    g_hash_table_unref(h->by_topic);
    g_free(h);
}

/* 0, which is no index + 1, becomes HISTORY_NONE. */
static guint find(GHashTable *table, gconstpointer key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, key)) - 1;
}

guint history_find_endpoint(const struct history *h, const struct notification *n)
{
    g_autofree char *key = endpoint_key(n->channel, n->endpoint);
    return find(h->by_endpoint, key);
}

guint history_find_mission(const struct history *h, const char *id)
{
    return find(h->by_mission, id);
}

struct history_topic *history_find_topic(const struct history *h, guint endpoint, guint mission)
{
    guint i = find(h->by_topic, topic_key(endpoint, mission));
    return i == HISTORY_NONE ? NULL : &g_array_index(h->topics, struct history_topic, i);
}

guint history_topics_of(const struct obligation *o)
{
    return MAX(o->missions->len, 1);
}

guint history_mission_of(const struct history *h, const struct obligation *o, guint i)
{
    return o->missions->len ? history_find_mission(h, o->missions->pdata[i]) : HISTORY_NO_MISSION;
}

guint history_mission(struct history *h, const struct affected_mission *m)
{
    guint i = find(h->by_mission, m->id);
    if (i != HISTORY_NONE)
        return i;
    struct history_mission added = { .mission = m };
    g_array_append_val(h->missions, added);
    g_hash_table_insert(h->by_mission, m->id, GUINT_TO_POINTER(h->missions->len));
    return h->missions->len - 1;
}

static guint endpoint_of(struct history *h, const struct notification *n)
{
    char *key = endpoint_key(n->channel, n->endpoint);
    guint i = find(h->by_endpoint, key);
    if (i == HISTORY_NONE) {
        struct history_endpoint added = { n, HISTORY_NONE, HISTORY_NONE, NULL };
        g_array_append_val(h->endpoints, added);
        i = h->endpoints->len - 1;
        g_hash_table_insert(h->by_endpoint, key, GUINT_TO_POINTER(i + 1));
    } else {
        g_free(key);
    }
    g_array_index(h->endpoints, struct history_endpoint, i).last = n;
    return i;
}

static struct history_topic *topic_of(struct history *h, guint endpoint, guint mission)
{
    struct history_topic *known = history_find_topic(h, endpoint, mission);
    if (known)
        return known;
    struct history_topic added = { mission, HISTORY_NONE, HISTORY_NONE, false };
    guint i = h->topics->len;
    g_array_append_val(h->topics, added);
    g_hash_table_insert(h->by_topic, topic_key(endpoint, mission), GUINT_TO_POINTER(i + 1));
    struct history_endpoint *e = &g_array_index(h->endpoints, struct history_endpoint, endpoint);
    if (e->topic == HISTORY_NONE)
        e->topic = i;
    else
        g_array_index(h->topics, struct history_topic, e->last_topic).next = i;
    e->last_topic = i;
    return &g_array_index(h->topics, struct history_topic, i);
}

/* A later version's words take the place of the earlier ones: they are what the endpoint heard
 * last. */
static void add_word(struct history *h, struct history_topic *t, struct history_word w)
{
    w.next = t->word;
    if (t->word != HISTORY_NONE &&
        g_array_index(h->words, struct history_word, t->word).version < w.version)
        w.next = HISTORY_NONE;
    t->word = h->words->len;
    g_array_append_val(h->words, w);
}

/* Somebody who acknowledged, or was taken over by a person, was told, whatever became of the mail.
 */
static enum notification_told told_by(const struct notification *n, const struct obligation *o)
{
    bool by_person = o->state == OBLIGATION_ACKNOWLEDGED || o->state == OBLIGATION_ESCALATED;
    return by_person ? MAX(n->told, TOLD_MAYBE) : n->told;
}

static bool has_words(const struct obligation *o)
{
    return o->part == PART_FULL || o->part == PART_UPDATE;
}

/* Nothing of it arrived, and the topic's last words, which certainly did, are the same. */
static bool is_known(const struct history *h, const struct history_topic *t, guint number,
                     const struct notification *n, const struct obligation *o)
{
    if (n->told != TOLD_NO || t->word == HISTORY_NONE)
        return false;
    const struct history_word *w = &g_array_index(h->words, struct history_word, t->word);
    return w->version < number && w->told == TOLD_YES && has_words(w->obligation) && has_words(o) &&
           supersede_same_words(h->said->pdata[w->version], h->said->pdata[number], n->language);
}

static void add_words(struct history *h, guint number, const struct notification *n,
                      const struct obligation *o)
{
    enum notification_told told = told_by(n, o);
    if (told == TOLD_NO)
        return;
    guint endpoint = endpoint_of(h, n);
    for (guint i = 0; i < history_topics_of(o); i++) {
        guint mission = history_mission_of(h, o, i);
        if (mission == HISTORY_NONE)
            continue;
        struct history_word w = { o, number, told, HISTORY_NONE };
        struct history_topic *t = topic_of(h, endpoint, mission);
        if (!is_known(h, t, number, n, o))
            add_word(h, t, w);
    }
}

static const struct obligation *by_ordinal(const GPtrArray *obligations, uint32_t ordinal)
{
    const struct obligation *o =
        ordinal && ordinal <= obligations->len ? obligations->pdata[ordinal - 1] : NULL;
    if (o && o->ordinal == ordinal)
        return o;
    for (guint i = 0; i < obligations->len; i++) {
        o = obligations->pdata[i];
        if (o->ordinal == ordinal)
            return o;
    }
    return NULL;
}

void history_add_missions(struct history *h, const struct version *v)
{
    for (guint i = 0; i < v->missions->len; i++) {
        const struct affected_mission *m = v->missions->pdata[i];
        guint k = history_mission(h, m);
        struct history_mission *known = &g_array_index(h->missions, struct history_mission, k);
        known->mission = m;
        known->was_affected = supersede_is_affected(m);
    }
}

void history_add(struct history *h, const struct version *v, guint number)
{
    history_add_missions(h, v);
    g_ptr_array_set_size(h->said, (gint)MAX(h->said->len, number + 1));
    h->said->pdata[number] = (gpointer)v->broadcast;
    for (guint i = 0; i < v->notifications->len; i++) {
        const struct notification *n = v->notifications->pdata[i];
        bool erased = !*n->endpoint; /* nobody knows any more whom it reached */
        for (guint k = 0; k < n->obligations->len && !erased; k++) {
            const struct obligation *o =
                by_ordinal(v->obligations, g_array_index(n->obligations, uint32_t, k));
            if (o)
                add_words(h, number, n, o);
        }
    }
}
