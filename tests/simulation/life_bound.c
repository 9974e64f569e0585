/*
 * Promise 5 in a history: peers that hang, defer and go dead delay no other by more than a bound.
 *
 * Web hosts are lanes of their own here.  One that always takes at once is sent what is released
 * within the bound, whatever the others do, while the daemon is up and its store answers.
 */
#include "life.h"

#define BOUND_MS 2000
#define CALM_MS 60000 /* after the last failure of the store, or a start */

/* The first attempt of that version there, but for reminders; NULL: none. */
static const struct sent *first_to(const struct life *l, int version, const char *endpoint)
{
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        if (life_version_of(l, s) == version && g_str_equal(s->endpoint, endpoint) &&
            !g_str_has_prefix(s->why, "remind"))
            return s;
    }
    return NULL;
}

/* Its words were there before it was released. */
static bool had_the_same_words(const struct life *l, int version, const struct sent *s)
{
    const struct sent *alert =
        l->v[version].what == LIFE_SAME_WORDS ? first_to(l, 0, s->endpoint) : NULL;
    return alert && alert->kind == OUTCOME_ACCEPTED &&
           alert->ends_ms <= l->v[version].row->released_ms;
}

/* Whom it is not for, or who knew it, may have been found later to have heard something else; and
 * others again later, when this had long been sent. */
static int64_t from_when(const struct life *l, int version, const struct sent *s)
{
    const struct life_version *v = &l->v[version];
    int64_t released_ms = v->row->released_ms;
    bool is_for = v->what != LIFE_CANCEL && v->missions & life_mission_of(s->endpoint) &&
                  life_is_listed(l, v->row, s->endpoint) && !had_the_same_words(l, version, s);
    bool later = !is_for && s->extended_ms;
    return MAX(later ? s->extended_ms : released_ms, v->effective_ms);
}

static void is_prompt(struct life *l, int version, const char *endpoint)
{
    const struct sent *s = first_to(l, version, endpoint);
    int64_t from_ms = s ? from_when(l, version, s) : 0;
    if (!s || !life_is_well(l, endpoint) || s->unwell_ms + CALM_MS >= from_ms)
        return;
    if (s->at_ms > from_ms + BOUND_MS)
        life_fail(l, 5, endpoint, "%s waited %" G_GINT64_FORMAT " ms for a host that is well",
                  l->v[version].identifier, s->at_ms - from_ms);
}

void life_check_bound(struct life *l)
{
    for (int i = 0; i < l->n; i++)
        for (unsigned m = 1; l->v[i].row && l->v[i].row->released_ms && m <= LIFE_MISSIONS; m++) {
            g_autofree char *endpoint = g_strdup_printf("https://h%u.hooks.example/m%04u", m, m);
            is_prompt(l, i, endpoint);
        }
}
