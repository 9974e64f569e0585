#include "model/retry.h"

#define LAST_CHANCE_MS 1000
#define WAIT_MAX_S 86400

static int64_t base_wait_ms(const struct retry_policy *p, unsigned attempt)
{
    if (!p->steps)
        return 0;
    size_t i = attempt ? attempt - 1 : 0;
    return (int64_t)p->wait_s[MIN(i, p->steps - 1)] * 1000;
}

/* roll 0 is the shortest wait, 999 the longest, the middle none; spreads a crowd that failed at
 * once. */
static int64_t jitter_ms(const struct retry_policy *p, int64_t wait_ms, unsigned roll)
{
    int64_t swing = 2 * (int64_t)MIN(roll, 999u) - 999; /* -999 … 999 */
    return wait_ms * (int64_t)p->jitter_pct / 100 * swing / 999;
}

int64_t retry_due_ms(const struct retry_policy *p, const struct outcome *o, unsigned attempt,
                     unsigned roll, int64_t now_ms, int64_t deadline_ms)
{
    if (o->kind != OUTCOME_DEFERRED && o->kind != OUTCOME_UNKNOWN)
        return RETRY_NEVER;
    int64_t last_ms = deadline_ms - LAST_CHANCE_MS;
    if (now_ms >= last_ms)
        return RETRY_NEVER;
    int64_t wait_ms = base_wait_ms(p, attempt);
    wait_ms += jitter_ms(p, wait_ms, roll);
    wait_ms = MAX(wait_ms, o->retry_after_ms);
    /* What would come too late comes just in time: one last try is worth more than none. */
    return wait_ms > last_ms - now_ms ? last_ms : now_ms + wait_ms;
}

int64_t retry_longest_ms(const struct retry_policy *p)
{
    int64_t longest_ms = 0;
    for (unsigned i = 1; i <= p->steps; i++)
        longest_ms = MAX(longest_ms, base_wait_ms(p, i));
    return longest_ms + jitter_ms(p, longest_ms, 999);
}

static bool parse_wait(const char **cursor, uint32_t *out)
{
    uint64_t value = 0;
    const char *s = *cursor;
    if (!g_ascii_isdigit(*s))
        return false;
    for (; g_ascii_isdigit(*s) && value <= WAIT_MAX_S; s++)
        value = value * 10 + (uint64_t)(*s - '0');
    if (value > WAIT_MAX_S || (*s && *s != ' '))
        return false;
    *out = (uint32_t)value;
    *cursor = s;
    return true;
}

bool retry_policy_parse(struct retry_policy *p, const char *text, const char **why)
{
    struct retry_policy parsed = { .jitter_pct = p->jitter_pct };
    for (const char *s = text;;) {
        while (*s == ' ')
            s++;
        if (!*s)
            break;
        if (parsed.steps == RETRY_MAX_STEPS) {
            *why = "more than 16 waits";
            return false;
        }
        if (!parse_wait(&s, &parsed.wait_s[parsed.steps++])) {
            *why = "a wait is a whole number of seconds from 0 to 86400, waits are separated by "
                   "blanks";
            return false;
        }
    }
    if (!parsed.steps) {
        *why = "no wait is given";
        return false;
    }
    *p = parsed;
    return true;
}
