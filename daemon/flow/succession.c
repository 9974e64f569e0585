#include "flow/succession.h"

#include "flow/casefile.h"
#include "flow/journal.h"
#include "flow/settle.h"
#include "model/supersede.h"

#define SUCCESSION_PAGE 1000 /* notifications withdrawn at a time */

static struct journal_hand hand_of(const struct publication *p)
{
    return (struct journal_hand){ p->node, p->now_ms };
}

/* An earlier version that went out, with what became of its notifications. */
struct sent_version {
    struct broadcast_row *row;
    struct casefile *file;
    GPtrArray *notifications;
};

static void sent_version_free(struct sent_version *v)
{
    broadcast_row_free(v->row);
    casefile_unref(v->file);
    g_clear_pointer(&v->notifications, g_ptr_array_unref);
    g_free(v);
}

/* What is on its way may arrive whatever we do now. */
static void mark_in_flight(const struct publication *p, GPtrArray *notifications)
{
    for (guint i = 0; i < notifications->len; i++) {
        struct notification *n = g_ptr_array_index(notifications, i);
        for (guint k = 0; k < p->in_flight->len && n->told == TOLD_NO; k++)
            if (g_array_index(p->in_flight, int64_t, k) == n->id)
                n->told = TOLD_MAYBE;
    }
}

static struct sent_version *read_version(struct store *s, const struct publication *p,
                                         struct broadcast_row *row /* taken */, GError **error)
{
    struct sent_version *v = g_new0(struct sent_version, 1);
    v->row = row;
    v->file = casefile_load(s, row->no, error);
    v->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!v->file || !casefile_notifications(s, row->no, v->notifications, error)) {
        sent_version_free(v);
        return NULL;
    }
    mark_in_flight(p, v->notifications);
    return v;
}

static bool withdraw_rest(struct store *s, struct publication *p, const struct broadcast_row *of,
                          GError **error)
{
    for (;;) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        if (!s->ops->withdraw(s, of->no, SUCCESSION_PAGE, NOTIFICATION_ON_SUPERSEDED, out, error))
            return false;
        for (guint i = 0; i < out->len; i++)
            if (!journal_tell(s, hand_of(p), of, "notification.withdrawn",
                              g_ptr_array_index(out, i), SETTLE_SUPERSEDED, error))
                return false;
        p->withdrawn += out->len;
        if (out->len == 0)
            return true;
    }
}

/* The earlier version makes way: nothing of it is sent, nothing of it is waited for. */
static bool make_way(struct store *s, struct publication *p, const struct broadcast_row *of,
                     GError **error)
{
    bool cancel = p->broadcast->type == TYPE_CANCEL;
    unsigned moved;
    g_autofree char *by = g_strdup_printf("by %s", p->row->id);
    if (of->state != BROADCAST_RELEASED && of->state != BROADCAST_PENDING)
        return true;
    g_array_append_val(p->superseded, of->no);
    if (of->state == BROADCAST_RELEASED &&
        (!withdraw_rest(s, p, of, error) || !s->ops->custody_drop(s, of->no, error) ||
         !s->ops->obligations_move(s, of->no, OBLIGATION_ON_SUPERSEDED, &moved, error)))
        return false;
    return s->ops->broadcast_set_state(
               s, of->no, cancel ? BROADCAST_CANCELLED : BROADCAST_SUPERSEDED, error) &&
           journal_tell(s, hand_of(p), of, cancel ? "broadcast.cancelled" : "broadcast.superseded",
                        NULL, by, error);
}

static bool read_chain(struct store *s, struct publication *p, GPtrArray *versions, bool *late,
                       GError **error)
{
    for (guint i = 0; i < p->chain->len; i++) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_no(s, g_array_index(p->chain, int64_t, i), &row, error))
            return false;
        if (!row)
            continue;
        if (row->released_ms > 0 && row->type != TYPE_ALERT && row->sent_ms > p->row->sent_ms)
            *late = true;
        if (row->released_ms == 0) {
            bool ok = *late || make_way(s, p, row, error);
            broadcast_row_free(row);
            if (!ok)
                return false;
            continue;
        }
        struct sent_version *v = read_version(s, p, row, error);
        if (!v)
            return false;
        g_ptr_array_add(versions, v);
    }
    return true;
}

static bool make_final(struct publication *p, const GPtrArray *versions, GError **error)
{
    g_autofree struct version *v = g_new0(struct version, versions->len);
    for (guint i = 0; i < versions->len; i++) {
        const struct sent_version *sv = g_ptr_array_index(versions, i);
        v[i] = (struct version){ sv->file->broadcast, sv->file->missions, sv->file->obligations,
                                 sv->notifications };
    }
    struct asking asking = publish_asking(p);
    p->plan = supersede_plan(p->broadcast, p->plan, v, versions->len);
    if (!p->plan) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the correction needs more notifications than one broadcast can number");
        return false;
    }
    asking_inherit(&asking, p->plan, v, versions->len);
    for (guint i = 0; i < p->plan->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->plan->notifications, i);
        p->row->urgency = MIN(p->row->urgency, (enum broadcast_urgency)(n->priority >> 24));
    }
    return true;
}

bool succession_follow(struct store *s, struct publication *p, GError **error)
{
    g_autoptr(GPtrArray) versions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sent_version_free);
    bool late = false;
    if (!read_chain(s, p, versions, &late, error))
        return false;
    if (late) { /* a newer word has gone out: this one changes nothing any more */
        g_clear_pointer(&p->plan, plan_free);
        p->row->state = BROADCAST_SUPERSEDED;
        return true;
    }
    for (guint i = 0; i < versions->len; i++)
        if (!make_way(s, p, ((struct sent_version *)g_ptr_array_index(versions, i))->row, error))
            return false;
    return versions->len == 0 || make_final(p, versions, error);
}

static bool close_cancel(struct store *s, struct publication *p, struct broadcast_row *cancel,
                         GError **error)
{
    cancel->state = BROADCAST_CLOSED;
    cancel->released_ms =
        p->now_ms; /* it has taken effect: what comes after it but is older is late */
    g_free(cancel->hold);
    cancel->hold = g_strdup("");
    return s->ops->broadcast_update(s, cancel, error) &&
           journal_tell(s, hand_of(p), cancel, "broadcast.closed", NULL,
                        "it stopped its alert before anybody was told", error);
}

/* What row, which refers to this one and was here first, makes of it. */
static bool meet(struct store *s, struct publication *p, struct broadcast_row *row,
                 int64_t *newest_ms, GError **error)
{
    bool waits = row->state == BROADCAST_PENDING;
    if (!g_str_equal(row->sender, p->row->sender) || (!waits && row->released_ms == 0))
        return true;
    if (row->type == TYPE_CANCEL) {
        g_clear_pointer(&p->plan, plan_free);
        p->row->state = BROADCAST_CANCELLED;
        return !waits || close_cancel(s, p, row, error);
    }
    if (row->type != TYPE_UPDATE)
        return true;
    g_clear_pointer(&p->plan, plan_free);
    if (p->row->state != BROADCAST_CANCELLED)
        p->row->state = BROADCAST_SUPERSEDED;
    if (waits && row->sent_ms > *newest_ms) { /* the newest goes out; it supersedes the others */
        *newest_ms = row->sent_ms;
        g_free(p->follow_up);
        p->follow_up = g_strdup(row->id);
    }
    return true;
}

/* Cancels and updates of this one that came before it. */
bool succession_meet(struct store *s, struct publication *p, GError **error)
{
    int64_t newest_ms = INT64_MIN;
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!s->ops->referrers(s, p->row->identifier, p->row->sender, p->row->sent_ms, nos, error))
        return false;
    for (guint i = 0; i < nos->len; i++) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_no(s, g_array_index(nos, int64_t, i), &row, error))
            return false;
        bool ok = !row || meet(s, p, row, &newest_ms, error);
        if (row)
            broadcast_row_free(row);
        if (!ok)
            return false;
    }
    if (p->row->state == BROADCAST_CANCELLED)
        g_clear_pointer(&p->follow_up, g_free);
    return true;
}
