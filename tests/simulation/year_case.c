#include "year_case.h"

#include "model/answer.h"
#include "model/supersede.h"

static int64_t end_of(const struct year_case *c)
{
    static const char *const ends[] = { "broadcast.closed", "broadcast.expired",
                                        "broadcast.superseded", "broadcast.cancelled", NULL };
    for (guint i = 0; i < c->own->len; i++) {
        const struct record *r = g_ptr_array_index(c->own, i);
        if (g_strv_contains(ends, r->event))
            return r->time_ms;
    }
    return INT64_MAX;
}

struct year_case *year_case_new(const struct year *y, const struct dossier *d)
{
    struct year_case *c = g_new0(struct year_case, 1);
    c->y = y;
    c->d = d;
    c->config = y->world->service.config;
    c->own = d->records;
    c->end_ms = end_of(c);
    return c;
}

void year_case_free(struct year_case *c)
{
    g_free(c);
}

/* --- the replay --- */

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

/* What it was born as: a silent update's obligations begin where the version before left them. */
static enum obligation_state born(const struct year_case *c, const struct obligation *o)
{
    bool carried = o->ended_ms > 0 && o->ended_ms <= c->d->file->row->released_ms;
    if (carried)
        return *o->taken_by ? OBLIGATION_ESCALATED : OBLIGATION_ACKNOWLEDGED;
    if (is_served(c, o->ordinal))
        return OBLIGATION_OPEN;
    return o->answer == ANSWER_WRONG_PERSON ? OBLIGATION_UNREACHABLE : OBLIGATION_REACHED;
}

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

/* Does it change anything? */
static bool apply(const struct year_case *c, const struct record *record, struct replay *r)
{
    const GPtrArray *all = c->d->file->obligations;
    int on = event_of(record);
    bool changed = false;
    for (guint k = 0; on >= 0 && k < all->len; k++) {
        const struct obligation *o = g_ptr_array_index(all, k);
        bool wrong = on == OBLIGATION_ON_ACCEPTED && o->answer == ANSWER_WRONG_PERSON &&
                     g_array_index(r->states, enum obligation_state, k) == OBLIGATION_UNREACHABLE;
        if (o->kind == OBLIGATION_REPRESENTATIVE && !wrong &&
            g_strcmp0(o->recipient, record->recipient) == 0)
            changed |= obligation_move(&g_array_index(r->states, enum obligation_state, k),
                                       (enum obligation_event)on);
    }
    return changed;
}

void year_case_replay(const struct year_case *c, guint upto, struct replay *r)
{
    const GPtrArray *all = c->d->file->obligations;
    g_array_set_size(r->states, 0);
    for (guint i = 0; i < all->len; i++) {
        enum obligation_state s = born(c, g_ptr_array_index(all, i));
        g_array_append_val(r->states, s);
    }
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
        enum obligation_state s = g_array_index(r->states, enum obligation_state, i);
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
    struct replay r = { g_array_new(FALSE, FALSE, sizeof(enum obligation_state)) };
    year_case_replay(c, i, &r);
    for (; calm && i < c->own->len; i++) {
        const struct record *record = g_ptr_array_index(c->own, i);
        if (record->time_ms > to_ms)
            break;
        calm = !apply(c, record, &r) || !year_case_tells(record, mission);
    }
    g_array_unref(r.states);
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
