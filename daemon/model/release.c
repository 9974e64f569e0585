#include "model/release.h"

#include <string.h>

const struct release_rule *release_rule_for(const struct release_rule *rules, size_t n,
                                            const struct broadcast *b, unsigned missions)
{
    if (b->type == TYPE_CANCEL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (rules[i].statuses & 1u << b->status && missions >= rules[i].missions_from)
            return rules[i].second_person ? &rules[i] : NULL;
    }
    return NULL;
}

/* Can it still be decided? */
static enum release_verdict check_open(enum broadcast_state state, int64_t deadline_ms,
                                       int64_t now_ms)
{
    if (state == BROADCAST_LAPSED)
        return RELEASE_LAPSED;
    if (state != BROADCAST_PENDING)
        return RELEASE_NOT_PENDING;
    return deadline_ms && now_ms >= deadline_ms ? RELEASE_LAPSED : RELEASE_ALLOWED;
}

static bool is_blank(const char *s)
{
    return !s || !s[strspn(s, " \t\r\n")];
}

enum release_verdict release_approve(enum broadcast_state state, const char *author,
                                     const char *principal, int64_t deadline_ms, int64_t now_ms)
{
    enum release_verdict open = check_open(state, deadline_ms, now_ms);
    if (open != RELEASE_ALLOWED)
        return open;
    /* Where one of the two is not known they may be the same. */
    bool apart = !is_blank(author) && !is_blank(principal) && !g_str_equal(author, principal);
    return apart ? RELEASE_ALLOWED : RELEASE_BY_AUTHOR;
}

enum release_verdict release_bypass(enum broadcast_state state, enum broadcast_urgency u,
                                    const char *reason, int64_t deadline_ms, int64_t now_ms)
{
    enum release_verdict open = check_open(state, deadline_ms, now_ms);
    if (open != RELEASE_ALLOWED)
        return open;
    if (u != URGENCY_IMMEDIATE)
        return RELEASE_NOT_URGENT;
    return is_blank(reason) ? RELEASE_NO_REASON : RELEASE_ALLOWED;
}
