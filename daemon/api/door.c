#include "api/door.h"

#include "base/log.h"
#include <event2/http.h>

#define MAX_HEADER_BYTES 32768
#define BODIES_AT_ONCE 4      /* of the largest size, while they come in */
#define MIN_READ_TIMEOUT_S 60 /* evhttp's own, behind ours; a stream's pings are 10 s apart */

struct door {
    struct door_options options; /* where is not kept */
    struct evhttp *http;
    struct http_pool *pool;
    struct listener *listener;
};

static void came_in(struct evhttp_request *q, void *ctx)
{
    struct door *d = ctx;
    struct evhttp_connection *evcon = evhttp_request_get_connection(q);
    struct http_conn *c = http_pool_find(d->pool, evhttp_connection_get_bufferevent(evcon));
    http_conn_thinking(c);
    d->options.on_request(d, q, c, d->options.ctx);
}

static void room(bool is_there, void *ctx)
{
    struct door *d = ctx;
    if (!is_there)
        log_event(LOG_LEVEL_WARN, "api.full", LOG_STR("door", d->options.name),
                  LOG_INT("connections", http_pool_live(d->pool)),
                  LOG_STR("effect", "new ones wait until one ends"));
    if (d->listener)
        listener_room(d->listener, is_there);
}

void door_configure(struct door *d, const struct config *c, int64_t max_body_bytes)
{
    int longest_s = MAX(c->api.header_timeout_s, MAX(c->api.body_timeout_s, c->api.idle_timeout_s));
    evhttp_set_max_headers_size(d->http, MAX_HEADER_BYTES);
    evhttp_set_max_body_size(d->http, max_body_bytes);
    evhttp_set_timeout(d->http, MAX(longest_s, MIN_READ_TIMEOUT_S));
    evhttp_set_allowed_methods(d->http, UINT16_MAX); /* all: the router answers with Allow */
    evhttp_set_gencb(d->http, came_in, d);
    evhttp_set_bevcb(d->http, http_pool_bufferevent, d->pool);
}

struct door *door_new(struct loop *l, const struct config *c, const struct door_options *o,
                      GError **error)
{
    struct http_limits limits = { .max_connections = (unsigned)c->api.max_connections,
                                  .max_held = BODIES_AT_ONCE * (size_t)o->max_body_bytes,
                                  .idle_ms = c->api.idle_timeout_s * 1000,
                                  .header_ms = c->api.header_timeout_s * 1000,
                                  .body_ms = c->api.body_timeout_s * 1000 };
    struct door *d = g_new0(struct door, 1);
    d->options = *o;
    d->options.where = (struct listener_options){ 0 };
    d->pool = http_pool_new(l, &limits, room, d);
    d->http = evhttp_new(loop_base(l));
    door_configure(d, c, o->max_body_bytes);
    d->listener = listener_new(l, d->http, &o->where, error);
    if (d->listener)
        return d;
    door_free(d);
    return NULL;
}

unsigned door_connections(const struct door *d)
{
    return http_pool_live(d->pool);
}

void door_stop(struct door *d)
{
    listener_stop(d->listener);
}

void door_free(struct door *d)
{
    g_clear_pointer(&d->listener, listener_free);
    evhttp_free(d->http); /* every caller has left */
    http_pool_free(d->pool);
    g_free(d);
}
