#include "api/server.h"

#include "api/auth.h"
#include "api/http_check.h"
#include "api/http_conn.h"
#include "api/listener.h"
#include "api/media.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/log.h"
#include "flow/preview.h"
#include "flow/tokens.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <string.h>

#define MAX_HEADER_BYTES 32768
#define BODIES_AT_ONCE 4      /* of the largest size, while they come in */
#define MIN_READ_TIMEOUT_S 60 /* evhttp's own, behind ours; a stream's pings are 10 s apart */

struct api_server {
    struct service *service;
    const struct webhook_keys *const *keys; /* borrowed */
    struct evhttp *http;
    struct http_pool *pool;
    struct listener *listener;
    GHashTable *waiting; /* struct api_request *: not answered, or streams */
    struct api_counts counts;
};

/* --- a request's connection --- */

/* evhttp has let go of a request that awaits its answer: then it is ours to free. */
static void caller_left(struct evhttp_connection *evcon, void *ctx)
{
    struct api_request *r = ctx;
    (void)evcon;
    if (evhttp_request_get_connection(r->http) == NULL)
        evhttp_request_free(r->http);
    r->http = NULL;
    r->conn = NULL;
    if (r->on_gone)
        r->on_gone(r);
}

static void answer_sent(struct evhttp_request *q, void *conn)
{
    (void)q;
    http_conn_answered(conn);
}

void api_server_send(struct api_request *r, int status, const char *text)
{
    evhttp_connection_set_closecb(evhttp_request_get_connection(r->http), NULL, NULL);
    evhttp_request_set_on_complete_cb(r->http, answer_sent, r->conn);
    http_conn_answering(r->conn, false);
    evhttp_send_reply(r->http, status, text, NULL);
}

bool api_server_stream(struct api_request *r, const char *type)
{
    if (!r->http)
        return false;
    api_server_note_reply(r, 200);
    api_header_set(r, "Content-Type", type);
    api_header_set(r, "Cache-Control", "no-store");
    api_header_set(r, "X-Content-Type-Options", "nosniff");
    http_conn_answering(r->conn, true);
    evhttp_send_reply_start(r->http, 200, "OK");
    return true;
}

void api_server_stream_add(struct api_request *r, const char *text, size_t len)
{
    struct evbuffer *b = evbuffer_new();
    evbuffer_add(b, text, len);
    evhttp_send_reply_chunk(r->http, b);
    evbuffer_free(b);
}

void api_server_drop(struct api_request *r)
{
    evhttp_connection_free(evhttp_request_get_connection(r->http));
}

void api_server_forget(struct api_request *r)
{
    if (r->server)
        g_hash_table_remove(r->server->waiting, r);
}

static const struct peer *peer_for(struct http_conn *c)
{
    if (!http_conn_peer(c))
        http_conn_set_peer(c, peer_of(http_conn_fd(c)), (GDestroyNotify)peer_free);
    return http_conn_peer(c);
}

/* --- who may --- */

/* NULL: the body has a form that the route takes, else the Content-Type to use. */
static const char *wrong_media(struct api_request *r)
{
    unsigned flags = r->match.route->flags;
    const char *type = api_header(r, "Content-Type");
    size_t len;
    if (flags & ROUTE_BROADCAST)
        return media_of_broadcast(type) ? NULL : PREVIEW_JSON " or " PREVIEW_CAP;
    if (flags & ROUTE_MAY_JSON) {
        api_body(r, &len);
        return len == 0 || media_is_json(type) ? NULL : PREVIEW_JSON;
    }
    return !(flags & ROUTE_MUST_JSON) || media_is_json(type) ? NULL : PREVIEW_JSON;
}

static void run(struct api_request *r)
{
    const struct route *route = r->match.route;
    if (!(route->flags & ROUTE_OPEN) && !auth_has(r->roles, route->roles) &&
        !((route->flags & ROUTE_OPEN_LOCAL) && g_str_has_prefix(r->principal, "unix:"))) {
        log_event(LOG_LEVEL_WARN, "api.forbidden", LOG_STR("by", r->principal),
                  LOG_STR("operation", route->operation));
        api_problem(r, 403, "forbidden", "this needs the role %s, which %s does not have",
                    auth_role_name(route->roles), r->principal);
        return;
    }
    const char *media = wrong_media(r);
    if (media)
        api_problem(r, 415, "media-type", "send the body as Content-Type: %s", media);
    else
        route->handler(r);
}

static void unauthorized(struct api_request *r, const char *detail)
{
    api_header_set(r, "WWW-Authenticate", "Bearer realm=\"liaisond\"");
    api_problem(r, 401, "unauthorized", "%s", detail);
}

static void token_checked(const struct token_row *row, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (!r->http) {
        api_request_free(r);
    } else if (error) {
        api_problem_store(r, error);
    } else if (!row) {
        log_event(LOG_LEVEL_WARN, "api.bad_token", LOG_STR("operation", r->match.route->operation));
        unauthorized(r, "the token is unknown or revoked");
    } else {
        g_free(r->principal);
        r->principal = g_strconcat("token:", row->id, NULL);
        r->roles = row->roles;
        run(r);
    }
}

static void authorize(struct api_request *r)
{
    const struct peer *p = peer_for(r->conn);
    if (p->local) {
        g_free(r->principal);
        r->principal = g_strdup(p->principal);
        r->roles = auth_local_roles(p, r->service->config);
        run(r);
        return;
    }
    if (r->match.route->flags & ROUTE_OPEN) {
        run(r);
        return;
    }
    const char *token = auth_bearer(api_header(r, "Authorization"));
    if (token)
        tokens_check(r->service, token, token_checked, r);
    else
        unauthorized(r, "send a token: Authorization: Bearer lsd_…");
}

/* --- a request comes in --- */

static const char *method_of(struct evhttp_request *q)
{
    static const struct {
        enum evhttp_cmd_type type;
        const char *name;
    } methods[] = {
        { EVHTTP_REQ_GET, "GET" },         { EVHTTP_REQ_POST, "POST" },
        { EVHTTP_REQ_HEAD, "HEAD" },       { EVHTTP_REQ_PUT, "PUT" },
        { EVHTTP_REQ_PATCH, "PATCH" },     { EVHTTP_REQ_DELETE, "DELETE" },
        { EVHTTP_REQ_OPTIONS, "OPTIONS" }, { EVHTTP_REQ_TRACE, "TRACE" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (methods[i].type == evhttp_request_get_command(q))
            return methods[i].name;
    return "";
}

static void refuse(struct api_request *r, enum route_verdict v)
{
    if (v == ROUTE_NO_PATH) {
        api_problem(r, 404, "", "there is nothing at this path");
    } else if (v == ROUTE_NO_METHOD) {
        api_header_set(r, "Allow", r->match.allow);
        api_problem(r, 405, "", "this path takes %s", r->match.allow);
    } else {
        struct faults *f = faults_new();
        faults_add(f, r->match.place, "bad-parameter", "%s", r->match.why);
        api_problem_faults(r, 400, "bad-parameter", "the request cannot be understood", f);
        faults_free(f);
    }
}

static void on_request(struct evhttp_request *q, void *ctx)
{
    struct api_server *a = ctx;
    struct evhttp_connection *evcon = evhttp_request_get_connection(q);
    struct api_request *r = g_new0(struct api_request, 1);
    r->server = a;
    r->service = a->service;
    r->http = q;
    r->conn = http_pool_find(a->pool, evhttp_connection_get_bufferevent(evcon));
    r->principal = g_strdup("");
    g_hash_table_add(a->waiting, r);
    evhttp_connection_set_closecb(evcon, caller_left, r);
    http_conn_thinking(r->conn);

    const char *why = http_check(q, http_conn_has_nul(r->conn));
    if (why) {
        r->close = true;
        api_problem(r, 400, "bad-request", "%s", why);
        return;
    }
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(q);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    enum route_verdict v =
        router_resolve(api_routes, api_routes_count, method_of(q), path ? path : "",
                       uri ? evhttp_uri_get_query(uri) : NULL, &r->match);
    if (v == ROUTE_FOUND)
        authorize(r);
    else
        refuse(r, v);
}

/* --- what is told of it --- */

void api_server_note_reply(struct api_request *r, int status)
{
    if (!r->server)
        return;
    g_autofree char *key =
        g_strdup_printf("%s %d", r->match.route ? r->match.route->operation : "none", status);
    uint64_t *n = g_hash_table_lookup(r->server->counts.requests, key);
    if (!n) {
        n = g_new0(uint64_t, 1);
        g_hash_table_insert(r->server->counts.requests, g_steal_pointer(&key), n);
    }
    ++*n;
}

void api_server_note_intake(struct api_server *a, enum intake_kind kind)
{
    if (a)
        a->counts.intake[kind]++;
}

const struct api_counts *api_server_counts(const struct api_server *a)
{
    return &a->counts;
}

unsigned api_server_connections(const struct api_server *a)
{
    return http_pool_live(a->pool);
}

const struct webhook_keys *api_server_keys(const struct api_server *a)
{
    return *a->keys;
}

/* --- life --- */

static void room(bool is_there, void *ctx)
{
    struct api_server *a = ctx;
    if (!is_there)
        log_event(LOG_LEVEL_WARN, "api.full", LOG_INT("connections", http_pool_live(a->pool)),
                  LOG_STR("effect", "new ones wait until one ends"));
    if (a->listener)
        listener_room(a->listener, is_there);
}

static void configure(struct api_server *a)
{
    const struct config *c = a->service->config;
    int longest_s = MAX(c->api.header_timeout_s, MAX(c->api.body_timeout_s, c->api.idle_timeout_s));
    evhttp_set_max_headers_size(a->http, MAX_HEADER_BYTES);
    evhttp_set_max_body_size(a->http, c->api.max_body_bytes);
    evhttp_set_timeout(a->http, MAX(longest_s, MIN_READ_TIMEOUT_S));
    evhttp_set_allowed_methods(a->http, UINT16_MAX); /* all: the router answers with Allow */
    evhttp_set_gencb(a->http, on_request, a);
    evhttp_set_bevcb(a->http, http_pool_bufferevent, a->pool);
}

struct api_server *api_server_new(struct service *s, const struct webhook_keys *const *keys,
                                  const int *fds, size_t n_fds, GError **error)
{
    const struct config *c = s->config;
    struct http_limits limits = { .max_connections = (unsigned)c->api.max_connections,
                                  .max_held = BODIES_AT_ONCE * (size_t)c->api.max_body_bytes,
                                  .idle_ms = c->api.idle_timeout_s * 1000,
                                  .header_ms = c->api.header_timeout_s * 1000,
                                  .body_ms = c->api.body_timeout_s * 1000 };
    struct listener_options where = {
        .socket = c->api.socket, .address = c->api.address, .fds = fds, .n_fds = n_fds
    };
    struct api_server *a = g_new0(struct api_server, 1);
    a->service = s;
    a->keys = keys;
    a->waiting = g_hash_table_new(NULL, NULL);
    a->counts.requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    a->pool = http_pool_new(s->loop, &limits, room, a);
    a->http = evhttp_new(loop_base(s->loop));
    configure(a);
    a->listener = listener_new(s->loop, a->http, &where, error);
    if (a->listener)
        return a;
    api_server_free(a);
    return NULL;
}

/* Grants are looked up in the configuration for every request; the rest needs a restart. */
void api_server_reload(struct api_server *a)
{
    configure(a);
}

void api_server_stop_listening(struct api_server *a)
{
    listener_stop(a->listener);
}

static void orphan(gpointer key, gpointer value, gpointer ctx)
{
    struct api_request *r = key;
    (void)value;
    (void)ctx;
    r->server = NULL;
}

void api_server_free(struct api_server *a)
{
    if (a->listener)
        listener_free(a->listener);
    a->listener = NULL;
    evhttp_free(a->http); /* every caller has left */
    http_pool_free(a->pool);
    g_hash_table_foreach(a->waiting, orphan, NULL);
    g_hash_table_destroy(a->waiting);
    g_hash_table_destroy(a->counts.requests);
    g_free(a);
}
