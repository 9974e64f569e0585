#include "flow/foresight.h"

#include "flow/heard.h"

/* Behind all records that there will ever be. */
#define FORESIGHT_UNSTORED (INT64_MAX / 4)

static void sent_version_free(struct sent_version *v)
{
    casefile_unref(v->file);
    g_clear_pointer(&v->notifications, g_ptr_array_unref);
    g_free(v);
}

/* Certain is only what is stored. */
static void learn(struct notification *n, const struct underway *u, guint place)
{
    bool certain = n->told == TOLD_YES;
    if (u->accepted && n->state == NOTIFICATION_SENDING)
        notification_move(n, NOTIFICATION_ON_ACCEPTED);
    if (!certain)
        n->told = TOLD_MAYBE;
    n->unrecorded_seq = FORESIGHT_UNSTORED + place;
}

static void learn_all(const GArray *in_flight, const GPtrArray *notifications)
{
    g_autoptr(GHashTable) by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; in_flight && in_flight->len > 0 && i < notifications->len; i++) {
        struct notification *n = g_ptr_array_index(notifications, i);
        g_hash_table_insert(by_number, &n->id, n);
    }
    for (guint i = 0; in_flight && i < in_flight->len; i++) {
        const struct underway *u = &g_array_index(in_flight, struct underway, i);
        struct notification *n = g_hash_table_lookup(by_number, &u->notification);
        if (n)
            learn(n, u, i);
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
    learn_all(in_flight, v->notifications);
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

/* Nobody knew that they were of one event, and what is earlier in it went out later: whoever heard
 * it after the later may take it for the last word. */
static bool doubt_all(struct store *s, const struct foresight *f, GError **error)
{
    g_autoptr(GHashTable) earlier = heard_new();
    for (guint i = 0; i < f->sent->len; i++) {
        g_autoptr(GHashTable) own = heard_new();
        if (!heard_add(s, sent_at(f, i), own, error))
            return false;
        g_autoptr(GPtrArray) doubtful = heard_overtaken(sent_at(f, i), own, earlier);
        for (guint k = 0; k < doubtful->len; k++)
            ((struct notification *)g_ptr_array_index(doubtful, k))->told = TOLD_MAYBE;
        heard_join(earlier, own);
    }
    return true;
}

bool foresight_doubt(struct store *s, const struct foresight *f, GError **error)
{
    bool mixed;
    return find_mixed(s, f, &mixed, error) && (!mixed || doubt_all(s, f, error));
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
    if (!foresight_doubt(s, out, error))
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
