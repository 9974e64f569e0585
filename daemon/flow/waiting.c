#include "flow/waiting.h"

#include "flow/decision.h"
#include "flow/event.h"
#include "flow/publish.h"
#include "flow/sweep.h"
#include "model/life.h"
#include "wire/broadcast_json.h"

struct waiting {
    struct sweep sweep;
    bool failed;         /* one could not go since the last look */
    struct round *start; /* the start's, until the store answers; NULL: it was done */
};

struct round {
    struct service *service;
    void (*fn)(void *ctx); /* NULL: nobody waits for it */
    void *ctx;
    struct waiting *waiting; /* whose look it is; NULL: the start's */
    int64_t now_ms;
    GPtrArray *ready; /* char * ids: what they wait for is here */
};

static bool look_at(struct store *s, struct round *w, const struct broadcast_row *row,
                    GError **error)
{
    struct event e = { 0 };
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(row->body, strlen(row->body), f);
    bool ok = !b || event_read(s, b, row, &e, error);
    if (ok && b && (event_row_yields(row) || !life_is_over(b, w->now_ms)) && !event_missing(&e, b))
        g_ptr_array_add(w->ready, g_strdup(row->id));
    event_clear(&e);
    broadcast_unref(b);
    faults_free(f);
    return ok;
}

static bool find(struct store *s, void *arg, GError **error)
{
    struct round *w = arg;
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool ok = s->ops->broadcast_held(s, nos, error);
    for (guint i = 0; ok && i < nos->len; i++) {
        struct broadcast_row *row = NULL;
        ok = s->ops->broadcast_by_no(s, g_array_index(nos, int64_t, i), &row, error) &&
             (!row || !event_row_waits(row) || look_at(s, w, row, error));
        g_clear_pointer(&row, broadcast_row_free);
    }
    return ok;
}

static void round_free(struct round *w)
{
    g_ptr_array_unref(w->ready);
    g_free(w);
}

/* Nothing begins before all that can go has gone. */
static void keep_for_later(struct round *w)
{
    struct waiting *waiting = w->service->waiting;
    sweep_note(&waiting->sweep, service_now_ms(w->service) + WAITING_RETRY_MS);
    g_ptr_array_set_size(w->ready, 0);
    waiting->start = w;
}

static void let_go(void *ctx)
{
    struct round *w = ctx;
    struct service *s = w->service;
    if (w->fn && s->waiting->failed) {
        keep_for_later(w);
    } else {
        if (w->fn)
            w->fn(w->ctx);
        round_free(w);
    }
    turns_over(&s->publishing);
}

static void found(void *arg, const GError *error)
{
    struct round *w = arg;
    service_note_store(w->service, error);
    if (w->waiting)
        sweep_done(&w->waiting->sweep, error, w->now_ms, false, INT64_MAX);
    if (error && w->fn) {
        keep_for_later(w);
        return;
    }
    w->service->waiting->failed = false;
    for (guint i = 0; !error && i < w->ready->len; i++)
        decision_let_go(w->service, g_ptr_array_index(w->ready, i));
    turns_take(&w->service->publishing, let_go, w); /* after all of them */
}

static struct round *round_new(struct service *s)
{
    struct round *w = g_new0(struct round, 1);
    w->service = s;
    w->now_ms = service_now_ms(s);
    w->ready = g_ptr_array_new_with_free_func(g_free);
    return w;
}

void waiting_resume(struct service *s, void (*fn)(void *ctx), void *ctx)
{
    struct round *w = round_new(s);
    w->fn = fn;
    w->ctx = ctx;
    store_thread_submit(s->store, find, found, w);
}

static void look_now(void *ctx, int64_t now_ms)
{
    struct waiting *waiting = ctx;
    struct round *w = g_steal_pointer(&waiting->start);
    if (!w)
        w = round_new(waiting->sweep.service);
    w->waiting = waiting;
    w->now_ms = now_ms;
    store_thread_submit(w->service->store, find, found, w);
}

struct waiting *waiting_new(struct service *s)
{
    struct waiting *w = g_new0(struct waiting, 1);
    sweep_init(&w->sweep, s, look_now, w);
    return w;
}

void waiting_note(struct waiting *w, int64_t at_ms)
{
    w->failed = true;
    sweep_note(&w->sweep, at_ms);
}

void waiting_free(struct waiting *w)
{
    sweep_clear(&w->sweep);
    if (w->start)
        round_free(w->start);
    g_free(w);
}
