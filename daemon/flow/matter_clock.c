#include "flow/matter_clock.h"

#include "base/log.h"
#include "flow/matter_notice.h"

#define MATTER_CLOCK_CHUNK 20 /* matters a transaction */

struct round { /* one look */
    struct sweep *sweep;
    struct matter_hand *hand;
    int64_t next_ms;
    unsigned taken;
};

/* --- the store's side --- */

/* What belongs to whoever is on duty goes with the duty. */
static bool hand_on(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    g_autofree char *owner = matter_owner(h, m);
    if (g_str_equal(owner, m->owner))
        return true;
    g_autofree char *note = g_strdup_printf("from %s to %s", m->owner, owner);
    g_free(m->owner);
    m->owner = g_steal_pointer(&owner);
    return matter_note(s, h, m, "daemon", "handed-on", note, error);
}

/* Its owner, and whoever is on duty where that is somebody else. */
static bool tell_overdue(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    const struct partner *p = m->kind == MATTER_PROTECTIVE_RESPONSE ? matter_partner(h, m) : NULL;
    if (!hand_on(s, h, m, error))
        return false;
    g_autofree char *duty = matter_duty(h, m);
    g_autofree char *headline =
        p ? g_strdup_printf("Not acknowledged by %s, telephone %s: number %" G_GINT64_FORMAT,
                            p->name, p->tel, m->no)
          : g_strdup_printf("Still open: number %" G_GINT64_FORMAT ", %s", m->no,
                            matter_rules(m->kind)->title);
    return matter_note(s, h, m, "daemon", "overdue", NULL, error) &&
           matter_tell_contact(s, h, m, m->owner, "matter.overdue", headline, NULL, error) &&
           (g_str_equal(duty, m->owner) ||
            matter_tell_contact(s, h, m, duty, "matter.overdue", headline, NULL, error));
}

static bool tell_ending(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    g_autofree char *until = timestamp_format_utc_s(m->until_ms);
    g_autofree char *headline = g_strdup_printf(
        "Ends at %s unless it is asked for anew: number %" G_GINT64_FORMAT, until, m->no);
    return matter_note(s, h, m, "daemon", "ending", until, error) &&
           matter_tell_contact(s, h, m, m->owner, "matter.ending", headline, NULL, error) &&
           matter_tell_partner(s, h, m, false, "matter.ending", headline, error);
}

static bool end(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    g_autofree char *headline =
        g_strdup_printf("The protective response has ended: number %" G_GINT64_FORMAT, m->no);
    bool moved = matter_move(m, MATTER_EXPIRE, h->now_ms);
    return !moved ||
           (matter_note(s, h, m, "daemon", "expired", NULL, error) &&
            matter_tell_contact(s, h, m, m->owner, "matter.expired", headline, NULL, error) &&
            matter_tell_partner(s, h, m, false, "matter.expired", headline, error) &&
            matter_tell_mission(s, h, m, MATTER_SAYS_EXPIRED, NULL, error));
}

/* Of what was missed together, the end makes the rest pointless. */
static bool take(struct store *s, struct matter_hand *h, struct matter *m, GError **error)
{
    unsigned due = matter_fallen_due(m, h->now_ms);
    bool ok = true;
    if (due & MATTER_DUE_EXPIRED)
        ok = end(s, h, m, error);
    else if (due & MATTER_DUE_OVERDUE)
        ok = tell_overdue(s, h, m, error);
    if (ok && (due & MATTER_DUE_ENDING) && !(due & MATTER_DUE_EXPIRED))
        ok = tell_ending(s, h, m, error);
    m->behind_ms = h->now_ms;
    m->due_ms = matter_next_ms(m, m->behind_ms);
    return ok && s->ops->matter_update(s, m, error);
}

static bool work(struct store *s, void *arg, GError **error)
{
    struct round *w = arg;
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)matter_free);
    if (!s->ops->matter_overdue(s, w->hand->now_ms, MATTER_CLOCK_CHUNK, due, &w->next_ms, error))
        return false;
    for (guint i = 0; i < due->len; i++) {
        struct matter *m = g_ptr_array_index(due, i);
        if (!take(s, w->hand, m, error))
            return false;
        w->next_ms = MIN(w->next_ms, m->due_ms);
    }
    w->taken = due->len;
    return true;
}

/* --- the loop's side --- */

static void worked(void *arg, const GError *error)
{
    struct round *w = arg;
    struct sweep *sweep = w->sweep;
    int64_t now_ms = w->hand->now_ms;
    if (!error && w->taken > 0)
        log_event(LOG_LEVEL_INFO, "matter.due", LOG_INT("matters", w->taken));
    sweep_done(sweep, error, now_ms, w->taken > 0, w->next_ms);
    matter_hand_done(sweep->service, w->hand, !error);
    g_free(w);
}

static void look(void *ctx, int64_t now_ms)
{
    struct sweep *sweep = ctx;
    struct round *w = g_new0(struct round, 1);
    w->sweep = sweep;
    w->hand = matter_hand_new(sweep->service);
    w->hand->now_ms = now_ms;
    w->next_ms = INT64_MAX;
    store_thread_submit(sweep->service->store, work, worked, w);
}

struct sweep *matter_clock_new(struct service *s)
{
    return sweep_new(s, look);
}
