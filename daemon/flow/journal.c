#include "flow/journal.h"

static struct record *record_by(struct journal_hand hand, const struct broadcast_row *of,
                                const char *event, const char *reply)
{
    struct record *r = record_new(event, hand.now_ms);
    r->node = g_strdup(hand.node);
    r->broadcast = g_strdup(of->id);
    r->status = g_strdup(broadcast_status_names[of->status]);
    r->reply = g_strdup(reply);
    return r;
}

static void name_endpoint(struct record *r, const struct notification *n)
{
    r->channel = g_strdup(channel_names[n->channel]);
    r->endpoint = g_strdup(n->endpoint);
}

static bool append(struct store *s, struct record *r /* taken */, GError **error)
{
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

bool journal_tell(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                  const char *event, const struct notification *n, const char *reply,
                  GError **error)
{
    struct record *r = record_by(hand, of, event, reply);
    if (n) {
        r->recipient = g_strdup(n->recipient);
        r->attempt = (int)n->attempt;
        name_endpoint(r, n);
    }
    return append(s, r, error);
}

bool journal_tell_obligation(struct store *s, struct journal_hand hand,
                             const struct broadcast_row *of, const char *event,
                             const struct obligation *o, const struct notification *n,
                             const char *outcome, const char *reply, GError **error)
{
    struct record *r = record_by(hand, of, event, reply);
    GString *missions = g_string_new(NULL);
    for (guint i = 0; i < o->missions->len; i++)
        g_string_append_printf(missions, "%s%s", i ? " " : "",
                               (const char *)g_ptr_array_index(o->missions, i));
    r->missions = g_string_free(missions, FALSE);
    r->recipient = g_strdup(o->recipient);
    r->outcome = g_strdup(outcome);
    if (n)
        name_endpoint(r, n);
    return append(s, r, error);
}
