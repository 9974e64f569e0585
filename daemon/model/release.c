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

bool release_rule_parse(struct release_rule *r, const char *text, const char **why)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    guint64 missions, deadline_s;
    *why = "should be a status, the least number of missions and seconds, as \"actual 100 1800\"";
    if (g_strv_length(words) != 3 ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, 1000000, &missions, NULL) ||
        !g_ascii_string_to_unsigned(words[2], 10, 60, 604800, &deadline_s, NULL))
        return false;
    int status = broadcast_name_index(broadcast_status_names, words[0]);
    if (status < 0)
        return false;
    *r = (struct release_rule){ 1u << status, (unsigned)missions, true, (int64_t)deadline_s };
    return true;
}
