/* Dreams up a history from its seed, and writes what is sent in it. */
#include "life.h"

#define ADRIFT "8" /* one event in so many */

struct life_odds {
    int ack, update, same_words, held; /* percent up to this one; the others are cancels */
    int desk, chief;                   /* likewise; the others are strangers */
    int unlinked, follows;             /* likewise: refers to nothing, to the one before alone */
    int approve, release, bypass;      /* likewise; the others are rejected */
    int decided;                       /* percent of what has to wait for a person */
    int crash, fail, breaks, stall;    /* percent up to this one; the others are the disk's */
    int other_status, is_late, ruled, on_disk, asked, calm; /* one in so many */
    int missions, versions_from;
    int64_t late_ms;
};

static const struct life_odds usual = {
    .ack = 8,
    .update = 50,
    .same_words = 60,
    .held = 67,
    .desk = 75,
    .chief = 90,
    .unlinked = 4,
    .approve = 60,
    .release = 75,
    .bypass = 88,
    .decided = 80,
    .crash = 35,
    .fail = 50,
    .breaks = 65,
    .stall = 80,
    .other_status = 10,
    .is_late = 2,
    .ruled = 3,
    .on_disk = 8,
    .asked = 4,
    .calm = 4,
    .missions = LIFE_MISSIONS,
    .versions_from = 1,
    .late_ms = 2 * LIFE_MINUTE,
};

static const struct life_odds adrift = {
    .ack = 2,
    .update = 25,
    .same_words = 30,
    .held = 75,
    .desk = 94,
    .chief = 97,
    .unlinked = 2,
    .follows = 60,
    .approve = 90,
    .release = 94,
    .bypass = 97,
    .decided = 97,
    .crash = 55,
    .fail = 80,
    .breaks = 85,
    .stall = 90,
    .other_status = 60,
    .is_late = 5,
    .ruled = 8,
    .on_disk = 16,
    .asked = 3,
    .calm = 32,
    .missions = 3,
    .versions_from = 3,
    .late_ms = 7 * LIFE_MINUTE,
};

static int die(struct life *l, int sides)
{
    return g_rand_int_range(l->rand, 0, sides);
}

static int64_t between(struct life *l, int64_t from_ms, int64_t to_ms)
{
    return from_ms + g_rand_int_range(l->rand, 0, (gint32)(to_ms - from_ms + 1));
}

bool life_counts(const struct life_version *v)
{
    return v->who != LIFE_STRANGER && !v->other_status && v->what != LIFE_ACK &&
           (v->what == LIFE_ALERT || v->refs);
}

/* Versions below i that count. */
static unsigned candidates(const struct life *l, int i)
{
    unsigned bits = 0;
    for (int k = 0; k < i; k++)
        bits |= life_counts(&l->v[k]) ? 1u << k : 0;
    return bits;
}

static unsigned some_of(struct life *l, unsigned bits)
{
    unsigned some = 0;
    for (int k = 0; k < LIFE_VERSIONS; k++)
        some |= bits & 1u << k && die(l, 4) == 0 ? 1u << k : 0;
    while (!some) {
        unsigned one = 1u << die(l, LIFE_VERSIONS);
        some |= bits & one;
    }
    return some;
}

static void imagine_kind(struct life *l, struct life_version *v)
{
    const struct life_odds *o = l->odds;
    int roll = die(l, 100);
    v->what = roll < o->ack          ? LIFE_ACK
              : roll < o->update     ? LIFE_UPDATE
              : roll < o->same_words ? LIFE_SAME_WORDS
              : roll < o->held       ? LIFE_HELD
                                     : LIFE_CANCEL;
    roll = die(l, 100);
    v->who = roll < o->desk ? LIFE_DESK : roll < o->chief ? LIFE_CHIEF : LIFE_STRANGER;
    v->other_status =
        v->who != LIFE_STRANGER && v->what != LIFE_HELD && die(l, o->other_status) == 0;
}

static void imagine_references(struct life *l, int i, bool same_instant)
{
    struct life_version *v = &l->v[i];
    unsigned all = candidates(l, i);
    int roll = die(l, 100);
    v->refs = roll < l->odds->unlinked                        ? 0
              : roll < l->odds->follows && all >> (i - 1) & 1 ? 1u << (i - 1)
                                                              : some_of(l, all);
    v->ghost = roll < 12;
    for (int k = 0; same_instant && v->refs && k < i; k++)
        v->refs |= l->v[k].sent_ms == v->sent_ms ? all & 1u << k : 0;
}

/* A cancel written where the clock is slow: it refers to all, so that there is no doubt. */
static void imagine_slow_clock(struct life *l, int i)
{
    struct life_version *v = &l->v[i];
    if (v->what != LIFE_CANCEL || !life_counts(v) || i != l->n - 1 || die(l, 6) != 0)
        return;
    v->refs = candidates(l, i);
    v->sent_ms = l->v[die(l, i)].sent_ms - 1000 * die(l, 30);
}

static void imagine_version(struct life *l, int i, int64_t *at_ms)
{
    struct life_version *v = &l->v[i];
    bool same_instant = i > 0 && die(l, 7) == 0;
    v->identifier[0] = (char)('A' + i);
    v->missions = (unsigned)g_rand_int_range(l->rand, 1, 1 << l->odds->missions);
    *at_ms += same_instant ? 0 : 1000 * between(l, 1, 60);
    v->sent_ms = *at_ms;
    if (i > 0) {
        imagine_kind(l, v);
        imagine_references(l, i, same_instant);
    }
    bool brief = v->what != LIFE_CANCEL && v->what != LIFE_ACK && die(l, 6) == 0;
    v->expires_ms = *at_ms + (brief ? 3 * LIFE_MINUTE : 6 * LIFE_HOUR);
    if (!brief && v->what < LIFE_HELD && die(l, 16) == 0)
        v->effective_ms = *at_ms + 1000 * between(l, 120, 600);
    if (v->what == LIFE_SAME_WORDS)
        v->missions = l->v[0].missions;
    imagine_slow_clock(l, i);
}

static struct life_action *add_action(struct life *l, enum life_deed deed, int version,
                                      int64_t at_ms)
{
    g_assert_cmpint(l->n_actions, <, LIFE_ACTIONS);
    struct life_action *a = &l->actions[l->n_actions++];
    *a = (struct life_action){ .life = l,
                               .deed = deed,
                               .version = version,
                               .at_ms = at_ms,
                               .steps = (unsigned)die(l, 9),
                               .stated = -1 };
    return a;
}

static enum life_deed any_decision(struct life *l, const struct life_version *v)
{
    int roll = die(l, 100);
    if (roll < l->odds->approve)
        return v->what == LIFE_HELD ? LIFE_RELEASE : LIFE_APPROVE;
    return roll < l->odds->release  ? LIFE_RELEASE
           : roll < l->odds->bypass ? LIFE_BYPASS
                                    : LIFE_REJECT;
}

/* What people do about a version that may have to wait for them. */
static void imagine_decisions(struct life *l, int i, int64_t from_ms)
{
    const struct life_version *v = &l->v[i];
    bool likely = l->rule || v->what == LIFE_HELD;
    if (!life_counts(v) || die(l, 100) >= (likely ? l->odds->decided : 8))
        return;
    int64_t until_ms = from_ms + (die(l, l->odds->is_late) ? 10000 : 40 * LIFE_MINUTE);
    int64_t at_ms = between(l, from_ms, until_ms);
    add_action(l, any_decision(l, v), i, at_ms);
    if (l->rule && die(l, 2))
        add_action(l, LIFE_APPROVE, i, at_ms + between(l, 0, LIFE_MINUTE));
}

static void imagine_actions(struct life *l, int i)
{
    const struct life_version *v = &l->v[i];
    int64_t arrives_ms = v->sent_ms + between(l, 0, die(l, 2) ? 2000 : l->odds->late_ms);
    add_action(l, LIFE_SEND, i, arrives_ms);
    if (die(l, 10) == 0)
        add_action(l, LIFE_SEND, i, arrives_ms + between(l, 0, LIFE_MINUTE));
    if (v->what != LIFE_HELD && die(l, 16) == 0)
        add_action(l, LIFE_SEND_OTHER_CONTENT, i, arrives_ms + between(l, 0, LIFE_MINUTE));
    imagine_decisions(l, i, arrives_ms);
}

static void imagine_answers(struct life *l)
{
    for (int n = die(l, 8); n > 0; n--) {
        int i = die(l, l->n);
        int64_t at_ms = between(l, l->v[i].sent_ms, l->v[i].sent_ms + 20 * LIFE_MINUTE);
        add_action(l, LIFE_ANSWER, i, at_ms)->amount = (unsigned)die(l, 240);
    }
}

/* How bad it is: a number of commits, statements or operations, or a time. */
static unsigned amount_of(struct life *l, enum life_deed deed)
{
    if (deed == LIFE_STALL)
        return (unsigned)between(l, 1000, die(l, 3) ? 30000 : 10 * LIFE_MINUTE);
    if (deed == LIFE_FAIL || deed == LIFE_FULL)
        return (unsigned)(die(l, 4) ? between(l, 1, 5) : between(l, 20, 200));
    return (unsigned)between(l, 1, 60);
}

static void imagine_one_trouble(struct life *l, int64_t until_ms)
{
    static const enum life_deed kinds[] = { LIFE_CRASH, LIFE_FAIL, LIFE_BREAK,
                                            LIFE_STALL, LIFE_FULL, LIFE_POWER };
    const struct life_odds *o = l->odds;
    int roll = die(l, 100);
    enum life_deed deed = kinds[roll < o->crash    ? 0
                                : roll < o->fail   ? 1
                                : roll < o->breaks ? 2
                                : roll < o->stall  ? 3
                                                   : 4];
    if (deed == LIFE_FULL && die(l, 3))
        deed = LIFE_POWER;
    int64_t at_ms = between(l, WORLD_START_MS, until_ms);
    if (die(l, 3))
        at_ms = l->actions[die(l, l->n_actions)].at_ms + between(l, 0, die(l, 2) ? 20 : 4000);
    add_action(l, deed, -1, at_ms)->amount = amount_of(l, deed);
}

static void imagine_trouble(struct life *l)
{
    int64_t last_ms = WORLD_START_MS;
    for (int i = 0; i < l->n_actions; i++)
        last_ms = MAX(last_ms, l->actions[i].at_ms);
    for (int n = die(l, l->odds->calm) ? die(l, 8) : 0; n > 0; n--)
        imagine_one_trouble(l, last_ms + 3 * LIFE_MINUTE);
}

static int by_time(const void *a, const void *b)
{
    const struct life_action *x = a, *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* Some come within the same few milliseconds, in either order. */
static void bring_together(struct life *l)
{
    qsort(l->actions, (size_t)l->n_actions, sizeof l->actions[0], by_time);
    for (int i = 1; i < l->n_actions; i++) {
        struct life_action *a = &l->actions[i];
        const struct life_action *before = a - 1;
        if (die(l, 3) == 0 && (a->version < 0 || before->at_ms >= l->v[a->version].sent_ms))
            a->at_ms = before->at_ms + MAX(die(l, 6) - 2, 0);
    }
    qsort(l->actions, (size_t)l->n_actions, sizeof l->actions[0], by_time);
    for (int i = 1; i < l->n_actions; i++)
        if (l->actions[i].at_ms == l->actions[i - 1].at_ms && die(l, 2)) {
            struct life_action earlier = l->actions[i - 1];
            l->actions[i - 1] = l->actions[i];
            l->actions[i] = earlier;
        }
}

/* Beside something else that is done, in one of so many histories.  By dice of its own, and last:
 * whatever else is imagined does not depend on it.  NULL: not in this one. */
static struct life_action *imagine_beside(struct life *l, GRand *dice, int one_in,
                                          enum life_deed deed)
{
    if (g_rand_int_range(dice, 0, one_in) != 0)
        return NULL;
    g_assert_cmpint(l->n_actions, <, LIFE_ACTIONS);
    const struct life_action *beside = &l->actions[g_rand_int_range(dice, 0, l->n_actions)];
    int64_t at_ms = beside->at_ms + g_rand_int_range(dice, 0, 4000);
    struct life_action *a = &l->actions[l->n_actions++];
    *a = (struct life_action){ l, deed, -1, .at_ms = at_ms, .stated = -1 };
    return a;
}

static void imagine_reload(struct life *l)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(~l->seed);
    imagine_beside(l, dice, 4, LIFE_RELOAD);
}

static void imagine_roster(struct life *l)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(l->seed ^ 0x55555555);
    struct life_action *a = imagine_beside(l, dice, 3, LIFE_ROSTER);
    if (a)
        a->amount = life_roster_amount(
            (enum life_change)g_rand_int_range(dice, LIFE_SAME + 1, LIFE_CHANGES),
            (unsigned)g_rand_int_range(dice, 1, 16));
}

static const struct life_odds *odds_of(uint32_t seed)
{
    const char *asked = g_getenv("LIAISOND_ADRIFT");
    guint64 one_in = g_ascii_strtoull(asked ? asked : ADRIFT, NULL, 10);
    return one_in > 0 && seed % one_in == 0 ? &adrift : &usual;
}

void life_imagine(struct life *l)
{
    int64_t at_ms = WORLD_START_MS;
    l->odds = odds_of(l->seed);
    l->exercise = die(l, 5) == 0;
    if (die(l, l->odds->ruled) == 0) {
        l->rule = l->exercise ? "exercise 4 1800" : "actual 4 1800";
        l->rule_from = 4;
    }
    l->refusing = die(l, 3) == 0 ? 20 : 0;
    l->on_disk = die(l, l->odds->on_disk) == 0;
    l->asks = die(l, l->odds->asked) == 0;
    l->n = g_rand_int_range(l->rand, l->odds->versions_from, LIFE_VERSIONS + 1);
    for (int i = 0; i < l->n; i++)
        imagine_version(l, i, &at_ms);
    for (int i = 0; i < l->n; i++)
        imagine_actions(l, i);
    if (l->asks)
        imagine_answers(l);
    imagine_trouble(l);
    bring_together(l);
    imagine_reload(l);
    imagine_roster(l);
}
