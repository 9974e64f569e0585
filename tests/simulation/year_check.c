#include "year_case.h"

#include "model/ladder.h"

struct expected { /* a step, or a change of hands, that the plan and the clock promise */
    char *mission;
    char *recipient; /* of the reminder; "" for a notice to a contact */
    enum ladder_whom whom;
    unsigned states; /* of source, in which it is taken */
    guint source;    /* index of the obligation whose ladder it is; the first of several */
    struct span window;
    unsigned came;
};

static void expected_free(struct expected *e)
{
    g_free(e->mission);
    g_free(e->recipient);
    g_free(e);
}

static const struct obligation *obligation_at(const struct year_case *c, guint i)
{
    return g_ptr_array_index(c->d->file->obligations, i);
}

static const char *mission_of(const struct obligation *o)
{
    return g_ptr_array_index(o->missions, 0);
}

/* --- every obligation ends --- */

static unsigned count_of(const struct year_case *c, const char *event)
{
    unsigned n = 0;
    for (guint i = 0; i < c->own->len; i++)
        n += g_str_equal(((struct record *)g_ptr_array_index(c->own, i))->event, event);
    return n;
}

static void everything_ended(struct year *y, const struct year_case *c)
{
    const struct broadcast_row *row = c->d->file->row;
    if (row->state == BROADCAST_RELEASED || row->state == BROADCAST_PENDING)
        year_tell(y->broken, world_now_ms(y->world), "%s is still %s", row->identifier,
                  broadcast_state_names[row->state]);
    unsigned closed = row->state == BROADCAST_CLOSED, reports = count_of(c, "alarm.report");
    if (count_of(c, "broadcast.closed") != closed || reports != (c->d->file->asks ? closed : 0))
        year_tell(y->broken, c->end_ms, "%s: %s, with %u reports", row->identifier,
                  broadcast_state_names[row->state], reports);
    for (guint i = 0; i < c->d->file->obligations->len; i++) {
        const struct obligation *o = obligation_at(c, i);
        if (!obligation_is_final(o->state) && !obligation_is_closed(o))
            year_tell(y->broken, world_now_ms(y->world), "%s: %s is still %s", row->identifier,
                      o->recipient, obligation_state_names[o->state]);
    }
}

/* --- what the ladder promises --- */

/* An alert has nothing before it: its ladder counts from its release, or when it takes effect. */
static void begins_in_time(struct year *y, const struct year_case *c)
{
    const struct broadcast *b = c->d->file->broadcast;
    int64_t begun_ms = MAX(c->d->file->row->released_ms, b->effective.ms);
    for (guint i = 0; b->type == TYPE_ALERT && i < c->d->file->obligations->len; i++) {
        const struct obligation *o = obligation_at(c, i);
        if (o->asks && o->begun_ms != begun_ms)
            year_tell(y->broken, begun_ms, "%s: the ladder of %s does not begin now",
                      c->d->file->row->identifier, o->recipient);
    }
}

static enum threat_level threat_of(const struct year_case *c, const struct obligation *o)
{
    const struct affected_mission *m = g_hash_table_lookup(c->d->file->by_mission, mission_of(o));
    return m ? m->threat : THREAT_LOW;
}

/* Steps of one mission, contact and window are one; so are reminders of one person. */
static void promise(GPtrArray *all, const char *mission, const char *recipient,
                    enum ladder_whom whom, unsigned states, guint source, struct span window)
{
    for (guint i = 0; i < all->len; i++) {
        struct expected *e = g_ptr_array_index(all, i);
        if (e->whom == whom && g_str_equal(e->mission, mission) && e->source == source &&
            g_str_equal(e->recipient, recipient) && e->window.from_ms == window.from_ms) {
            e->states |= states;
            return;
        }
    }
    struct expected *e = g_new0(struct expected, 1);
    *e = (struct expected){
        g_strdup(mission), g_strdup(recipient), whom, states, source, window, 0
    };
    g_ptr_array_add(all, e);
}

static guint next_rank(const struct year_case *c, const struct replay *r,
                       const struct obligation *o)
{
    guint next = G_MAXUINT;
    for (guint i = 0; i < c->d->file->obligations->len; i++) {
        const struct obligation *x = obligation_at(c, i);
        enum obligation_state s = g_array_index(r->states, enum obligation_state, i);
        if (x->kind == OBLIGATION_REPRESENTATIVE && x->asks && x->rank > o->rank &&
            g_str_equal(mission_of(x), mission_of(o)) && s != OBLIGATION_ACKNOWLEDGED &&
            s != OBLIGATION_ESCALATED && s != OBLIGATION_UNREACHABLE && next == G_MAXUINT)
            next = i;
    }
    return next;
}

static void promise_step(const struct year_case *c, GPtrArray *all, guint i,
                         const struct ladder_step *s, struct span window)
{
    const struct obligation *o = obligation_at(c, i);
    promise(all, mission_of(o), s->whom == LADDER_REPRESENTATIVE ? o->recipient : "", s->whom,
            s->states, i, window);
}

static void promise_ladder(const struct year_case *c, GPtrArray *all)
{
    const struct broadcast *b = c->d->file->broadcast;
    for (guint i = 0; i < c->d->file->obligations->len; i++) {
        const struct obligation *o = obligation_at(c, i);
        for (guint k = 0; o->asks && k < c->config->ladder->len; k++) {
            const struct ladder_step *s = &g_array_index(c->config->ladder, struct ladder_step, k);
            if (!(s->urgencies >> b->urgency & 1) || threat_of(c, o) < s->threat_from)
                continue;
            for (unsigned n = 0; n < s->times; n++) {
                int64_t due_ms = o->begun_ms + (s->after_s + n * s->every_s) * 1000;
                /* What an earlier version began waits until this one may be sent. */
                struct span w = year_case_window(c->y, MAX(due_ms, b->effective.ms));
                if (due_ms >= c->d->file->row->released_ms && w.from_ms < c->end_ms)
                    promise_step(c, all, i, s, w);
            }
        }
    }
}

/* --- what came --- */

static char *contact_of(const struct year_case *c, const char *mission, enum ladder_whom whom,
                        int64_t at_ms)
{
    const struct affected_mission *m = year_case_mission(c, mission);
    const struct directory *d = c->config->directory;
    const struct office *office = m ? directory_office(d, m->office) : NULL;
    if (!m || !office)
        return g_strdup("nobody");
    if (whom == LADDER_DUTY) {
        struct duty duty = duty_at(d, office, m->kind, at_ms);
        return duty_name(&duty);
    }
    if (whom == LADDER_PARTNER)
        return g_strconcat("partner:", directory_partner_for(d, m->state)->id, NULL);
    return whom == LADDER_OFFICE ? g_strconcat("office:", office->id, NULL)
                                 : g_strdup("desk:command-center");
}

/* Is that record what the step causes?  A state of its own is looked at by the caller. */
static bool is_of(const struct year_case *c, const struct expected *e, const struct record *r,
                  const struct replay *at)
{
    if (r->time_ms < e->window.from_ms || r->time_ms > e->window.to_ms)
        return false;
    if (g_str_equal(r->event, "obligation.reminded")) {
        if (e->whom == LADDER_REPRESENTATIVE)
            return g_str_equal(e->recipient, r->recipient);
        guint next = e->whom == LADDER_NEXT_REPRESENTATIVE
                         ? next_rank(c, at, obligation_at(c, e->source))
                         : G_MAXUINT;
        return next != G_MAXUINT && g_str_equal(obligation_at(c, next)->recipient, r->recipient);
    }
    if (e->whom == LADDER_REPRESENTATIVE || e->whom == LADDER_NEXT_REPRESENTATIVE ||
        g_strcmp0(r->reply, "nobody has acknowledged it") != 0 || !year_case_tells(r, e->mission))
        return false;
    g_autofree char *to = contact_of(c, e->mission, e->whom, r->time_ms);
    return g_str_equal(to, r->recipient);
}

/* One mission of a record that a step must have caused. */
static void explain(struct year *y, const struct year_case *c, GPtrArray *all,
                    const struct record *r, const char *mission, const struct replay *at)
{
    bool explained = false, again = true;
    for (guint i = 0; i < all->len; i++) {
        struct expected *e = g_ptr_array_index(all, i);
        if (!g_str_equal(e->mission, mission) || !is_of(c, e, r, at) ||
            !(e->states >> g_array_index(at->states, enum obligation_state, e->source) & 1))
            continue;
        explained = true;
        again = again && e->came > 0;
        e->came++;
    }
    if (!explained || again)
        year_tell(y->broken, r->time_ms, "%s: %s to %s about %s %s", c->d->file->row->identifier,
                  r->event, r->recipient, mission,
                  explained ? "came twice" : "is no step of the ladder");
    if (year_case_mission(c, mission) && !year_case_waits(c, at, mission))
        year_tell(y->broken, r->time_ms, "%s: %s to %s about %s, which waits for nobody",
                  c->d->file->row->identifier, r->event, r->recipient, mission);
}

static void everything_was_promised(struct year *y, const struct year_case *c, GPtrArray *all,
                                    struct replay *at)
{
    for (guint i = 0; i < c->own->len; i++) {
        const struct record *r = g_ptr_array_index(c->own, i);
        if (!g_str_equal(r->event, "obligation.reminded") &&
            g_strcmp0(r->reply, "nobody has acknowledged it") != 0)
            continue;
        g_auto(GStrv) ids = g_strsplit(r->missions, " ", -1);
        year_case_replay(c, i, at);
        for (int k = 0; ids[k]; k++)
            explain(y, c, all, r, ids[k], at);
    }
}

/* --- what must have come --- */

/* A reminder goes only where the message before it has arrived: to be sure of that, the daemon was
 * up for a while, and nothing of theirs was tried again. */
static bool is_sure(const struct year_case *c, const struct expected *e)
{
    if (e->whom != LADDER_REPRESENTATIVE)
        return e->whom != LADDER_NEXT_REPRESENTATIVE;
    for (guint i = 0; i < c->y->up->len; i++) {
        struct span s = g_array_index(c->y->up, struct span, i);
        if (s.from_ms + YEAR_MINUTE < e->window.from_ms && e->window.to_ms < s.to_ms)
            return true;
    }
    return false;
}

static void every_step_was_taken(struct year *y, const struct year_case *c, GPtrArray *all,
                                 struct replay *at)
{
    for (guint i = 0; i < all->len; i++) {
        const struct expected *e = g_ptr_array_index(all, i);
        if (!is_sure(c, e) ||
            !year_case_is_calm(c, e->mission, e->window.from_ms - YEAR_SLACK_MS, e->window.to_ms))
            continue;
        year_case_replay(c, year_case_after(c, e->window.from_ms - 1), at);
        bool waits = year_case_waits(c, at, e->mission);
        bool open = e->states >> g_array_index(at->states, enum obligation_state, e->source) & 1;
        if (!waits || !open)
            continue;
        y->firings++;
        if (e->came == 0)
            year_tell(y->broken, e->window.from_ms, "%s: the step %s for %s was not taken",
                      c->d->file->row->identifier, ladder_whom_names[e->whom],
                      obligation_at(c, e->source)->recipient);
    }
}

/* --- who is on duty --- */

static const struct record *handed(const struct year_case *c, const char *event,
                                   const char *mission, struct span w, unsigned *n)
{
    const struct record *found = NULL;
    *n = 0;
    for (guint i = 0; i < c->own->len; i++) {
        const struct record *r = g_ptr_array_index(c->own, i);
        if (g_str_equal(r->event, event) && year_case_tells(r, mission) &&
            r->time_ms >= w.from_ms && r->time_ms <= w.to_ms) {
            found = r;
            ++*n;
        }
    }
    return found;
}

static void check_change(struct year *y, const struct year_case *c, const char *mission,
                         struct span w, const char *from, const char *to, bool must, bool known)
{
    unsigned over, on;
    const struct record *r = handed(c, "obligation.handed-over", mission, w, &over);
    const struct record *s = handed(c, "obligation.handed-on", mission, w, &on);
    y->handovers += must;
    if ((must && over != 1) || over > 1 || over != on)
        year_tell(y->broken, w.from_ms, "%s: %s went from %s to %s: told %u and %u times",
                  c->d->file->row->identifier, mission, from, to, over, on);
    if (known && ((r && !g_str_equal(r->recipient, to)) || (s && !g_str_equal(s->recipient, from))))
        year_tell(y->broken, w.from_ms, "%s: %s went from %s to %s, but %s and %s were told",
                  c->d->file->row->identifier, mission, from, to, s ? s->recipient : "nobody",
                  r ? r->recipient : "nobody");
}

/* Every change of owner of one mission; returns how many records of them are explained. */
static unsigned follow_duty(struct year *y, const struct year_case *c,
                            const struct affected_mission *m, struct replay *at)
{
    const struct directory *d = c->config->directory;
    const struct office *office = directory_office(d, m->office);
    int64_t since_ms = MAX(c->d->file->row->released_ms, c->d->file->broadcast->effective.ms);
    struct duty duty = duty_at(d, office, m->kind, since_ms);
    g_autofree char *owner = duty_name(&duty);
    struct duty_change change, after;
    unsigned told = 0;
    bool known = true; /* was the daemon up long enough to see the change before? */
    while (duty_changes(d, office, m->kind, NULL, since_ms, &change, 1)) {
        struct span w = year_case_window(y, change.at_ms);
        if (w.from_ms >= c->end_ms || w.to_ms == INT64_MAX)
            break;
        bool knew = known;
        known = !duty_changes(d, office, m->kind, NULL, MAX(change.at_ms, w.from_ms), &after, 1) ||
                w.to_ms < after.at_ms;
        if (!known) /* what comes from then on is the next change's */
            w.to_ms = year_case_window(y, after.at_ms).from_ms - 1;
        duty = duty_at(d, office, m->kind, w.from_ms);
        g_autofree char *next = duty_name(&duty);
        since_ms = MAX(change.at_ms, w.from_ms);
        year_case_replay(c, year_case_after(c, w.from_ms - 1), at);
        bool calm = year_case_is_calm(c, m->id, w.from_ms - YEAR_SLACK_MS, w.to_ms);
        bool must = calm && knew && known && year_case_waits(c, at, m->id);
        unsigned n;
        handed(c, "obligation.handed-over", m->id, w, &n);
        told += n;
        if (!g_str_equal(owner, next) && (must || !calm || !knew || !known))
            check_change(y, c, m->id, w, owner, next, must, knew);
        else if (n > 0 && knew)
            year_tell(y->broken, w.from_ms, "%s: %s was handed over, but nobody waits",
                      c->d->file->row->identifier, m->id);
        g_free(owner);
        owner = g_steal_pointer(&next);
    }
    return told;
}

static void duty_was_followed(struct year *y, const struct year_case *c, struct replay *at)
{
    bool asks = false;
    for (guint i = 0; i < c->d->file->obligations->len; i++)
        asks = asks || obligation_at(c, i)->asks;
    for (guint i = 0; i < c->d->file->missions->len; i++) {
        const struct affected_mission *m = g_ptr_array_index(c->d->file->missions, i);
        unsigned all, told = 0;
        if (asks && year_case_mission(c, m->id))
            told = follow_duty(y, c, m, at);
        handed(c, "obligation.handed-over", m->id, (struct span){ 0, INT64_MAX }, &all);
        if (all != told)
            year_tell(y->broken, c->end_ms, "%s: %s was handed over %u times, not %u",
                      c->d->file->row->identifier, m->id, all, told);
    }
}

/* --- all of it --- */

static void check_one(struct year *y, const struct dossier *d)
{
    struct year_case *c = year_case_new(y, d);
    struct replay at = { g_array_new(FALSE, FALSE, sizeof(enum obligation_state)) };
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)expected_free);
    everything_ended(y, c);
    begins_in_time(y, c);
    promise_ladder(c, all);
    everything_was_promised(y, c, all, &at);
    every_step_was_taken(y, c, all, &at);
    duty_was_followed(y, c, &at);
    g_array_unref(at.states);
    year_case_free(c);
}

struct reading {
    GPtrArray *dossiers;
    bool done;
};

static bool read_all(struct store *s, void *arg, GError **error)
{
    struct reading *r = arg;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    if (!s->ops->broadcast_list(s, NULL, 0, 1000, rows, error))
        return false;
    for (guint i = 0; i < rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(rows, i);
        struct dossier *d = NULL;
        if (row->status == STATUS_SYSTEM || row->released_ms == 0)
            continue;
        d = dossier_read(s, row->no, error);
        if (!d)
            return false;
        g_ptr_array_add(r->dossiers, d);
    }
    return true;
}

static void was_read(void *arg, const GError *error)
{
    g_assert_no_error(error);
    ((struct reading *)arg)->done = true;
}

void year_check(struct year *y)
{
    struct reading r = { g_ptr_array_new_with_free_func((GDestroyNotify)dossier_free), false };
    virtual_store_fail(y->world->service.store, 0);
    store_thread_submit(y->world->service.store, read_all, was_read, &r);
    virtual_run_until(y->world->service.loop, world_now_ms(y->world));
    g_assert_true(r.done);
    for (guint i = 0; i < r.dossiers->len; i++)
        check_one(y, g_ptr_array_index(r.dossiers, i));
    g_ptr_array_unref(r.dossiers);
}
