#include "api/http_conn.h"

#include "api/caller.h"
#include "api/http_refusal.h"
#include "api/http_share.h"
#include "io/tls_conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#define SLOWEST_BYTES_PER_MS 1000 /* at which a large answer may be taken */
#define UNREAD_MAX 65536          /* what a caller may send ahead while we answer */
#define HEADER_LINES_MAX 200

enum phase {
    PHASE_HANDSHAKE,
    PHASE_IDLE,
    PHASE_HEADERS,
    PHASE_BODY,
    PHASE_THINKING,
    PHASE_ANSWERING
};

struct http_pool {
    struct loop *loop;
    struct http_limits limits;
    GHashTable *conns; /* struct bufferevent * (the filter's) -> struct http_conn * */
    struct http_share *share;
    struct tls *tls; /* one reference; NULL: none */
    void (*on_room)(bool room, void *ctx);
    void (*on_refused)(int fd, const char *why, void *ctx);
    void *ctx;
};

struct http_conn {
    struct http_pool *pool;            /* NULL: gone before us */
    struct bufferevent *outer, *inner; /* borrowed: evhttp's, and the socket's that it owns */
    struct tls_conn *tls;              /* NULL: in the clear */
    struct loop_timer *deadline;
    struct event *writable; /* NULL: nothing was ever sent */
    bool may_write;         /* we are called from `writable` */
    enum phase phase;
    struct http_sharer sharer;
    bool has_dropped;             /* bytes that it sent after it was told to give way */
    bool has_nul, in_line, began; /* of the headers so far: see scan() */
    unsigned lines;               /* likewise */
    void *peer;
    GDestroyNotify free_peer;
};

/* After bufferevent_free() it lives on for a turn of the loop, and its callbacks are gone. */
static bool is_dying(const struct http_conn *c)
{
    bufferevent_event_cb on_event = NULL;
    bufferevent_getcb(c->outer, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

static void enter(struct http_conn *c, enum phase phase, int64_t limit_ms)
{
    c->phase = phase;
    if (c->sharer.is_leaving)
        return;
    if (limit_ms > 0)
        loop_timer_arm(c->deadline, limit_ms);
    else
        loop_timer_disarm(c->deadline);
}

static void begin_request(struct http_conn *c)
{
    c->has_nul = c->in_line = c->began = false;
    c->lines = 0;
    enter(c, PHASE_HEADERS, c->pool->limits.header_ms);
}

/* evhttp takes the timeout of a read for the end of the connection; so do we with ours. */
static void overdue(void *ctx)
{
    struct http_conn *c = ctx;
    if (!is_dying(c))
        bufferevent_trigger_event(c->outer, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, 0);
}

/* Follows the header lines as evhttp will: an empty line ends them.  evhttp cuts a line at a NUL
 * and never tells, so it is noted here. */
static void scan(struct http_conn *c, struct evbuffer *bytes)
{
    struct evbuffer_iovec piece;
    struct evbuffer_ptr at;
    evbuffer_ptr_set(bytes, &at, 0, EVBUFFER_PTR_SET);
    while (c->phase == PHASE_HEADERS && evbuffer_peek(bytes, -1, &at, &piece, 1) > 0) {
        const char *text = piece.iov_base;
        for (size_t i = 0; i < piece.iov_len && c->phase == PHASE_HEADERS; i++) {
            if (text[i] == '\n') {
                if (c->began && !c->in_line)
                    enter(c, PHASE_BODY, c->pool->limits.body_ms);
                c->in_line = false;
                c->lines++;
            } else if (text[i] != '\r') {
                c->in_line = c->began = true;
                c->has_nul |= text[i] == '\0';
            }
        }
        if (evbuffer_ptr_set(bytes, &at, piece.iov_len, EVBUFFER_PTR_ADD) != 0)
            break;
    }
}

static void send_soon(struct http_conn *c);

static enum bufferevent_filter_result came_in(struct evbuffer *src, struct evbuffer *dst,
                                              ev_ssize_t limit, enum bufferevent_flush_mode mode,
                                              void *ctx)
{
    struct http_conn *c = ctx;
    (void)mode;
    if (evbuffer_get_length(src) == 0)
        return BEV_NEED_MORE;
    if (c->pool) {
        if (c->phase == PHASE_IDLE)
            begin_request(c);
        if (c->phase == PHASE_HEADERS)
            scan(c, src);
        send_soon(c); /* evhttp may refuse it on its own, and nobody else would send that */
    }
    size_t n = evbuffer_get_length(src);
    if (limit >= 0)
        n = MIN((size_t)limit, n);
    if (c->pool && !c->sharer.is_leaving && (c->phase == PHASE_HEADERS || c->phase == PHASE_BODY)) {
        http_share_hold(c->pool->share, &c->sharer, n);
        if (c->lines > HEADER_LINES_MAX)
            http_share_dismiss(c->pool->share, &c->sharer);
    }
    if (c->sharer.is_leaving) {
        c->has_dropped = true;
        evbuffer_drain(src, n); /* nobody is to work on it any more */
        return BEV_NEED_MORE;
    }
    evbuffer_remove_buffer(src, dst, n);
    return BEV_OK;
}

/*
 * To evhttp an answer is sent once this filter has let it go, and then it may close the socket at
 * once: so bytes are let go only into the socket, and only when the socket asked for them.
 */
static enum bufferevent_filter_result goes_out(struct evbuffer *src, struct evbuffer *dst,
                                               ev_ssize_t limit, enum bufferevent_flush_mode mode,
                                               void *ctx)
{
    struct http_conn *c = ctx;
    (void)limit;
    (void)mode;
    if (c->may_write) {
        c->may_write = false;
        if (c->phase == PHASE_HEADERS || c->phase == PHASE_BODY)
            http_refusal_mend(src);
        ssize_t n = c->tls ? tls_write(c->inner, src) : evbuffer_write(src, http_conn_fd(c));
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            evbuffer_add_buffer(dst, src); /* the socket's own attempt reports the error */
            return BEV_NEED_MORE;
        }
        if (evbuffer_get_length(src) == 0)
            return BEV_OK;
    }
    send_soon(c);
    return BEV_NEED_MORE;
}

static void can_write(evutil_socket_t fd, short what, void *ctx)
{
    struct http_conn *c = ctx;
    (void)fd;
    (void)what;
    if (is_dying(c) || !(bufferevent_get_enabled(c->outer) & EV_WRITE) || http_conn_unsent(c) == 0)
        return;
    c->may_write = true;
    bufferevent_flush(c->outer, EV_WRITE, BEV_NORMAL); /* may end the connection */
}

static void send_soon(struct http_conn *c)
{
    int fd = http_conn_fd(c);
    if (!c->writable && fd >= 0)
        c->writable = event_new(bufferevent_get_base(c->outer), fd, EV_WRITE, can_write, c);
    if (c->writable)
        event_add(c->writable, NULL);
}

/* The one place that hears of every end. */
static void gone(void *ctx)
{
    struct http_conn *c = ctx;
    struct http_pool *p = c->pool;
    if (c->writable)
        event_free(c->writable);
    if (c->peer && c->free_peer)
        c->free_peer(c->peer);
    tls_conn_free(c->tls);
    if (p) {
        loop_timer_free(c->deadline);
        g_hash_table_remove(p->conns, c->outer);
        http_share_part(p->share, &c->sharer);
    }
    g_free(c);
}

static void shaken(const char *fault, void *ctx)
{
    struct http_conn *c = ctx;
    if (!c->pool || is_dying(c))
        return;
    if (fault)
        c->pool->on_refused(http_conn_fd(c), fault, c->pool->ctx);
    else
        enter(c, PHASE_IDLE, c->pool->limits.idle_ms);
}

/* Takes inner, the socket's. */
static struct bufferevent *join(struct http_conn *c, struct http_pool *p, struct bufferevent *inner)
{
    c->pool = p;
    c->inner = inner;
    c->outer = c->inner ? bufferevent_filter_new(c->inner, came_in, goes_out, BEV_OPT_CLOSE_ON_FREE,
                                                 gone, c)
                        : NULL;
    if (!c->outer)
        g_error("out of memory for a connection");
    c->deadline = loop_timer_new(p->loop, overdue, c);
    g_hash_table_insert(p->conns, c->outer, c);
    if (c->tls)
        enter(c, PHASE_HANDSHAKE, p->limits.header_ms);
    else
        enter(c, PHASE_IDLE, p->limits.idle_ms);
    http_share_join(p->share, &c->sharer, c);
    return c->outer;
}

struct bufferevent *http_pool_bufferevent(struct event_base *base, void *pool)
{
    struct http_conn *c = g_new0(struct http_conn, 1);
    return join(c, pool, bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE));
}

struct bufferevent *http_pool_tls_bufferevent(struct event_base *base, void *pool)
{
    struct http_pool *p = pool;
    struct http_conn *c = g_new0(struct http_conn, 1);
    c->tls = tls_conn_new(p->tls, shaken, c);
    return join(c, p, tls_conn_bufferevent(c->tls, base));
}

static void room(bool is_there, void *pool)
{
    struct http_pool *p = pool;
    p->on_room(is_there, p->ctx);
}

static void give_way(void *conn, void *pool)
{
    struct http_conn *c = conn;
    (void)pool;
    loop_timer_arm(c->deadline, 0);
}

static char *name_of(void *conn, void *pool)
{
    (void)pool;
    return caller_of(http_conn_fd(conn));
}

struct http_pool *http_pool_new(struct loop *l, const struct http_limits *limits,
                                void (*on_room)(bool room, void *ctx),
                                void (*on_refused)(int fd, const char *why, void *ctx), void *ctx)
{
    struct http_pool *p = g_new0(struct http_pool, 1);
    struct http_share_limits share = { limits->max_connections, limits->max_held };
    struct http_share_hooks hooks = { room, give_way, name_of, p };
    p->loop = l;
    p->limits = *limits;
    p->conns = g_hash_table_new(NULL, NULL);
    p->share = http_share_new(&share, &hooks);
    p->on_room = on_room;
    p->on_refused = on_refused;
    p->ctx = ctx;
    return p;
}

void http_pool_set_tls(struct http_pool *p, struct tls *t)
{
    tls_ref(t);
    tls_unref(p->tls);
    p->tls = t;
}

unsigned http_pool_live(const struct http_pool *p)
{
    return g_hash_table_size(p->conns);
}

/* libevent ends bufferevents a turn later, maybe when the loop itself is freed: they must not look
 * back. */
void http_pool_free(struct http_pool *p)
{
    GHashTableIter i;
    gpointer conn;
    g_hash_table_iter_init(&i, p->conns);
    while (g_hash_table_iter_next(&i, NULL, &conn)) {
        struct http_conn *c = conn;
        loop_timer_free(c->deadline);
        g_clear_pointer(&c->writable, event_free);
        c->pool = NULL;
    }
    g_hash_table_destroy(p->conns);
    http_share_free(p->share);
    tls_unref(p->tls);
    g_free(p);
}

struct http_conn *http_pool_find(struct http_pool *p, struct bufferevent *b)
{
    return g_hash_table_lookup(p->conns, b);
}

int http_conn_fd(const struct http_conn *c)
{
    return (int)bufferevent_getfd(c->inner);
}

GPtrArray *http_conn_client_names(const struct http_conn *c)
{
    return c->tls ? tls_client_names(c->inner) : NULL;
}

bool http_conn_has_nul(const struct http_conn *c)
{
    return c->has_nul;
}

size_t http_conn_unsent(const struct http_conn *c)
{
    return evbuffer_get_length(bufferevent_get_output(c->outer));
}

void *http_conn_peer(const struct http_conn *c)
{
    return c->peer;
}

void http_conn_set_peer(struct http_conn *c, void *peer, GDestroyNotify free_peer)
{
    c->peer = peer;
    c->free_peer = free_peer;
}

/* From here on nobody reads what the caller sends: without a mark it would pile up. */
void http_conn_thinking(struct http_conn *c)
{
    http_share_serve(c->pool->share, &c->sharer, !c->has_dropped);
    enter(c, PHASE_THINKING, 0);
    bufferevent_setwatermark(c->outer, EV_READ, 0, UNREAD_MAX);
    bufferevent_setwatermark(c->inner, EV_READ, 0, UNREAD_MAX);
}

void http_conn_answering(struct http_conn *c, size_t bytes)
{
    int64_t limit_ms = c->pool->limits.body_ms + (int64_t)(bytes / SLOWEST_BYTES_PER_MS);
    http_share_release(c->pool->share, &c->sharer);
    enter(c, PHASE_ANSWERING, bytes == HTTP_CONN_ENDLESS ? 0 : limit_ms);
    send_soon(c);
}

/* The next request may be there already, in part or whole. */
void http_conn_answered(struct http_conn *c)
{
    struct evbuffer *ahead = bufferevent_get_input(c->outer);
    bufferevent_setwatermark(c->outer, EV_READ, 0, 0);
    bufferevent_setwatermark(c->inner, EV_READ, 0, 0);
    enter(c, PHASE_IDLE, c->pool->limits.idle_ms);
    if (evbuffer_get_length(ahead) > 0) {
        begin_request(c);
        scan(c, ahead);
    }
    http_share_await(c->pool->share, &c->sharer);
    send_soon(c);
}
