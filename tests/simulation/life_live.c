/* Lives a history: sends, decides, waits, fails and is killed. */
#include <sqlite3.h>

#include "life.h"

#define LIFE_MAX_ROUNDS 20000

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
        life_fail(l, 0, NULL, "%s%s was answered: %s", v->identifier,
                  a->deed == LIFE_SEND ? "" : " with other content", kinds[a->reply.kind]);
    if (v->accepted || (a->reply.kind != INTAKE_ACCEPTED && a->reply.kind != INTAKE_KNOWN))
        return;
    v->accepted = true;
    v->accepted_ms = a->reply.at_ms;
    g_strlcpy(v->id, a->reply.id, sizeof v->id);
    life_is_stored_whole(l, a->version);
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
        if (a->deed == LIFE_ANSWER && a->decided)
            life_people_heard(a);
        else if (a->deed <= LIFE_SEND_OTHER_CONTENT && a->reply.there)
            take_reply(a);
        else if (a->deed == LIFE_ROSTER && a->decided)
            life_roster_changed(a);
        else if (a->deed > LIFE_SEND_OTHER_CONTENT && a->deed < LIFE_ANSWER && a->decided)
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
    bool too_early = must_be_here && !l->v[a->version].accepted;
    if (too_early || (a->deed == LIFE_ANSWER && !life_people_answer(a))) {
        a->at_ms = world_now_ms(l->world) + 2000;
        a->state = ++a->tries < 100 ? LIFE_WAITS : LIFE_DONE;
        return;
    }
    a->state = LIFE_ASKED;
    if (a->deed <= LIFE_SEND_OTHER_CONTENT)
        send_it(a);
    else if (a->deed != LIFE_ANSWER)
        decide(a);
}

/* --- trouble --- */

static bool power_is_gone(const struct life *l)
{
    const struct memory_faults *f = world_storage_faults(l->world->storage);
    return f && l->power_fails && f->crash_in == 0;
}

static void after_a_piece(void *ctx)
{
    struct life *l = ctx;
    if (power_is_gone(l))
        loop_stop(l->world->service.loop);
    else
        life_step(l);
}

static void begin(struct life *l)
{
    struct loop *loop = l->world->service.loop;
    if (!(l->cut.plain >> PLAIN_ORDER & 1))
        virtual_shuffle(loop, l->rand);
    virtual_watch(loop, after_a_piece, l);
}

/* What was on its way, or not yet written down, is for ever unknown to the daemon that begins:
 * exactly that, where the world itself has to guess, also about what it knew of before. */
static void mark_unknown(struct life *l, guint first)
{
    for (guint i = first; i < l->world->sent->len; i++)
        ((struct sent *)g_ptr_array_index(l->world->sent, i))->crashed = false;
    life_is_journal_kept(l);
    life_read_journal(l);
    for (guint i = 0; i < l->world->sent->len; i++) {
        struct sent *s = g_ptr_array_index(l->world->sent, i);
        s->crashed = s->stored_ms == 0;
    }
}

/* Whoever was not answered asks again. */
static void crash(struct life *l)
{
    int64_t now_ms = world_now_ms(l->world);
    int64_t dark_ms = 1 + (int64_t)((l->seed ^ (uint64_t)now_ms) % 5000);
    virtual_watch(l->world->service.loop, NULL, NULL);
    world_crash(l->world);
    for (int i = 0; i < l->n_actions; i++)
        if (l->actions[i].state == LIFE_ASKED) {
            l->actions[i].state = LIFE_WAITS;
            l->actions[i].at_ms = now_ms + 5000;
        }
    world_start(l->world, now_ms + dark_ms);
    life_read_roster(l);
    l->starts_ms[l->n_starts++] = l->world->started_ms;
    l->power_fails = false;
    begin(l);
    mark_unknown(l, l->lived);
    l->lived = l->world->sent->len;
}

static void make_trouble(struct life_action *a)
{
    struct life *l = a->life;
    struct memory_faults *f = world_storage_faults(l->world->storage);
    a->state = LIFE_DONE;
    if (a->deed == LIFE_CRASH || (!f && a->deed == LIFE_POWER)) {
        crash(l);
    } else if (a->deed == LIFE_FAIL || (!f && a->deed == LIFE_FULL)) {
        virtual_store_fail(l->world->service.store, a->amount);
    } else if (a->deed == LIFE_BREAK) {
        world_storage_break(l->world->storage, a->amount, 1 + a->amount % 3);
    } else if (a->deed == LIFE_RELOAD) {
        world_reload(l->world);
    } else if (a->deed == LIFE_ROSTER) {
        life_change_roster(a);
    } else if (a->deed == LIFE_STALL) {
        virtual_store_stall(l->world->service.store, a->amount);
    } else if (a->deed == LIFE_FULL) {
        f->fail_in = 1;
        f->fail_times = a->amount;
        f->fail_ops = 1u << MEMORY_WRITE | 1u << MEMORY_SYNC;
        f->fail_code = a->amount % 2 ? SQLITE_FULL : 0;
    } else {
        f->crash_in = a->amount;
        l->power_fails = true;
    }
}

static void end_all_trouble(struct life *l)
{
    struct memory_faults *f = world_storage_faults(l->world->storage);
    virtual_store_fail(l->world->service.store, 0);
    world_storage_break(l->world->storage, 0, 0);
    l->power_fails = false;
    if (f)
        *f = (struct memory_faults){ 0 };
}

/* --- all of it --- */

static void look_around(struct life *l)
{
    if (power_is_gone(l))
        crash(l);
    take_answers(l);
}

static void perform(struct life_action *a)
{
    struct life *l = a->life;
    if (a->version < 0)
        make_trouble(a);
    else
        ask(a);
    for (unsigned k = 0; k < a->steps && virtual_step(l->world->service.loop); k++)
        look_around(l);
    look_around(l);
}

/* The first that is due next; NULL: none waits.  asked: is an answer waited for? */
static struct life_action *next_action(struct life *l, bool *asked)
{
    struct life_action *first = NULL;
    *asked = false;
    for (int i = 0; i < l->n_actions; i++) {
        struct life_action *a = &l->actions[i];
        *asked |= a->state == LIFE_ASKED;
        if (!a->dropped && a->state == LIFE_WAITS && (!first || a->at_ms < first->at_ms))
            first = a;
    }
    return first;
}

static void run(struct life *l, int64_t ms)
{
    world_run_for(l->world, ms);
    look_around(l);
}

void life_live(struct life *l)
{
    bool asked;
    struct life_action *a;
    l->world->answers = life_answer;
    l->world->ctx = l;
    life_keep_roster(l);
    begin(l);
    for (int rounds = 0; !l->fault && ((a = next_action(l, &asked)) || asked); rounds++) {
        int64_t wait_ms = a ? a->at_ms - world_now_ms(l->world) : 1000;
        if (rounds == LIFE_MAX_ROUNDS)
            life_fail(l, 1, NULL, "somebody is never answered");
        else if (wait_ms > 0)
            run(l, asked ? MIN(wait_ms, 1000) : wait_ms);
        else
            perform(a);
    }
    for (int i = 0; i < 4 && !l->fault; i++)
        run(l, 3 * LIFE_MINUTE);
    end_all_trouble(l);
    for (int i = 0; i < 2 && !l->fault; i++)
        run(l, 12 * LIFE_HOUR);
    for (int i = 0; i < l->n; i++)
        l->v[i].row = l->v[i].accepted ? world_row(l->world, l->v[i].id) : NULL;
}
