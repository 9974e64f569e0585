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

static struct record *record_of(struct journal_hand hand, const struct broadcast_row *of,
                                const char *event, const struct notification *n, const char *reply)
{
    struct record *r = record_by(hand, of, event, reply);
    if (n) {
        r->recipient = g_strdup(n->recipient);
        r->attempt = (int)n->attempt;
        name_endpoint(r, n);
    }
    return r;
}

bool journal_tell(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                  const char *event, const struct notification *n, const char *reply,
                  GError **error)
{
    return append(s, record_of(hand, of, event, n, reply), error);
}

bool journal_tell_all(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                      const char *event, const GPtrArray *notifications, const char *reply,
                      GError **error)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    for (guint i = 0; i < notifications->len; i++)
        g_ptr_array_add(records,
                        record_of(hand, of, event, g_ptr_array_index(notifications, i), reply));
    return s->ops->journal_append_all(s, (struct record *const *)records->pdata, records->len,
                                      error);
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
