#include "flow/foresight.h"

#include "flow/heard.h"

static void sent_version_free(struct sent_version *v)
{
    casefile_unref(v->file);
    g_clear_pointer(&v->notifications, g_ptr_array_unref);
    g_free(v);
}

static void mark_in_flight(const GArray *in_flight, GPtrArray *notifications)
{
    for (guint i = 0; in_flight && i < notifications->len; i++) {
        struct notification *n = g_ptr_array_index(notifications, i);
        for (guint k = 0; k < in_flight->len && n->told == TOLD_NO; k++)
            if (g_array_index(in_flight, int64_t, k) == n->id)
                n->told = TOLD_MAYBE;
    }
}

bool foresight_add(struct store *s, int64_t no, const GArray *in_flight, struct foresight *f,
                   GError **error)
{
    struct sent_version *v = g_new0(struct sent_version, 1);
    if (!f->sent)
        f->sent = g_ptr_array_new_with_free_func((GDestroyNotify)sent_version_free);
    g_ptr_array_add(f->sent, v);
    v->file = casefile_load(s, no, error);
    v->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!v->file || !casefile_notifications(s, no, v->notifications, error))
        return false;
    mark_in_flight(in_flight, v->notifications);
    return true;
}

struct version *foresight_versions(const struct foresight *f)
{
    struct version *v = g_new0(struct version, f->sent->len + 1);
    for (guint i = 0; i < f->sent->len; i++) {
        const struct sent_version *sent = g_ptr_array_index(f->sent, i);
        v[i] = (struct version){ sent->file->broadcast, sent->file->missions,
                                 sent->file->obligations, sent->notifications };
    }
    return v;
}

static const struct sent_version *sent_at(const struct foresight *f, guint i)
{
    return g_ptr_array_index(f->sent, i);
}

/* Nobody knows when it came. */
static bool may_have_come(const struct sent_version *v)
{
    for (guint i = 0; i < v->notifications->len; i++)
        if (((struct notification *)g_ptr_array_index(v->notifications, i))->told == TOLD_MAYBE)
            return true;
    return false;
}

/* When the first later one had gone out. */
static int64_t overtaken_ms(const struct foresight *f, guint i)
{
    int64_t first_ms = INT64_MAX;
    for (guint k = i + 1; k < f->sent->len; k++)
        first_ms = MIN(first_ms, sent_at(f, k)->file->row->released_ms);
    return first_ms;
}

/* Did something of an earlier one arrive when a later one had gone out, or may it have? */
static bool find_mixed(struct store *s, const struct foresight *f, bool *mixed, GError **error)
{
    *mixed = false;
    for (guint i = 0; i + 1 < f->sent->len && !*mixed; i++) {
        const struct sent_version *v = sent_at(f, i);
        struct broadcast_progress had;
        if (!s->ops->broadcast_progress(s, v->file->no, &had, error))
            return false;
        *mixed = had.last_accepted_ms >= overtaken_ms(f, i) || may_have_come(v);
    }
    return true;
}

/* Who heard an earlier one last may take that for the last word. */
static void doubt(const struct sent_version *v, GHashTable *own, GHashTable *earlier)
{
    for (guint i = 0; i < v->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(v->notifications, i);
        if (n->told == TOLD_YES && heard_last(earlier, n->endpoint) > heard_last(own, n->endpoint))
            n->told = TOLD_MAYBE;
    }
}

/* Nobody knew that they were of one event, and what is earlier in it went out later: whoever heard
 * it after the later does not certainly know that. */
static bool doubt_all(struct store *s, const struct foresight *f, GError **error)
{
    g_autoptr(GHashTable) earlier = heard_new();
    for (guint i = 0; i < f->sent->len; i++) {
        const struct sent_version *v = sent_at(f, i);
        const struct broadcast_row *row = v->file->row;
        g_autoptr(GHashTable) own = heard_new();
        bool was_free = row->state == BROADCAST_RELEASED || row->released_ms >= overtaken_ms(f, i);
        if (!heard_add(s, v, false, own, error))
            return false;
        doubt(v, own, earlier);
        if (!heard_add(s, v, was_free, earlier, error))
            return false;
    }
    return true;
}

bool foresight_read(struct store *s, const struct event *e, const struct broadcast *b,
                    const struct plan *own, const GArray *in_flight, struct foresight *out,
                    GError **error)
{
    *out = (struct foresight){ 0 };
    out->sent = g_ptr_array_new_with_free_func((GDestroyNotify)sent_version_free);
    for (guint i = 0; i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        if (row->released_ms > 0 && !event_is_after(e, row, b) &&
            !foresight_add(s, row->no, in_flight, out, error))
            return false;
    }
    bool mixed;
    if (!find_mixed(s, out, &mixed, error) || (mixed && !doubt_all(s, out, error)))
        return false;
    g_autofree struct version *v = foresight_versions(out);
    struct plan *fresh = plan_copy(own);
    out->plan = out->sent->len ? supersede_plan(b, fresh, v, out->sent->len) : fresh;
    if (!out->plan)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the correction needs more notifications than one broadcast can number");
    return out->plan != NULL;
}

void foresight_clear(struct foresight *f)
{
    g_clear_pointer(&f->sent, g_ptr_array_unref);
    g_clear_pointer(&f->plan, plan_free);
}
