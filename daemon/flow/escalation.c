#include "flow/escalation.h"

#include "flow/journal.h"
#include "model/duty.h"
#include "model/endpoint.h"

struct group { /* what one contact is told for one reason */
    struct plan_contact to;
    const char *reason;
    GPtrArray *missions; /* char *, owned */
    GHashTable *named;   /* those, borrowed */
    GString *detail;     /* lines */
};

struct escalation {
    const struct directory *directory;
    const struct casefile *casefile;
    const char *node;
    int64_t now_ms;
    uint32_t priority;
    const GHashTable *avoided; /* NULL: nothing is */
    GPtrArray *groups;         /* struct group * */
};

/* What the journal says of it. */
static const struct wording {
    const char *reason, *event, *words;
} wordings[] = {
    { OBLIGATION_ALL_REFUSED, "obligation.escalated", "every endpoint refused" },
    { OBLIGATION_DESTINATION_DOWN, "obligation.escalated", "no destination of theirs answers" },
    { OBLIGATION_NOT_ACKNOWLEDGED, "obligation.escalated", "nobody has acknowledged it" },
    { OBLIGATION_NEEDS_ASSISTANCE, "obligation.escalated", "assistance is asked for" },
    { OBLIGATION_WRONG_PERSON, "obligation.escalated", "a wrong person was written to" },
    { OBLIGATION_HANDED_OVER, "obligation.handed-over", "on duty from now on" },
    { OBLIGATION_HANDED_ON, "obligation.handed-on", "on duty until now" },
    { OBLIGATION_AFFECTED, "obligation.escalated", "the desk that the alarm was for refused it" },
};

static void group_free(struct group *g)
{
    g_ptr_array_unref(g->missions);
    g_hash_table_unref(g->named);
    g_string_free(g->detail, TRUE);
    g_free(g);
}

struct escalation *escalation_new(const struct directory *d, const struct casefile *c,
                                  const char *node, int64_t now_ms, uint32_t priority)
{
    struct escalation *e = g_new0(struct escalation, 1);
    e->directory = d;
    e->casefile = c;
    e->node = node;
    e->now_ms = now_ms;
    e->priority = priority;
    e->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    return e;
}

void escalation_free(struct escalation *e)
{
    g_ptr_array_unref(e->groups);
    g_free(e);
}

uint32_t escalation_priority(const struct casefile *c)
{
    enum threat_level threat = THREAT_LOW;
    for (guint i = 0; i < c->missions->len; i++)
        threat =
            MAX(threat, ((struct affected_mission *)g_ptr_array_index(c->missions, i))->threat);
    return notification_priority(c->broadcast->urgency, c->broadcast->severity, threat, 0);
}

/* --- who --- */

static const struct affected_mission *mission_of(const struct escalation *e,
                                                 const struct obligation *o)
{
    return o->missions->len > 0
               ? g_hash_table_lookup(e->casefile->by_mission, g_ptr_array_index(o->missions, 0))
               : NULL;
}

static bool command_center(const struct escalation *e, struct plan_contact *to)
{
    const struct desk *k = directory_desk(e->directory, DUTY_COMMAND_CENTER);
    if (k)
        *to = plan_contact_of_desk(k);
    return k != NULL;
}

/* Whoever is on duty for the mission; for an office or desk that cannot be reached, the Command
 * Center. */
static bool duty_contact_of(const struct escalation *e, const struct obligation *o,
                            const struct affected_mission *m, struct plan_contact *to)
{
    const struct office *office = m ? directory_office(e->directory, m->office) : NULL;
    if (o->kind == OBLIGATION_REPRESENTATIVE && office) {
        struct duty duty = duty_at(e->directory, office, m->kind, e->now_ms);
        *to = plan_contact_of_duty(&duty);
        return true;
    }
    return o->kind != OBLIGATION_TEST && !g_str_equal(o->recipient, "desk:" DUTY_COMMAND_CENTER) &&
           command_center(e, to);
}

static bool contact_for(const struct escalation *e, enum ladder_whom whom,
                        const struct obligation *o, struct plan_contact *to)
{
    const struct affected_mission *m = mission_of(e, o);
    const struct office *office = m ? directory_office(e->directory, m->office) : NULL;
    const struct partner *partner = m ? directory_partner_for(e->directory, m->state) : NULL;
    switch (whom) {
    case LADDER_DUTY:
        return duty_contact_of(e, o, m, to);
    case LADDER_OFFICE:
        if (office)
            *to = plan_contact_of_office(office);
        return office != NULL;
    case LADDER_COMMAND_CENTER:
        return command_center(e, to);
    case LADDER_PARTNER:
        if (partner)
            *to = plan_contact_of_partner(partner);
        return partner != NULL;
    case LADDER_REPRESENTATIVE:
    case LADDER_NEXT_REPRESENTATIVE:
        break;
    }
    return false;
}

static bool leads(const struct escalation *e, enum channel_kind channel, const char *address)
{
    if (!address || !*address)
        return false;
    g_autofree char *endpoint = endpoint_uri(channel, address);
    g_autofree char *lane = notification_lane(channel, endpoint);
    return !g_hash_table_contains((GHashTable *)e->avoided, lane);
}

/* An office or desk without any endpoint would hear of it from the call sheet alone. */
static void pass_over_the_deaf(const struct escalation *e, struct plan_contact *to)
{
    struct plan_contact center;
    if (to->kind != OBLIGATION_PARTNER && !contact_has_endpoint(to->contact) &&
        command_center(e, &center) && contact_has_endpoint(center.contact))
        *to = center;
}

/* Who has no endpoint at all is told by telephone, in any case. */
static bool can_be_told(const struct escalation *e, const struct plan_contact *to)
{
    const struct contact *c = to->contact;
    return !e->avoided || !contact_has_endpoint(c) || leads(e, CHANNEL_SMTP, c->email) ||
           leads(e, CHANNEL_WEBHOOK, c->webhook);
}

void escalation_avoid(struct escalation *e, const GHashTable *lanes)
{
    e->avoided = lanes;
}

/* --- gathering --- */

static struct group *group_for(struct escalation *e, const char *reason,
                               const struct plan_contact *to)
{
    for (guint i = 0; i < e->groups->len; i++) {
        struct group *g = g_ptr_array_index(e->groups, i);
        if (g->to.contact == to->contact && g->reason == obligation_reason(reason))
            return g;
    }
    struct group *g = g_new0(struct group, 1);
    g->to = *to;
    g->reason = obligation_reason(reason);
    g->missions = g_ptr_array_new_with_free_func(g_free);
    g->named = g_hash_table_new(g_str_hash, g_str_equal);
    g->detail = g_string_new(NULL);
    g_ptr_array_add(e->groups, g);
    return g;
}

static void name_mission(struct group *g, const char *mission)
{
    if (g_hash_table_contains(g->named, mission))
        return;
    char *id = g_strdup(mission);
    g_ptr_array_add(g->missions, id);
    g_hash_table_add(g->named, id);
}

static void append_line(struct group *g, const char *line)
{
    g_string_append_printf(g->detail, "%s%s", g->detail->len ? "\n" : "", line);
}

bool escalation_add_mission(struct escalation *e, const char *reason, const struct plan_contact *to,
                            const char *mission, const char *line)
{
    if (!plan_reaches(to, e->casefile->broadcast->status))
        return false;
    struct group *g = group_for(e, reason, to);
    name_mission(g, mission);
    if (line)
        append_line(g, line);
    return true;
}

/* What the daemon itself has to say to an office or a desk. */
static bool is_alarm(const struct escalation *e, const struct obligation *o)
{
    return e->casefile->broadcast->status == STATUS_SYSTEM &&
           (o->kind == OBLIGATION_DESK || o->kind == OBLIGATION_OFFICE);
}

bool escalation_add(struct escalation *e, const char *reason, enum ladder_whom whom,
                    const struct obligation *o, const char *what)
{
    struct plan_contact to;
    if (!contact_for(e, whom, o, &to))
        return false;
    pass_over_the_deaf(e, &to);
    if (!can_be_told(e, &to) && (!command_center(e, &to) || !can_be_told(e, &to)))
        return false;
    if (!is_alarm(e, o) && !plan_reaches(&to, e->casefile->broadcast->status))
        return false;
    struct group *g = group_for(e, is_alarm(e, o) ? OBLIGATION_AFFECTED : reason, &to);
    for (guint i = 0; i < o->missions->len; i++)
        name_mission(g, g_ptr_array_index(o->missions, i));
    g_autofree char *line = g_strconcat(o->recipient, " ", o->name, *o->phone ? ", telephone " : "",
                                        o->phone, *what ? ": " : "", what, NULL);
    append_line(g, line);
    return true;
}

/* --- storing --- */

static bool tell(struct store *s, const struct escalation *e, const struct obligation *o,
                 GError **error)
{
    size_t i = 0;
    while (!g_str_equal(wordings[i].reason, o->reason))
        i++;
    struct journal_hand hand = { e->node, e->now_ms };
    return journal_tell_obligation(s, hand, e->casefile->row, wordings[i].event, o, NULL, NULL,
                                   wordings[i].words, error);
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

static struct plan *plan_of(const struct escalation *e, const struct group *g, uint32_t obligation,
                            uint32_t notification)
{
    struct plan *p = plan_new();
    plan_escalate(p, obligation, notification, e->casefile->no, &g->to,
                  g->missions->len ? g_ptr_array_index(g->missions, 0) : NULL, g->reason,
                  g->detail->str, e->priority, e->casefile->deadline_ms);
    struct obligation *o = g_ptr_array_index(p->obligations, 0);
    for (guint i = 1; i < g->missions->len; i++)
        g_ptr_array_add(o->missions, g_strdup(g_ptr_array_index(g->missions, i)));
    return p;
}

static bool store_group(struct store *s, const struct escalation *e, const struct group *g,
                        GPtrArray *out, GError **error)
{
    uint32_t obligation, notification;
    if (!s->ops->next_ordinals(s, e->casefile->no, &obligation, &notification, error))
        return false;
    struct plan *p = plan_of(e, g, obligation, notification);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    bool ok = append(s, e->casefile->no, p->obligations, none, error) &&
              join_or_wait(s, e, p, error) &&
              append(s, e->casefile->no, none, p->notifications, error) &&
              tell(s, e, g_ptr_array_index(p->obligations, 0), error);
    while (ok && p->notifications->len > 0)
        g_ptr_array_add(out, g_ptr_array_steal_index(p->notifications, 0));
    plan_free(p);
    return ok;
}

bool escalation_store(struct store *s, struct escalation *e, GPtrArray *out, GError **error)
{
    for (guint i = 0; i < e->groups->len; i++)
        if (!store_group(s, e, g_ptr_array_index(e->groups, i), out, error))
            return false;
    return true;
}
