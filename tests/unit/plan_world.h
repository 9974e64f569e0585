/*
 * plan_world - a roster's corner made by hand: the input of plan_make() for its tests.
 *
 * One test includes it.  Offices and desks live from set_up to tear_down.
 */
#pragma once
#include "model/plan.h"

#define SENT INT64_C(1342445400000)  /* 2012-07-16T13:30:00Z */
#define AS_OF INT64_C(1342445460000) /* a minute later */

/* Two offices and two desks that live as long as the test: what a plan keeps must be its own. */
static char empty[] = "";
static struct office chicago = { .contact = { .webhook = empty, .tel_alt = empty, .fax = empty } };
static struct office honolulu = { .contact = { .webhook = empty, .tel_alt = empty, .fax = empty } };
static struct desk center;

static int set_up(void **state)
{
    (void)state;
    chicago.id = g_strdup("chicago");
    chicago.name = g_strdup("Chicago");
    chicago.contact.email = g_strdup("chicago@dss.example");
    chicago.contact.tel = g_strdup("312-353-6163");
    honolulu.id = g_strdup("honolulu");
    honolulu.name = g_strdup("Honolulu");
    honolulu.contact.email = g_strdup("");
    honolulu.contact.tel = g_strdup("808-522-8020");
    center.id = g_strdup("command-center");
    center.name = g_strdup("DSS Command Center");
    center.contact = (struct contact){ .email = g_strdup("cc@dss.example"),
                                       .webhook = g_strdup("https://cc.dss.example/hook"),
                                       .tel = g_strdup("571-345-3146"),
                                       .tel_alt = g_strdup("866-217-2089"),
                                       .fax = g_strdup("") };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char *const strings[] = { chicago.id,
                              chicago.name,
                              chicago.contact.email,
                              chicago.contact.tel,
                              honolulu.id,
                              honolulu.name,
                              honolulu.contact.email,
                              honolulu.contact.tel,
                              center.id,
                              center.name,
                              center.contact.email,
                              center.contact.webhook,
                              center.contact.tel,
                              center.contact.tel_alt,
                              center.contact.fax };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    return 0;
}

struct person {
    const char *mission;
    unsigned rank;
    const char *language, *email, *webhook;
    bool exercises;
};

struct place {
    const char *id;
    enum threat_level threat;
    struct office *office;
    bool office_on_duty; /* else the Command Center */
};

/* A resolution made by hand; owns missions and representatives. */
struct world {
    struct resolution r;
    GPtrArray *missions;
    struct broadcast *b;
    struct faults *f;
    struct plan_policy policy;
};

static struct mission *add_mission(struct world *w, const struct place *p)
{
    struct mission *m = g_new0(struct mission, 1);
    m->id = g_strdup(p->id);
    m->threat = p->threat;
    m->representatives = g_ptr_array_new();
    g_ptr_array_add(w->missions, m);
    struct resolved_mission *rm = g_new0(struct resolved_mission, 1);
    rm->mission = m;
    rm->because = g_strdup("cities[0] = Chicago, IL");
    rm->office = p->office;
    rm->office_because = g_strdup("same city");
    rm->duty =
        p->office_on_duty ? (struct duty){ .office = p->office } : (struct duty){ .desk = &center };
    rm->representatives = g_ptr_array_new();
    rm->gaps = g_ptr_array_new();
    g_ptr_array_add(w->r.missions, rm);
    return m;
}

static void add_person(struct world *w, const struct person *p)
{
    for (guint i = 0; i < w->r.missions->len; i++) {
        struct resolved_mission *rm = w->r.missions->pdata[i];
        if (!g_str_equal(rm->mission->id, p->mission))
            continue;
        struct representative *rep = g_new0(struct representative, 1);
        rep->rank = p->rank;
        rep->name = (char *)"Security Liaison";
        rep->language = (char *)p->language;
        rep->email = (char *)p->email;
        rep->webhook = (char *)p->webhook;
        rep->phone = (char *)"+13125550100";
        rep->exercises = p->exercises;
        g_ptr_array_add(rm->representatives, rep);
    }
}

static struct world *world_new(const struct place *places, size_t n_places,
                               const struct person *people, size_t n_people)
{
    struct world *w = g_new0(struct world, 1);
    w->missions = g_ptr_array_new();
    w->r.missions = g_ptr_array_new();
    w->r.as_of_ms = AS_OF;
    for (size_t i = 0; i < n_places; i++)
        add_mission(w, &places[i]);
    for (size_t i = 0; i < n_people; i++)
        add_person(w, &people[i]);
    w->b = broadcast_new();
    w->b->sent.ms = SENT;
    w->b->status = STATUS_ACTUAL;
    w->b->urgency = URGENCY_IMMEDIATE;
    w->b->severity = SEVERITY_SEVERE;
    w->f = faults_new();
    w->policy = (struct plan_policy){ .test_recipient = "drill@dss.example",
                                      .life = { { 3600, 7200, 14400, 14400, 14400 } } };
    return w;
}

static void world_free(struct world *w)
{
    for (guint i = 0; i < w->r.missions->len; i++) {
        struct resolved_mission *rm = w->r.missions->pdata[i];
        for (guint k = 0; k < rm->representatives->len; k++)
            g_free(rm->representatives->pdata[k]);
        g_free(rm->because);
        g_free(rm->office_because);
        g_ptr_array_unref(rm->representatives);
        g_ptr_array_unref(rm->gaps);
        g_free(rm);
        struct mission *m = w->missions->pdata[i];
        g_free(m->id);
        g_ptr_array_unref(m->representatives);
        g_free(m);
    }
    g_ptr_array_unref(w->r.missions);
    g_ptr_array_unref(w->missions);
    broadcast_unref(w->b);
    faults_free(w->f);
    g_free(w);
}
