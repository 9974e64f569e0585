/* What can be seen of the promises after every piece of work: each message as it goes out, and what
 * the store holds when a sender is told that it has it. */
#include <stdarg.h>
#include <string.h>

#include "life.h"

void life_fail(struct life *l, int promise, const char *endpoint, const char *format, ...)
{
    if (l->fault)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    l->fault = promise ? g_strdup_printf("promise %d: %s", promise, what) : g_steal_pointer(&what);
    l->promise = promise;
    l->at = g_strdup(endpoint);
}

int life_version_of(const struct life *l, const struct sent *s)
{
    for (int i = 0; i < l->n; i++)
        if (g_str_equal(l->v[i].identifier, s->identifier))
            return i;
    return -1;
}

unsigned life_mission_of(const char *endpoint)
{
    const char *m = strstr(endpoint, "@m") ? strstr(endpoint, "@m") + 2 : strstr(endpoint, "/m0");
    unsigned number = m ? (unsigned)strtoul(m + (*m == '/' ? 2 : 0), NULL, 10) : 0;
    return number ? 1u << (number - 1) : 0;
}

static struct sent *sent_at(const struct life *l, guint i)
{
    return g_ptr_array_index(l->world->sent, i);
}

/* --- each message --- */

static bool names_an_answer(const struct sent *s)
{
    return strstr(s->why, OBLIGATION_NEEDS_ASSISTANCE) || strstr(s->why, OBLIGATION_WRONG_PERSON);
}

/* To the version before; or that a notice of one reached nobody. */
static bool is_about_an_answer(const struct life *l, const struct sent *s)
{
    bool refused = strstr(s->why, OBLIGATION_ALL_REFUSED) != NULL, answered = names_an_answer(s);
    for (guint i = 0; refused && !answered && sent_at(l, i) != s; i++)
        answered =
            names_an_answer(sent_at(l, i)) && g_str_equal(sent_at(l, i)->identifier, s->identifier);
    return answered;
}

static void is_in_time(struct life *l, const struct sent *s)
{
    int i = life_version_of(l, s);
    if (i >= 0 && s->at_ms >= l->v[i].expires_ms)
        life_fail(l, 2, s->endpoint, "%s was sent after it expired", s->identifier);
    if (i >= 0 && s->at_ms < l->v[i].effective_ms && !is_about_an_answer(l, s))
        life_fail(l, 2, s->endpoint, "%s was sent before it was effective", s->identifier);
}

static bool may_be_rejected(const struct life *l, int version)
{
    for (int i = 0; i < l->n_actions; i++)
        if (l->actions[i].version == version && l->actions[i].deed == LIFE_REJECT)
            return true;
    return false;
}

/* Both were here, and the cancel names it. */
static void is_not_cancelled(struct life *l, const struct sent *s)
{
    int i = life_version_of(l, s);
    for (int x = MAX(i, 0) + 1; i >= 0 && x < l->n && life_counts(&l->v[i]); x++) {
        const struct life_version *v = &l->v[x];
        if (v->what == LIFE_CANCEL && life_counts(v) && v->refs >> i & 1 && v->accepted &&
            l->v[i].accepted && l->v[i].accepted_ms < v->accepted_ms && s->at_ms > v->accepted_ms &&
            !may_be_rejected(l, x))
            life_fail(l, 2, s->endpoint, "%s was sent %" G_GINT64_FORMAT " ms after its cancel %s",
                      s->identifier, s->at_ms - v->accepted_ms, v->identifier);
    }
}

static unsigned bits_in(unsigned bits)
{
    return (unsigned)__builtin_popcount(bits);
}

/* A stranger's, an answer, what refers to nothing here: never.  What needs a second person, or a
 * person's audience: not before one was asked. */
static void is_allowed(struct life *l, const struct sent *s)
{
    int i = life_version_of(l, s);
    const struct life_version *v = &l->v[MAX(i, 0)];
    if (i < 0 || v->other_status)
        return;
    bool needs = v->what == LIFE_HELD ||
                 (l->rule && v->what != LIFE_CANCEL && bits_in(v->missions) >= l->rule_from);
    if (!life_counts(v))
        life_fail(l, 0, s->endpoint, "%s was sent, which means nothing here", s->identifier);
    else if (needs && (!v->asked_ms || s->at_ms < v->asked_ms))
        life_fail(l, 0, s->endpoint, "%s was sent and nobody had let it go", s->identifier);
}

static bool is_same_message(const struct life *l, const struct sent *a, const struct sent *b)
{
    if (!g_str_equal(a->endpoint, b->endpoint))
        return false;
    if (g_str_equal(a->key, b->key))
        return true;
    if (g_str_has_prefix(a->why, "remind") || g_str_has_prefix(b->why, "remind"))
        return false; /* one of its own */
    int i = life_version_of(l, a);
    return i >= 0 && i == life_version_of(l, b) && life_mission_of(a->endpoint);
}

/* An older version was here when the daemon died, between that message and the link, and may have
 * been taken up for the endpoint: whether it was sent is not known then. */
static bool may_have_been_taken_up(const struct life *l, const struct sent *before, int i)
{
    unsigned mission = life_mission_of(before->endpoint);
    for (int k = 0; k < l->n_starts; k++)
        for (int v = 0; v < l->n; v++) {
            int64_t let_go_ms = l->journal.waiting >> v & 1 ? 0 : l->journal.let_go_ms[v];
            bool for_it = l->v[v].what == LIFE_CANCEL || l->v[v].missions & mission;
            if (v < i && for_it && let_go_ms && let_go_ms <= l->starts_ms[k] &&
                l->starts_ms[k] > before->at_ms && l->starts_ms[k] <= l->journal.extended_ms[i])
                return true;
        }
    return false;
}

/* As far as was known when the link came. */
static bool may_have_come_by(const struct sent *s, int64_t at_ms)
{
    return s->kind == OUTCOME_ACCEPTED || s->kind == OUTCOME_UNKNOWN || s->crashed ||
           s->ends_ms >= at_ms;
}

/* The link because of which it is said; another may have come since its first attempt. */
static int64_t extended_for(const struct life *l, const struct sent *s)
{
    guint first = 0;
    while (!g_str_equal(sent_at(l, first)->key, s->key))
        first++;
    return sent_at(l, first)->extended_ms;
}

/* One that was let go before it was known what it corrects: whoever heard that after it, or may
 * have, for the daemon died with it on its way, hears it again. */
static bool is_the_last_word_again(const struct life *l, guint before, guint at)
{
    const struct sent *s = sent_at(l, at);
    int i = life_version_of(l, s);
    int64_t extended_ms = i >= 0 ? extended_for(l, s) : 0;
    if (!extended_ms || s->at_ms < extended_ms || sent_at(l, before)->at_ms > extended_ms)
        return false;
    for (guint k = before + 1; k < at; k++) {
        const struct sent *other = sent_at(l, k);
        int v = life_version_of(l, other);
        if (v >= 0 && v < i && g_str_equal(other->endpoint, s->endpoint) &&
            may_have_come_by(other, extended_ms))
            return true;
    }
    return may_have_been_taken_up(l, sent_at(l, before), i);
}

/* Or the first message is tried again after that one, as its own outcome is not known. */
static bool is_the_first_again(const struct life *l, guint before, guint at)
{
    for (guint k = 0; k < before; k++)
        if (g_str_equal(sent_at(l, k)->key, sent_at(l, at)->key) &&
            is_the_last_word_again(l, k, before))
            return true;
    return false;
}

/* The same message twice, or one version twice to a representative: only if the daemon could not
 * know of the first, and then under the same key.  One endpoint, one attempt at a time. */
static void is_no_needless_double(struct life *l, guint at)
{
    const struct sent *s = sent_at(l, at);
    for (guint k = 0; k < at; k++) {
        const struct sent *before = sent_at(l, k);
        bool same_key = g_str_equal(before->key, s->key);
        if (!is_same_message(l, s, before))
            continue;
        if (!same_key && (is_the_last_word_again(l, k, at) || is_the_first_again(l, k, at)))
            continue;
        if (before->kind == OUTCOME_ACCEPTED && !before->crashed)
            life_fail(l, 3, s->endpoint, "%s was sent again after it was accepted", s->identifier);
        else if (before->kind == OUTCOME_REFUSED && !before->crashed)
            life_fail(l, 3, s->endpoint, "%s was sent again after it was refused", s->identifier);
        else if (!g_str_equal(before->key, s->key))
            life_fail(l, 3, s->endpoint, "%s was sent again, as %s and no longer as %s",
                      s->identifier, s->key, before->key);
        else if (before->ends_ms > s->at_ms && !before->crashed)
            life_fail(l, 3, s->endpoint, "%s was sent again while it was on its way",
                      s->identifier);
    }
}

void life_step(struct life *l)
{
    for (; l->checked < l->world->sent->len && !l->fault; l->checked++) {
        struct sent *s = sent_at(l, l->checked);
        int i = life_version_of(l, s);
        s->extended_ms = i >= 0 ? l->journal.extended_ms[i] : 0;
        is_in_time(l, s);
        is_not_cancelled(l, s);
        is_allowed(l, s);
        is_no_needless_double(l, l->checked);
    }
    if (!l->fault)
        life_read_journal(l);
}

/* --- what the store holds --- */

static bool owes(const GPtrArray *obligations, unsigned mission, unsigned rank)
{
    g_autofree char *who = g_strdup_printf("m%04u/%u", mission, rank);
    for (guint i = 0; i < obligations->len; i++)
        if (g_str_equal(((struct obligation *)g_ptr_array_index(obligations, i))->recipient, who))
            return true;
    return false;
}

struct owed {
    struct life *life;
    const struct life_version *version;
    const GPtrArray *obligations;
    unsigned mission;
    bool exercise;
};

static void is_owed(void *ctx, const char *endpoint, unsigned rank)
{
    const struct owed *o = ctx;
    if ((rank == 1 || !o->exercise) && !owes(o->obligations, o->mission, rank))
        life_fail(o->life, 1, endpoint, "%s is released and m%04u/%u is not owed it",
                  o->version->identifier, o->mission, rank);
}

static void is_owed_to_all(struct life *l, int version, const struct broadcast_row *row,
                           const GPtrArray *obligations)
{
    struct owed o = { l, &l->v[version], obligations, 0,
                      l->exercise != l->v[version].other_status };
    for (o.mission = 1; o.mission <= LIFE_MISSIONS; o.mission++)
        if (o.version->missions >> (o.mission - 1) & 1)
            life_each_due(l, row, o.mission, is_owed, &o);
}

/* A sender was told that it is here. */
void life_is_stored_whole(struct life *l, int version)
{
    struct world *w = l->world;
    const struct life_version *v = &l->v[version];
    struct store *s = virtual_store_peek(w->service.store);
    struct broadcast_row *row = NULL;
    g_autoptr(GPtrArray) owed = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    world_storage_spare(w->storage, true);
    bool read = s->ops->broadcast_by_id(s, v->id, &row, NULL) &&
                (!row || s->ops->obligations(s, row->no, owed, NULL));
    world_storage_spare(w->storage, false);
    if (!read)
        life_fail(l, 1, NULL, "%s was accepted and cannot be read", v->identifier);
    else if (!row || !g_str_equal(row->identifier, v->identifier))
        life_fail(l, 1, NULL, "%s was accepted and is not in the store", v->identifier);
    else if (row->released_ms && (v->what < LIFE_CANCEL))
        is_owed_to_all(l, version, row, owed);
    broadcast_row_free(row);
}
