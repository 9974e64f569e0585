#include "flow/heard.h"

#include "model/endpoint.h"

#define HEARD_PAGE 500 /* records read at a time */

struct heard { /* places of the last that came, and of the last that may have; 0: none */
    int64_t surely, perhaps;
};

static char *key_of(const char *uri)
{
    return endpoint_key(g_str_has_prefix(uri, "mailto:") ? CHANNEL_SMTP : CHANNEL_WEBHOOK, uri);
}

/* Places are doubled, so that one between two records is a number too. */
static int64_t place_of(int64_t seq)
{
    return 2 * seq;
}

static int64_t place_after(int64_t seq)
{
    return 2 * seq + 1;
}

GHashTable *heard_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static struct heard last_of(GHashTable *heard, const char *key)
{
    const struct heard *last = g_hash_table_lookup(heard, key);
    return last ? *last : (struct heard){ 0, 0 };
}

static void note(GHashTable *heard, char *key /* taken */, const struct heard *more)
{
    struct heard last = last_of(heard, key);
    last.surely = MAX(last.surely, more->surely);
    last.perhaps = MAX(last.perhaps, more->perhaps);
    g_hash_table_replace(heard, key, g_memdup2(&last, sizeof last));
}

static void note_at(GHashTable *heard, const char *endpoint, int64_t place, bool surely)
{
    note(heard, key_of(endpoint), &(struct heard){ surely ? place : 0, place });
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
            bool came = g_strcmp0(r->outcome, outcome_names[OUTCOME_ACCEPTED]) == 0;
            if (r->endpoint && (came || g_strcmp0(r->outcome, outcome_names[OUTCOME_UNKNOWN]) == 0))
                note_at(heard, r->endpoint, place_of(r->seq), came);
        }
    }
    return true;
}

bool heard_add(struct store *s, const struct sent_version *v, GHashTable *heard, GError **error)
{
    for (guint i = 0; i < v->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(v->notifications, i);
        if (n->unrecorded_seq > 0)
            note_at(heard, n->endpoint, place_after(n->unrecorded_seq),
                    n->state == NOTIFICATION_ACCEPTED);
    }
    return read_records(s, v, heard, error);
}

void heard_join(GHashTable *heard, GHashTable *more)
{
    GHashTableIter at;
    gpointer key, last;
    g_hash_table_iter_init(&at, more);
    while (g_hash_table_iter_next(&at, &key, &last))
        note(heard, g_strdup(key), last);
}

/* What has no place any more was erased. */
GPtrArray *heard_overtaken(const struct sent_version *v, GHashTable *own, GHashTable *others)
{
    GPtrArray *out = g_ptr_array_new();
    for (guint i = 0; i < v->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(v->notifications, i);
        g_autofree char *key = key_of(n->endpoint);
        int64_t place = last_of(own, key).surely;
        if (n->told != TOLD_NO && place > 0 && last_of(others, key).perhaps > place)
            g_ptr_array_add(out, n);
    }
    return out;
}
