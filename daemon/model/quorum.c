#include "model/quorum.h"

#include "model/supersede.h"

const char *const mission_answer_names[] = { "waiting",   "covered", "taken",
                                             "not-asked", "over",    NULL };

/* What the obligations say of one mission, beside its counts. */
struct tally {
    bool told, taken, over; /* told: a representative owes something, asked or not */
};

struct count {
    GArray *standings, *tallies; /* of the same length */
    GHashTable *index;           /* mission id -> its place in them, + 1 */
    GHashTable *seen; /* "asked" or "acknowledged", the mission and the person: one person whose
                       * address has changed owes two obligations, and counts once */
};

unsigned quorum_needed(const struct quorum_policy *p, enum broadcast_urgency u,
                       enum broadcast_severity s)
{
    bool urgent = u == URGENCY_IMMEDIATE || s == SEVERITY_EXTREME;
    return MAX(urgent ? p->urgent : p->normal, 1);
}

static void start(struct count *c, const GPtrArray *missions)
{
    c->standings = g_array_new(FALSE, TRUE, sizeof(struct mission_standing));
    c->tallies = g_array_new(FALSE, TRUE, sizeof(struct tally));
    c->index = g_hash_table_new(g_str_hash, g_str_equal);
    c->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < missions->len; i++) {
        const struct affected_mission *m = missions->pdata[i];
        if (!supersede_is_affected(m))
            continue;
        struct mission_standing s = { .mission = m };
        g_array_append_val(c->standings, s);
        g_hash_table_insert(c->index, m->id, GUINT_TO_POINTER(c->standings->len));
    }
    g_array_set_size(c->tallies, c->standings->len);
}

static bool is_new(struct count *c, const char *what, const char *mission,
                   const struct obligation *o)
{
    return g_hash_table_add(c->seen, g_strjoin("\n", what, mission, o->recipient, o->name, NULL));
}

static void count_representative(struct count *c, const struct obligation *o, const char *mission,
                                 struct mission_standing *s)
{
    bool acknowledged = o->state == OBLIGATION_ACKNOWLEDGED;
    s->reached = s->reached || acknowledged || o->state == OBLIGATION_REACHED;
    if (!o->asks)
        return;
    s->asked += is_new(c, "asked", mission, o);
    s->acknowledged += acknowledged && is_new(c, "acknowledged", mission, o);
}

static void count(struct count *c, const struct obligation *o)
{
    for (guint i = 0; i < o->missions->len; i++) {
        const char *mission = o->missions->pdata[i];
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(c->index, mission));
        if (!place)
            continue;
        struct tally *t = &g_array_index(c->tallies, struct tally, place - 1);
        t->taken = t->taken || o->state == OBLIGATION_ESCALATED;
        t->over = t->over || o->state == OBLIGATION_SUPERSEDED || o->state == OBLIGATION_EXPIRED;
        if (o->kind != OBLIGATION_REPRESENTATIVE)
            continue;
        t->told = true;
        count_representative(c, o, mission,
                             &g_array_index(c->standings, struct mission_standing, place - 1));
    }
}

static enum mission_answer judge(const struct mission_standing *s, const struct tally *t)
{
    if (s->asked && s->acknowledged >= s->needed)
        return MISSION_COVERED;
    if (t->taken)
        return MISSION_TAKEN;
    if (t->over)
        return MISSION_OVER;
    return t->told && !s->asked && s->reached ? MISSION_NOT_ASKED : MISSION_WAITING;
}

GArray *quorum_standings(const struct quorum_policy *p, const struct broadcast *b,
                         const GPtrArray *missions, const GPtrArray *obligations)
{
    struct count c;
    start(&c, missions);
    for (guint i = 0; i < obligations->len; i++)
        count(&c, obligations->pdata[i]);
    unsigned needed = quorum_needed(p, b->urgency, b->severity);
    for (guint i = 0; i < c.standings->len; i++) {
        struct mission_standing *s = &g_array_index(c.standings, struct mission_standing, i);
        s->needed = s->asked ? MIN(needed, s->asked) : needed;
        s->answer = judge(s, &g_array_index(c.tallies, struct tally, i));
    }
    g_array_unref(c.tallies);
    g_hash_table_unref(c.index);
    g_hash_table_unref(c.seen);
    return c.standings;
}

struct coverage quorum_coverage(const GArray *standings)
{
    struct coverage c = { .affected = standings->len };
    for (guint i = 0; i < standings->len; i++) {
        enum mission_answer a = g_array_index(standings, struct mission_standing, i).answer;
        c.covered += a == MISSION_COVERED;
        c.taken += a == MISSION_TAKEN;
        c.waiting += a == MISSION_WAITING;
    }
    return c;
}
