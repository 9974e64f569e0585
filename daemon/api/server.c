#include "api/server.h"

#include "api/auth.h"
#include "api/caller.h"
#include "api/door.h"
#include "api/gate.h"
#include "api/http_check.h"
#include "api/http_conn.h"
#include "api/media.h"
#include "api/page_reply.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/log.h"
#include "flow/tokens.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <string.h>

#define PAGES_MAX_BODY 16384 /* bytes of a form, or of an answer through the API */
#define PAGES_SOCKETS "pages"

struct api_server {
    struct service *service;
    const struct webhook_keys *const *keys; /* borrowed */
    struct door *operators, *pages;         /* pages NULL: none are served */
    struct gate *gate;
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
    http_conn_answering(r->conn, evbuffer_get_length(evhttp_request_get_output_buffer(r->http)));
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
    http_conn_answering(r->conn, HTTP_CONN_ENDLESS);
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

static void run(struct api_request *r)
{
    const struct route *route = r->match.route;
    if (!(route->flags & (ROUTE_OPEN | ROUTE_PAGE)) && !auth_has(r->roles, route->roles) &&
        !((route->flags & ROUTE_OPEN_LOCAL) && g_str_has_prefix(r->principal, "unix:"))) {
        log_event(LOG_LEVEL_WARN, "api.forbidden", LOG_STR("by", r->principal),
                  LOG_STR("operation", route->operation));
        api_problem(r, 403, "forbidden", "this needs the role %s, which %s does not have",
                    auth_role_name(route->roles), r->principal);
        return;
    }
    size_t len;
    api_body(r, &len);
    const char *media = media_wanted(route->flags, api_header(r, "Content-Type"), len > 0);
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
        r->mission = *row->mission ? g_strdup(row->mission) : NULL;
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

/* --- strangers --- */

static void find_caller(struct api_request *r)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof peer;
    getpeername(http_conn_fd(r->conn), (struct sockaddr *)&peer, &len);
    r->from = caller_address((struct sockaddr *)&peer, api_header_last(r, "X-Forwarded-For"),
                             r->service->config->acknowledge.forwarded_from);
    r->network = caller_network(r->from);
}

/* False: answered. */
static bool may_enter(struct api_request *r)
{
    find_caller(r);
    int64_t now_ms = r->service->clock->monotonic_ms(r->service->clock);
    int64_t wait_ms = gate_enter(r->server->gate, r->network, now_ms);
    if (wait_ms > 0)
        page_reply_too_many(r, wait_ms);
    return wait_ms == 0;
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

static bool is_sound(struct api_request *r)
{
    const char *why = http_check(r->http, http_conn_has_nul(r->conn));
    if (why) {
        r->close = true;
        api_problem(r, 400, "bad-request", "%s", why);
    }
    return !why;
}

static void on_request(struct door *d, struct evhttp_request *q, struct http_conn *c, void *ctx)
{
    struct api_server *a = ctx;
    struct api_request *r = g_new0(struct api_request, 1);
    r->server = a;
    r->service = a->service;
    r->http = q;
    r->conn = c;
    r->page = d == a->pages;
    r->principal = g_strdup("");
    g_hash_table_add(a->waiting, r);
    evhttp_connection_set_closecb(evhttp_request_get_connection(q), caller_left, r);
    if (!is_sound(r))
        return;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(q);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    enum route_verdict v =
        router_resolve(api_routes, api_routes_count, r->page ? ROUTE_PAGE : 0, method_of(q),
                       path ? path : "", uri ? evhttp_uri_get_query(uri) : NULL, &r->match);
    if (r->page && !may_enter(r))
        return;
    if (v != ROUTE_FOUND)
        refuse(r, v);
    else if (r->page)
        run(r);
    else
        authorize(r);
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

void api_server_note_intake(struct api_server *a, const struct intake_result *i)
{
    if (a)
        a->counts.intake[i->status < 0 ? STATUS_DRAFT + 1 : i->status][i->kind]++;
}

const struct api_counts *api_server_counts(const struct api_server *a)
{
    return &a->counts;
}

unsigned api_server_connections(const struct api_server *a)
{
    return door_connections(a->operators) + (a->pages ? door_connections(a->pages) : 0);
}

struct gate *api_server_gate(const struct api_server *a)
{
    return a->gate;
}

const struct webhook_keys *api_server_keys(const struct api_server *a)
{
    return *a->keys;
}

/* --- life --- */

static bool open_operators(struct api_server *a, const GArray *fds, GError **error)
{
    const struct config *c = a->service->config;
    struct door_options o = { .name = "api",
                              .where = { .socket = c->api.socket,
                                         .address = c->api.address,
                                         .address_key = "api.address",
                                         .fds = (const int *)(const void *)fds->data,
                                         .n_fds = fds->len },
                              .max_body_bytes = c->api.max_body_bytes,
                              .on_request = on_request,
                              .ctx = a };
    a->operators = door_new(a->service->loop, c, &o, error);
    return a->operators != NULL;
}

static bool open_pages(struct api_server *a, const GArray *fds, GError **error)
{
    const struct config *c = a->service->config;
    struct door_options o = { .name = PAGES_SOCKETS,
                              .where = { .socket = "",
                                         .address = c->acknowledge.address,
                                         .address_key = "acknowledge.address",
                                         .fds = (const int *)(const void *)fds->data,
                                         .n_fds = fds->len },
                              .max_body_bytes = PAGES_MAX_BODY,
                              .on_request = on_request,
                              .ctx = a };
    if (fds->len == 0 && *o.where.address == '\0')
        return true;
    a->pages = door_new(a->service->loop, c, &o, error);
    return a->pages != NULL;
}

struct api_server *api_server_new(struct service *s, const struct webhook_keys *const *keys,
                                  const struct api_sockets *sockets, GError **error)
{
    g_autoptr(GArray) operators = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) pages = g_array_new(FALSE, FALSE, sizeof(int));
    struct api_server *a = g_new0(struct api_server, 1);
    a->service = s;
    a->keys = keys;
    a->gate = gate_new();
    a->waiting = g_hash_table_new(NULL, NULL);
    a->counts.requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < sockets->n; i++)
        g_array_append_val(g_strcmp0(sockets->names[i], PAGES_SOCKETS) == 0 ? pages : operators,
                           sockets->fds[i]);
    if (open_operators(a, operators, error) && open_pages(a, pages, error))
        return a;
    api_server_free(a);
    return NULL;
}

/* Grants are looked up in the configuration for every request; the rest needs a restart. */
void api_server_reload(struct api_server *a)
{
    const struct config *c = a->service->config;
    door_configure(a->operators, c, c->api.max_body_bytes);
    if (a->pages)
        door_configure(a->pages, c, PAGES_MAX_BODY);
}

void api_server_stop_listening(struct api_server *a)
{
    door_stop(a->operators);
    if (a->pages)
        door_stop(a->pages);
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
    g_clear_pointer(&a->operators, door_free);
    g_clear_pointer(&a->pages, door_free);
    g_hash_table_foreach(a->waiting, orphan, NULL);
    g_hash_table_destroy(a->waiting);
    g_hash_table_destroy(a->counts.requests);
    gate_free(a->gate);
    g_free(a);
}
