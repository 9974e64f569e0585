#include "flow/retention.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/erasing.h"
#include "flow/sweep.h"
#include "model/endpoint.h"

#define RETENTION_DAY_MS (INT64_C(24) * 3600 * 1000)
#define RETENTION_EVERY_MS (INT64_C(6) * 3600 * 1000)

struct retention {
    struct sweep sweep;
    int64_t after_no, after_seq; /* how far this pass is: broadcast, record of the next one */
    int64_t loose_seq;           /* after the broadcasts: record of those that belong to none */
    bool has_erased;             /* since the database was rewritten */
};

/* One piece of work: a page of one broadcast's records, or of those that belong to none. */
struct round {
    struct retention *retention;
    struct config *config;
    int64_t now_ms;
    int64_t after_no, after_seq, loose_seq;
    bool is_over; /* the pass is: nothing more is due */
    unsigned broadcasts, records, old;
};

/* 0: never. */
static int64_t before(const struct round *w, int days)
{
    return days > 0 ? w->now_ms - days * RETENTION_DAY_MS : 0;
}

static bool finish_pass(struct store *s, struct round *w, GError **error)
{
    const struct config *c = w->config;
    w->is_over = true;
    return (c->retention.matters_days == 0 ||
            s->ops->erase_matters(s, before(w, c->retention.matters_days), error)) &&
           (c->retention.history_days == 0 ||
            s->ops->erase_history(s, before(w, c->retention.history_days), error));
}

static bool erase_loose_page(struct store *s, struct round *w, GError **error)
{
    const struct config *c = w->config;
    struct erasing e = { .hand = { c->node, w->now_ms },
                         .why = "its time is over",
                         .before_ms = before(w, c->retention.history_days),
                         .matters_before_ms = before(w, c->retention.matters_days) };
    bool over = false;
    if (!erasing_loose(s, &e, &w->loose_seq, &over, error))
        return false;
    w->records = e.records;
    return !over || finish_pass(s, w, error);
}

static bool erase_page(struct store *s, struct round *w, const struct broadcast_row *row,
                       GError **error)
{
    struct erasing e = { .hand = { w->config->node, w->now_ms }, .why = "its time is over" };
    bool over = false;
    if (!erasing_records(s, &e, row, &w->after_seq, &over, error))
        return false;
    w->records = e.records;
    w->old = e.old;
    if (!over)
        return true;
    w->after_no = row->no;
    w->after_seq = 0;
    w->broadcasts = 1;
    return s->ops->erase_broadcast(s, row->no, w->now_ms, error);
}

static bool sweep_one(struct store *s, void *arg, GError **error)
{
    struct round *w = arg;
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct broadcast_row *row = NULL;
    bool may = false;
    int days = w->config->retention.broadcasts_days;
    if (days > 0 && !s->ops->erase_due(s, before(w, days), w->after_no, 1, nos, error))
        return false;
    if (nos->len == 0)
        return erase_loose_page(s, w, error);
    if (!s->ops->broadcast_by_no(s, g_array_index(nos, int64_t, 0), &row, error))
        return false;
    bool ok = erasing_may(s, row, &may, error);
    if (ok && may)
        ok = erase_page(s, w, row, error);
    else
        w->after_no = row->no;
    broadcast_row_free(row);
    return ok;
}

/* --- nothing is left between the rows --- */

struct rewriting {
    struct retention *retention;
    int64_t max_bytes;
    bool is_busy, done;
};

static bool rewrite(struct store *s, void *arg, GError **error)
{
    struct rewriting *w = arg;
    g_autoptr(GPtrArray) lanes = g_ptr_array_new_with_free_func(g_free);
    if (!s->ops->lanes(s, lanes, error))
        return false;
    w->is_busy = lanes->len > 0; /* something is to be sent: that comes first */
    return w->is_busy || s->ops->erase_rest(s, w->max_bytes, &w->done, error);
}

static void rewritten(void *arg, const GError *error)
{
    struct rewriting *w = arg;
    if (!error && w->done)
        w->retention->has_erased = false;
    if (error || (!w->done && !w->is_busy))
        log_event(LOG_LEVEL_WARN, "retention.not_rewritten",
                  LOG_STR("reason", error ? error->message
                                          : "the database is larger than retention.compact_bytes"),
                  LOG_STR("effect", "traces of what was erased may be left between its rows"),
                  LOG_STR("do", "stop the daemon and run: sqlite3 liaisond.db VACUUM"));
    g_free(w);
}

static void start_rewriting(struct retention *r)
{
    struct service *s = r->sweep.service;
    struct rewriting *w = g_new0(struct rewriting, 1);
    w->retention = r;
    w->max_bytes = s->config->retention.compact_bytes;
    store_thread_submit_outside(s->store, rewrite, rewritten, w);
}

/* --- the sweep --- */

static void swept(void *arg, const GError *error)
{
    struct round *w = arg;
    struct retention *r = w->retention;
    struct service *s = r->sweep.service;
    if (!error) {
        r->after_no = w->is_over ? 0 : w->after_no;
        r->after_seq = w->is_over ? 0 : w->after_seq;
        r->loose_seq = w->is_over ? 0 : w->loose_seq;
        r->has_erased = r->has_erased || w->broadcasts > 0 || w->records > 0;
        if (w->records > 0)
            delivery_log_wake(s->log);
        if (w->broadcasts > 0)
            log_event(LOG_LEVEL_INFO, "retention.erased", LOG_INT("number", w->after_no),
                      LOG_INT("old_records_left", w->old));
        if (w->is_over && r->has_erased)
            start_rewriting(r);
    }
    sweep_done(&r->sweep, error, w->now_ms, !w->is_over, w->now_ms + RETENTION_EVERY_MS);
    config_unref(w->config);
    g_free(w);
}

static void look(void *ctx, int64_t now_ms)
{
    struct retention *r = ctx;
    struct service *s = r->sweep.service;
    struct round *w = g_new0(struct round, 1);
    w->retention = r;
    w->config = config_ref(s->config);
    w->now_ms = now_ms;
    w->after_no = r->after_no;
    w->after_seq = r->after_seq;
    w->loose_seq = r->loose_seq;
    store_thread_submit(s->store, sweep_one, swept, w);
}

struct retention *retention_new(struct service *s)
{
    struct retention *r = g_new0(struct retention, 1);
    sweep_init(&r->sweep, s, look, r);
    return r;
}

void retention_start(struct retention *r)
{
    sweep_start(&r->sweep);
}

void retention_free(struct retention *r)
{
    sweep_clear(&r->sweep);
    g_free(r);
}

/* --- one person --- */

struct erasure {
    struct service *service;
    char *endpoint, *why, *node;
    int64_t now_ms;
    GPtrArray *names; /* char *: that they had in broadcasts */
    struct erasure_result result;
    erasure_fn fn;
    void *ctx;
};

static bool erase_in(struct store *s, struct erasure *x, const struct broadcast_row *row,
                     GError **error)
{
    g_autoptr(GPtrArray) seats = g_ptr_array_new_with_free_func(g_free);
    struct erasing e = { .hand = { x->node, x->now_ms },
                         .why = x->why,
                         .endpoint = x->endpoint,
                         .names = x->names,
                         .seats = seats };
    bool over = false;
    if (!s->ops->erase_person(s, row->no, x->endpoint, x->names, seats, error))
        return false;
    for (int64_t after = 0; !over;)
        if (!erasing_records(s, &e, row, &after, &over, error))
            return false;
    x->result.broadcasts++;
    x->result.records += e.records;
    x->result.old += e.old;
    return true;
}

static bool erase_one(struct store *s, struct erasure *x, int64_t no, GError **error)
{
    struct broadcast_row *row = NULL;
    bool may = false;
    if (!s->ops->broadcast_by_no(s, no, &row, error))
        return false;
    bool ok = erasing_may(s, row, &may, error) && (!may || erase_in(s, x, row, error));
    x->result.open += ok && !may;
    broadcast_row_free(row);
    return ok;
}

static bool erase_loose(struct store *s, struct erasure *x, GError **error)
{
    struct erasing e = { .hand = { x->node, x->now_ms },
                         .why = x->why,
                         .endpoint = x->endpoint,
                         .names = x->names,
                         .before_ms = INT64_MAX,
                         .matters_before_ms = INT64_MAX };
    bool over = false;
    for (int64_t after = 0; !over;)
        if (!erasing_loose(s, &e, &after, &over, error))
            return false;
    x->result.records += e.records;
    return true;
}

static bool tell(struct store *s, const struct erasure *x, GError **error)
{
    struct record *r = record_new("person.erased", x->now_ms);
    r->node = g_strdup(x->node);
    r->reply = g_strdup(x->why);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static bool erase(struct store *s, void *arg, GError **error)
{
    struct erasure *x = arg;
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!s->ops->erase_uses(s, x->endpoint, nos, error))
        return false;
    for (guint i = 0; i < nos->len; i++)
        if (!erase_one(s, x, g_array_index(nos, int64_t, i), error))
            return false;
    return erase_loose(s, x, error) && s->ops->erase_address(s, x->endpoint, error) &&
           tell(s, x, error);
}

static void answer(struct erasure *x)
{
    struct service *s = x->service;
    x->fn(&x->result, x->ctx);
    g_ptr_array_unref(x->names);
    g_free(x->endpoint);
    g_free(x->why);
    g_free(x->node);
    g_free(x);
    turns_over(&s->changing_roster);
}

static void erased(void *arg, const GError *error)
{
    struct erasure *x = arg;
    struct service *s = x->service;
    service_note_store(s, error);
    if (error) {
        x->result.outcome = ERASURE_UNAVAILABLE;
        x->result.reason = error->message;
    } else {
        proofs_forget(s->proofs, x->endpoint);
        dispatch_revive(s->dispatch, x->endpoint);
        delivery_log_wake(s->log);
        s->retention->has_erased = true;
        start_rewriting(s->retention);
    }
    answer(x);
}

static bool is_in_roster(const struct roster *r, const char *endpoint)
{
    g_autoptr(GHashTable) all = endpoint_kept(r, r);
    return g_hash_table_contains(all, endpoint);
}

/* Whoever was on the way into the roster is in it now, and nobody comes in meanwhile. */
static void begin(void *ctx)
{
    struct erasure *x = ctx;
    if (is_in_roster(x->service->roster, x->endpoint)) {
        x->result.outcome = ERASURE_IN_ROSTER;
        answer(x);
        return;
    }
    x->now_ms = service_now_ms(x->service);
    store_thread_submit(x->service->store, erase, erased, x);
}

void retention_erase_person(struct service *s, const char *endpoint, const char *reason,
                            const char *principal, erasure_fn fn, void *ctx)
{
    struct erasure *x = g_new0(struct erasure, 1);
    x->service = s;
    x->endpoint = g_strdup(endpoint);
    x->why = g_strdup_printf("by %s: %s", principal, reason);
    x->node = g_strdup(s->config->node);
    x->names = g_ptr_array_new_with_free_func(g_free);
    x->fn = fn;
    x->ctx = ctx;
    turns_take(&s->changing_roster, begin, x);
}
