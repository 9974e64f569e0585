#include "year_case.h"

#include "model/answer.h"
#include "model/supersede.h"

int64_t year_case_end_ms(const struct dossier *d)
{
    static const char *const ends[] = { "broadcast.closed", "broadcast.expired",
                                        "broadcast.superseded", "broadcast.cancelled", NULL };
    for (guint i = 0; i < d->records->len; i++) {
        const struct record *r = g_ptr_array_index(d->records, i);
        if (g_strv_contains(ends, r->event))
            return r->time_ms;
    }
    return INT64_MAX;
}

/* --- what they were born as --- */

static bool is_served(const struct year_case *c, uint32_t ordinal)
{
    for (guint i = 0; i < c->d->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(c->d->notifications, i);
        for (guint k = 0; n->purpose == PURPOSE_TELL && k < n->obligations->len; k++)
            if (g_array_index(n->obligations, uint32_t, k) == ordinal)
                return true;
    }
    return false;
}

static const struct obligation *same_person(const struct dossier *d, const struct obligation *o)
{
    for (guint i = 0; i < d->file->obligations->len; i++) {
        const struct obligation *x = g_ptr_array_index(d->file->obligations, i);
        if (x->kind == o->kind && x->asks && x->begun_ms == o->begun_ms &&
            g_str_equal(x->recipient, o->recipient) && g_str_equal(x->name, o->name))
            return x;
    }
    return NULL;
}

int64_t year_case_sent_ms(const struct dossier *d)
{
    return MAX(d->file->row->released_ms, d->file->broadcast->effective.ms);
}

const struct dossier *year_case_continued(const GPtrArray *all, const struct dossier *of,
                                          const struct obligation *o,
                                          const struct obligation **before)
{
    const struct dossier *last = NULL;
    for (guint i = 0; o->asks && o->begun_ms != year_case_sent_ms(of) && i < all->len; i++) {
        const struct dossier *d = g_ptr_array_index(all, i);
        int64_t released_ms = d->file->row->released_ms;
        const struct obligation *x = same_person(d, o);
        if (x && released_ms < of->file->row->released_ms &&
            (!last || released_ms > last->file->row->released_ms)) {
            last = d;
            *before = x;
        }
    }
    return last;
}

/* How that one stood when it made way. */
static struct stood stood_at_last(const struct year_case *c, const struct dossier *d,
                                  const struct obligation *o)
{
    struct year_case *before = year_case_new(c->y, c->all, d);
    struct replay r = year_case_replay_new();
    year_case_replay(before, year_case_after(before, before->end_ms), &r);
    struct stood s = g_array_index(r.stood, struct stood, o->ordinal - 1);
    year_case_replay_free(&r);
    year_case_free(before);
    return s;
}

/* What it was born as: one that says the same words stands where the version before left it. */
static struct stood born(const struct year_case *c, const struct obligation *o)
{
    struct stood s = { is_served(c, o->ordinal) ? OBLIGATION_OPEN : OBLIGATION_REACHED, false };
    const struct obligation *of = NULL;
    const struct dossier *d = year_case_continued(c->all, c->d, o, &of);
    struct stood last = d ? stood_at_last(c, d, of) : s;
    if (last.wrong || last.state == OBLIGATION_ACKNOWLEDGED || last.state == OBLIGATION_ESCALATED)
        return last;
    return s;
}

struct year_case *year_case_new(const struct year *y, const GPtrArray *all, const struct dossier *d)
{
    struct year_case *c = g_new0(struct year_case, 1);
    c->y = y;
    c->all = all;
    c->d = d;
    c->config = y->world->service.config;
    c->own = d->records;
    c->end_ms = year_case_end_ms(d);
    c->births = g_array_new(FALSE, FALSE, sizeof(struct stood));
    for (guint i = 0; i < d->file->obligations->len; i++) {
        struct stood s = born(c, g_ptr_array_index(d->file->obligations, i));
        g_array_append_val(c->births, s);
    }
    return c;
}

void year_case_free(struct year_case *c)
{
    g_array_unref(c->births);
    g_free(c);
}

/* --- the replay --- */

static int event_of(const struct record *r)
{
    static const struct row {
        const char *event;
        enum obligation_event on;
    } rows[] = { { "notification.accepted", OBLIGATION_ON_ACCEPTED },
                 { "obligation.unreachable", OBLIGATION_ON_ALL_REFUSED },
                 { "obligation.acknowledged", OBLIGATION_ON_ACKNOWLEDGED },
                 { "obligation.assistance", OBLIGATION_ON_ACKNOWLEDGED },
                 { "obligation.wrong-person", OBLIGATION_ON_WRONG_PERSON },
                 { "obligation.taken", OBLIGATION_ON_TAKEN } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (g_str_equal(rows[i].event, r->event))
            return (int)rows[i].on;
    return -1;
}

static bool move(struct stood *s, enum obligation_event on)
{
    bool was = s->state == OBLIGATION_ACKNOWLEDGED;
    if (on == OBLIGATION_ON_ACCEPTED && s->wrong) /* is no news of anybody at the mission */
        return false;
    if (on == OBLIGATION_ON_ACKNOWLEDGED || (on == OBLIGATION_ON_WRONG_PERSON && !was))
        s->wrong = on == OBLIGATION_ON_WRONG_PERSON;
    return obligation_move(&s->state, on);
}

/* Does it change anything? */
static bool apply(const struct year_case *c, const struct record *record, struct replay *r)
{
    const GPtrArray *all = c->d->file->obligations;
    int on = event_of(record);
    bool changed = false;
    for (guint k = 0; on >= 0 && k < all->len; k++) {
        const struct obligation *o = g_ptr_array_index(all, k);
        if (o->kind == OBLIGATION_REPRESENTATIVE && g_strcmp0(o->recipient, record->recipient) == 0)
            changed |= move(&g_array_index(r->stood, struct stood, k), (enum obligation_event)on);
    }
    return changed;
}

struct replay year_case_replay_new(void)
{
    return (struct replay){ g_array_new(FALSE, FALSE, sizeof(struct stood)) };
}

void year_case_replay_free(struct replay *r)
{
    g_array_unref(r->stood);
}

enum obligation_state year_case_state(const struct replay *r, guint i)
{
    return g_array_index(r->stood, struct stood, i).state;
}

void year_case_replay(const struct year_case *c, guint upto, struct replay *r)
{
    g_array_set_size(r->stood, 0);
    g_array_append_vals(r->stood, c->births->data, c->births->len);
    for (guint i = 0; i < upto; i++)
        apply(c, g_ptr_array_index(c->own, i), r);
}

guint year_case_after(const struct year_case *c, int64_t at_ms)
{
    guint i = 0;
    while (i < c->own->len && ((struct record *)g_ptr_array_index(c->own, i))->time_ms <= at_ms)
        i++;
    return i;
}

bool year_case_tells(const struct record *r, const char *mission)
{
    g_auto(GStrv) ids = g_strsplit(r->missions ? r->missions : "", " ", -1);
    return g_strv_contains((const char *const *)ids, mission);
}

const struct affected_mission *year_case_mission(const struct year_case *c, const char *id)
{
    const struct affected_mission *m = g_hash_table_lookup(c->d->file->by_mission, id);
    return m && supersede_is_affected(m) ? m : NULL;
}

bool year_case_waits(const struct year_case *c, const struct replay *r, const char *mission)
{
    const struct broadcast *b = c->d->file->broadcast;
    bool urgent = b->urgency == URGENCY_IMMEDIATE || b->severity == SEVERITY_EXTREME;
    unsigned asked = 0, acknowledged = 0, needed = urgent ? 2 : 1;
    for (guint i = 0; i < c->d->file->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(c->d->file->obligations, i);
        enum obligation_state s = year_case_state(r, i);
        if (o->kind != OBLIGATION_REPRESENTATIVE || !o->asks ||
            !g_str_equal(g_ptr_array_index(o->missions, 0), mission))
            continue;
        if (s == OBLIGATION_ESCALATED)
            return false;
        asked++;
        acknowledged += s == OBLIGATION_ACKNOWLEDGED;
    }
    return year_case_mission(c, mission) && acknowledged < MIN(needed, MAX(asked, 1));
}

bool year_case_is_calm(const struct year_case *c, const char *mission, int64_t from_ms,
                       int64_t to_ms)
{
    guint i = year_case_after(c, from_ms - 1);
    bool calm = to_ms < c->end_ms;
    struct replay r = year_case_replay_new();
    year_case_replay(c, i, &r);
    for (; calm && i < c->own->len; i++) {
        const struct record *record = g_ptr_array_index(c->own, i);
        if (record->time_ms > to_ms)
            break;
        calm = !apply(c, record, &r) || !year_case_tells(record, mission);
    }
    year_case_replay_free(&r);
    return calm;
}

/* --- when --- */

struct span year_case_window(const struct year *y, int64_t due_ms)
{
    struct span w = { INT64_MAX, INT64_MAX };
    for (guint i = 0; i < y->up->len; i++) {
        struct span s = g_array_index(y->up, struct span, i);
        if (s.to_ms <= due_ms)
            continue;
        int64_t at_ms = MAX(s.from_ms, due_ms);
        w.from_ms = MIN(w.from_ms, at_ms);
        w.to_ms = at_ms + YEAR_SLACK_MS;
        if (w.to_ms < s.to_ms)
            return w;
    }
    w.to_ms = INT64_MAX;
    return w;
}
