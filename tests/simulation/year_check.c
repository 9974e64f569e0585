#include "year_duty.h"

#include "model/ladder.h"

struct expected { /* a step, or a change of hands, that the plan and the clock promise */
    char *mission;
    char *recipient; /* of the reminder; "" for a notice to a contact */
    enum ladder_whom whom;
    unsigned states; /* of source, in which it is taken */
    guint source;    /* index of the obligation whose ladder it is; the first of several */
    struct span window;
    bool may; /* the version before may have taken it when it made way */
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
                    enum ladder_whom whom, unsigned states, guint source, struct span window,
                    bool may)
{
    for (guint i = 0; i < all->len; i++) {
        struct expected *e = g_ptr_array_index(all, i);
        if (e->whom == whom && g_str_equal(e->mission, mission) && e->source == source &&
            g_str_equal(e->recipient, recipient) && e->window.from_ms == window.from_ms) {
            e->states |= states;
            e->may = e->may && may;
            return;
        }
    }
    struct expected *e = g_new0(struct expected, 1);
    *e = (struct expected){
        g_strdup(mission), g_strdup(recipient), whom, states, source, window, may, 0
    };
    g_ptr_array_add(all, e);
}

static guint next_rank(const struct year_case *c, const struct replay *r,
                       const struct obligation *o)
{
    guint next = G_MAXUINT;
    for (guint i = 0; i < c->d->file->obligations->len; i++) {
        const struct obligation *x = obligation_at(c, i);
        enum obligation_state s = year_case_state(r, i);
        if (x->kind == OBLIGATION_REPRESENTATIVE && x->asks && x->rank > o->rank &&
            g_str_equal(mission_of(x), mission_of(o)) && s != OBLIGATION_ACKNOWLEDGED &&
            s != OBLIGATION_ESCALATED && s != OBLIGATION_UNREACHABLE && next == G_MAXUINT)
            next = i;
    }
    return next;
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

static const char *reminds(const struct obligation *o, const struct ladder_step *s)
{
    return s->whom == LADDER_REPRESENTATIVE ? o->recipient : "";
}

/* Did that version before take it?  Who was the next in rank there is not asked for. */
static bool was_taken(const struct year_case *c, const struct dossier *before,
                      const struct obligation *o, const struct ladder_step *s, struct span window)
{
    struct expected e = { .mission = (char *)mission_of(o),
                          .recipient = (char *)reminds(o, s),
                          .whom = s->whom,
                          .window = window };
    for (guint i = 0; s->whom != LADDER_NEXT_REPRESENTATIVE && i < before->records->len; i++)
        if (is_of(c, &e, g_ptr_array_index(before->records, i), NULL))
            return true;
    return false;
}

/* One that fell due under a version before, and was not taken while that lasted, is taken by this
 * one; so is one that fell due since that made way. */
static void promise_step(const struct year_case *c, GPtrArray *all, guint i,
                         const struct ladder_step *s, int64_t due_ms)
{
    const struct obligation *o = obligation_at(c, i), *before = o;
    const struct dossier *d = c->d;
    bool may = false;
    while ((d = year_case_continued(c->all, d, before, &before))) {
        struct span due = year_case_window(c->y, MAX(due_ms, year_case_sent_ms(d)));
        if (due.from_ms >= year_case_end_ms(d))
            continue;
        if (due.to_ms < year_case_end_ms(d) || was_taken(c, d, o, s, due))
            return;
        may = true;
    }
    struct span w = year_case_window(c->y, MAX(due_ms, year_case_sent_ms(c->d)));
    if (w.from_ms < c->end_ms)
        promise(all, mission_of(o), reminds(o, s), s->whom, s->states, i, w, may);
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
            for (unsigned n = 0; n < s->times; n++)
                promise_step(c, all, i, s, o->begun_ms + (s->after_s + n * s->every_s) * 1000);
        }
    }
}

/* One mission of a record that a step must have caused. */
static void explain(struct year *y, const struct year_case *c, GPtrArray *all,
                    const struct record *r, const char *mission, const struct replay *at)
{
    bool explained = false, again = true;
    for (guint i = 0; i < all->len; i++) {
        struct expected *e = g_ptr_array_index(all, i);
        if (!g_str_equal(e->mission, mission) || !is_of(c, e, r, at) ||
            !(e->states >> year_case_state(at, e->source) & 1))
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

static bool is_version(const struct year_case *c, const struct dossier *d)
{
    for (guint i = 0; i < c->d->versions->len; i++)
        if (((struct broadcast_row *)g_ptr_array_index(c->d->versions, i))->no == d->file->no)
            return true;
    return false;
}

/* Said of an earlier version, be it too late for that: where only that one told them, nobody is
 * reminded any more. */
static bool was_wrong(const struct year_case *c, const struct expected *e)
{
    for (guint i = 0; i < c->all->len; i++) {
        const struct dossier *d = g_ptr_array_index(c->all, i);
        for (guint k = 0; d != c->d && is_version(c, d) && k < d->records->len; k++) {
            const struct record *r = g_ptr_array_index(d->records, k);
            if (r->time_ms <= e->window.to_ms && g_str_equal(r->event, "obligation.wrong-person") &&
                g_str_equal(r->recipient, e->recipient))
                return true;
        }
    }
    return false;
}

/* A reminder goes only where the message before it has arrived: to be sure of that, the daemon was
 * up for a while, and nothing of theirs was tried again. */
static bool is_sure(const struct year_case *c, const struct expected *e)
{
    if (e->whom != LADDER_REPRESENTATIVE)
        return e->whom != LADDER_NEXT_REPRESENTATIVE;
    if (was_wrong(c, e))
        return false;
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
        if (e->may || !is_sure(c, e) ||
            !year_case_is_calm(c, e->mission, e->window.from_ms - YEAR_SLACK_MS, e->window.to_ms))
            continue;
        year_case_replay(c, year_case_after(c, e->window.from_ms - 1), at);
        bool waits = year_case_waits(c, at, e->mission);
        bool open = e->states >> year_case_state(at, e->source) & 1;
        if (!waits || !open)
            continue;
        y->firings++;
        if (e->came == 0)
            year_tell(y->broken, e->window.from_ms, "%s: the step %s for %s was not taken",
                      c->d->file->row->identifier, ladder_whom_names[e->whom],
                      obligation_at(c, e->source)->recipient);
    }
}

/* --- all of it --- */

static void check_one(struct year *y, const GPtrArray *dossiers, const struct dossier *d)
{
    struct year_case *c = year_case_new(y, dossiers, d);
    struct replay at = year_case_replay_new();
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)expected_free);
    everything_ended(y, c);
    begins_in_time(y, c);
    promise_ladder(c, all);
    everything_was_promised(y, c, all, &at);
    every_step_was_taken(y, c, all, &at);
    year_duty_was_followed(y, c, &at);
    year_case_replay_free(&at);
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
        check_one(y, r.dossiers, g_ptr_array_index(r.dossiers, i));
    g_ptr_array_unref(r.dossiers);
}
