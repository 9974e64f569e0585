#include "model/life.h"

static int64_t default_ms(const struct broadcast *b, const struct life_policy *p)
{
    return p->deadline_s[b->urgency] * 1000;
}

int64_t life_deadline_ms(const struct broadcast *b, int64_t at_ms, const struct life_policy *p)
{
    if (b->expires.ms)
        return b->expires.ms;
    return MAX(at_ms, b->effective.ms) + default_ms(b, p);
}

int64_t life_held_until_ms(const struct broadcast *b, int64_t at_ms)
{
    return b->effective.ms > at_ms ? b->effective.ms : 0;
}

bool life_is_ahead(const struct broadcast *b, int64_t at_ms)
{
    return b->sent.ms > at_ms + LIFE_AHEAD_MS;
}

bool life_is_stale(const struct broadcast *b, int64_t at_ms, const struct life_policy *p)
{
    /* one that begins later is news, whenever it was written */
    int64_t begun_ms = MAX(b->sent.ms, b->effective.ms);

    return !b->expires.ms && b->type != TYPE_CANCEL && at_ms - begun_ms >= default_ms(b, p);
}

bool life_is_over(const struct broadcast *b, int64_t at_ms)
{
    return b->expires.ms && b->expires.ms <= at_ms;
}
