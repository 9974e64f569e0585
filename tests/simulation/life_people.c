/* People who answer, through the link and the code of the last message that they have. */
#include <string.h>

#include "flow/acknowledge.h"
#include "life.h"
#include "people.h"

#define TRIES 20

/* Whose message, by its amount: a mission's first or second representative, or its web host. */
static char *endpoint_of(const struct life_action *a)
{
    unsigned mission = 1 + a->amount % LIFE_MISSIONS, way = a->amount / LIFE_MISSIONS % 3;
    return way == 2 ? g_strdup_printf("https://h%u.hooks.example/m%04u", mission, mission)
                    : g_strdup_printf("mailto:r%u@m%04u.example", way + 1, mission);
}

/* The first one's way, but for the mailbox of the second. */
static bool is_of_the_second(const char *endpoint)
{
    return g_str_has_prefix(endpoint, "mailto:r2@") || g_str_has_prefix(endpoint, "mailto:n2@");
}

bool life_people_answered(const struct life *l, int version, const char *endpoint)
{
    for (int i = 0; i < l->n_actions; i++) {
        const struct life_action *a = &l->actions[i];
        if (a->deed != LIFE_ANSWER || a->version != version || !a->decided ||
            a->heard != ACKNOWLEDGE_DONE)
            continue;
        g_autofree char *by = endpoint_of(a);
        if (life_mission_of(by) == life_mission_of(endpoint) &&
            is_of_the_second(by) == is_of_the_second(endpoint))
            return true;
    }
    return false;
}

static void answered(const struct acknowledge_result *r, void *ctx)
{
    struct life_action *a = ctx;
    a->decided = true;
    a->heard = (int)r->outcome;
}

bool life_people_answer(struct life_action *a)
{
    static const enum answer answers[] = { ANSWER_UNDERSTOOD, ANSWER_UNDERSTOOD,
                                           ANSWER_NOT_AFFECTED, ANSWER_NEED_ASSISTANCE };
    struct life *l = a->life;
    char digest[LINK_DIGEST_LEN + 1];
    g_autofree char *endpoint = endpoint_of(a);
    const struct sent *s = people_last(l->world, endpoint, l->v[a->version].identifier);
    if (!s || s->ends_ms > world_now_ms(l->world) || s->kind == OUTCOME_REFUSED ||
        !link_digest_of(s->token, digest))
        return false;
    struct acknowledge_request q = { .digest = digest,
                                     .code = s->code,
                                     .answer = answers[a->amount % G_N_ELEMENTS(answers)],
                                     .method = METHOD_PAGE,
                                     .from = "192.0.2.7" };
    a->decided = false;
    acknowledge_submit(&l->world->service, &q, answered, a);
    return true;
}

/* The journal has what that person said. */
static void is_written_down(struct life_action *a)
{
    const struct life_version *v = &a->life->v[a->version];
    g_autofree char *endpoint = endpoint_of(a);
    if (!life_is_recorded(a->life, v->id, "obligation.a", endpoint))
        life_fail(a->life, 4, endpoint, "an answer to %s is not in the journal", v->identifier);
}

void life_people_heard(struct life_action *a)
{
    bool again = a->heard == ACKNOWLEDGE_UNAVAILABLE && ++a->tries < TRIES;
    a->state = again ? LIFE_WAITS : LIFE_DONE;
    a->at_ms = world_now_ms(a->life->world) + 1000;
    if (a->heard == ACKNOWLEDGE_DONE)
        is_written_down(a);
    else if (a->heard == ACKNOWLEDGE_UNKNOWN || a->heard == ACKNOWLEDGE_WRONG_CODE)
        life_fail(a->life, 1, NULL, "a link that was sent is not known");
}
