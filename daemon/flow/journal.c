#include "flow/journal.h"

bool journal_tell(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                  const char *event, const struct notification *n, const char *reply,
                  GError **error)
{
    struct record *r = record_new(event, hand.now_ms);
    r->node = g_strdup(hand.node);
    r->broadcast = g_strdup(of->id);
    r->status = g_strdup(broadcast_status_names[of->status]);
    r->reply = g_strdup(reply);
    if (n) {
        r->recipient = g_strdup(n->recipient);
        r->channel = g_strdup(channel_names[n->channel]);
        r->endpoint = g_strdup(n->endpoint);
        r->attempt = (int)n->attempt;
    }
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}
