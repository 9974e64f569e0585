#include "flow/asking.h"

#include "flow/service.h"
#include "model/answer.h"
#include "model/link.h"

static bool can_ask(const struct asking *a)
{
    return a->master && *a->config->acknowledge.base_url;
}

/* --- what earlier versions leave behind --- */

struct earlier {
    const struct obligation *obligation;
    const struct broadcast *broadcast;
};

static bool is_person(const struct obligation *o)
{
    return o->kind == OBLIGATION_REPRESENTATIVE;
}

/* A person, or a mission of which nobody is known, whoever must call it; NULL: neither. */
static char *subject_key(const struct obligation *o)
{
    if (is_person(o))
        return g_strconcat(o->recipient, "\n", o->name, NULL);
    bool calls = g_str_equal(o->reason, OBLIGATION_NO_REPRESENTATIVE) && o->missions->len == 1;
    return calls ? g_strconcat("\n", g_ptr_array_index(o->missions, 0), NULL) : NULL;
}

static bool tells_of_a_danger(const struct obligation *o)
{
    return o->part == PART_FULL || o->part == PART_UPDATE;
}

/* In one version what reached them goes before what did not. */
static void add_earlier(GArray *of, const struct obligation *o, const struct broadcast *b)
{
    const struct earlier *last = of->len ? &g_array_index(of, struct earlier, of->len - 1) : NULL;
    struct earlier e = { o, b };
    if (!last || last->broadcast != b || o->state != OBLIGATION_OPEN)
        g_array_append_val(of, e);
}

/* subject_key() -> GArray of struct earlier, oldest first. */
static GHashTable *earlier_of_each(const struct broadcast *b, const struct version *versions,
                                   size_t n)
{
    GHashTable *out =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    for (size_t i = 0; i < n; i++) {
        const struct version *v = &versions[i];
        for (guint k = 0; v->broadcast->status == b->status && k < v->obligations->len; k++) {
            const struct obligation *o = g_ptr_array_index(v->obligations, k);
            g_autofree char *key = subject_key(o);
            if (!key)
                continue;
            GArray *of = g_hash_table_lookup(out, key);
            if (!of) {
                of = g_array_new(FALSE, FALSE, sizeof(struct earlier));
                g_hash_table_insert(out, g_steal_pointer(&key), of);
            }
            add_earlier(of, o, v->broadcast);
        }
    }
    return out;
}

/* The one that it follows; other words, or a release, of which nothing was sent do not hide what
 * was before. */
static const struct earlier *followed(const GArray *of, const struct broadcast *b,
                                      const char *language, bool *same)
{
    const struct earlier *e = NULL;
    for (guint i = of ? of->len : 0; i > 0; i--) {
        e = &g_array_index(of, struct earlier, i - 1);
        *same = tells_of_a_danger(e->obligation) && supersede_same_words(e->broadcast, b, language);
        if (*same || e->obligation->state != OBLIGATION_OPEN)
            break;
    }
    return e;
}

/* A person ended it: it was acknowledged, taken over, or came to a wrong person. */
static bool is_answered(const struct obligation *o, enum obligation_event *by)
{
    static const struct end {
        enum obligation_state state;
        enum obligation_event by;
    } ends[] = { { OBLIGATION_ACKNOWLEDGED, OBLIGATION_ON_ACKNOWLEDGED },
                 { OBLIGATION_ESCALATED, OBLIGATION_ON_TAKEN },
                 { OBLIGATION_UNREACHABLE, OBLIGATION_ON_WRONG_PERSON } };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        *by = ends[i].by;
        if (ends[i].state == o->state)
            return o->state != OBLIGATION_UNREACHABLE || o->answer == ANSWER_WRONG_PERSON;
    }
    return false;
}

/* The same words: it stands where the earlier one stood. */
static void stand_alike(struct obligation *o, const struct obligation *before)
{
    enum obligation_event by;
    o->begun_ms = before->begun_ms;
    o->behind_s = before->behind_s;
    if (!is_answered(before, &by))
        return;
    obligation_move(&o->state, by);
    o->answer = before->answer;
    o->ended_ms = before->ended_ms;
    g_free(o->taken_by);
    o->taken_by = g_strdup(before->taken_by);
}

void asking_inherit(const struct asking *a, struct plan *p, const struct version *versions,
                    size_t n_versions)
{
    g_autoptr(GHashTable) all = earlier_of_each(a->broadcast, versions, n_versions);
    for (guint i = 0; i < p->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(p->obligations, i);
        g_autofree char *key = subject_key(o);
        bool same = false;
        const struct earlier *e =
            key ? followed(g_hash_table_lookup(all, key), a->broadcast, o->language, &same) : NULL;
        if (!e || !tells_of_a_danger(o) || !tells_of_a_danger(e->obligation))
            continue;
        enum obligation_event by;
        if (is_person(o) && (!can_ask(a) || !e->obligation->asks))
            continue;
        o->asks = is_person(o) && (same || !is_answered(e->obligation, &by));
        if (same)
            stand_alike(o, e->obligation);
    }
}

/* --- what the plan asks --- */

static bool is_asked_for(const struct config *c, enum obligation_part part)
{
    switch (part) {
    case PART_FULL:
        return true;
    case PART_UPDATE:
        return c->acknowledge.ask_update;
    case PART_RELEASE:
        return c->acknowledge.ask_release;
    case PART_CANCEL:
        return c->acknowledge.ask_cancel;
    }
    return false;
}

static enum threat_level threat_of(const struct obligation *o, GHashTable *missions)
{
    enum threat_level threat = THREAT_LOW;
    for (guint i = 0; i < o->missions->len; i++) {
        const struct affected_mission *m =
            g_hash_table_lookup(missions, g_ptr_array_index(o->missions, i));
        if (m)
            threat = MAX(threat, m->threat);
    }
    return threat;
}

const struct ladder_step *asking_ladder(const struct config *c, const struct broadcast *b,
                                        size_t *n)
{
    bool campaign = b->status == STATUS_SYSTEM;
    *n = campaign ? LADDER_CAMPAIGN_STEPS : c->ladder->len;
    return campaign ? ladder_campaign : (const struct ladder_step *)(void *)c->ladder->data;
}

int64_t asking_ladder_due_ms(const struct config *c, const struct broadcast *b,
                             enum threat_level threat, const struct obligation *o)
{
    size_t n;
    const struct ladder_step *steps = asking_ladder(c, b, &n);
    int64_t next_s = ladder_next_s(steps, n, b->urgency, threat, o->behind_s);
    /* Begun by an earlier version, it fires no sooner than this one may be sent. */
    return next_s == LADDER_NONE ? 0 : MAX(o->begun_ms + next_s * 1000, b->effective.ms);
}

/* By ordinal: does a message go out for it? */
static guint8 *served_of(const struct plan *p)
{
    guint8 *served = g_malloc0(p->obligations->len + 1);
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->notifications, i);
        for (guint k = 0; k < n->obligations->len; k++)
            served[g_array_index(n->obligations, uint32_t, k)] = 1;
    }
    return served;
}

static void begin(const struct asking *a, struct obligation *o, GHashTable *missions)
{
    if (o->begun_ms == 0)
        o->begun_ms = MAX(a->now_ms, a->broadcast->effective.ms);
    o->ladder_due_ms = obligation_is_closed(o) ? 0
                                               : asking_ladder_due_ms(a->config, a->broadcast,
                                                                      threat_of(o, missions), o);
}

void asking_links(GBytes *master, struct broadcast_row *row, const struct plan *p)
{
    char fingerprint[LINK_FINGERPRINT_LEN + 1];
    link_fingerprint(master, fingerprint);
    g_free(row->link_key);
    row->link_key = g_strdup(fingerprint);
    for (guint i = 0; i < p->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(p->notifications, i);
        bool asks = false;
        for (guint k = 0; k < n->obligations->len && !asks; k++) {
            uint32_t ordinal = g_array_index(n->obligations, uint32_t, k);
            asks = ((struct obligation *)g_ptr_array_index(p->obligations, ordinal - 1))->asks;
        }
        if (!asks)
            continue;
        struct link link;
        g_autofree char *key = notification_message_key(row->id, n->id);
        link_make(&link, master, key);
        g_free(n->link_digest);
        n->link_digest = g_strdup(link.digest);
    }
}

/* An office without an endpoint is told nothing, and nothing is waited for. */
static void give_up_unserved(const struct plan *p, const guint8 *served)
{
    for (guint i = 0; i < p->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(p->obligations, i);
        if (o->kind != OBLIGATION_REPRESENTATIVE && !served[o->ordinal])
            obligation_move(&o->state, OBLIGATION_ON_ALL_REFUSED);
    }
}

static GHashTable *missions_by_id(const struct plan *p)
{
    GHashTable *out = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < p->missions->len; i++) {
        struct affected_mission *m = g_ptr_array_index(p->missions, i);
        g_hash_table_insert(out, m->id, m);
    }
    return out;
}

int64_t asking_decide(const struct asking *a, struct broadcast_row *row, struct plan *p)
{
    int64_t first_ms = INT64_MAX;
    if (!can_ask(a))
        return first_ms;
    g_autofree guint8 *served = served_of(p);
    g_autoptr(GHashTable) missions = missions_by_id(p);
    for (guint i = 0; i < p->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(p->obligations, i);
        if (o->kind == OBLIGATION_REPRESENTATIVE && served[o->ordinal])
            o->asks = o->asks || is_asked_for(a->config, o->part);
        if (!o->asks)
            continue;
        begin(a, o, missions);
        if (o->ladder_due_ms > 0)
            first_ms = MIN(first_ms, o->ladder_due_ms);
    }
    if (!obligation_any_asks(p->obligations))
        return first_ms;
    asking_links(a->master, row, p);
    give_up_unserved(p, served);
    return first_ms;
}

/* --- custody --- */

static bool put_custody(struct store *s, const struct asking *a, const struct broadcast_row *row,
                        const struct office *office, const char *kind, int64_t *next_ms,
                        GError **error)
{
    const struct directory *d = a->config->directory;
    int64_t since_ms = MAX(a->now_ms, a->broadcast->effective.ms);
    struct duty duty = duty_at(d, office, kind, since_ms);
    struct duty_change change = { 0 };
    size_t n = duty_changes(d, office, kind, NULL, since_ms, &change, 1);
    g_autofree char *owner = duty_name(&duty);
    struct custody_row custody = { .no = row->no,
                                   .office = office->id,
                                   .kind = (char *)kind,
                                   .owner = owner,
                                   .since_ms = since_ms,
                                   .next_ms = n ? change.at_ms : INT64_MAX };
    if (n)
        *next_ms = MIN(*next_ms, change.at_ms);
    return s->ops->custody_put(s, &custody, error);
}

bool asking_custody(struct store *s, const struct asking *a, const struct broadcast_row *row,
                    const struct plan *p, int64_t *next_ms, GError **error)
{
    *next_ms = INT64_MAX;
    if (!obligation_any_asks(p->obligations))
        return true;
    g_autoptr(GHashTable) put = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < p->missions->len; i++) {
        const struct affected_mission *m = g_ptr_array_index(p->missions, i);
        const struct office *office = directory_office(a->config->directory, m->office);
        if (!office || !supersede_is_affected(m))
            continue;
        const char *kind = duty_kind(office, m->kind);
        if (g_hash_table_add(put, g_strjoin("\n", office->id, kind, NULL)) &&
            !put_custody(s, a, row, office, kind, next_ms, error))
            return false;
    }
    return true;
}
