#include "flow/climb.h"

#include "base/log.h"
#include "flow/asking.h"
#include "flow/casefile.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/escalation.h"
#include "flow/realign.h"
#include "flow/reminder.h"
#include "flow/sweep.h"
#include "model/answer.h"

#define CLIMB_CHUNK 2000 /* obligations a transaction */

struct climb {
    struct sweep sweep;
    bool unlisted;     /* the ladder may be another one: */
    GArray *unaligned; /* int64_t: broadcasts that still go by the old one */
};

struct round { /* one piece of work: what is due of one broadcast */
    struct climb *climb;
    struct config *config; /* one reference each */
    GPtrArray *masters;    /* NULL: no keys */
    int64_t now_ms, next_ms;
    bool lists;     /* only which broadcasts are to be aligned … */
    int64_t aligns; /* … or only this one; 0: none */
    GArray *listed;
    GPtrArray *due; /* struct ladder_row * */
    struct casefile *file;
    GHashTable *by_mission; /* casefile_index() */
    GHashTable *standings;  /* mission id -> const struct mission_standing * */
    struct reminder *reminder;
    struct escalation *escalation;
    GPtrArray *added; /* struct notification * */
};

/* --- one obligation --- */

static const struct mission_standing *standing_of(const struct round *r, const struct obligation *o)
{
    return o->missions->len > 0
               ? g_hash_table_lookup(r->standings, g_ptr_array_index(o->missions, 0))
               : NULL;
}

/* Of the same mission, the next by rank who may still acknowledge; NULL: nobody. */
static const struct obligation *next_representative(const struct round *r,
                                                    const struct obligation *o)
{
    const struct obligation *next = NULL;
    const GPtrArray *of =
        o->missions->len > 0 ? g_hash_table_lookup(r->by_mission, g_ptr_array_index(o->missions, 0))
                             : NULL;
    for (guint i = 0; of && i < of->len; i++) {
        const struct obligation *x = g_ptr_array_index(of, i);
        if (x->kind == OBLIGATION_REPRESENTATIVE && x->asks && !obligation_is_closed(x) &&
            x->state != OBLIGATION_UNREACHABLE && x->rank > o->rank &&
            (!next || x->rank < next->rank))
            next = x;
    }
    return next;
}

static const char *words_for(const struct obligation *o)
{
    if (o->answer == ANSWER_WRONG_PERSON)
        return "the message came to a wrong person";
    if (o->state == OBLIGATION_UNREACHABLE)
        return "every endpoint refused";
    return o->state == OBLIGATION_OPEN ? "not reached yet" : "reached, has not acknowledged";
}

static void remind(struct round *r, unsigned fired, const struct obligation *o, int64_t after_s)
{
    g_autofree char *why =
        g_strdup_printf("not acknowledged after %" G_GINT64_FORMAT " s", after_s);
    const struct obligation *next =
        fired >> LADDER_NEXT_REPRESENTATIVE & 1 ? next_representative(r, o) : NULL;
    if (fired >> LADDER_REPRESENTATIVE & 1)
        reminder_add(r->reminder, o, why);
    if (next)
        reminder_add(r->reminder, next, why);
}

static void escalate(struct round *r, unsigned fired, const struct obligation *o)
{
    static const enum ladder_whom others[] = { LADDER_OFFICE, LADDER_DUTY, LADDER_COMMAND_CENTER,
                                               LADDER_PARTNER };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (!(fired >> others[i] & 1))
            continue;
        bool told =
            escalation_add(r->escalation, OBLIGATION_NOT_ACKNOWLEDGED, others[i], o, words_for(o));
        log_event(told ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "ladder.fired",
                  LOG_STR("broadcast", r->file->row->id), LOG_STR("recipient", o->recipient),
                  LOG_STR("whom", ladder_whom_names[others[i]]),
                  LOG_STR("told", told ? "yes" : "nobody to tell"));
    }
}

/* The step is taken whether or not it does anything: it does not come again. */
static void take_step(struct round *r, struct obligation *o)
{
    size_t n_steps;
    const struct broadcast *b = r->file->broadcast;
    const struct ladder_step *steps = asking_ladder(r->config, b, &n_steps);
    const struct mission_standing *m = standing_of(r, o);
    enum threat_level threat = casefile_threat_of(r->file, o);
    int64_t upto_s = MAX((r->now_ms - o->begun_ms) / 1000, o->behind_s);
    unsigned fired =
        ladder_fired(steps, n_steps, b->urgency, threat, o->state, o->behind_s, upto_s);
    o->behind_s = upto_s;
    o->ladder_due_ms = asking_ladder_due_ms(r->config, b, threat, o);
    bool campaign = b->status == STATUS_SYSTEM; /* asks every one of them */
    if (!m || campaign || m->answer == MISSION_WAITING ||
        (m->answer == MISSION_COVERED && r->config->acknowledge.remind_after_quorum))
        remind(r, fired, o, upto_s);
    if (m && m->answer == MISSION_WAITING)
        escalate(r, fired, o);
}

/* --- one broadcast --- */

static bool keep_due(struct store *s, struct round *r, bool alive, GError **error)
{
    for (guint i = 0; i < r->due->len; i++) {
        const struct ladder_row *row = g_ptr_array_index(r->due, i);
        if (row->no != r->file->no)
            continue;
        struct obligation *o =
            g_ptr_array_index(r->file->obligations, row->obligation->ordinal - 1);
        if (alive)
            take_step(r, o);
        else /* nobody climbs for what is over */
            o->ladder_due_ms = 0;
        if (!s->ops->obligation_update(s, r->file->no, o, error))
            return false;
    }
    return true;
}

static bool climb_one(struct store *s, struct round *r, GError **error)
{
    g_autoptr(GArray) standings = casefile_standings(r->file, r->config);
    struct journal_hand hand = { r->config->node, r->now_ms };
    r->by_mission = casefile_index(r->file);
    r->standings = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < standings->len; i++) {
        struct mission_standing *m = &g_array_index(standings, struct mission_standing, i);
        g_hash_table_insert(r->standings, m->mission->id, m);
    }
    r->reminder = reminder_new(r->file, r->masters, hand);
    r->escalation = escalation_new(r->config->directory, r->file, r->config->node, r->now_ms,
                                   escalation_priority(r->file));
    bool ok = keep_due(s, r, true, error) && reminder_store(s, r->reminder, r->added, error) &&
              escalation_store(s, r->escalation, r->added, error);
    reminder_free(r->reminder);
    escalation_free(r->escalation);
    g_hash_table_unref(r->standings);
    g_hash_table_unref(r->by_mission);
    return ok;
}

static bool work(struct store *s, void *arg, GError **error)
{
    struct round *r = arg;
    if (r->lists)
        return realign_list(s, r->listed, error);
    if (r->aligns)
        return realign_one(s, r->config, r->aligns, error);
    if (!s->ops->ladder_due(s, r->now_ms, CLIMB_CHUNK, r->due, &r->next_ms, error))
        return false;
    if (r->due->len == 0)
        return true;
    r->file = casefile_load(s, ((struct ladder_row *)g_ptr_array_index(r->due, 0))->no, error);
    if (!r->file)
        return false;
    return casefile_is_alive(r->file, r->now_ms) ? climb_one(s, r, error)
                                                 : keep_due(s, r, false, error);
}

/* A piece of the alignment that failed is done again. */
static void note_alignment(struct climb *c, const struct round *r, const GError *error)
{
    if (r->lists && error)
        c->unlisted = true;
    else if (r->lists)
        g_array_append_vals(c->unaligned, r->listed->data, r->listed->len);
    else if (r->aligns && error)
        g_array_append_val(c->unaligned, r->aligns);
}

static void worked(void *arg, const GError *error)
{
    struct round *r = arg;
    struct service *s = r->climb->sweep.service;
    bool more = r->due->len > 0 || r->lists || r->aligns;
    if (!error && r->file) {
        dispatch_forget(s->dispatch, r->file->no);
        dispatch_wake_added(s->dispatch, r->added);
        delivery_log_wake(s->log);
    }
    note_alignment(r->climb, r, error);
    sweep_done(&r->climb->sweep, error, r->now_ms, more, r->next_ms);
    casefile_unref(r->file);
    g_array_unref(r->listed);
    g_ptr_array_unref(r->due);
    g_ptr_array_unref(r->added);
    g_clear_pointer(&r->masters, g_ptr_array_unref);
    config_unref(r->config);
    g_free(r);
}

static void look(void *ctx, int64_t now_ms)
{
    struct climb *c = ctx;
    struct service *s = c->sweep.service;
    struct round *r = g_new0(struct round, 1);
    r->climb = c;
    r->config = config_ref(s->config);
    r->masters = s->masters ? g_ptr_array_ref(s->masters) : NULL;
    r->now_ms = now_ms;
    r->next_ms = INT64_MAX;
    r->lists = c->unlisted;
    r->listed = g_array_new(FALSE, FALSE, sizeof(int64_t));
    r->due = g_ptr_array_new_with_free_func((GDestroyNotify)ladder_row_free);
    r->added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    c->unlisted = false;
    if (!r->lists && c->unaligned->len > 0) {
        r->aligns = g_array_index(c->unaligned, int64_t, c->unaligned->len - 1);
        g_array_set_size(c->unaligned, c->unaligned->len - 1);
    }
    store_thread_submit(s->store, work, worked, r);
}

struct climb *climb_new(struct service *s)
{
    struct climb *c = g_new0(struct climb, 1);
    c->unaligned = g_array_new(FALSE, FALSE, sizeof(int64_t));
    sweep_init(&c->sweep, s, look, c);
    return c;
}

void climb_realign(struct climb *c)
{
    c->unlisted = true;
    sweep_start(&c->sweep);
}

void climb_note(struct climb *c, int64_t due_ms)
{
    sweep_note(&c->sweep, due_ms);
}

void climb_free(struct climb *c)
{
    sweep_clear(&c->sweep);
    g_array_unref(c->unaligned);
    g_free(c);
}
