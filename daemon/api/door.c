#include "api/door.h"

#include "api/caller.h"
#include "api/rate.h"
#include "base/log.h"
#include <event2/http.h>

#define MAX_HEADER_BYTES 32768
#define BODIES_AT_ONCE 4      /* of the largest size, while they come in */
#define MIN_READ_TIMEOUT_S 60 /* evhttp's own, behind ours; a stream's pings are 10 s apart */
#define TOLD_BURST 20         /* failed handshakes in the log at once, then one each */
#define TOLD_EVERY_MS 10000

struct door {
    struct door_options options; /* where is not kept */
    struct evhttp *local, *remote;
    struct http_pool *pool;
    struct listener *listener;
    struct rate *told; /* failed handshakes that are logged */
    uint64_t refused;  /* failed handshakes */
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

/* Anybody can make a handshake fail as often as they like: the log is told of some, the count of
 * all. */
static void refused(int fd, const char *why, void *ctx)
{
    struct door *d = ctx;
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof peer;
    int64_t now_ms = d->options.clock->monotonic_ms(d->options.clock);
    d->refused++;
    if (rate_wait_ms(d->told, "", now_ms) > 0)
        return;
    rate_spend(d->told, "", now_ms);
    getpeername(fd, (struct sockaddr *)&peer, &len);
    g_autofree char *from = caller_address((struct sockaddr *)&peer, NULL, NULL);
    log_event(LOG_LEVEL_WARN, "tls.refused", LOG_STR("door", d->options.name),
              LOG_STR("from", from), LOG_STR("reason", why));
}

static void configure(struct door *d, struct evhttp *http, const struct config *c, int64_t max_body)
{
    int longest_s = MAX(c->api.header_timeout_s, MAX(c->api.body_timeout_s, c->api.idle_timeout_s));
    evhttp_set_max_headers_size(http, MAX_HEADER_BYTES);
    evhttp_set_max_body_size(http, max_body);
    evhttp_set_timeout(http, MAX(longest_s, MIN_READ_TIMEOUT_S));
    evhttp_set_allowed_methods(http, UINT16_MAX); /* all: the router answers with Allow */
    evhttp_set_gencb(http, came_in, d);
    evhttp_set_bevcb(http, http_pool_bufferevent, d->pool);
}

void door_configure(struct door *d, const struct config *c, int64_t max_body_bytes, struct tls *t)
{
    configure(d, d->local, c, max_body_bytes);
    configure(d, d->remote, c, max_body_bytes);
    http_pool_set_tls(d->pool, t);
    if (t)
        evhttp_set_bevcb(d->remote, http_pool_tls_bufferevent, d->pool);
}

struct door *door_new(struct loop *l, const struct config *c, const struct door_options *o,
                      struct tls *t, GError **error)
{
    struct rate_rule told = { .burst = TOLD_BURST, .every_ms = TOLD_EVERY_MS };
    struct http_limits limits = { .max_connections = (unsigned)c->api.max_connections,
                                  .max_held = BODIES_AT_ONCE * (size_t)o->max_body_bytes,
                                  .idle_ms = c->api.idle_timeout_s * 1000,
                                  .header_ms = c->api.header_timeout_s * 1000,
                                  .body_ms = c->api.body_timeout_s * 1000 };
    struct door *d = g_new0(struct door, 1);
    d->options = *o;
    d->options.where = (struct listener_options){ 0 };
    d->told = rate_new(&told, 1);
    d->pool = http_pool_new(l, &limits, room, refused, d);
    d->local = evhttp_new(loop_base(l));
    d->remote = evhttp_new(loop_base(l));
    door_configure(d, c, o->max_body_bytes, t);
    d->listener = listener_new(l, d->local, d->remote, &o->where, error);
    if (d->listener)
        return d;
    door_free(d);
    return NULL;
}

unsigned door_connections(const struct door *d)
{
    return http_pool_live(d->pool);
}

uint64_t door_refused(const struct door *d)
{
    return d->refused;
}

void door_stop(struct door *d)
{
    listener_stop(d->listener);
}

void door_free(struct door *d)
{
    g_clear_pointer(&d->listener, listener_free);
    evhttp_free(d->local); /* every caller has left */
    evhttp_free(d->remote);
    http_pool_free(d->pool);
    rate_free(d->told);
    g_free(d);
}
