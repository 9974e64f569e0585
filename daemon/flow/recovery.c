#include "flow/recovery.h"

#include "flow/journal.h"
#include "flow/settle.h"

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

/* A correction was stored, and the machine stopped before what it replaces was given back. */
static bool withdraw_rest(struct store *s, const struct recovery_run *g, int64_t no, GError **error)
{
    struct journal_hand hand = { g->node, g->now_ms };
    struct broadcast_row *row = NULL;
    guint withdrawn = 1;
    bool ok = s->ops->broadcast_by_no(s, no, &row, error);
    while (ok && row && withdrawn > 0) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        ok =
            s->ops->withdraw(s, no, RECOVERY_CHUNK, NOTIFICATION_ON_SUPERSEDED, out, error) &&
            journal_tell_all(s, hand, row, "notification.withdrawn", out, SETTLE_SUPERSEDED, error);
        withdrawn = out->len;
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
    g_ptr_array_set_size(r->outages, 0);
    if (!s->ops->unclaim_all(s, &r->unclaimed, error) || !s->ops->left_behind(s, behind, error))
        return false;
    for (guint i = 0; i < behind->len; i++)
        if (!withdraw_rest(s, g, g_array_index(behind, int64_t, i), error))
            return false;
    return s->ops->lanes(s, r->lanes, error) && s->ops->gone_list(s, r->gone, error) &&
           s->ops->outage_list(s, r->outages, error);
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
    g->result.outages = g_ptr_array_new_with_free_func((GDestroyNotify)outage_row_free);
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
    g_ptr_array_unref(r->result.outages);
    g_free(r->node);
    g_free(r);
}
