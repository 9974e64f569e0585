#include "io/http_client.h"

#include <curl/curl.h>
#include <event2/event.h>

#include "base/log.h"
#include "io/http_call.h"
#include "io/http_sockets.h"
#include "io/loop.h"

struct http_client {
    struct loop *loop;
    CURLM *multi;
    struct http_sockets *sockets;
    struct http_policy *policy;
    struct loop_timer *timeout; /* libcurl's */
    struct loop_timer *start;   /* soon: start what waits */
    GQueue waiting;             /* of struct http_request */
    GQueue running;             /* of struct http_call */
    GPtrArray *spare;           /* of struct http_call, of the policy */
};

static struct http_call *spare_or_new(struct http_client *c)
{
    guint n = c->spare->len;
    return n > 0 ? g_ptr_array_steal_index_fast(c->spare, n - 1)
                 : http_call_new(c->policy, c->sockets);
}

static void spare_or_free(struct http_client *c, struct http_call *call)
{
    bool keep = call->policy == c->policy && c->spare->len < (guint)c->policy->max_connections;
    if (keep)
        g_ptr_array_add(c->spare, call);
    else
        http_call_free(call);
}

/* It is taken out of everything before anybody is told. */
static void finish(struct http_client *c, struct http_call *call, CURLcode rc, bool aborted)
{
    http_done_fn done = call->request->done;
    void *ctx = call->request->ctx;
    struct outcome *o = http_call_outcome(call, (int)rc, aborted);
    curl_multi_remove_handle(c->multi, call->easy);
    g_queue_unlink(&c->running, &call->link);
    http_call_end(call);
    spare_or_free(c, call);
    done(o, ctx);
}

static void start_soon(struct http_client *c)
{
    if (!g_queue_is_empty(&c->waiting)) {
        loop_timer_arm(c->start, 0);
    }
}

/* After every action. */
static void drain(struct http_client *c)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(c->multi, &left))) {
        CURLcode rc = msg->data.result; /* msg dies with the removal */
        struct http_call *call;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish(c, call, rc, false);
    }
    start_soon(c);
}

static void act(struct http_client *c, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(c->multi, fd, what, &running);
    drain(c);
}

static void on_timeout(void *ctx)
{
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket_ready(int fd, short events, void *ctx)
{
    int what =
        (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);
    act(ctx, fd, what);
}

/* From inside libcurl: only note what to wait for.  Zero is an event too, not a call. */
static int on_set_timer(CURLM *multi, long after_ms, void *ctx)
{
    (void)multi;
    struct http_client *c = ctx;
    if (after_ms < 0) {
        loop_timer_disarm(c->timeout);
    } else {
        loop_timer_arm(c->timeout, after_ms);
    }
    return 0;
}

static int on_watch_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *of_socket)
{
    (void)easy;
    (void)of_socket;
    struct http_client *c = ctx;
    int events = what == CURL_POLL_REMOVE
                     ? 0
                     : (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
    http_sockets_watch(c->sockets, fd, (short)events);
    return 0;
}

static void refuse(struct http_request *r, enum outcome_kind kind, const char *why)
{
    http_done_fn done = r->done;
    void *ctx = r->ctx;
    http_request_free(r);
    done(outcome_new(kind, 0, why), ctx);
}

static void start_one(struct http_client *c, struct http_request *r)
{
    const char *wrong = http_request_fault(r, c->policy->allow_http);
    if (wrong) {
        refuse(r, OUTCOME_REFUSED, wrong);
        return;
    }
    struct http_call *call = spare_or_new(c);
    http_call_begin(call, r);
    g_queue_push_tail_link(&c->running, &call->link);
    curl_multi_add_handle(c->multi, call->easy);
}

static struct http_request *next_waiting(struct http_client *c)
{
    GList *first = g_queue_pop_head_link(&c->waiting);
    return first ? first->data : NULL;
}

static void start_waiting(void *ctx)
{
    struct http_client *c = ctx;
    struct http_request *r;
    while (c->running.length < (guint)c->policy->max_connections && (r = next_waiting(c)))
        start_one(c, r);
}

static void apply(struct http_client *c, struct http_policy *p)
{
    g_ptr_array_set_size(c->spare, 0);
    http_policy_unref(c->policy);
    c->policy = p;
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)p->max_connections);
}

struct http_client *http_client_new(struct loop *l, const struct http_settings *s, GError **error)
{
    struct http_policy *p = http_policy_new(s, error);
    if (!p) {
        return NULL;
    }
    struct http_client *c = g_new0(struct http_client, 1);
    c->loop = l;
    c->sockets = http_sockets_new(l, on_socket_ready, c);
    c->multi = curl_multi_init();
    g_assert(c->multi);
    c->timeout = loop_timer_new(l, on_timeout, c);
    c->start = loop_timer_new(l, start_waiting, c);
    c->spare = g_ptr_array_new_with_free_func((GDestroyNotify)http_call_free);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_watch_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    apply(c, p);
    return c;
}

void http_client_post(struct http_client *c, struct http_request *r, http_done_fn done, void *ctx)
{
    r->done = done;
    r->ctx = ctx;
    g_queue_push_tail_link(&c->waiting, &r->link);
    start_soon(c);
}

unsigned http_client_in_flight(const struct http_client *c)
{
    return c->waiting.length + c->running.length;
}

void http_client_configure(struct http_client *c, const struct http_settings *s)
{
    g_autoptr(GError) error = NULL;
    struct http_policy *p = http_policy_new(s, &error);
    if (!p) {
        log_event(LOG_LEVEL_ERROR, "webhook.settings_refused", LOG_STR("reason", error->message));
        return;
    }
    apply(c, p);
    start_soon(c);
}

static void abort_all(struct http_client *c)
{
    struct http_request *r;
    while (c->running.length > 0)
        finish(c, g_queue_peek_head(&c->running), CURLE_OK, true);
    while ((r = next_waiting(c)))
        refuse(r, OUTCOME_DEFERRED, "stopped before it was sent");
}

void http_client_free(struct http_client *c)
{
    if (!c) {
        return;
    }
    abort_all(c);
    g_ptr_array_unref(c->spare);
    curl_multi_cleanup(c->multi);
    http_sockets_free(c->sockets);
    loop_timer_free(c->timeout);
    loop_timer_free(c->start);
    http_policy_unref(c->policy);
    g_free(c);
}
