#include "model/outcome.h"

#include <string.h>

const char *const outcome_names[] = { "accepted", "deferred", "refused", "unknown", NULL };

/* How much of s fits without cutting a UTF-8 character in two. */
static size_t cut_length(const char *s)
{
    size_t n = strnlen(s, OUTCOME_REPLY_MAX + 1);
    if (n <= OUTCOME_REPLY_MAX)
        return n;
    n = OUTCOME_REPLY_MAX;
    /* At most three continuation bytes belong to a character; more is not UTF-8 and may be cut. */
    for (size_t back = 0; back < 4 && n > back; back++) {
        if (((unsigned char)s[n - back] & 0xc0) != 0x80)
            return n - back;
    }
    return n;
}

struct outcome *outcome_new(enum outcome_kind kind, int code, const char *reply)
{
    struct outcome *o = g_new0(struct outcome, 1);
    o->kind = kind;
    o->code = code;
    o->reply = reply ? g_strndup(reply, cut_length(reply)) : g_strdup("");
    return o;
}

void outcome_free(struct outcome *o)
{
    if (!o)
        return;
    g_free(o->reply);
    g_free(o);
}
