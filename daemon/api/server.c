#include "api/server.h"

#include "api/admit.h"
#include "api/door.h"
#include "api/gate.h"
#include "api/http_check.h"
#include "api/http_conn.h"
#include "api/routes.h"
#include "api/scribe.h"
#include "api/server_state.h"
#include "base/log.h"
#include <event2/http.h>
#include <string.h>

#define PAGES_MAX_BODY 16384 /* bytes of a form, or of an answer through the API */
#define PAGES_SOCKETS "pages"

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
    struct api_request *r = api_request_new(a, q, c, d == a->pages);
    if (!is_sound(r))
        return;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(q);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    enum route_verdict v =
        router_resolve(api_routes, api_routes_count, r->page ? ROUTE_PAGE : 0, method_of(q),
                       path ? path : "", uri ? evhttp_uri_get_query(uri) : NULL, &r->match);
    if (r->page && !admit_stranger(r))
        return;
    if (v != ROUTE_FOUND)
        refuse(r, v);
    else
        admit(r);
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
                              .clock = a->service->clock,
                              .on_request = on_request,
                              .ctx = a };
    a->operators = door_new(a->service->loop, c, &o, a->service->tls.api, error);
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
                              .clock = a->service->clock,
                              .on_request = on_request,
                              .ctx = a };
    if (fds->len == 0 && *o.where.address == '\0')
        return true;
    a->pages = door_new(a->service->loop, c, &o, a->service->tls.pages, error);
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
    a->scribe = scribe_new(s);
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

/* Grants are looked up in the configuration for every request; certificates count for connections
 * from now on; the rest needs a restart. */
void api_server_reload(struct api_server *a)
{
    const struct config *c = a->service->config;
    door_configure(a->operators, c, c->api.max_body_bytes, a->service->tls.api);
    if (a->pages)
        door_configure(a->pages, c, PAGES_MAX_BODY, a->service->tls.pages);
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
    scribe_free(a->scribe);
    g_free(a);
}
