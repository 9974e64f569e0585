#include "model/plan.h"

#include "base/text.h"
#include "model/endpoint.h"
#include "model/reach.h"
#include <string.h>

/* A notification in the making: what its place in the queue depends on is known only at the end. */
struct draft {
    struct notification *n;
    enum threat_level threat; /* highest of the missions it serves */
    unsigned rank;            /* lowest of the obligations it serves */
    bool proved;              /* somebody has answered from it */
    bool speaker_proved;      /* has the one whose language it is in answered before? */
    unsigned speaker_rank;
    guint order; /* index of its first mission */
};

/* The consolidated notice of an office or desk: what it is due, and its messages. */
struct desk_notice {
    struct obligation *o;
    struct draft *drafts[CHANNEL_WEBHOOK + 1]; /* NULL: no such endpoint */
};

struct planner {
    struct plan *plan;
    const struct broadcast *b;
    const struct resolution *r;
    GHashTable *by_endpoint; /* endpoint in comparison form -> struct draft * */
    GPtrArray *drafts;       /* struct draft * */
    GHashTable *contacts;    /* const struct contact * -> struct desk_notice * */
    const struct proofs *proofs;
    struct faults *faults;
};

struct plan *plan_new(void)
{
    struct plan *p = g_new0(struct plan, 1);
    p->missions = g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    p->obligations = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    p->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    return p;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->missions);
    g_ptr_array_unref(p->obligations);
    g_ptr_array_unref(p->notifications);
    g_free(p);
}

static char *copy(const char *s)
{
    return g_strdup(s ? s : "");
}

static char *join(const GPtrArray *words, const char *separator)
{
    if (!words || words->len < 2)
        return g_strdup(words && words->len ? words->pdata[0] : "");
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++) {
        g_string_append(s, i ? separator : "");
        g_string_append(s, words->pdata[i]);
    }
    return g_string_free(s, FALSE);
}

struct affected_mission *affected_mission_make(const struct resolved_mission *rm)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = copy(rm->mission->id);
    m->name = copy(rm->mission->name);
    m->kind = copy(rm->mission->kind);
    m->country = copy(rm->mission->country);
    m->city = copy(rm->mission->city);
    m->state = copy(rm->mission->state);
    m->timezone = copy(rm->mission->timezone);
    m->threat = rm->mission->threat;
    m->because = copy(rm->because);
    m->office = copy(rm->office ? rm->office->id : NULL);
    m->office_because = copy(rm->office_because);
    m->duty = duty_name(&rm->duty);
    m->gaps = join(rm->gaps, "; ");
    return m;
}

/* Takes ownership of recipient. */
static struct obligation *add_obligation(struct plan *p, uint32_t ordinal,
                                         enum obligation_kind kind, char *recipient,
                                         const char *name, const char *language, const char *phone)
{
    struct obligation *o = obligation_new();
    o->ordinal = ordinal;
    o->kind = kind;
    o->recipient = recipient;
    o->name = copy(name);
    o->language = g_strdup(language && *language ? language : "en");
    o->phone = copy(phone);
    o->detail = g_strdup("");
    g_ptr_array_add(p->obligations, o);
    return o;
}

static struct notification *make_notification(enum channel_kind channel, const char *address,
                                              const struct obligation *o, int64_t deadline_ms)
{
    struct notification *n = notification_new();
    n->channel = channel;
    n->endpoint = endpoint_uri(channel, address);
    n->lane = notification_lane(channel, n->endpoint);
    n->recipient = g_strdup(o->recipient);
    n->language = g_strdup(o->language);
    n->deadline_ms = deadline_ms;
    return n;
}

static struct draft *draft_for(struct planner *w, enum channel_kind channel, const char *address,
                               const struct obligation *o)
{
    char *key = endpoint_key(channel, address);
    struct draft *d = g_hash_table_lookup(w->by_endpoint, key);
    if (d) {
        g_free(key);
        return d;
    }
    d = g_new0(struct draft, 1);
    d->n = make_notification(channel, address, o, w->plan->deadline_ms);
    d->rank = o->rank;
    d->proved = proofs_of(w->proofs, d->n->endpoint) > 0;
    d->order = G_MAXUINT;
    g_hash_table_insert(w->by_endpoint, key, d);
    g_ptr_array_add(w->drafts, d);
    return d;
}

/* Whose language a shared message is in: one who is known to read there, then the first by rank. */
static void speak(struct draft *d, const struct obligation *o, bool proved)
{
    bool first = d->n->obligations->len == 0;
    if (!first && (proved == d->speaker_proved ? o->rank >= d->speaker_rank : !proved))
        return;
    d->speaker_proved = proved;
    d->speaker_rank = o->rank;
    g_free(d->n->language);
    d->n->language = g_strdup(o->language);
}

/* proved: the person has answered before, from whatever endpoint.  NULL: there is no address. */
static struct draft *serve(struct planner *w, enum channel_kind channel, const char *address,
                           const struct obligation *o, bool proved, guint order,
                           enum threat_level threat)
{
    if (!address || !*address)
        return NULL;
    struct draft *d = draft_for(w, channel, address, o);
    GArray *served = d->n->obligations;
    speak(d, o, proved);
    if (!served->len || g_array_index(served, uint32_t, served->len - 1) != o->ordinal)
        g_array_append_val(served, o->ordinal);
    d->threat = MAX(d->threat, threat);
    d->order = MIN(d->order, order);
    d->rank = MIN(d->rank, o->rank);
    return d;
}

static uint32_t next_ordinal(const struct planner *w)
{
    return w->plan->obligations->len + 1;
}

/* "fr-chicago/1" */
static char *seat_of(const struct mission *m, const struct representative *rep)
{
    GString *seat = g_string_new(m->id);
    g_string_append_c(seat, '/');
    text_append_integer(seat, rep->rank);
    return g_string_free(seat, FALSE);
}

static void plan_representatives(struct planner *w, guint i)
{
    const struct resolved_mission *rm = w->r->missions->pdata[i];
    for (guint k = 0; k < rm->representatives->len; k++) {
        const struct representative *rep = rm->representatives->pdata[k];
        if (!reach_allows(w->b->status, rep->exercises))
            continue;
        struct obligation *o =
            add_obligation(w->plan, next_ordinal(w), OBLIGATION_REPRESENTATIVE,
                           seat_of(rm->mission, rep), rep->name, rep->language, rep->phone);
        o->rank = rep->rank;
        g_ptr_array_add(o->missions, g_strdup(rm->mission->id));
        bool proved = proofs_of_representative(w->proofs, rep) > 0;
        serve(w, CHANNEL_SMTP, rep->email, o, proved, i, rm->mission->threat);
        serve(w, CHANNEL_WEBHOOK, rep->webhook, o, proved, i, rm->mission->threat);
    }
}

static struct obligation *add_contact(struct plan *p, uint32_t ordinal,
                                      const struct plan_contact *to)
{
    char *recipient = g_strconcat(obligation_kind_names[to->kind], ":", to->id, NULL);
    return add_obligation(p, ordinal, to->kind, recipient, to->name, "en", to->tel);
}

static bool is_empty(const char *s)
{
    return !s || !*s;
}

static void serve_contact(struct planner *w, const struct contact *c, const struct obligation *o,
                          guint order, struct draft *out[CHANNEL_WEBHOOK + 1])
{
    const struct resolved_mission *rm = w->r->missions->pdata[order];
    out[CHANNEL_SMTP] = serve(w, CHANNEL_SMTP, c->email, o, false, order, rm->mission->threat);
    out[CHANNEL_WEBHOOK] =
        serve(w, CHANNEL_WEBHOOK, c->webhook, o, false, order, rm->mission->threat);
}

/* Puts mission i into the consolidated notice of an office or desk, which is made on first use. */
static void add_to_notice(struct planner *w, const struct plan_contact *to, guint i)
{
    const struct resolved_mission *rm = w->r->missions->pdata[i];
    const struct contact *c = to->contact;
    if (!plan_reaches(to, w->b->status))
        return;
    struct desk_notice *k = g_hash_table_lookup(w->contacts, c);
    if (!k) {
        k = g_new0(struct desk_notice, 1);
        k->o = add_contact(w->plan, next_ordinal(w), to);
        g_hash_table_insert(w->contacts, (gpointer)c, k);
        serve_contact(w, c, k->o, i, k->drafts);
        if (is_empty(c->email) && is_empty(c->webhook))
            faults_warn(w->faults, k->o->recipient, "no-endpoint",
                        "%s has neither mail nor webhook and is told nothing", k->o->recipient);
    }
    g_ptr_array_add(k->o->missions, g_strdup(rm->mission->id));
    for (size_t n = 0; n < G_N_ELEMENTS(k->drafts); n++)
        if (k->drafts[n])
            k->drafts[n]->threat = MAX(k->drafts[n]->threat, rm->mission->threat);
}

static void plan_contacts(struct planner *w, guint i)
{
    const struct resolved_mission *rm = w->r->missions->pdata[i];
    if (rm->office) {
        struct plan_contact office = plan_contact_of_office(rm->office);
        add_to_notice(w, &office, i);
    }
    if (rm->duty.desk) {
        struct plan_contact desk = plan_contact_of_desk(rm->duty.desk);
        add_to_notice(w, &desk, i);
    }
}

static void plan_gap(struct planner *w, guint i)
{
    const struct resolved_mission *rm = w->r->missions->pdata[i];
    struct plan_contact to = plan_contact_of_duty(&rm->duty);
    if (rm->representatives->len || !plan_reaches(&to, w->b->status))
        return;
    struct obligation *o = add_contact(w->plan, next_ordinal(w), &to);
    o->reason = OBLIGATION_NO_REPRESENTATIVE;
    g_free(o->detail);
    o->detail = join(rm->gaps, "; ");
    g_ptr_array_add(o->missions, g_strdup(rm->mission->id));
    struct draft *any[CHANNEL_WEBHOOK + 1];
    serve_contact(w, to.contact, o, i, any);
}

static void plan_test(struct planner *w, const char *mailbox)
{
    if (is_empty(mailbox)) {
        faults_warn(w->faults, "/status", "no-test-recipient",
                    "no test recipient is configured: this test is sent to nobody");
        return;
    }
    struct obligation *o = add_obligation(w->plan, next_ordinal(w), OBLIGATION_TEST,
                                          g_strdup("test"), "Test recipient", "en", "");
    for (guint i = 0; i < w->r->missions->len; i++) {
        const struct resolved_mission *rm = w->r->missions->pdata[i];
        g_ptr_array_add(o->missions, g_strdup(rm->mission->id));
        serve(w, CHANNEL_SMTP, mailbox, o, false, i, rm->mission->threat);
    }
    if (!w->r->missions->len)
        serve(w, CHANNEL_SMTP, mailbox, o, false, 0, THREAT_LOW);
}

static gint compare_drafts(gconstpointer a, gconstpointer b)
{
    const struct draft *x = *(const struct draft *const *)a, *y = *(const struct draft *const *)b;
    if (x->n->priority != y->n->priority)
        return x->n->priority < y->n->priority ? -1 : 1;
    if (x->proved != y->proved)
        return x->proved ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Send order, and with it the numbers.  The sort is stable: a person's mail goes before the
 * webhook. */
static void settle_order(struct planner *w)
{
    for (guint i = 0; i < w->drafts->len; i++) {
        struct draft *d = w->drafts->pdata[i];
        d->n->priority = notification_priority(w->b->urgency, w->b->severity, d->threat, d->rank);
    }
    g_ptr_array_sort(w->drafts, compare_drafts);
    for (guint i = 0; i < w->drafts->len; i++) {
        struct draft *d = w->drafts->pdata[i];
        d->n->id = i + 1;
        g_ptr_array_add(w->plan->notifications, d->n);
    }
}

static void plan_recipients(struct planner *w)
{
    /* Three passes, so that the people at the missions have the lowest ordinals, then the notices.
     */
    static void (*const passes[])(struct planner *, guint) = { plan_representatives, plan_contacts,
                                                               plan_gap };
    for (size_t k = 0; k < G_N_ELEMENTS(passes); k++) {
        for (guint i = 0; i < w->r->missions->len; i++)
            passes[k](w, i);
    }
}

struct plan *plan_make(const struct broadcast *b, const struct resolution *r,
                       const struct plan_policy *p, struct faults *f)
{
    struct plan *plan = plan_new();
    plan->as_of_ms = r->as_of_ms;
    plan->deadline_ms = life_deadline_ms(b, r->as_of_ms, &p->life);
    for (guint i = 0; i < r->missions->len; i++)
        g_ptr_array_add(plan->missions, affected_mission_make(r->missions->pdata[i]));
    if (!reach_dispatches(b->status, b->type))
        return plan;
    struct planner w = { .plan = plan, .b = b, .r = r, .proofs = p->proofs, .faults = f };
    w.by_endpoint = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w.drafts = g_ptr_array_new_with_free_func(g_free);
    w.contacts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    if (reach_uses_test_recipient(b->status))
        plan_test(&w, p->test_recipient);
    else
        plan_recipients(&w);
    settle_order(&w);
    g_hash_table_unref(w.contacts);
    g_ptr_array_unref(w.drafts);
    g_hash_table_unref(w.by_endpoint);
    if (plan->notifications->len <= NOTIFICATION_MAX_ORDINAL)
        return plan;
    faults_add(f, "/audience", "too-many-notifications",
               "%u notifications are planned, at most %u fit", plan->notifications->len,
               NOTIFICATION_MAX_ORDINAL);
    plan_free(plan);
    return NULL;
}

void plan_number(struct plan *p, int64_t broadcast_no)
{
    for (guint i = 0; i < p->notifications->len; i++) {
        struct notification *n = p->notifications->pdata[i];
        n->id = broadcast_no << NOTIFICATION_ORDINAL_BITS | (n->id & NOTIFICATION_MAX_ORDINAL);
    }
}

void plan_escalate(struct plan *into, uint32_t next_obligation, uint32_t next_notification,
                   int64_t broadcast_no, const struct plan_contact *to, const char *mission,
                   const char *reason, const char *detail, uint32_t priority, int64_t deadline_ms)
{
    const struct contact *c = to->contact;
    struct obligation *o = add_contact(into, next_obligation, to);
    o->reason = obligation_reason(reason);
    g_assert(o->reason);
    g_free(o->detail);
    o->detail = copy(detail);
    if (mission)
        g_ptr_array_add(o->missions, g_strdup(mission));
    if (is_empty(c->email) && is_empty(c->webhook))
        obligation_move(&o->state, OBLIGATION_ON_ALL_REFUSED);
    const char *const addresses[] = { [CHANNEL_SMTP] = c->email, [CHANNEL_WEBHOOK] = c->webhook };
    for (int channel = CHANNEL_SMTP; channel <= CHANNEL_WEBHOOK; channel++) {
        if (is_empty(addresses[channel]))
            continue;
        struct notification *n =
            make_notification((enum channel_kind)channel, addresses[channel], o, deadline_ms);
        n->priority = priority;
        n->id = broadcast_no << NOTIFICATION_ORDINAL_BITS | next_notification++;
        g_array_append_val(n->obligations, o->ordinal);
        g_ptr_array_add(into->notifications, n);
    }
}
