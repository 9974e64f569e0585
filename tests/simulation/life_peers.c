/*
 * How the peers of a history answer: by dice of their own, so that what is left out of a history
 * changes no answer of the rest.
 */
#include <string.h>

#include "life.h"

/* Out of 100, by seed, endpoint, what it is about and how often it was tried. */
static unsigned roll(const struct life *l, const char *endpoint, const char *what, unsigned nth)
{
    uint64_t z = ((uint64_t)g_str_hash(endpoint) << 32 | g_str_hash(what)) ^
                 (uint64_t)l->seed * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)nth << 17;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ z >> 31) % 100);
}

bool life_is_refusing(const struct life *l, const char *endpoint)
{
    return (int)(g_str_hash(endpoint) % 100) < l->refusing;
}

bool life_is_well(const struct life *l, const char *endpoint)
{
    return !life_is_refusing(l, endpoint) &&
           (l->cut.plain >> PLAIN_PEERS & 1 || roll(l, endpoint, "is it well?", 0) < 40);
}

static unsigned tries_so_far(const struct life *l, const struct notice *n)
{
    unsigned tries = 0;
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        tries += g_str_equal(s->endpoint, n->notification->endpoint) &&
                 g_str_equal(s->identifier, n->broadcast->identifier);
    }
    return tries;
}

static const struct mood { /* the roll is below `below`: it answers so, after [from, to) ms */
    unsigned below;
    enum outcome_kind kind;
    int code, from_ms, to_ms;
    int64_t retry_after_ms;
} moods[] = {
    { 55, OUTCOME_ACCEPTED, 250, 1, 4000, 0 },
    { 68, OUTCOME_DEFERRED, 451, 1, 4000, 0 },
    { 71, OUTCOME_DEFERRED, 429, 1, 500, 45000 },
    { 74, OUTCOME_DEFERRED, LIFE_KEPT, 1, 4000, 0 }, /* it says no and keeps it */
    { 82, OUTCOME_UNKNOWN, 0, 1, 4000, 0 },          /* dropped after the body */
    { 86, OUTCOME_UNKNOWN, 0, 60000, 300000, 0 },    /* silent after the body */
    { 89, OUTCOME_DEFERRED, 0, 30000, 120000, 0 },   /* never there */
    { 95, OUTCOME_ACCEPTED, 250, 10000, 300000, 0 },
    { 98, OUTCOME_ACCEPTED, LIFE_LOST, 1, 4000, 0 }, /* it says yes and loses it */
    { 99, OUTCOME_REFUSED, 550, 1, 4000, 0 },
    { 100, OUTCOME_REFUSED, 410, 1, 4000, 0 },
};

struct reaction life_answer(const struct notice *n, void *life)
{
    const struct life *l = life;
    const char *endpoint = n->notification->endpoint, *what = n->broadcast->identifier;
    unsigned nth = tries_so_far(l, n);
    unsigned wait = roll(l, endpoint, what, nth + 1000);
    if (life_is_refusing(l, endpoint))
        return (struct reaction){ .kind = OUTCOME_REFUSED, .code = 550, .after_ms = 1 + wait };
    if (life_is_well(l, endpoint))
        return (struct reaction){ .code = 250, .after_ms = 1 + wait / 4 };
    const struct mood *m = moods;
    for (unsigned r = roll(l, endpoint, what, nth); r >= m->below; m++)
        ;
    return (
        struct reaction){ .kind = m->kind,
                          .code = m->code,
                          .after_ms = m->from_ms + (m->to_ms - m->from_ms) * (int64_t)wait / 100,
                          .retry_after_ms = m->retry_after_ms,
                          .gone = m->code == 410 && n->notification->channel == CHANNEL_WEBHOOK };
}
