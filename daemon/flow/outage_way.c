#include "flow/outage_way.h"

#include "base/log.h"
#include "flow/casefile.h"
#include "flow/escalation.h"
#include "flow/journal.h"
#include "model/breaker.h"

struct outage_way *outage_way_new(const struct config *c, const struct outage_row *of,
                                  const GHashTable *down, int64_t now_ms)
{
    struct outage_way *w = g_new0(struct outage_way, 1);
    w->config = c;
    w->down = down;
    w->lane = g_strdup(of->lane);
    w->reply = g_strdup(of->reply);
    w->since_ms = of->since_ms;
    w->now_ms = now_ms;
    w->added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    w->grown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    w->looked = g_array_new(FALSE, FALSE, sizeof(struct outage_look));
    return w;
}

void outage_way_free(struct outage_way *w)
{
    g_free(w->lane);
    g_free(w->reply);
    g_ptr_array_unref(w->added);
    g_array_unref(w->grown);
    g_array_unref(w->looked);
    g_free(w);
}

struct look { /* at one broadcast */
    struct outage_way *way;
    struct casefile *file;
    GHashTable *stuck, *leads; /* sets of obligation ordinals: a way of theirs waits behind an
                                  outage; one leads, has led or is not due yet */
    bool all; /* whoever is stuck has been given to somebody, and nobody else can come to be */
};

static bool waits_behind_it(const struct look *k, const struct notification *n)
{
    return n->state != NOTIFICATION_ACCEPTED &&
           g_hash_table_contains((GHashTable *)k->way->down, n->lane);
}

static bool is_held_back(const struct look *k, const struct notification *n)
{
    return n->attempt == 0 && n->due_ms > k->way->now_ms;
}

static bool sort_ways(struct store *s, struct look *k, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!casefile_notifications(s, k->file->no, all, error))
        return false;
    for (guint i = 0; i < all->len; i++) {
        const struct notification *n = g_ptr_array_index(all, i);
        if (n->state == NOTIFICATION_REFUSED || n->state == NOTIFICATION_WITHDRAWN)
            continue;
        bool waits = waits_behind_it(k, n), held_back = is_held_back(k, n);
        GHashTable *set = waits && !held_back ? k->stuck : k->leads;
        k->all = k->all && !(waits && held_back);
        for (guint o = 0; o < n->obligations->len; o++)
            g_hash_table_add(set, GUINT_TO_POINTER(g_array_index(n->obligations, uint32_t, o)));
    }
    return true;
}

static bool give_up(struct store *s, struct look *k, struct escalation *up, struct obligation *o,
                    GError **error)
{
    const struct outage_way *w = k->way;
    struct journal_hand hand = { w->config->node, w->now_ms };
    g_autofree char *why = g_strdup_printf("%s is down: %s", w->lane, w->reply);
    if (!escalation_add(up, OBLIGATION_DESTINATION_DOWN, LADDER_DUTY, o, why)) {
        k->all = false;
        return true;
    }
    obligation_move(&o->state, OBLIGATION_ON_ALL_REFUSED);
    return s->ops->obligation_update(s, k->file->no, o, error) &&
           journal_tell_obligation(s, hand, k->file->row, "obligation.unreachable", o, NULL, NULL,
                                   why, error);
}

static bool give_up_stuck(struct store *s, struct look *k, struct escalation *up, GError **error)
{
    for (guint i = 0; i < k->file->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(k->file->obligations, i);
        gpointer key = GUINT_TO_POINTER(o->ordinal);
        if (o->state != OBLIGATION_OPEN || !g_hash_table_contains(k->stuck, key))
            continue;
        if (g_hash_table_contains(k->leads, key)) /* as long as it does */
            k->all = false;
        else if (!give_up(s, k, up, o, error))
            return false;
    }
    return true;
}

static bool escalate(struct store *s, struct look *k, GError **error)
{
    struct outage_way *w = k->way;
    guint before = w->added->len;
    struct escalation *up = escalation_new(w->config->directory, k->file, w->config->node,
                                           w->now_ms, escalation_priority(k->file));
    escalation_avoid(up, w->down);
    bool ok = give_up_stuck(s, k, up, error) && escalation_store(s, up, w->added, error);
    escalation_free(up);
    if (w->added->len > before)
        g_array_append_val(w->grown, k->file->no);
    return ok;
}

/* An alarm alarms nobody. */
static bool look_at(struct store *s, struct outage_way *w, int64_t no, GError **error)
{
    struct look k = { .way = w, .file = casefile_load(s, no, error), .all = true };
    if (!k.file)
        return false;
    k.stuck = g_hash_table_new(NULL, NULL);
    k.leads = g_hash_table_new(NULL, NULL);
    bool concerns =
        casefile_is_alive(k.file, w->now_ms) && k.file->broadcast->status != STATUS_SYSTEM;
    bool ok = !concerns || (sort_ways(s, &k, error) && escalate(s, &k, error));
    struct outage_look look = { no, k.all };
    g_array_append_val(w->looked, look);
    g_hash_table_unref(k.stuck);
    g_hash_table_unref(k.leads);
    casefile_unref(k.file);
    return ok;
}

static bool look_at_all(struct store *s, struct outage_way *w, const GArray *nos, GHashTable *seen,
                        unsigned *left, GError **error)
{
    for (guint i = 0; i < nos->len; i++) {
        int64_t no = g_array_index(nos, int64_t, i);
        if (seen && g_hash_table_contains(seen, &no))
            continue;
        if (*left == 0) {
            w->more = true;
            break;
        }
        (*left)--;
        if (!look_at(s, w, no, error))
            return false;
    }
    return true;
}

bool outage_way_find(struct store *s, struct outage_way *w, GHashTable *seen, unsigned *left,
                     GError **error)
{
    for (int u = URGENCY_IMMEDIATE; u <= URGENCY_UNKNOWN; u++) {
        g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
        if (w->now_ms - w->since_ms < breaker_patience_ms((enum broadcast_urgency)u))
            continue;
        if (!s->ops->lane_broadcasts(s, w->lane, (enum broadcast_urgency)u, nos, error) ||
            !look_at_all(s, w, nos, seen, left, error))
            return false;
    }
    return true;
}
