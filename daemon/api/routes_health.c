#include "api/openapi.h"
#include "api/routes.h"
#include "flow/certificate_watch.h"
#include "flow/dispatch.h"
#include "wire/json_text.h"

#define READY_WITHIN_MS 2000
#define READY_KEY "ready_at_ms" /* what the store is asked to write */
#define READY_BACKLOG_MAX 10000 /* outcomes that wait to be stored */

void route_health(struct api_request *r)
{
    api_reply_json(r, 200, json_pack("{s:s}", "status", "ok"));
}

void route_openapi(struct api_request *r)
{
    size_t len;
    const char *text = api_openapi(&len);
    api_reply(r, 200, "application/json", text, len);
}

/* --- ready --- */

struct probe {
    struct service *service;
    struct api_request *request; /* NULL: answered, or the caller has left */
    struct loop_timer *timer;
    int64_t now_ms;
};

static const char *dispatcher_fault(const struct service *s)
{
    struct dispatch_stats stats;
    if (s->stopping)
        return "stopping";
    if (!s->dispatch)
        return "not started";
    dispatch_stats(s->dispatch, &stats);
    return stats.settle_backlog > READY_BACKLOG_MAX ? "outcomes wait to be stored" : NULL;
}

static void give_up(struct probe *p)
{
    p->request->on_gone = NULL;
    p->request = NULL;
    g_clear_pointer(&p->timer, loop_timer_free);
}

static void answer(struct probe *p, const char *store)
{
    struct api_request *r = p->request;
    const char *dispatcher = dispatcher_fault(r->service);
    bool ready = !store && !dispatcher;
    g_autofree char *certificates = certificate_watch_state(r->service);
    json_t *state =
        json_pack("{s:s, s:o, s:s}", "status", ready ? "ready" : "not-ready", "store",
                  json_text(store ? store : "ok"), "dispatcher", dispatcher ? dispatcher : "ok");
    if (certificates) /* one that ended keeps callers out, but nothing from being sent */
        json_object_set_new(state, "certificates", json_text(certificates));
    give_up(p);
    api_reply_json(r, ready ? 200 : 503, state);
}

static void late(void *ctx)
{
    answer(ctx, "no answer within 2 s");
}

static void left(struct api_request *r)
{
    give_up(r->state);
    api_request_free(r);
}

/* Only a write that was committed shows that one can be. */
static bool write_it(struct store *s, void *arg, GError **error)
{
    const struct probe *p = arg;
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, p->now_ms);
    return s->ops->meta_set(s, READY_KEY, now, error);
}

static void written(void *arg, const GError *error)
{
    struct probe *p = arg;
    service_note_store(p->service, error);
    if (p->request)
        answer(p, error ? error->message : NULL);
    g_free(p);
}

void route_ready(struct api_request *r)
{
    struct probe *p = g_new0(struct probe, 1);
    p->service = r->service;
    p->request = r;
    p->now_ms = service_now_ms(r->service);
    p->timer = loop_timer_new(r->service->loop, late, p);
    r->state = p;
    r->on_gone = left;
    loop_timer_arm(p->timer, READY_WITHIN_MS);
    store_thread_submit(r->service->store, write_it, written, p);
}
