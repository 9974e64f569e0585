#include "api/door.h"

#include "api/caller.h"
#include "api/rate.h"
#include "base/log.h"
#include <event2/http.h>

#define MAX_HEADER_BYTES 16384
#define BODIES_AT_ONCE 2       /* of the largest size, while they come in */
#define MIN_HELD (1024 * 1024) /* bytes of requests that come in, where bodies are small */
#define MIN_READ_TIMEOUT_S 60  /* evhttp's own, behind ours; a stream's pings are 10 s apart */
#define TOLD_BURST 20          /* of one kind in the log at once, then one each */
#define TOLD_EVERY_MS 10000

/* Who is on this host does not share with the rest, nor wait for it. */
struct side {
    struct door *door;
    struct evhttp *http;
    struct http_pool *pool;
    bool is_local;
};

struct door {
    struct door_options options; /* where is not kept */
    struct side local, remote;
    struct listener *listener;
    struct rate *told; /* what is logged of what anybody can bring about, by kind */
    uint64_t refused;  /* failed handshakes */
};

static void came_in(struct evhttp_request *q, void *ctx)
{
    struct side *s = ctx;
    struct evhttp_connection *evcon = evhttp_request_get_connection(q);
    struct http_conn *c = http_pool_find(s->pool, evhttp_connection_get_bufferevent(evcon));
    http_conn_thinking(c);
    s->door->options.on_request(s->door, q, c, s->door->options.ctx);
}

/* Whoever likes can bring it about again and again: the log is told of some. */
static bool is_worth_telling(struct door *d, const char *kind)
{
    int64_t now_ms = d->options.clock->monotonic_ms(d->options.clock);
    bool yes = rate_wait_ms(d->told, kind, now_ms) == 0;
    if (yes)
        rate_spend(d->told, kind, now_ms);
    return yes;
}

static void room(bool is_there, void *ctx)
{
    struct side *s = ctx;
    struct door *d = s->door;
    if (!is_there && is_worth_telling(d, "full"))
        log_event(LOG_LEVEL_WARN, "api.full", LOG_STR("door", d->options.name),
                  LOG_INT("connections", http_pool_live(s->pool)),
                  LOG_STR("effect", "new ones wait until one ends"));
    if (d->listener)
        listener_room(d->listener, s->is_local, is_there);
}

static void refused(int fd, const char *why, void *ctx)
{
    struct side *s = ctx;
    struct door *d = s->door;
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof peer;
    d->refused++;
    if (!is_worth_telling(d, "refused"))
        return;
    getpeername(fd, (struct sockaddr *)&peer, &len);
    g_autofree char *from = caller_address((struct sockaddr *)&peer, NULL, NULL);
    log_event(LOG_LEVEL_WARN, "tls.refused", LOG_STR("door", d->options.name),
              LOG_STR("from", from), LOG_STR("reason", why));
}

static void configure(struct side *s, const struct config *c, int64_t max_body)
{
    int longest_s = MAX(c->api.header_timeout_s, MAX(c->api.body_timeout_s, c->api.idle_timeout_s));
    evhttp_set_max_headers_size(s->http, MAX_HEADER_BYTES);
    evhttp_set_max_body_size(s->http, max_body);
    evhttp_set_timeout(s->http, MAX(longest_s, MIN_READ_TIMEOUT_S));
    evhttp_set_allowed_methods(s->http, UINT16_MAX); /* all: the router answers with Allow */
    evhttp_set_gencb(s->http, came_in, s);
    evhttp_set_bevcb(s->http, http_pool_bufferevent, s->pool);
}

void door_configure(struct door *d, const struct config *c, int64_t max_body_bytes, struct tls *t)
{
    configure(&d->local, c, max_body_bytes);
    configure(&d->remote, c, max_body_bytes);
    http_pool_set_tls(d->remote.pool, t);
    if (t)
        evhttp_set_bevcb(d->remote.http, http_pool_tls_bufferevent, d->remote.pool);
}

static struct side side_new(struct door *d, struct loop *l, const struct config *c, bool is_local,
                            struct side *own)
{
    size_t bodies = BODIES_AT_ONCE * (size_t)d->options.max_body_bytes;
    struct http_limits limits = { .max_connections = (unsigned)c->api.max_connections,
                                  .max_held = MAX(bodies, MIN_HELD),
                                  .idle_ms = c->api.idle_timeout_s * 1000,
                                  .header_ms = c->api.header_timeout_s * 1000,
                                  .body_ms = c->api.body_timeout_s * 1000 };
    return (struct side){ .door = d,
                          .http = evhttp_new(loop_base(l)),
                          .pool = http_pool_new(l, &limits, room, refused, own),
                          .is_local = is_local };
}

struct door *door_new(struct loop *l, const struct config *c, const struct door_options *o,
                      struct tls *t, GError **error)
{
    struct rate_rule told = { .burst = TOLD_BURST, .every_ms = TOLD_EVERY_MS };
    struct door *d = g_new0(struct door, 1);
    d->options = *o;
    d->options.where = (struct listener_options){ 0 };
    d->told = rate_new(&told, 2);
    d->local = side_new(d, l, c, true, &d->local);
    d->remote = side_new(d, l, c, false, &d->remote);
    door_configure(d, c, o->max_body_bytes, t);
    d->listener = listener_new(l, d->local.http, d->remote.http, &o->where, error);
    if (d->listener)
        return d;
    door_free(d);
    return NULL;
}

unsigned door_connections(const struct door *d)
{
    return http_pool_live(d->local.pool) + http_pool_live(d->remote.pool);
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
    evhttp_free(d->local.http); /* every caller has left */
    evhttp_free(d->remote.http);
    http_pool_free(d->local.pool);
    http_pool_free(d->remote.pool);
    rate_free(d->told);
    g_free(d);
}
