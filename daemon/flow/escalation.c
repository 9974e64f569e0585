#include "flow/escalation.h"

#include "base/log.h"
#include "model/duty.h"

struct group { /* what one duty contact takes over */
    struct duty duty;
    GPtrArray *lost; /* const struct obligation *, borrowed */
};

static void group_free(struct group *g)
{
    g_ptr_array_unref(g->lost);
    g_free(g);
}

static struct record *record_for(const struct escalation *e, const char *event,
                                 const struct obligation *o)
{
    struct record *r = record_new(event, e->now_ms);
    r->node = g_strdup(e->node);
    r->broadcast = g_strdup(e->casefile->broadcast->id);
    r->status = g_strdup(broadcast_status_names[e->casefile->broadcast->status]);
    GString *missions = g_string_new(NULL);
    for (guint i = 0; i < o->missions->len; i++)
        g_string_append_printf(missions, "%s%s", i ? " " : "",
                               (const char *)g_ptr_array_index(o->missions, i));
    r->missions = g_string_free(missions, FALSE);
    r->recipient = g_strdup(o->recipient);
    return r;
}

static bool tell(struct store *s, struct record *r /* taken */, GError **error)
{
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

/* Whoever is on duty for the mission; for an office or desk that cannot be reached, the Command
 * Center. False: nobody is left to take it over, or status forbids it. */
static bool duty_for(const struct escalation *e, const struct obligation *o, struct duty *out)
{
    *out = (struct duty){ 0 };
    if (o->kind == OBLIGATION_REPRESENTATIVE && o->missions->len > 0) {
        const struct affected_mission *m =
            g_hash_table_lookup(e->casefile->by_mission, g_ptr_array_index(o->missions, 0));
        const struct office *office = m ? directory_office(e->directory, m->office) : NULL;
        if (office)
            *out = duty_at(e->directory, office, m->kind, e->now_ms);
    }
    if (!out->office && !out->desk && o->kind != OBLIGATION_TEST &&
        !g_str_equal(o->recipient, "desk:" DUTY_COMMAND_CENTER))
        out->desk = directory_desk(e->directory, DUTY_COMMAND_CENTER);
    if (!out->office && !out->desk)
        return false;
    return plan_reaches_duty(out, e->casefile->broadcast->status);
}

static GPtrArray *group_by_duty(const struct escalation *e)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    for (guint i = 0; i < e->lost->len; i++) {
        struct obligation *o = g_ptr_array_index(e->lost, i);
        struct duty duty;
        struct group *g = NULL;
        if (!duty_for(e, o, &duty)) {
            log_event(
                LOG_LEVEL_ERROR, "obligation.lost",
                LOG_STR("broadcast", e->casefile->broadcast->id),
                LOG_STR("recipient", o->recipient),
                LOG_STR("reason", "every endpoint refused and nobody is left to take it over"));
            continue;
        }
        for (guint k = 0; k < groups->len && !g; k++) {
            struct group *known = g_ptr_array_index(groups, k);
            if (known->duty.office == duty.office && known->duty.desk == duty.desk)
                g = known;
        }
        if (!g) {
            g = g_new0(struct group, 1);
            g->duty = duty;
            g->lost = g_ptr_array_new();
            g_ptr_array_add(groups, g);
        }
        g_ptr_array_add(g->lost, o);
    }
    return groups;
}

static char *detail_of(const struct group *g)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < g->lost->len; i++) {
        const struct obligation *o = g_ptr_array_index(g->lost, i);
        g_string_append_printf(out, "%s%s %s%s%s", i ? "\n" : "", o->recipient, o->name,
                               *o->phone ? ", telephone " : "", o->phone);
        if (*o->detail)
            g_string_append_printf(out, ": %s", o->detail);
    }
    return g_string_free(out, FALSE);
}

static void add_other_missions(struct obligation *o, const struct group *g)
{
    for (guint i = 0; i < g->lost->len; i++) {
        const struct obligation *lost = g_ptr_array_index(g->lost, i);
        for (guint k = 0; k < lost->missions->len; k++) {
            const char *id = g_ptr_array_index(lost->missions, k);
            if (!g_ptr_array_find_with_equal_func(o->missions, id, g_str_equal, NULL))
                g_ptr_array_add(o->missions, g_strdup(id));
        }
    }
}

/* Drops from the addition what a notice that still waits will say; the rest waits to gather more.
 */
static bool join_or_wait(struct store *s, const struct escalation *e, struct plan *p,
                         GError **error)
{
    for (guint i = p->notifications->len; i > 0; i--) {
        struct notification *n = g_ptr_array_index(p->notifications, i - 1);
        bool joined = false;
        const struct obligation *o = g_ptr_array_index(p->obligations, 0);
        if (!s->ops->join_waiting(s, e->casefile->no, n->endpoint, o->ordinal, &joined, error))
            return false;
        n->state = NOTIFICATION_DEFERRED; /* born so: it is due when the gathering ends */
        n->due_ms = e->now_ms + ESCALATION_GATHER_MS;
        if (joined)
            g_ptr_array_remove_index(p->notifications, i - 1);
    }
    return true;
}

static bool append(struct store *s, int64_t no, GPtrArray *obligations, GPtrArray *notifications,
                   GError **error)
{
    g_autoptr(GPtrArray) missions = g_ptr_array_new();
    struct plan part = { .missions = missions,
                         .obligations = obligations,
                         .notifications = notifications };
    return s->ops->plan_append(s, no, &part, error);
}

static bool store_group(struct store *s, const struct escalation *e, const struct group *g,
                        GPtrArray *out, GError **error)
{
    uint32_t obligation, notification;
    if (!s->ops->next_ordinals(s, e->casefile->no, &obligation, &notification, error))
        return false;
    const struct obligation *first = g_ptr_array_index(g->lost, 0);
    const char *mission = first->missions->len ? g_ptr_array_index(first->missions, 0) : "";
    struct plan *p = plan_new();
    g_autofree char *detail = detail_of(g);
    plan_escalate(p, obligation, notification, e->casefile->no, &g->duty, mission,
                  OBLIGATION_ALL_REFUSED, detail, e->priority, e->casefile->deadline_ms);
    struct obligation *o = g_ptr_array_index(p->obligations, 0);
    add_other_missions(o, g);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    bool ok = append(s, e->casefile->no, p->obligations, none, error) &&
              join_or_wait(s, e, p, error) &&
              append(s, e->casefile->no, none, p->notifications, error);
    if (ok) {
        struct record *r = record_for(e, "obligation.escalated", o);
        r->reply = g_strdup("every endpoint refused");
        ok = tell(s, r, error);
    }
    while (ok && p->notifications->len > 0)
        g_ptr_array_add(out, g_ptr_array_steal_index(p->notifications, 0));
    plan_free(p);
    return ok;
}

bool escalation_store(struct store *s, const struct escalation *e, GPtrArray *out, GError **error)
{
    for (guint i = 0; i < e->lost->len; i++)
        if (!tell(s, record_for(e, "obligation.unreachable", g_ptr_array_index(e->lost, i)), error))
            return false;
    g_autoptr(GPtrArray) groups = group_by_duty(e);
    for (guint i = 0; i < groups->len; i++)
        if (!store_group(s, e, g_ptr_array_index(groups, i), out, error))
            return false;
    return true;
}
