#include "model/after_action.h"

#include "model/after_action_time.h"
#include "model/record.h"
#include "model/tried.h"
#include <string.h>

struct work {
    const struct after_action_source *of;
    struct after_action *a;
    GArray *standings, *times; /* of the same length */
    struct tried *tried;
};

static char *copy(const char *s)
{
    return g_strdup(s ? s : "");
}

static void free_person(gpointer data)
{
    struct after_action_person *p = data;
    g_free(p->recipient);
    g_free(p->name);
    g_free(p->phone);
    g_free(p->mission);
    g_free(p->reply);
    g_free(p);
}

static void free_mission(gpointer data)
{
    struct after_action_mission *m = data;
    g_free(m->id);
    g_free(m->name);
    g_free(m->office);
    g_free(m->taken_by);
    g_free(m);
}

static void free_escalation(gpointer data)
{
    struct after_action_escalation *e = data;
    g_free(e->recipient);
    g_free(e->reason);
    g_free(e->missions);
    g_free(e);
}

static void free_version(gpointer data)
{
    struct after_action_version *v = data;
    g_free((char *)v->id);
    g_free((char *)v->identifier);
    g_free((char *)v->headline);
    g_free(v);
}

static void free_office(gpointer data)
{
    struct after_action_office *o = data;
    g_free(o->office);
    g_free(o);
}

static void take_facts(struct after_action *a, const struct after_action_source *of)
{
    const struct broadcast *b = of->broadcast;
    const struct message *m = broadcast_message_for(b, "en");
    a->id = copy(b->id);
    a->identifier = copy(b->identifier);
    a->headline = copy(m ? m->headline : "");
    a->status = b->status;
    a->type = b->type;
    a->urgency = b->urgency;
    a->severity = b->severity;
    a->state = of->state;
    a->released_ms = of->released_ms;
    a->closed_ms = of->closed_ms;
    a->as_of_ms = of->now_ms;
    a->missions = g_ptr_array_new_with_free_func(free_mission);
    a->people = g_ptr_array_new_with_free_func(free_person);
    a->escalations = g_ptr_array_new_with_free_func(free_escalation);
    a->versions = g_ptr_array_new_with_free_func(free_version);
    a->offices = g_ptr_array_new_with_free_func(free_office);
}

static void count_answers(const struct work *w)
{
    for (guint i = 0; i < w->of->answers->len; i++) {
        const struct after_action_answer *a =
            &g_array_index(w->of->answers, struct after_action_answer, i);
        if (a->answer < ANSWER_NONE)
            w->a->answers[a->answer]++;
        if (a->method <= METHOD_WEBHOOK)
            w->a->methods[a->method]++;
    }
}

static void count_messages(const struct work *w, GHashTable *to_people)
{
    for (guint i = 0; i < w->of->notifications->len; i++) {
        const struct notification *n = w->of->notifications->pdata[i];
        bool person = false;
        for (guint k = 0; !person && k < n->obligations->len; k++)
            person = g_hash_table_contains(
                to_people, GUINT_TO_POINTER(g_array_index(n->obligations, uint32_t, k)));
        w->a->by_state[n->state]++;
        w->a->attempts += n->attempt;
        w->a->messages += person && n->purpose == PURPOSE_TELL;
        w->a->reminders += person && n->purpose == PURPOSE_REMIND;
    }
}

/* Somebody to whom one of two addresses got through was reached. */
static bool was_reached(const struct obligation *o, const GArray *ways)
{
    bool reached = o->state == OBLIGATION_ACKNOWLEDGED || o->state == OBLIGATION_REACHED;
    for (guint i = 0; !reached && i < ways->len; i++)
        reached = g_array_index(ways, struct tried_way, i).state == NOTIFICATION_ACCEPTED;
    return reached;
}

static void add_person(const struct work *w, const struct obligation *o, const GArray *ways)
{
    struct after_action_person *p = g_new0(struct after_action_person, 1);
    p->recipient = copy(o->recipient);
    p->name = copy(o->name);
    p->phone = copy(o->phone);
    p->mission = copy(o->missions->len ? o->missions->pdata[0] : "");
    p->state = obligation_state_names[o->state];
    p->answer = answer_names[o->answer] ? answer_names[o->answer] : "";
    const char *reply = "";
    for (guint i = 0; i < ways->len; i++) {
        const struct tried_way *way = &g_array_index(ways, struct tried_way, i);
        if (*way->reply)
            reply = way->reply;
    }
    p->reply = copy(reply);
    g_ptr_array_add(w->a->people, p);
}

static int by_recipient(gconstpointer a, gconstpointer b)
{
    const struct after_action_person *x = *(struct after_action_person *const *)a,
                                     *y = *(struct after_action_person *const *)b;
    int mission = strcmp(x->mission, y->mission);
    return mission ? mission : strcmp(x->recipient, y->recipient);
}

static void look_at_people(const struct work *w)
{
    g_autoptr(GHashTable) to_people = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < w->of->obligations->len; i++) {
        const struct obligation *o = w->of->obligations->pdata[i];
        w->a->asked = w->a->asked || o->asks;
        if (o->kind != OBLIGATION_REPRESENTATIVE)
            continue;
        g_hash_table_add(to_people, GUINT_TO_POINTER(o->ordinal));
        g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(own, o->ordinal);
        g_autoptr(GArray) ways = tried_ways(w->tried, own);
        bool reached = was_reached(o, ways), acknowledged = o->state == OBLIGATION_ACKNOWLEDGED;
        w->a->representatives++;
        w->a->representatives_reached += reached;
        w->a->representatives_acknowledged += acknowledged;
        if (o->asks ? !acknowledged : !reached)
            add_person(w, o, ways);
    }
    g_ptr_array_sort(w->a->people, by_recipient);
    count_messages(w, to_people);
}

static const char *taken_by(const struct work *w, const char *mission)
{
    for (guint i = 0; i < w->of->obligations->len; i++) {
        const struct obligation *o = w->of->obligations->pdata[i];
        if (*o->taken_by &&
            g_ptr_array_find_with_equal_func(o->missions, mission, g_str_equal, NULL))
            return o->taken_by;
    }
    return "";
}

static int by_threat(gconstpointer a, gconstpointer b)
{
    const struct after_action_mission *x = *(struct after_action_mission *const *)a,
                                      *y = *(struct after_action_mission *const *)b;
    if (x->threat != y->threat)
        return x->threat > y->threat ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* Where nobody is asked, what counts is whether anybody was reached. */
static void look_at_missions(const struct work *w)
{
    for (guint i = 0; i < w->standings->len; i++) {
        struct mission_standing *s = &g_array_index(w->standings, struct mission_standing, i);
        const struct after_action_time *t = &g_array_index(w->times, struct after_action_time, i);
        s->first_reached_ms = t->reached_ms;
        s->reached = s->reached || t->reached_ms;
        w->a->reached += s->reached;
        if (s->answer == MISSION_COVERED || s->answer == MISSION_NOT_ASKED)
            continue;
        struct after_action_mission *m = g_new0(struct after_action_mission, 1);
        m->id = copy(s->mission->id);
        m->name = copy(s->mission->name);
        m->office = copy(s->mission->office);
        m->threat = s->mission->threat;
        m->answer = s->answer;
        m->reached = s->reached;
        m->taken_by = copy(taken_by(w, m->id));
        g_ptr_array_add(w->a->missions, m);
    }
    g_ptr_array_sort(w->a->missions, by_threat);
}

/* The obligation that an escalation became; NULL: not found. */
static const struct obligation *became(const struct work *w, const struct record *r)
{
    g_auto(GStrv) ids = g_strsplit(r->missions ? r->missions : "", " ", 2);
    for (guint i = 0; ids[0] && i < w->of->obligations->len; i++) {
        const struct obligation *o = w->of->obligations->pdata[i];
        if (o->kind != OBLIGATION_REPRESENTATIVE && strcmp(o->reason, OBLIGATION_AFFECTED) != 0 &&
            !g_strcmp0(o->recipient, r->recipient) &&
            g_ptr_array_find_with_equal_func(o->missions, ids[0], g_str_equal, NULL))
            return o;
    }
    return NULL;
}

static void list_escalations(const struct work *w)
{
    static const char *const events[] = { "obligation.escalated", "obligation.handed-over",
                                          "obligation.handed-on", NULL };
    for (guint i = 0; i < w->of->records->len; i++) {
        const struct record *r = w->of->records->pdata[i];
        if (!g_strv_contains(events, r->event) || g_strcmp0(r->broadcast, w->of->broadcast->id))
            continue;
        const struct obligation *o = became(w, r);
        struct after_action_escalation *e = g_new0(struct after_action_escalation, 1);
        e->time_ms = r->time_ms;
        e->recipient = copy(r->recipient);
        e->reason = copy(r->reply ? r->reply : o ? o->reason : r->event);
        e->missions = copy(r->missions);
        e->state = o ? obligation_state_names[o->state] : "";
        g_ptr_array_add(w->a->escalations, e);
    }
}

static void list_versions(const struct work *w)
{
    for (guint i = 0; i < w->of->versions->len; i++) {
        struct after_action_version *v = g_new0(struct after_action_version, 1);
        *v = g_array_index(w->of->versions, struct after_action_version, i);
        v->id = copy(v->id);
        v->identifier = copy(v->identifier);
        v->headline = copy(v->headline);
        g_ptr_array_add(w->a->versions, v);
    }
}

static int by_office(gconstpointer a, gconstpointer b)
{
    return strcmp((*(struct after_action_office *const *)a)->office,
                  (*(struct after_action_office *const *)b)->office);
}

static struct after_action_office *office_of(struct after_action *a, const char *id)
{
    for (guint i = 0; i < a->offices->len; i++) {
        struct after_action_office *o = a->offices->pdata[i];
        if (g_str_equal(o->office, id))
            return o;
    }
    struct after_action_office *o = g_new0(struct after_action_office, 1);
    o->office = copy(id);
    g_ptr_array_add(a->offices, o);
    return o;
}

static int64_t median_of(const struct work *w, const char *office)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < w->standings->len; i++) {
        const struct mission_standing *s = &g_array_index(w->standings, struct mission_standing, i);
        int64_t took = g_array_index(w->times, struct after_action_time, i).covered_ms;
        if (!took || !g_str_equal(s->mission->office, office))
            continue;
        took -= w->of->released_ms;
        g_array_append_val(values, took);
    }
    return after_action_median(values);
}

static void list_offices(const struct work *w)
{
    for (guint i = 0; i < w->standings->len; i++) {
        const struct mission_standing *s = &g_array_index(w->standings, struct mission_standing, i);
        struct after_action_office *o = office_of(w->a, s->mission->office);
        int64_t at = s->first_reached_ms;
        o->missions++;
        o->reached += s->reached;
        o->covered += s->answer == MISSION_COVERED;
        o->taken += s->answer == MISSION_TAKEN;
        o->waiting += s->answer == MISSION_WAITING || s->answer == MISSION_OVER;
        if (at)
            o->first_reached_ms = o->first_reached_ms ? MIN(o->first_reached_ms, at) : at;
        o->last_reached_ms = MAX(o->last_reached_ms, at);
    }
    g_ptr_array_sort(w->a->offices, by_office);
    for (guint i = 0; i < w->a->offices->len; i++) {
        struct after_action_office *o = w->a->offices->pdata[i];
        o->median_answer_ms = median_of(w, o->office);
    }
}

struct after_action *after_action_make(const struct after_action_source *of)
{
    struct work w = { .of = of, .a = g_new0(struct after_action, 1) };
    take_facts(w.a, of);
    w.standings = quorum_standings(&of->quorum, of->broadcast, of->missions, of->obligations);
    w.times = after_action_times(of, w.standings);
    w.tried = tried_new(of->broadcast->id, of->notifications, of->records);
    w.a->coverage = quorum_coverage(w.standings);
    w.a->steps = after_action_steps(w.times);
    after_action_ends(w.times, w.a);
    count_answers(&w);
    look_at_people(&w);
    look_at_missions(&w);
    list_escalations(&w);
    list_versions(&w);
    list_offices(&w);
    tried_free(w.tried);
    g_array_unref(w.times);
    g_array_unref(w.standings);
    return w.a;
}

void after_action_free(struct after_action *a)
{
    if (!a)
        return;
    g_free(a->id);
    g_free(a->identifier);
    g_free(a->headline);
    g_array_unref(a->steps);
    g_ptr_array_unref(a->missions);
    g_ptr_array_unref(a->people);
    g_ptr_array_unref(a->escalations);
    g_ptr_array_unref(a->versions);
    g_ptr_array_unref(a->offices);
    g_free(a);
}
