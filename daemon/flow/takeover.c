#include "flow/takeover.h"

#include "base/log.h"
#include "flow/casefile.h"
#include "flow/closing.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/journal.h"
#include "flow/reminder.h"

struct takeover {
    struct service *service; /* loop thread only */
    struct closing *closing;
    char *id, *by;       /* by: "unix:root: note" */
    GPtrArray *missions; /* char *, NULL: every one that waits */
    takeover_done_fn done;
    void *ctx;
    /* What the store's work found: */
    struct casefile *file;
    enum takeover_outcome outcome;
    GPtrArray *taken, *settled, *unknown; /* char *, owned */
};

static void takeover_free(struct takeover *t)
{
    casefile_unref(t->file);
    g_clear_pointer(&t->missions, g_ptr_array_unref);
    g_ptr_array_unref(t->taken);
    g_ptr_array_unref(t->settled);
    g_ptr_array_unref(t->unknown);
    g_free(t->id);
    g_free(t->by);
    g_free(t);
}

/* What a person takes over is what somebody at the mission should have answered, or whoever was to
 * call a mission that has nobody; what is closed already stays as it is. */
static bool waits(const struct obligation *o)
{
    if (o->asks)
        return !obligation_is_closed(o);
    return g_str_equal(o->reason, OBLIGATION_NO_REPRESENTATIVE) && o->missions->len == 1 &&
           (o->state == OBLIGATION_OPEN || o->state == OBLIGATION_REACHED ||
            o->state == OBLIGATION_UNREACHABLE);
}

static bool take_one(struct store *s, struct takeover *t, struct obligation *o, GError **error)
{
    struct journal_hand hand = { t->closing->config->node, t->closing->now_ms };
    obligation_move(&o->state, OBLIGATION_ON_TAKEN);
    o->ended_ms = t->closing->now_ms;
    o->ladder_due_ms = 0;
    g_free(o->taken_by);
    o->taken_by = g_strdup(t->by);
    return s->ops->obligation_update(s, t->file->no, o, error) &&
           journal_tell_obligation(s, hand, t->file->row, "obligation.taken", o, NULL, NULL, t->by,
                                   error) &&
           reminder_withdraw(s, hand, t->file->row, o, error);
}

static bool take_mission(struct store *s, struct takeover *t, GHashTable *by_mission,
                         const char *mission, GError **error)
{
    const GPtrArray *of = g_hash_table_lookup(by_mission, mission);
    bool any = false;
    for (guint i = 0; of && i < of->len; i++) {
        struct obligation *o = g_ptr_array_index(of, i);
        if (!waits(o))
            continue;
        any = true;
        if (!take_one(s, t, o, error))
            return false;
    }
    g_ptr_array_add(any ? t->taken : t->settled, g_strdup(mission));
    return true;
}

static void choose_all(struct takeover *t)
{
    g_autoptr(GArray) standings = casefile_standings(t->file, t->closing->config);
    t->missions = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < standings->len; i++) {
        const struct mission_standing *m = &g_array_index(standings, struct mission_standing, i);
        if (m->answer == MISSION_WAITING)
            g_ptr_array_add(t->missions, g_strdup(m->mission->id));
    }
}

static void find_unknown(struct takeover *t)
{
    for (guint i = 0; i < t->missions->len; i++) {
        const char *id = g_ptr_array_index(t->missions, i);
        if (!g_hash_table_contains(t->file->by_mission, id))
            g_ptr_array_add(t->unknown, g_strdup(id));
    }
}

static bool take_all(struct store *s, struct takeover *t, GError **error)
{
    bool all = !t->missions;
    if (all)
        choose_all(t);
    find_unknown(t);
    if (t->unknown->len > 0) {
        t->outcome = TAKEOVER_UNKNOWN_MISSION;
        return true;
    }
    g_autoptr(GHashTable) by_mission = casefile_index(t->file);
    for (guint i = 0; i < t->missions->len; i++)
        if (!take_mission(s, t, by_mission, g_ptr_array_index(t->missions, i), error))
            return false;
    if (all)
        g_ptr_array_set_size(t->settled, 0);
    t->outcome = t->taken->len > 0 ? TAKEOVER_DONE : TAKEOVER_NOTHING;
    return closing_look(s, t->closing, t->file->no, error);
}

static bool take(struct store *s, void *arg, GError **error)
{
    struct takeover *t = arg;
    struct broadcast_row *row = NULL;
    if (!s->ops->broadcast_by_id(s, t->id, &row, error))
        return false;
    t->outcome = TAKEOVER_NOT_FOUND;
    if (!row)
        return true;
    t->file = casefile_load(s, row->no, error);
    broadcast_row_free(row);
    if (!t->file)
        return false;
    t->outcome = TAKEOVER_NOT_RELEASED;
    return t->file->row->state != BROADCAST_RELEASED || take_all(s, t, error);
}

static void taken(void *arg, const GError *error)
{
    struct takeover *t = arg;
    service_note_store(t->service, error);
    struct takeover_result r = { .outcome = error ? TAKEOVER_UNAVAILABLE : t->outcome,
                                 .row = !error && t->file ? t->file->row : NULL,
                                 .taken = t->taken,
                                 .settled = t->settled,
                                 .unknown = t->unknown,
                                 .reason = error ? error->message : NULL };
    if (!error && t->outcome == TAKEOVER_DONE) {
        dispatch_forget(t->service->dispatch, t->file->no);
        log_event(LOG_LEVEL_INFO, "broadcast.taken", LOG_STR("id", t->id),
                  LOG_INT("missions", t->taken->len), LOG_STR("by", t->by));
    }
    closing_done(t->service, t->closing, !error);
    delivery_log_wake(t->service->log);
    t->done(&r, t->ctx);
    takeover_free(t);
}

static GPtrArray *copy_ids(const GPtrArray *ids)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < ids->len; i++)
        g_ptr_array_add(out, g_strdup(g_ptr_array_index(ids, i)));
    return out;
}

void takeover_submit(struct service *s, const struct takeover_request *q, takeover_done_fn done,
                     void *ctx)
{
    struct takeover *t = g_new0(struct takeover, 1);
    t->service = s;
    t->closing = closing_new(s);
    t->id = g_strdup(q->id);
    t->by = q->note && *q->note ? g_strconcat(q->principal, ": ", q->note, NULL)
                                : g_strdup(q->principal);
    t->missions = q->missions ? copy_ids(q->missions) : NULL;
    t->taken = g_ptr_array_new_with_free_func(g_free);
    t->settled = g_ptr_array_new_with_free_func(g_free);
    t->unknown = g_ptr_array_new_with_free_func(g_free);
    t->done = done;
    t->ctx = ctx;
    store_thread_submit(s->store, take, taken, t);
}
