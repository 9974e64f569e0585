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

const char *release_verdict_sentence(enum release_verdict v)
{
    switch (v) {
    case RELEASE_ALLOWED:
        return NULL;
    case RELEASE_BY_AUTHOR:
        return "its author cannot approve it; somebody else must";
    case RELEASE_NOT_PENDING:
        return "it does not wait any more";
    case RELEASE_LAPSED:
        return "its deadline for approval has passed; send it anew";
    case RELEASE_NO_REASON:
        return "the way round needs a reason";
    case RELEASE_NOT_URGENT:
        return "the way round is for urgency immediate only";
    }
    return NULL;
}

char *release_difference(const char *seen, const char *now)
{
    g_auto(GStrv) before = g_strsplit(seen, " ", -1);
    g_auto(GStrv) after = g_strsplit(now, " ", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; after[i]; i++)
        if (*after[i] && !g_strv_contains((const char *const *)before, after[i]))
            g_string_append_printf(out, "%s+%s", out->len ? " " : "", after[i]);
    for (size_t i = 0; before[i]; i++)
        if (*before[i] && !g_strv_contains((const char *const *)after, before[i]))
            g_string_append_printf(out, "%s-%s", out->len ? " " : "", before[i]);
    return out->len ? g_strdup(out->str) : NULL;
}
