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
    GQueue waiting;             /* of struct http_call */
    GPtrArray *spare;           /* of CURL, as new */
    GHashTable *running;        /* struct http_call * */
};

/* Nothing of a call stays in its handle: neither what it pointed to, nor what was sent and heard.
 */
static void spare(struct http_client *c, CURL *easy)
{
    if (easy && c->spare->len < (guint)c->policy->max_connections) {
        curl_easy_reset(easy);
        g_ptr_array_add(c->spare, easy);
    } else if (easy) {
        curl_easy_cleanup(easy);
    }
}

static CURL *spare_or_new(struct http_client *c)
{
    guint n = c->spare->len;
    CURL *easy = n > 0 ? g_ptr_array_steal_index_fast(c->spare, n - 1) : curl_easy_init();
    g_assert(easy);
    return easy;
}

static void finish(struct http_client *c, struct http_call *call, struct outcome *o)
{
    http_done_fn done = call->done;
    void *ctx = call->ctx;
    spare(c, call->easy);
    http_call_free(call);
    done(o, ctx);
}

static void start_soon(struct http_client *c)
{
    if (!g_queue_is_empty(&c->waiting)) {
        loop_timer_arm(c->start, 0);
    }
}

/* After every action: what has ended is taken out before anybody is told. */
static void drain(struct http_client *c)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(c->multi, &left))) {
        CURL *easy = msg->easy_handle;
        CURLcode rc = msg->data.result; /* msg dies with the removal */
        struct http_call *call;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        struct outcome *o = http_call_outcome(call, (int)rc, false);
        curl_multi_remove_handle(c->multi, easy);
        g_hash_table_remove(c->running, call);
        finish(c, call, o);
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

static void start_call(struct http_client *c, struct http_call *call)
{
    g_autofree char *wrong = http_call_fault(call);
    if (wrong) {
        finish(c, call, outcome_new(OUTCOME_REFUSED, 0, wrong));
        return;
    }
    http_call_prepare(call, spare_or_new(c), c->sockets);
    g_hash_table_add(c->running, call);
    curl_multi_add_handle(c->multi, call->easy);
}

static void start_waiting(void *ctx)
{
    struct http_client *c = ctx;
    struct http_call *call;
    while (g_hash_table_size(c->running) < (guint)c->policy->max_connections &&
           (call = g_queue_pop_head(&c->waiting))) {
        start_call(c, call);
    }
}

static void apply(struct http_client *c, struct http_policy *p)
{
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
    c->running = g_hash_table_new(NULL, NULL);
    c->spare = g_ptr_array_new_with_free_func(curl_easy_cleanup);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_watch_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    apply(c, p);
    return c;
}

void http_client_post(struct http_client *c, const char *url, const char *body, size_t len,
                      const GPtrArray *headers, http_done_fn done, void *ctx)
{
    struct http_call *call = http_call_new(c->policy, url, body, len, headers);
    call->done = done;
    call->ctx = ctx;
    g_queue_push_tail(&c->waiting, call);
    start_soon(c);
}

unsigned http_client_in_flight(const struct http_client *c)
{
    return g_queue_get_length((GQueue *)&c->waiting) + g_hash_table_size(c->running);
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
    g_autoptr(GList) running = g_hash_table_get_keys(c->running);
    for (GList *i = running; i; i = i->next) {
        struct http_call *call = i->data;
        struct outcome *o = http_call_outcome(call, 0, true);
        curl_multi_remove_handle(c->multi, call->easy);
        g_hash_table_remove(c->running, call);
        finish(c, call, o);
    }
    struct http_call *call;
    while ((call = g_queue_pop_head(&c->waiting))) {
        finish(c, call, http_call_outcome(call, 0, true));
    }
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
    g_hash_table_destroy(c->running);
    g_free(c);
}
