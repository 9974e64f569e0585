#include "flow/foresight.h"

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
