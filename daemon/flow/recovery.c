#include "flow/recovery.h"

#include "flow/settle.h"
#include "model/record.h"

#define RECOVERY_RETRY_MS 1000
#define RECOVERY_CHUNK 1000 /* withdrawals at a time */

struct recovery_run {
    struct service *service;
    struct recovery result;
    struct loop_timer *timer; /* the next try */
    char *node;
    int64_t now_ms;
    void (*fn)(const struct recovery *r, void *ctx);
    void *ctx;
};

static bool tell(struct store *s, const struct recovery_run *g, const struct broadcast_row *of,
                 const struct notification *n, GError **error)
{
    struct record *r = record_new("notification.withdrawn", g->now_ms);
    r->node = g_strdup(g->node);
    r->broadcast = g_strdup(of->id);
    r->status = g_strdup(broadcast_status_names[of->status]);
    r->recipient = g_strdup(n->recipient);
    r->channel = g_strdup(channel_names[n->channel]);
    r->endpoint = g_strdup(n->endpoint);
    r->attempt = (int)n->attempt;
    r->reply = g_strdup(SETTLE_SUPERSEDED);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

/* A correction was stored, and the machine stopped before what it replaces was given back. */
static bool withdraw_rest(struct store *s, const struct recovery_run *g, int64_t no, GError **error)
{
    struct broadcast_row *row = NULL;
    guint withdrawn = 1;
    bool ok = s->ops->broadcast_by_no(s, no, &row, error);
    while (ok && row && withdrawn > 0) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        ok = s->ops->withdraw(s, no, RECOVERY_CHUNK, NOTIFICATION_ON_SUPERSEDED, out, error);
        withdrawn = out->len;
        for (guint i = 0; ok && i < out->len; i++)
            ok = tell(s, g, row, g_ptr_array_index(out, i), error);
    }
    if (row)
        broadcast_row_free(row);
    return ok;
}

static bool read_all(struct store *s, void *arg, GError **error)
{
    struct recovery_run *g = arg;
    struct recovery *r = &g->result;
    g_autoptr(GArray) behind = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_ptr_array_set_size(r->lanes, 0);
    g_ptr_array_set_size(r->gone, 0);
    if (!s->ops->unclaim_all(s, &r->unclaimed, error) || !s->ops->left_behind(s, behind, error))
        return false;
    for (guint i = 0; i < behind->len; i++)
        if (!withdraw_rest(s, g, g_array_index(behind, int64_t, i), error))
            return false;
    return s->ops->lanes(s, r->lanes, error) && s->ops->gone_list(s, r->gone, error);
}

static void was_read(void *arg, const GError *error)
{
    struct recovery_run *g = arg;
    service_note_store(g->service, error);
    if (error)
        loop_timer_arm(g->timer, RECOVERY_RETRY_MS);
    else
        g->fn(&g->result, g->ctx);
}

static void read_again(void *ctx)
{
    struct recovery_run *g = ctx;
    store_thread_submit(g->service->store, read_all, was_read, g);
}

struct recovery_run *recovery_begin(struct service *s,
                                    void (*fn)(const struct recovery *r, void *ctx), void *ctx)
{
    struct recovery_run *g = g_new0(struct recovery_run, 1);
    g->service = s;
    g->node = g_strdup(s->config->node);
    g->now_ms = service_now_ms(s);
    g->result.lanes = g_ptr_array_new_with_free_func(g_free);
    g->result.gone = g_ptr_array_new_with_free_func(g_free);
    g->timer = loop_timer_new(s->loop, read_again, g);
    g->fn = fn;
    g->ctx = ctx;
    read_again(g);
    return g;
}

void recovery_free(struct recovery_run *r)
{
    loop_timer_free(r->timer);
    g_ptr_array_unref(r->result.lanes);
    g_ptr_array_unref(r->result.gone);
    g_free(r->node);
    g_free(r);
}
