#include "model/ladder.h"

const char *const ladder_whom_names[] = {
    "representative", "next-representative", "office", "duty", "command-center", "partner", NULL
};

#define DAY_S INT64_C(86400)
#define EVERY_URGENCY ((1u << (URGENCY_UNKNOWN + 1)) - 1)
#define NOT_CLOSED (1u << OBLIGATION_OPEN | 1u << OBLIGATION_REACHED)

const struct ladder_step ladder_campaign[LADDER_CAMPAIGN_STEPS] = {
    { EVERY_URGENCY, THREAT_LOW, NOT_CLOSED, LADDER_REPRESENTATIVE, DAY_S, 0, 1 },
    { EVERY_URGENCY, THREAT_LOW, NOT_CLOSED, LADDER_REPRESENTATIVE, 4 * DAY_S, 3 * DAY_S, 30 },
};

static bool is_for(const struct ladder_step *s, enum broadcast_urgency u, enum threat_level t)
{
    return s->urgencies >> u & 1 && t >= s->threat_from;
}

/* The step's first firing later than behind_s. */
static int64_t next_of(const struct ladder_step *s, int64_t behind_s)
{
    if (behind_s < s->after_s)
        return s->after_s;
    if (s->every_s <= 0)
        return LADDER_NONE;
    int64_t taken = (behind_s - s->after_s) / s->every_s + 1;
    return taken < (int64_t)s->times ? s->after_s + taken * s->every_s : LADDER_NONE;
}

int64_t ladder_next_s(const struct ladder_step *steps, size_t n, enum broadcast_urgency u,
                      enum threat_level t, int64_t behind_s)
{
    int64_t next_s = LADDER_NONE;
    for (size_t i = 0; i < n; i++) {
        if (is_for(&steps[i], u, t))
            next_s = MIN(next_s, next_of(&steps[i], behind_s));
    }
    return next_s;
}

unsigned ladder_fired(const struct ladder_step *steps, size_t n, enum broadcast_urgency u,
                      enum threat_level t, enum obligation_state state, int64_t behind_s,
                      int64_t upto_s)
{
    unsigned whom = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ladder_step *s = &steps[i];
        if (is_for(s, u, t) && s->states >> state & 1 && next_of(s, behind_s) <= upto_s)
            whom |= 1u << s->whom;
    }
    return whom;
}
