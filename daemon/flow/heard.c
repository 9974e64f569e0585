#include "flow/heard.h"

#include "model/endpoint.h"

#define HEARD_PAGE 500 /* records read at a time */

static char *key_of(const char *uri)
{
    return endpoint_key(g_str_has_prefix(uri, "mailto:") ? CHANNEL_SMTP : CHANNEL_WEBHOOK, uri);
}

static void note(GHashTable *heard, const char *endpoint, int64_t seq)
{
    g_hash_table_replace(heard, key_of(endpoint), g_memdup2(&seq, sizeof seq));
}

GHashTable *heard_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

int64_t heard_last(GHashTable *heard, const char *endpoint)
{
    g_autofree char *key = key_of(endpoint);
    const int64_t *seq = g_hash_table_lookup(heard, key);
    return seq ? *seq : HEARD_NEVER;
}

static bool read_records(struct store *s, const struct sent_version *v, GHashTable *heard,
                         GError **error)
{
    struct record_filter of = { .broadcast = v->file->row->id, .event = "notification.*" };
    int64_t after = 0;
    for (guint n = HEARD_PAGE; n == HEARD_PAGE;) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        if (!s->ops->journal_read(s, &of, after, HEARD_PAGE, page, error))
            return false;
        n = page->len;
        for (guint i = 0; i < page->len; i++) {
            const struct record *r = g_ptr_array_index(page, i);
            after = r->seq;
            bool may_have_come = g_strcmp0(r->outcome, outcome_names[OUTCOME_ACCEPTED]) == 0 ||
                                 g_strcmp0(r->outcome, outcome_names[OUTCOME_UNKNOWN]) == 0;
            if (r->endpoint && may_have_come)
                note(heard, r->endpoint, r->seq);
        }
    }
    return true;
}

static void note_unrecorded(const struct sent_version *v, GHashTable *heard)
{
    for (guint i = 0; i < v->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(v->notifications, i);
        bool on_its_way = n->state == NOTIFICATION_SENDING && n->told != TOLD_NO;
        if (on_its_way || (n->told != TOLD_NO && heard_last(heard, n->endpoint) == HEARD_NEVER))
            note(heard, n->endpoint, INT64_MAX);
    }
}

bool heard_add(struct store *s, const struct sent_version *v, bool unrecorded, GHashTable *heard,
               GError **error)
{
    g_autoptr(GHashTable) own = heard_new();
    GHashTableIter at;
    gpointer endpoint, seq;
    if (!read_records(s, v, own, error))
        return false;
    if (unrecorded)
        note_unrecorded(v, own);
    g_hash_table_iter_init(&at, own);
    while (g_hash_table_iter_next(&at, &endpoint, &seq))
        if (heard_last(heard, endpoint) < *(int64_t *)seq)
            note(heard, endpoint, *(int64_t *)seq);
    return true;
}
