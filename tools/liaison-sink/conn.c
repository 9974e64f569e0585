#include "conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    OUTPUT_LIMIT = 256 * 1024,
    INPUT_LIMIT = 256 * 1024,
    READ_BYTES = 64 * 1024,
    LINGER_MS = 2000, /* how long a closing connection waits for the client's own close */
    FAST_TICK_MS = 10,
    FAST_BYTES = 64 * 1024,
};

enum mode { RUNNING, PAUSED, PUMPING, HUNG, LINGERING, UPGRADING, DEAD };

struct conn {
    struct sink *sink; /* borrowed */
    const struct conn_protocol *protocol;
    void *session; /* owned by the protocol, freed by its closed() */
    struct bufferevent *bev;
    struct event *reader;  /* owned, in clear only */
    struct evbuffer *in;   /* owned, what was read and not yet taken */
    struct event *timer;   /* owned, made when first needed */
    GString *out;          /* answers of the current call */
    struct evbuffer *left; /* what the pump still has to send; NULL until there is a pump */
    const char *again;     /* borrowed: endless material */
    void (*resume)(void *session);
    uint64_t number;
    size_t per_tick;
    unsigned tick_ms;
    int fd; /* owned here while in clear, by bev under TLS */
    enum mode mode;
    bool tls, finishing;
    LIST_ENTRY(conn) link;
};

static void settle(struct conn *c);
static void attach(struct conn *c, bool tls);

static void on_timer(evutil_socket_t fd, short what, void *arg);

static void arm(struct conn *c, unsigned ms)
{
    struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

    if (!c->timer)
        c->timer = evtimer_new(c->sink->base, on_timer, c);
    evtimer_add(c->timer, &tv);
}

/* Moves queued answers to the socket.  The plain write at once saves two epoll calls an answer. */
static void flush(struct conn *c)
{
    struct evbuffer *output = bufferevent_get_output(c->bev);
    ssize_t sent = 0;

    if (!c->out->len)
        return;
    if (!c->tls && evbuffer_get_length(output) == 0) {
        sent = send(c->fd, c->out->str, c->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            c->mode = DEAD;
        sent = MAX(sent, 0);
    }
    if ((size_t)sent < c->out->len)
        bufferevent_write(c->bev, c->out->str + sent, c->out->len - (size_t)sent);
    g_string_truncate(c->out, 0);
}

static void pump_start(struct conn *c)
{
    if (!c->left)
        c->left = evbuffer_new();
    evbuffer_add(c->left, c->out->str, c->out->len);
    g_string_truncate(c->out, 0);
    c->mode = PUMPING;
    arm(c, c->tick_ms);
}

static void pump(struct conn *c)
{
    g_autofree char *piece = g_malloc(c->per_tick);
    struct evbuffer *output = bufferevent_get_output(c->bev);
    ev_ssize_t n;

    while (c->again && evbuffer_get_length(c->left) < c->per_tick)
        evbuffer_add(c->left, c->again, strlen(c->again));
    if (evbuffer_get_length(output) < OUTPUT_LIMIT) {
        n = evbuffer_remove(c->left, piece, c->per_tick);
        if (n > 0)
            bufferevent_write(c->bev, piece, (size_t)n);
    }
    if (c->again || evbuffer_get_length(c->left)) {
        arm(c, c->tick_ms);
    } else {
        c->tick_ms = 0;
        c->mode = RUNNING;
    }
}

static void set_rate(struct conn *c, unsigned bytes_per_s)
{
    /* Below 20 bytes a second one byte a tick; above, a tick of 50 ms. */
    c->tick_ms = bytes_per_s < 20 ? 1000 / bytes_per_s : 50;
    c->per_tick = bytes_per_s < 20 ? 1 : bytes_per_s / 20;
}

/* Under TLS: moves what was decrypted, as long as there is room. */
static void refill(struct conn *c)
{
    if (c->tls && evbuffer_get_length(c->in) < INPUT_LIMIT)
        bufferevent_read_buffer(c->bev, c->in);
}

static void take_input(struct conn *c)
{
    struct evbuffer *input = c->in;

    while (c->mode == RUNNING && !c->finishing &&
           evbuffer_get_length(bufferevent_get_output(c->bev)) < OUTPUT_LIMIT) {
        size_t len, used;

        refill(c);
        len = evbuffer_get_length(input);
        if (!len)
            break;
        used = c->protocol->input(c->session, (const char *)evbuffer_pullup(input, -1), len);
        if (c->mode == RUNNING && c->tick_ms)
            pump_start(c);
        evbuffer_drain(input, used);
        if (!used)
            break;
        if (c->out->len > OUTPUT_LIMIT)
            flush(c);
    }
    refill(c);
    if (c->mode == HUNG || c->mode == LINGERING)
        evbuffer_drain(input, evbuffer_get_length(input));
    if (c->reader && evbuffer_get_length(input) < INPUT_LIMIT &&
        !event_pending(c->reader, EV_READ, NULL))
        event_add(c->reader, NULL);
    settle(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    (void)bev;
    take_input(arg);
}

/* In clear we read ourselves: a bufferevent asks how much there is first, a system call a read. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    static char bytes[READ_BYTES]; /* one thread */
    struct conn *c = arg;
    const ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    (void)what;
    if (n > 0) {
        evbuffer_add(c->in, bytes, (size_t)n);
        if (evbuffer_get_length(c->in) >= INPUT_LIMIT)
            event_del(c->reader);
        take_input(c);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        c->mode = DEAD;
        settle(c);
    }
}

/* Called when the output has run empty. */
static void on_write(struct bufferevent *bev, void *arg)
{
    (void)bev;
    take_input(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *c = arg;

    (void)bev;
    if (what & BEV_EVENT_CONNECTED) {
        if (!c->session)
            c->session = c->protocol->opened(c, c->sink);
        else if (c->protocol->secured)
            c->protocol->secured(c->session);
    } else {
        c->mode = DEAD;
    }
    settle(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    if (c->mode == PAUSED) {
        c->mode = RUNNING;
        c->resume(c->session);
        if (c->mode == RUNNING && c->tick_ms)
            pump_start(c);
    } else if (c->mode == PUMPING) {
        pump(c);
    } else if (c->mode == LINGERING) {
        c->mode = DEAD;
    }
    if (c->mode == RUNNING && !c->finishing)
        take_input(c);
    else
        settle(c);
}

/* Says goodbye and waits for the client's close: closing over unread input would reset the
   connection and could destroy the last answer on its way. */
static void linger(struct conn *c)
{
    if (c->tls)
        SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
    shutdown(c->fd, SHUT_WR);
    c->mode = LINGERING;
    arm(c, LINGER_MS);
}

static void detach(struct conn *c)
{
    /* The bufferevent lives on until its running callback returns; its events must not. */
    g_clear_pointer(&c->reader, event_free);
    bufferevent_disable(c->bev, EV_READ | EV_WRITE);
    bufferevent_free(c->bev);
    c->bev = NULL;
}

static void conn_free(struct conn *c)
{
    LIST_REMOVE(c, link);
    if (c->session)
        c->protocol->closed(c->session);
    detach(c);
    if (!c->tls)
        close(c->fd);
    g_clear_pointer(&c->timer, event_free);
    g_clear_pointer(&c->left, evbuffer_free);
    evbuffer_free(c->in);
    g_string_free(c->out, TRUE);
    g_free(c);
}

/* The one place where a call's consequences happen; c may be gone afterwards. */
static void settle(struct conn *c)
{
    if (c->mode == RUNNING && c->tick_ms)
        pump_start(c);
    flush(c);
    if (c->mode == UPGRADING) {
        detach(c);
        evbuffer_drain(c->in, evbuffer_get_length(c->in));
        attach(c, true);
        c->mode = RUNNING;
    }
    if (c->mode == RUNNING && c->finishing &&
        evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
        linger(c);
    if (c->mode == DEAD)
        conn_free(c);
}

static void attach(struct conn *c, bool tls)
{
    c->tls = tls;
    if (tls) /* this kind closes fd and frees the SSL with itself */
        c->bev = bufferevent_openssl_socket_new(c->sink->base, c->fd, SSL_new(c->sink->tls),
                                                BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    else
        c->bev = bufferevent_socket_new(c->sink->base, c->fd, 0);
    bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_LIMIT);
    bufferevent_enable(c->bev, tls ? EV_READ | EV_WRITE : EV_WRITE);
    if (!tls) {
        c->reader = event_new(c->sink->base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
        event_add(c->reader, NULL);
    }
}

void conn_accept(struct sink *s, int fd, const struct conn_protocol *p, bool tls)
{
    struct conn *c = g_new0(struct conn, 1);

    c->sink = s;
    c->protocol = p;
    c->fd = fd;
    c->number = ++s->connections;
    c->out = g_string_sized_new(512);
    c->in = evbuffer_new();
    LIST_INSERT_HEAD(&s->conns, c, link);
    attach(c, tls);
    if (!tls) {
        c->session = p->opened(c, s);
        settle(c);
    }
}

void conn_free_all(struct sink *s)
{
    while (!LIST_EMPTY(&s->conns))
        conn_free(LIST_FIRST(&s->conns));
}

uint64_t conn_number(const struct conn *c)
{
    return c->number;
}

bool conn_is_tls(const struct conn *c)
{
    return c->tls;
}

void conn_send(struct conn *c, const char *data, size_t len)
{
    g_string_append_len(c->out, data, (gssize)len);
}

void conn_say(struct conn *c, const char *text)
{
    conn_send(c, text, strlen(text));
}

void conn_pause(struct conn *c, unsigned delay_ms, void (*resume)(void *session))
{
    flush(c);
    c->resume = resume;
    if (c->mode == RUNNING)
        c->mode = PAUSED;
    arm(c, delay_ms);
}

void conn_trickle(struct conn *c, unsigned bytes_per_s)
{
    flush(c);
    set_rate(c, bytes_per_s);
}

void conn_endless(struct conn *c, const char *chunk, unsigned bytes_per_s)
{
    c->again = chunk;
    c->tick_ms = FAST_TICK_MS;
    c->per_tick = FAST_BYTES;
    if (bytes_per_s)
        set_rate(c, bytes_per_s);
}

void conn_hang(struct conn *c)
{
    if (c->mode == RUNNING)
        c->mode = HUNG;
}

void conn_drop(struct conn *c)
{
    flush(c);
    c->mode = DEAD;
}

void conn_finish(struct conn *c)
{
    c->finishing = true;
}

void conn_starttls(struct conn *c)
{
    if (c->mode == RUNNING)
        c->mode = UPGRADING;
}
