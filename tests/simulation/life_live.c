/* Lives a history: sends, decides, waits, fails and is killed. */
#include "life.h"

#define LIFE_MAX_ROUNDS 20000

static bool by_chance(struct life *l, int percent)
{
    return g_rand_int_range(l->rand, 0, 100) < percent;
}

bool life_is_refusing(const struct life *l, const char *endpoint)
{
    return (int)(g_str_hash(endpoint) % 100) < l->refusing;
}

static struct reaction any_answer(const struct notice *n, void *ctx)
{
    struct life *l = ctx;
    int64_t after_ms = g_rand_int_range(l->rand, 1, 4000);
    if (life_is_refusing(l, n->notification->endpoint))
        return (struct reaction){ OUTCOME_REFUSED, 550, after_ms, 0, false };
    if (by_chance(l, 60))
        return (struct reaction){ OUTCOME_ACCEPTED, 250, after_ms, 0, false };
    if (by_chance(l, 60))
        return (struct reaction){ OUTCOME_DEFERRED, 451, after_ms, 0, false };
    return (struct reaction){ OUTCOME_UNKNOWN, 0, after_ms, 0, false };
}

/* --- what comes back --- */

static unsigned taken(const struct life *l)
{
    unsigned bits = 0;
    for (int i = 0; i < l->n; i++)
        bits |= l->v[i].accepted ? 1u << i : 0;
    return bits;
}

/* The desk refers to what the chief said, and nobody can tell yet that it is about the desk's. */
static bool is_still_foreign(const struct life_action *a)
{
    const struct life *l = a->life;
    unsigned all = l->v[a->version].refs;
    bool chief = false;
    for (int k = a->version - 1; k >= 0; k--) {
        all |= all >> k & 1 ? l->v[k].refs : 0;
        chief = chief || (all >> k & 1 && l->v[k].who == LIFE_CHIEF);
    }
    return l->v[a->version].who == LIFE_DESK && chief && all & ~a->known_before;
}

static bool is_expected(const struct life_action *a)
{
    const struct life_version *v = &a->life->v[a->version];
    enum intake_kind k = a->reply.kind;
    bool here = k == INTAKE_ACCEPTED || k == INTAKE_KNOWN;
    if (a->deed == LIFE_SEND_OTHER_CONTENT)
        return k == INTAKE_CONFLICT;
    if (k == INTAKE_INVALID && a->reply.at_ms >= v->expires_ms)
        return true;
    if (v->who == LIFE_STRANGER && v->what != LIFE_ACK)
        return k == INTAKE_FORBIDDEN || k == INTAKE_KNOWN || (here && !(v->refs & a->known_before));
    if (v->other_status && v->what != LIFE_ACK)
        return k == INTAKE_INVALID || k == INTAKE_KNOWN || (here && !(v->refs & a->known_before));
    return here || (k == INTAKE_FORBIDDEN && is_still_foreign(a));
}

static void take_reply(struct life_action *a)
{
    static const char *const kinds[] = { "accepted",   "known",       "conflict",  "invalid",
                                         "key reused", "expectation", "forbidden", "unavailable" };
    struct life *l = a->life;
    struct life_version *v = &l->v[a->version];
    if (a->reply.kind == INTAKE_UNAVAILABLE) {
        a->state = LIFE_WAITS;
        a->at_ms = world_now_ms(l->world) + 1000;
        return;
    }
    a->state = LIFE_DONE;
    if (!is_expected(a))
        life_fail(l, NULL, "%s%s was answered: %s", v->identifier,
                  a->deed == LIFE_SEND ? "" : " with other content", kinds[a->reply.kind]);
    if (v->accepted || (a->reply.kind != INTAKE_ACCEPTED && a->reply.kind != INTAKE_KNOWN))
        return;
    v->accepted = true;
    v->accepted_ms = a->reply.at_ms;
    g_strlcpy(v->id, a->reply.id, sizeof v->id);
}

static void decided(const struct decision_result *r, void *ctx)
{
    struct life_action *a = ctx;
    a->decided = true;
    a->outcome = r->outcome;
    a->stated = r->outcome == DECISION_CHANGED ? r->missions : a->stated;
    a->still_pending = r->row && r->row->state == BROADCAST_PENDING;
}

static void take_decision(struct life_action *a)
{
    struct life *l = a->life;
    bool again = a->outcome == DECISION_UNAVAILABLE || a->outcome == DECISION_CHANGED;
    bool second = a->deed == LIFE_RELEASE && a->outcome == DECISION_DONE && a->still_pending;
    if (second)
        a->deed = LIFE_APPROVE;
    a->state = (again || second) && ++a->tries < 20 ? LIFE_WAITS : LIFE_DONE;
    a->at_ms = world_now_ms(l->world) + (a->outcome == DECISION_CHANGED ? 0 : 1000);
}

static void take_answers(struct life *l)
{
    for (int i = 0; i < l->n_actions; i++) {
        struct life_action *a = &l->actions[i];
        if (a->state != LIFE_ASKED)
            continue;
        if (a->deed <= LIFE_SEND_OTHER_CONTENT && a->reply.there)
            take_reply(a);
        else if (a->deed > LIFE_SEND_OTHER_CONTENT && a->decided)
            take_decision(a);
    }
}

/* --- what is asked --- */

static void send_it(struct life_action *a)
{
    const char *type;
    g_autofree char *body =
        life_body(a->life, a->version, a->deed == LIFE_SEND_OTHER_CONTENT, &type);
    a->known_before = taken(a->life);
    world_submit(a->life->world, type, body, &a->reply);
}

static void decide(struct life_action *a)
{
    static const enum decision_kind kinds[] = { [LIFE_APPROVE] = DECISION_APPROVE,
                                                [LIFE_BYPASS] = DECISION_BYPASS,
                                                [LIFE_RELEASE] = DECISION_RELEASE,
                                                [LIFE_REJECT] = DECISION_REJECT };
    struct life_version *v = &a->life->v[a->version];
    g_autofree char *audience = life_audience(v->missions);
    struct decision_request q = { .kind = kinds[a->deed],
                                  .id = v->id,
                                  .principal = a->tries % 2 ? "token:second" : "token:chief",
                                  .missions = a->stated };
    if (a->deed == LIFE_RELEASE)
        q.audience = audience;
    if (a->deed == LIFE_BYPASS)
        q.reason = "it is happening now";
    if (a->deed != LIFE_REJECT && !v->asked_ms)
        v->asked_ms = world_now_ms(a->life->world);
    a->decided = false;
    decision_submit(&a->life->world->service, &q, decided, a);
}

static void ask(struct life_action *a)
{
    struct life *l = a->life;
    bool must_be_here = a->deed != LIFE_SEND;
    if (must_be_here && !l->v[a->version].accepted) {
        a->at_ms = world_now_ms(l->world) + 2000;
        a->state = ++a->tries < 100 ? LIFE_WAITS : LIFE_DONE;
        return;
    }
    a->state = LIFE_ASKED;
    if (a->deed <= LIFE_SEND_OTHER_CONTENT)
        send_it(a);
    else
        decide(a);
}

/* --- trouble --- */

/* Whoever was not answered asks again. */
static void crash(struct life *l)
{
    int64_t now_ms = world_now_ms(l->world);
    world_crash(l->world);
    for (int i = 0; i < l->n_actions; i++)
        if (l->actions[i].state == LIFE_ASKED) {
            l->actions[i].state = LIFE_WAITS;
            l->actions[i].at_ms = now_ms + 5000;
        }
    world_start(l->world, now_ms + g_rand_int_range(l->rand, 1, 5000));
    virtual_shuffle(l->world->service.loop, l->rand);
}

static void trouble(struct life *l)
{
    if (by_chance(l, 5))
        crash(l);
    else if (by_chance(l, 5))
        virtual_store_fail(l->world->service.store, (unsigned)g_rand_int_range(l->rand, 1, 4));
}

/* --- all of it --- */

static void ask_what_is_due(struct life *l)
{
    for (int i = 0; i < l->n_actions; i++) {
        struct life_action *a = &l->actions[i];
        if (a->state != LIFE_WAITS || a->at_ms > world_now_ms(l->world))
            continue;
        ask(a);
        for (unsigned k = 0; k < a->steps && virtual_step(l->world->service.loop); k++)
            take_answers(l);
        if (by_chance(l, 3))
            crash(l);
    }
}

static bool is_over(const struct life *l, int64_t *next_ms)
{
    bool over = true;
    *next_ms = INT64_MAX;
    for (int i = 0; i < l->n_actions; i++) {
        const struct life_action *a = &l->actions[i];
        over = over && a->state == LIFE_DONE;
        if (a->state == LIFE_WAITS)
            *next_ms = MIN(*next_ms, a->at_ms);
    }
    return over;
}

void life_live(struct life *l)
{
    int64_t next_ms;
    l->world->answers = any_answer;
    l->world->ctx = l;
    virtual_shuffle(l->world->service.loop, l->rand);
    for (int rounds = 0; !is_over(l, &next_ms); rounds++) {
        if (rounds == LIFE_MAX_ROUNDS) {
            life_fail(l, NULL, "somebody is never answered");
            break;
        }
        ask_what_is_due(l);
        int64_t left_ms = next_ms - world_now_ms(l->world), longest_ms = MAX(3000, left_ms / 8);
        if (next_ms == INT64_MAX)
            left_ms = longest_ms = 3000;
        int64_t step_ms = g_rand_int_range(l->rand, 1, (gint32)longest_ms);
        world_run_for(l->world, CLAMP(left_ms, 0, step_ms));
        take_answers(l);
        trouble(l);
    }
    for (int i = 0; i < 40; i++) {
        world_run_for(l->world, g_rand_int_range(l->rand, 1, 5000));
        trouble(l);
    }
    virtual_store_fail(l->world->service.store, 0);
    world_run_for(l->world, 24 * LIFE_HOUR);
    for (int i = 0; i < l->n; i++)
        l->v[i].row = l->v[i].accepted ? world_row(l->world, l->v[i].id) : NULL;
}
