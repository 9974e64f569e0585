/* What must be true after any history. */
#include <string.h>

#include "life.h"

#define SETTLED_MS 10000 /* what was stored so long before a decision was known to it */

#define RETRIED_MS 2000

struct checked {
    struct life *life;
    unsigned covers[LIFE_VERSIONS];                  /* what it refers to, over what is here */
    int64_t known_ms[LIFE_VERSIONS][LIFE_VERSIONS];  /* from when that is known */
    int64_t linked_ms[LIFE_VERSIONS][LIFE_VERSIONS]; /* from when all in between was here */
    bool stands[LIFE_VERSIONS]; /* it is here and does not wait for what it refers to */
    bool in_force[LIFE_VERSIONS];
    int64_t force_ms[LIFE_VERSIONS];
    int last;     /* the last word, -1: there is none */
    bool adrift;  /* one went out of which nobody could know that it is of this event */
    bool unclear; /* nobody could ever know which one is the last */
};

static const struct sent *sent_at(const struct life *l, guint i)
{
    return g_ptr_array_index(l->world->sent, i);
}

/* -1 as well for what does not count. */
static int place_of(const struct life *l, const struct sent *s)
{
    int i = life_version_of(l, s);
    return i >= 0 && life_counts(&l->v[i]) ? i : -1;
}

/* --- what should have happened --- */

/* From when it is known that the chief's r is about something of the desk's. */
static int64_t through_ms(const struct life *l, int r)
{
    int64_t first_ms = INT64_MAX;
    for (int q = 0; q < r && l->v[r].accepted; q++) {
        if (l->v[r].refs >> q & 1)
            first_ms = MIN(first_ms, l->v[q].who == LIFE_DESK ? 0 : through_ms(l, q));
    }
    return MAX(first_ms, l->v[r].accepted_ms);
}

/* From when x may refer to r: the desk corrects the chief only where he corrects the desk. */
static int64_t may_ms(const struct life *l, int x, int r)
{
    bool through = l->v[x].who == LIFE_DESK && l->v[r].who == LIFE_CHIEF;
    return through ? through_ms(l, r) : l->v[r].accepted_ms;
}

/* x refers to v, or to r, which covers it. */
static void cover(struct checked *c, int x, int r, int v)
{
    const struct life_version *all = c->life->v;
    bool first = !(c->covers[x] >> v & 1);
    int64_t here_ms = may_ms(c->life, x, r);
    int64_t linked_ms = MAX(here_ms, v == r ? 0 : c->linked_ms[r][v]);
    int64_t known_ms = MAX(MAX(all[x].accepted_ms, here_ms), v == r ? 0 : c->known_ms[r][v]);
    c->linked_ms[x][v] = first ? linked_ms : MIN(c->linked_ms[x][v], linked_ms);
    c->known_ms[x][v] = first ? known_ms : MIN(c->known_ms[x][v], known_ms);
    c->covers[x] |= 1u << v;
}

static void find_covers(struct checked *c)
{
    const struct life *l = c->life;
    for (int x = 0; x < l->n; x++)
        for (int r = x - 1; r >= 0 && l->v[x].accepted; r--) {
            if (!(l->v[x].refs >> r & 1) || !l->v[r].accepted || may_ms(l, x, r) == INT64_MAX)
                continue;
            for (int v = 0; v <= r; v++) {
                if (v != r && !(c->covers[r] >> v & 1))
                    continue;
                cover(c, x, r, v);
            }
        }
}

/* All it refers to is here; *at_ms: since when. */
static bool is_complete(const struct life *l, int x, int64_t *at_ms)
{
    bool complete = !l->v[x].ghost;
    *at_ms = l->v[x].accepted_ms;
    for (int r = 0; r < x; r++) {
        if (!(l->v[x].refs >> r & 1))
            continue;
        complete = complete && l->v[r].accepted;
        *at_ms = MAX(*at_ms, MAX(l->v[r].accepted_ms, l->journal.stored_ms[r]));
    }
    return complete;
}

static bool something_stands(const struct checked *c, int x)
{
    for (int r = 0; r < x; r++)
        if (c->covers[x] >> r & 1 && c->stands[r])
            return true;
    return false;
}

/* A cancel is as soon as anything it refers to is here; an update when all of it is; both, when
 * something of that stands and does not wait itself, unless a person said no, and where a person
 * must say yes, when they did. */
static void find_force(struct checked *c, int x)
{
    const struct life *l = c->life;
    const struct life_version *v = &l->v[x];
    int64_t complete_ms;
    c->stands[x] =
        v->row && life_counts(v) && (x == 0 || v->row->released_ms || something_stands(c, x));
    if (!v->row || !life_counts(v) || v->row->state == BROADCAST_REJECTED)
        return;
    bool complete = is_complete(l, x, &complete_ms) && (x == 0 || something_stands(c, x));
    bool asks = v->what == LIFE_HELD || (l->rule && v->what != LIFE_CANCEL);
    if (v->what == LIFE_CANCEL) {
        c->in_force[x] = something_stands(c, x);
        c->force_ms[x] = v->accepted_ms;
    } else if (complete && !asks && complete_ms < v->expires_ms) {
        c->in_force[x] = true;
        c->force_ms[x] = complete_ms;
    } else {
        c->in_force[x] = v->row->released_ms > 0;
        c->force_ms[x] = v->row->released_ms;
    }
}

/* Did a person ask for it to go, or for what it corrects, which may give way to it? */
static bool is_asked_for(const struct checked *c, int x)
{
    for (int r = 0; r <= x; r++)
        if ((r == x || c->covers[x] >> r & 1) && c->life->v[r].asked_ms)
            return true;
    return false;
}

/* It was let go, and only then did what links it to the alert come (the same millisecond tells
 * nothing of which was first): those who had the alert alone hear of it no sooner, and who has it
 * may hear the alert after it. */
static bool was_adrift(const struct checked *c, int x)
{
    const struct life_version *v = &c->life->v[x];
    if (x == 0 || !v->row || !v->row->released_ms || !life_counts(v))
        return false;
    if (!(c->covers[x] & 1) || c->linked_ms[x][0] > v->row->released_ms)
        return true;
    return is_asked_for(c, x) && c->linked_ms[x][0] == v->row->released_ms;
}

/* Sent in the same second, or by a slow clock, and what tells which comes first came last. */
static bool is_undated(const struct checked *c, int x)
{
    const struct life_version *v = c->life->v;
    for (int r = 0; r < x; r++)
        if (c->covers[x] >> r & 1 && v[x].sent_ms <= v[r].sent_ms &&
            c->known_ms[x][r] > MAX(v[x].accepted_ms, v[r].accepted_ms))
            return true;
    return false;
}

static void find_what_should_be(struct checked *c)
{
    c->last = -1;
    find_covers(c);
    for (int x = 0; x < c->life->n; x++) {
        find_force(c, x);
        bool alone = was_adrift(c, x);
        c->unclear = c->unclear || is_undated(c, x) || (alone && !(c->covers[x] & 1));
        c->adrift = c->adrift || c->unclear || alone;
        if (c->in_force[x])
            c->last = x;
    }
}

/* --- promises about each send --- */

static void newest_is_last(struct checked *c, guint at)
{
    struct life *l = c->life;
    const struct sent *s = sent_at(l, at);
    int i = c->adrift ? -1 : place_of(l, s);
    for (guint k = 0; i >= 0 && k < at; k++) {
        const struct sent *before = sent_at(l, k);
        if (g_str_equal(before->endpoint, s->endpoint) && place_of(l, before) > i)
            life_fail(l, 0, s->endpoint, "%s was sent after %s", s->identifier, before->identifier);
    }
}

/* Whom the roster does not have any more hears of the event only who has heard of it, or may have:
 * for the daemon died with something on its way. */
static void is_for_its_reader(struct checked *c, guint at)
{
    struct life *l = c->life;
    const struct sent *s = sent_at(l, at);
    int i = place_of(l, s);
    if (i < 0 || !l->v[i].row || l->n_starts > 0 || !life_is_gone(l, l->v[i].row, s->endpoint))
        return;
    for (guint k = 0; k < at; k++)
        if (g_str_equal(sent_at(l, k)->endpoint, s->endpoint) && place_of(l, sent_at(l, k)) >= 0)
            return;
    life_fail(l, 0, s->endpoint, "%s was sent to one whom the roster does not have", s->identifier);
}

/* An update that came later in the event and sooner to us: x gives way to it. */
static bool gives_way(const struct checked *c, int x)
{
    const struct life_version *v = c->life->v;
    for (int y = x + 1; y < c->life->n; y++)
        if (c->in_force[y] && c->covers[y] >> x & 1 && v[y].accepted_ms <= v[x].accepted_ms)
            return v[x].what != LIFE_CANCEL;
    return false;
}

/* One that waited is let go within two seconds of the store's answering again: until then what it
 * corrects, and what gives way to it corrects, may still go.  If it has expired by then, it goes.
 */
static bool is_owed(const struct checked *c, const struct sent *s, int x, int64_t from_ms)
{
    const struct life_version *v = &c->life->v[x];
    bool held = c->life->journal.held >> x & 1;
    bool waited = from_ms > v->accepted_ms || held || gives_way(c, x);
    bool never_went = !v->row->released_ms && s->at_ms >= v->expires_ms;
    return never_went || (waited && s->unwell_ms + RETRIED_MS >= s->at_ms);
}

/* Once a correction is taken, nobody at all is sent what it corrects. */
static void is_not_overruled(struct checked *c, const struct sent *s)
{
    struct life *l = c->life;
    int i = place_of(l, s);
    for (int x = i + 1; i >= 0 && x < l->n && !c->unclear; x++) {
        int64_t from_ms = MAX(c->force_ms[x], c->known_ms[x][i]);
        if (c->in_force[x] && c->covers[x] >> i & 1 && s->at_ms > from_ms &&
            !is_owed(c, s, x, from_ms))
            life_fail(l, 2, s->endpoint,
                      "%s was sent %" G_GINT64_FORMAT " ms after %s overruled it", s->identifier,
                      s->at_ms - from_ms, l->v[x].identifier);
    }
}

/* --- promises about whole lives --- */

/* Versions of the same words have the same number. */
static int words_of(const struct life *l, int version)
{
    return l->v[version].what == LIFE_SAME_WORDS ? 0 : version;
}

static bool may_have_come(const struct sent *s)
{
    return s->kind == OUTCOME_ACCEPTED || s->kind == OUTCOME_UNKNOWN;
}

/* It always refuses, or has done so once: a person takes over from there. */
static bool is_excused(const struct life *l, const char *endpoint)
{
    for (guint i = 0; i < l->world->sent->len; i++)
        if (sent_at(l, i)->kind == OUTCOME_REFUSED &&
            g_str_equal(sent_at(l, i)->endpoint, endpoint))
            return true;
    return life_is_refusing(l, endpoint);
}

static bool is_reminder(const struct sent *s)
{
    return g_str_has_prefix(s->why, "remind");
}

/* The last before `end` that the endpoint may have, but for reminders; NULL: none. */
static const struct sent *last_message(const struct life *l, const char *endpoint, guint end)
{
    for (guint i = end; i-- > 0;) {
        const struct sent *s = sent_at(l, i);
        if (place_of(l, s) >= 0 && g_str_equal(s->endpoint, endpoint) && may_have_come(s) &&
            !is_reminder(s))
            return s;
    }
    return NULL;
}

/* The last that it may have of all; a reminder has all the words, and of the last word counts if it
 * certainly came.  NULL: none. */
static const struct sent *last_heard(const struct checked *c, const char *endpoint)
{
    const struct life *l = c->life;
    for (guint i = l->world->sent->len; i-- > 0;) {
        const struct sent *s = sent_at(l, i);
        int v = place_of(l, s);
        bool idle = is_reminder(s) && v == c->last && s->kind != OUTCOME_ACCEPTED;
        if (v >= 0 && g_str_equal(s->endpoint, endpoint) && may_have_come(s) && !idle)
            return s;
    }
    return NULL;
}

static bool is_news(const struct sent *s)
{
    return !is_reminder(s) && !(s->parts & ~(1u << PART_FULL | 1u << PART_UPDATE));
}

/* Was anything else on its way to the endpoint since, or did its reader answer something else? */
static bool had_other_news(const struct life *l, const struct sent *has, guint end)
{
    for (int v = place_of(l, has) + 1; v < place_of(l, sent_at(l, end)); v++)
        if (life_people_answered(l, v, has->endpoint))
            return true;
    for (guint i = end; i-- > 0 && sent_at(l, i) != has;) {
        const struct sent *s = sent_at(l, i);
        int k = place_of(l, s);
        if (g_str_equal(s->endpoint, has->endpoint) && k >= 0 && k != place_of(l, sent_at(l, end)))
            return true;
    }
    return false;
}

/* A representative who certainly has these words, and is affected as before, is left in peace. */
static void is_news_to_its_reader(struct checked *c, guint at)
{
    struct life *l = c->life;
    const struct sent *s = sent_at(l, at);
    int i = place_of(l, s);
    unsigned mission = life_mission_of(s->endpoint);
    const struct sent *has = i >= 0 && mission ? last_message(l, s->endpoint, at) : NULL;
    int k = has ? place_of(l, has) : -1;
    if (c->adrift || k < 0 || k >= i || has->kind != OUTCOME_ACCEPTED || has->crashed ||
        !is_news(s) || !is_news(has) || words_of(l, k) != words_of(l, i) || !l->v[i].row ||
        !(l->v[i].missions & l->v[k].missions & mission) || had_other_news(l, has, at))
        return;
    if (s->unwell_ms > has->stored_ms)
        return; /* what was taken up at a crash, and not yet sent, may have been told */
    if (has->stored_ms && has->stored_ms + SETTLED_MS < l->v[i].row->released_ms)
        life_fail(l, 3, s->endpoint, "%s says what %s said already", s->identifier,
                  has->identifier);
}

static bool has_last_word(const struct checked *c, const char *endpoint)
{
    const struct life *l = c->life;
    const struct life_version *last = &l->v[c->last];
    const struct sent *s = last_heard(c, endpoint);
    unsigned mission = life_mission_of(endpoint);
    if (!s || s->kind != OUTCOME_ACCEPTED)
        return false;
    if (words_of(l, place_of(l, s)) == words_of(l, c->last))
        return true;
    if (last->what == LIFE_CANCEL) /* cancelled is cancelled, by whichever word */
        return s->parts == 1u << PART_CANCEL;
    bool over = !(s->parts & ~(1u << PART_RELEASE | 1u << PART_CANCEL));
    return over && !(last->missions & mission); /* it is over for this one */
}

static void everyone_told_has_the_last_word(struct checked *c)
{
    struct life *l = c->life;
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = sent_at(l, i);
        if (place_of(l, s) >= 0 && may_have_come(s) && !is_excused(l, s->endpoint) &&
            !has_last_word(c, s->endpoint))
            life_fail(l, 1, s->endpoint, "it had %s and never got the last word, %s", s->identifier,
                      l->v[c->last].identifier);
    }
}

static void must_have(void *checked, const char *endpoint, unsigned rank)
{
    struct checked *c = checked;
    struct life *l = c->life;
    if ((rank > 1 && l->exercise) || is_excused(l, endpoint) || has_last_word(c, endpoint))
        return;
    life_fail(l, 1, endpoint, "it is affected and never got the last word, %s",
              l->v[c->last].identifier);
}

static void everyone_affected_is_told(struct checked *c)
{
    const struct life_version *last = &c->life->v[c->last];
    for (unsigned m = 1; m <= LIFE_MISSIONS && last->what != LIFE_CANCEL; m++)
        if (last->missions >> (m - 1) & 1)
            life_each_due(c->life, last->row, m, must_have, c);
}

/* What was accepted is there, what was heard is written down. */
static void nothing_is_lost(struct life *l)
{
    int64_t now_ms = world_now_ms(l->world);
    for (int i = 0; i < l->n; i++) {
        if (!l->v[i].accepted)
            continue;
        life_is_stored_whole(l, i);
        if (!(l->journal.accepted >> i & 1))
            life_fail(l, 4, NULL, "%s was accepted and the journal does not say so",
                      l->v[i].identifier);
    }
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = sent_at(l, i);
        if (!s->crashed && !s->stored_ms && s->ends_ms < now_ms && life_version_of(l, s) >= 0)
            life_fail(l, 4, s->endpoint, "an attempt of %s is not in the journal", s->identifier);
    }
}

void life_check(struct life *l)
{
    struct checked c = { .life = l };
    nothing_is_lost(l);
    find_what_should_be(&c);
    for (guint i = 0; i < l->world->sent->len && !l->fault; i++) {
        newest_is_last(&c, i);
        is_not_overruled(&c, sent_at(l, i));
        is_news_to_its_reader(&c, i);
        is_for_its_reader(&c, i);
    }
    life_check_bound(l);
    /* What is brief may have expired before everybody could be reached. */
    if (c.last < 0 || c.unclear || l->v[c.last].expires_ms < l->v[c.last].sent_ms + LIFE_HOUR)
        return;
    everyone_told_has_the_last_word(&c);
    everyone_affected_is_told(&c);
}
