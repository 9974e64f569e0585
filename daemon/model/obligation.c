#include "model/obligation.h"

#include "model/answer.h"
#include "model/ladder.h"

const char *const obligation_kind_names[] = { "representative", "office", "desk",
                                              "partner",        "test",   NULL };
const char *const obligation_state_names[] = { "open",    "reached",   "acknowledged", "superseded",
                                               "expired", "escalated", "unreachable",  NULL };
const char *const obligation_part_names[] = { "full", "update", "release", "cancel", NULL };

/*
 * What is not here changes nothing.  Two final states can still get better: somebody who was taken
 * over by a colleague or given up for lost may yet acknowledge, and a later try by hand may arrive.
 */
static const struct move {
    enum obligation_state from;
    enum obligation_event on;
    enum obligation_state to;
} moves[] = {
    { OBLIGATION_OPEN, OBLIGATION_ON_ACCEPTED, OBLIGATION_REACHED },
    { OBLIGATION_OPEN, OBLIGATION_ON_ACKNOWLEDGED, OBLIGATION_ACKNOWLEDGED },
    { OBLIGATION_OPEN, OBLIGATION_ON_SUPERSEDED, OBLIGATION_SUPERSEDED },
    { OBLIGATION_OPEN, OBLIGATION_ON_EXPIRED, OBLIGATION_EXPIRED },
    { OBLIGATION_OPEN, OBLIGATION_ON_TAKEN, OBLIGATION_ESCALATED },
    { OBLIGATION_OPEN, OBLIGATION_ON_ALL_REFUSED, OBLIGATION_UNREACHABLE },
    { OBLIGATION_OPEN, OBLIGATION_ON_WRONG_PERSON, OBLIGATION_UNREACHABLE },
    { OBLIGATION_REACHED, OBLIGATION_ON_ACKNOWLEDGED, OBLIGATION_ACKNOWLEDGED },
    { OBLIGATION_REACHED, OBLIGATION_ON_SUPERSEDED, OBLIGATION_SUPERSEDED },
    { OBLIGATION_REACHED, OBLIGATION_ON_EXPIRED, OBLIGATION_EXPIRED },
    { OBLIGATION_REACHED, OBLIGATION_ON_TAKEN, OBLIGATION_ESCALATED },
    { OBLIGATION_REACHED, OBLIGATION_ON_WRONG_PERSON, OBLIGATION_UNREACHABLE },
    { OBLIGATION_ESCALATED, OBLIGATION_ON_ACKNOWLEDGED, OBLIGATION_ACKNOWLEDGED },
    { OBLIGATION_UNREACHABLE, OBLIGATION_ON_ACCEPTED, OBLIGATION_REACHED },
    { OBLIGATION_UNREACHABLE, OBLIGATION_ON_ACKNOWLEDGED, OBLIGATION_ACKNOWLEDGED },
    { OBLIGATION_UNREACHABLE, OBLIGATION_ON_TAKEN, OBLIGATION_ESCALATED },
};

struct obligation *obligation_new(void)
{
    struct obligation *o = g_new0(struct obligation, 1);
    o->reason = OBLIGATION_AFFECTED;
    o->missions = g_ptr_array_new_with_free_func(g_free);
    o->behind_s = LADDER_NOTHING_YET;
    o->answer = ANSWER_NONE;
    o->taken_by = g_strdup("");
    return o;
}

void obligation_free(struct obligation *o)
{
    if (!o)
        return;
    g_free(o->recipient);
    g_free(o->name);
    g_free(o->language);
    g_free(o->phone);
    g_free(o->detail);
    g_free(o->taken_by);
    g_ptr_array_unref(o->missions);
    g_free(o);
}

const char *obligation_reason(const char *word)
{
    static const char *const words[] = { OBLIGATION_AFFECTED,         OBLIGATION_NO_REPRESENTATIVE,
                                         OBLIGATION_ALL_REFUSED,      OBLIGATION_NOT_ACKNOWLEDGED,
                                         OBLIGATION_NEEDS_ASSISTANCE, OBLIGATION_WRONG_PERSON,
                                         OBLIGATION_HANDED_OVER,      OBLIGATION_HANDED_ON,
                                         OBLIGATION_DESTINATION_DOWN };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!g_strcmp0(words[i], word))
            return words[i];
    }
    return NULL;
}

bool obligation_is_final(enum obligation_state s)
{
    return s != OBLIGATION_OPEN && s != OBLIGATION_REACHED;
}

bool obligation_any_asks(const GPtrArray *obligations)
{
    for (guint i = 0; i < obligations->len; i++)
        if (((struct obligation *)g_ptr_array_index(obligations, i))->asks)
            return true;
    return false;
}

bool obligation_is_closed(const struct obligation *o)
{
    switch (o->state) {
    case OBLIGATION_OPEN:
        return false;
    case OBLIGATION_REACHED:
    case OBLIGATION_UNREACHABLE:
        return !o->asks;
    default:
        return true;
    }
}

bool obligation_move(enum obligation_state *state, enum obligation_event on)
{
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].from == *state && moves[i].on == on) {
            *state = moves[i].to;
            return true;
        }
    }
    return false;
}
