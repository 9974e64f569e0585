#include "flow/handover.h"

#include "base/log.h"
#include "flow/casefile.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/escalation.h"
#include "flow/sweep.h"
#include "model/duty.h"

#define HANDOVER_CHUNK 256  /* custody rows looked at in a transaction */
#define HANDOVER_ALL 100000 /* custody rows that may be there at once */

struct handover {
    struct sweep sweep;
    bool unaligned; /* the hours may be others: all of them are looked at */
};

struct round { /* one piece of work: what changes hands of one broadcast */
    struct handover *handover;
    bool aligns;           /* after all of them were made due */
    struct config *config; /* one reference */
    int64_t now_ms, next_ms;
    GPtrArray *due; /* struct custody_row * */
    struct casefile *file;
    GHashTable *by_mission; /* casefile_index() */
    struct escalation *escalation;
    GPtrArray *added; /* struct notification * */
};

/* The contact of "office:chicago" or "desk:pld"; false: the directory has it no more. */
static bool contact_of(const struct directory *d, const char *owner, struct plan_contact *to)
{
    const char *id = strchr(owner, ':') + 1;
    const struct office *office =
        g_str_has_prefix(owner, "office:") ? directory_office(d, id) : NULL;
    const struct desk *desk = g_str_has_prefix(owner, "desk:") ? directory_desk(d, id) : NULL;
    if (office)
        *to = plan_contact_of_office(office);
    else if (desk)
        *to = plan_contact_of_desk(desk);
    return office || desk;
}

/* Whom the new owner may have to call. */
static char *lines_of(const struct round *r, const char *mission)
{
    GString *out = g_string_new(NULL);
    const GPtrArray *of = g_hash_table_lookup(r->by_mission, mission);
    for (guint i = 0; of && i < of->len; i++) {
        const struct obligation *o = g_ptr_array_index(of, i);
        if (o->asks && !obligation_is_closed(o))
            g_string_append_printf(out, "%s%s %s%s%s: %s", out->len ? "\n" : "", o->recipient,
                                   o->name, *o->phone ? ", telephone " : "", o->phone,
                                   obligation_state_names[o->state]);
    }
    return g_string_free(out, FALSE);
}

static void hand_mission(struct round *r, const struct affected_mission *m,
                         const struct plan_contact *from, const struct plan_contact *to)
{
    g_autofree char *lines = lines_of(r, m->id);
    g_autofree char *whither =
        g_strconcat(m->id, ": now with ", to->name, *to->tel ? ", telephone " : "", to->tel, NULL);
    escalation_add_mission(r->escalation, OBLIGATION_HANDED_OVER, to, m->id, *lines ? lines : NULL);
    if (from)
        escalation_add_mission(r->escalation, OBLIGATION_HANDED_ON, from, m->id, whither);
}

static void hand_over(struct round *r, const struct custody_row *row, const struct office *office,
                      const struct duty *duty, const GArray *standings)
{
    struct plan_contact from, to = plan_contact_of_duty(duty);
    bool known = contact_of(r->config->directory, row->owner, &from);
    for (guint i = 0; i < standings->len; i++) {
        const struct mission_standing *m = &g_array_index(standings, struct mission_standing, i);
        if (m->answer == MISSION_WAITING && g_str_equal(m->mission->office, row->office) &&
            g_str_equal(duty_kind(office, m->mission->kind), row->kind))
            hand_mission(r, m->mission, known ? &from : NULL, &to);
    }
}

/* The row after this change, and who it concerns. */
static bool change(struct store *s, struct round *r, struct custody_row *row,
                   const GArray *standings, GError **error)
{
    const struct directory *d = r->config->directory;
    const struct office *office = directory_office(d, row->office);
    struct duty_change next = { 0 };
    int64_t seen_ms = MAX(r->now_ms, row->next_ms);
    row->next_ms = INT64_MAX;
    if (office) {
        struct duty duty = duty_at(d, office, row->kind, r->now_ms);
        g_autofree char *owner = duty_name(&duty);
        if (!g_str_equal(owner, row->owner)) {
            hand_over(r, row, office, &duty, standings);
            row->since_ms = r->now_ms;
            g_free(row->owner);
            row->owner = g_steal_pointer(&owner);
        }
        if (duty_changes(d, office, row->kind, NULL, seen_ms, &next, 1))
            row->next_ms = next.at_ms;
    }
    return s->ops->custody_put(s, row, error);
}

static bool change_all(struct store *s, struct round *r, GError **error)
{
    g_autoptr(GArray) standings = casefile_standings(r->file, r->config);
    for (guint i = 0; i < r->due->len; i++) {
        struct custody_row *row = g_ptr_array_index(r->due, i);
        if (row->no == r->file->no && !change(s, r, row, standings, error))
            return false;
    }
    return escalation_store(s, r->escalation, r->added, error);
}

/* But for what has no owner yet: that is looked at when it takes effect. */
static bool make_all_due(struct store *s, const struct round *r, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)custody_row_free);
    int64_t next_ms;
    bool ok = s->ops->custody_due(s, INT64_MAX, HANDOVER_ALL, all, &next_ms, error);
    for (guint i = 0; ok && i < all->len; i++) {
        struct custody_row *row = g_ptr_array_index(all, i);
        row->next_ms = MIN(row->next_ms, MAX(row->since_ms, r->now_ms));
        ok = s->ops->custody_put(s, row, error);
    }
    return ok;
}

static bool work(struct store *s, void *arg, GError **error)
{
    struct round *r = arg;
    if (r->aligns && !make_all_due(s, r, error))
        return false;
    if (!s->ops->custody_due(s, r->now_ms, HANDOVER_CHUNK, r->due, &r->next_ms, error))
        return false;
    if (r->due->len == 0)
        return true;
    r->file = casefile_load(s, ((struct custody_row *)g_ptr_array_index(r->due, 0))->no, error);
    if (!r->file)
        return false;
    r->by_mission = casefile_index(r->file);
    r->escalation = escalation_new(r->config->directory, r->file, r->config->node, r->now_ms,
                                   escalation_priority(r->file));
    bool ok = casefile_is_alive(r->file, r->now_ms) ? change_all(s, r, error)
                                                    : s->ops->custody_drop(s, r->file->no, error);
    escalation_free(r->escalation);
    g_hash_table_unref(r->by_mission);
    return ok;
}

static void worked(void *arg, const GError *error)
{
    struct round *r = arg;
    struct service *s = r->handover->sweep.service;
    r->handover->unaligned |= error && r->aligns;
    if (!error && r->added->len > 0) {
        dispatch_wake_added(s->dispatch, r->added);
        delivery_log_wake(s->log);
        log_event(LOG_LEVEL_INFO, "broadcast.handed_over", LOG_STR("id", r->file->row->id),
                  LOG_INT("notices", r->added->len));
    }
    sweep_done(&r->handover->sweep, error, r->now_ms, r->due->len > 0, r->next_ms);
    casefile_unref(r->file);
    g_ptr_array_unref(r->due);
    g_ptr_array_unref(r->added);
    config_unref(r->config);
    g_free(r);
}

static void look(void *ctx, int64_t now_ms)
{
    struct handover *h = ctx;
    struct service *s = h->sweep.service;
    struct round *r = g_new0(struct round, 1);
    r->handover = h;
    r->aligns = h->unaligned;
    h->unaligned = false;
    r->config = config_ref(s->config);
    r->now_ms = now_ms;
    r->next_ms = INT64_MAX;
    r->due = g_ptr_array_new_with_free_func((GDestroyNotify)custody_row_free);
    r->added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    store_thread_submit(s->store, work, worked, r);
}

struct handover *handover_new(struct service *s)
{
    struct handover *h = g_new0(struct handover, 1);
    sweep_init(&h->sweep, s, look, h);
    return h;
}

void handover_realign(struct handover *h)
{
    h->unaligned = true;
    sweep_start(&h->sweep);
}

void handover_note(struct handover *h, int64_t due_ms)
{
    sweep_note(&h->sweep, due_ms);
}

void handover_free(struct handover *h)
{
    sweep_clear(&h->sweep);
    g_free(h);
}
