#include "year_duty.h"

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

void year_duty_was_followed(struct year *y, const struct year_case *c, struct replay *at)
{
    bool asks = false;
    for (guint i = 0; i < c->d->file->obligations->len; i++)
        asks = asks || ((struct obligation *)g_ptr_array_index(c->d->file->obligations, i))->asks;
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
