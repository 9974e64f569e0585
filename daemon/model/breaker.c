#include "model/breaker.h"

#include <glib.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static const struct pace {
    int64_t longest_ms;  /* between two probes */
    int64_t patience_ms; /* until its messages take another way */
} paces[] = {
    [URGENCY_IMMEDIATE] = { MINUTE, MINUTE },
    [URGENCY_EXPECTED] = { BREAKER_LONGEST_MS, 5 * MINUTE },
    [URGENCY_FUTURE] = { BREAKER_LONGEST_MS, 60 * MINUTE },
    [URGENCY_PAST] = { BREAKER_LONGEST_MS, 60 * MINUTE },
    [URGENCY_UNKNOWN] = { BREAKER_LONGEST_MS, 5 * MINUTE },
};

bool breaker_is_open(const struct breaker *b)
{
    return b->failures >= BREAKER_FAILURES;
}

int64_t breaker_due_ms(const struct breaker *b, enum broadcast_urgency u)
{
    if (!breaker_is_open(b) || b->hastened)
        return INT64_MIN;
    int64_t wait_ms = SECOND << MIN(b->probes, 9u);
    return b->probed_ms + MIN(wait_ms, paces[u].longest_ms);
}

static enum breaker_change close_it(struct breaker *b)
{
    bool was_down = b->down;
    *b = (struct breaker){ 0 };
    return was_down ? BREAKER_WENT_UP : BREAKER_SAME;
}

/* What was on its way when it opened tells no more than what opened it. */
static void count(struct breaker *b, int64_t now_ms)
{
    if (b->failures++ == 0)
        b->since_ms = now_ms;
    if (b->failures == BREAKER_FAILURES) {
        b->probed_ms = now_ms;
    } else if (breaker_is_open(b) && now_ms >= b->probed_ms + SECOND) {
        b->probes++;
        b->probed_ms = now_ms;
    }
}

enum breaker_change breaker_note(struct breaker *b, bool failed, int64_t now_ms)
{
    if (!failed)
        return close_it(b);
    count(b, now_ms);
    if (b->down)
        return BREAKER_IS_DOWN;
    b->down = breaker_is_open(b) && now_ms - b->since_ms >= BREAKER_DOWN_MS;
    return b->down ? BREAKER_WENT_DOWN : BREAKER_SAME;
}

void breaker_remember(struct breaker *b, int64_t since_ms)
{
    *b = (struct breaker){ .failures = BREAKER_FAILURES,
                           .since_ms = since_ms,
                           .probed_ms = since_ms,
                           .hastened = true,
                           .down = true };
}

void breaker_hasten(struct breaker *b)
{
    b->hastened = breaker_is_open(b);
}

void breaker_go(struct breaker *b)
{
    b->hastened = false;
}

int64_t breaker_patience_ms(enum broadcast_urgency u)
{
    return paces[u].patience_ms;
}
