#include "model/plan.h"

void affected_mission_free(struct affected_mission *m)
{
    if (!m)
        return;
    char *const strings[] = { m->id,     m->name,           m->kind,     m->country,
                              m->city,   m->state,          m->timezone, m->because,
                              m->office, m->office_because, m->duty,     m->gaps };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_free(m);
}

struct affected_mission *affected_mission_copy(const struct affected_mission *m)
{
    struct affected_mission *c = g_new(struct affected_mission, 1);
    *c = *m;
    char **const strings[] = { &c->id,     &c->name,           &c->kind,     &c->country,
                               &c->city,   &c->state,          &c->timezone, &c->because,
                               &c->office, &c->office_because, &c->duty,     &c->gaps };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        *strings[i] = g_strdup(*strings[i]);
    return c;
}

static struct obligation *copy_obligation(const struct obligation *o)
{
    struct obligation *c = g_new(struct obligation, 1);
    *c = *o;
    char **const strings[] = { &c->recipient, &c->name,   &c->language,
                               &c->phone,     &c->detail, &c->taken_by };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        *strings[i] = g_strdup(*strings[i]);
    c->missions = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < o->missions->len; i++)
        g_ptr_array_add(c->missions, g_strdup(g_ptr_array_index(o->missions, i)));
    return c;
}

static struct notification *copy_notification(const struct notification *n)
{
    struct notification *c = g_new(struct notification, 1);
    *c = *n;
    char **const strings[] = { &c->endpoint, &c->lane, &c->recipient, &c->language,
                               &c->link_digest };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        *strings[i] = g_strdup(*strings[i]);
    c->obligations = g_array_copy(n->obligations);
    return c;
}

struct plan *plan_copy(const struct plan *p)
{
    struct plan *c = plan_new();
    c->as_of_ms = p->as_of_ms;
    c->deadline_ms = p->deadline_ms;
    for (guint i = 0; i < p->missions->len; i++)
        g_ptr_array_add(c->missions, affected_mission_copy(g_ptr_array_index(p->missions, i)));
    for (guint i = 0; i < p->obligations->len; i++)
        g_ptr_array_add(c->obligations, copy_obligation(g_ptr_array_index(p->obligations, i)));
    for (guint i = 0; i < p->notifications->len; i++)
        g_ptr_array_add(c->notifications,
                        copy_notification(g_ptr_array_index(p->notifications, i)));
    return c;
}
