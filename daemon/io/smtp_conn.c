#include "io/smtp_conn.h"

#include "io/smtp_stream.h"
#include "io/smtp_tls.h"
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define IDLE_US (30 * G_USEC_PER_SEC)
#define TURN_MAX_BYTES (256 * 1024) /* written before others get their turn */
#define READ_BYTES 16384
#define QUICK_US (100 * 1000)

enum phase { NAMING, CONNECTING, SHAKING, TALKING };

struct smtp_conn {
    struct event_base *base;
    struct resolver *names;
    struct smtp_relay *relay; /* one reference */
    struct smtp_session *session;
    const struct smtp_conn_owner *owner;
    void *ctx;
    enum phase phase;
    struct addresses *addresses; /* one reference, NULL: none yet */
    guint address;
    int error; /* errno of the last address */
    struct smtp_stream stream;
    struct event *readable, *writable, *timer;
    gboolean told_up;
    gboolean quick; /* the last mail took no longer than QUICK_US */
    /* Microseconds, monotonic. */
    gint64 connect_until, address_until; /* until there is a connection, this address */
    gint64 front_since;                  /* the mail whose turn it is */
    gint64 progress_at;                  /* the last reply, or byte that the relay took */
    gint64 timer_at;                     /* when the timer fires, perhaps too soon; 0: it is off */
};

static void turn(struct smtp_conn *c);

/* --- time --- */

static gint64 until(const struct smtp_conn *c)
{
    const struct smtp_settings *s = &c->relay->s;
    if (!smtp_session_is_busy(c->session))
        return c->progress_at + IDLE_US;
    gint64 message = c->front_since + s->message_timeout_s * G_USEC_PER_SEC;
    if (c->phase == NAMING)
        return MIN(c->connect_until, message);
    if (c->phase == CONNECTING)
        return MIN(c->address_until, message);
    return MIN(c->progress_at + s->reply_timeout_s * G_USEC_PER_SEC, message);
}

/* The timer is not moved for every message: it fires too soon, and looks again. */
static void set_timer(struct smtp_conn *c)
{
    gint64 at = until(c);
    if (c->timer_at && c->timer_at <= at)
        return;
    gint64 left = MAX(at - g_get_monotonic_time(), 0);
    struct timeval tv = { left / G_USEC_PER_SEC, left % G_USEC_PER_SEC };
    c->timer_at = at;
    evtimer_add(c->timer, &tv);
}

/* --- its end --- */

static void close_socket(struct smtp_conn *c)
{
    g_clear_pointer(&c->readable, event_free);
    g_clear_pointer(&c->writable, event_free);
    smtp_stream_close(&c->stream);
}

static void deliver(struct smtp_conn *c)
{
    struct smtp_result r;
    while (smtp_session_result(c->session, &r)) {
        gint64 now = g_get_monotonic_time();
        if (r.outcome) {
            r.outcome->duration_ms = (now - c->front_since) / 1000;
            c->quick = now - c->front_since <= QUICK_US;
            c->front_since = now;
        }
        c->owner->result(&r, c->ctx);
    }
}

/* The owner frees it. */
static void finish(struct smtp_conn *c)
{
    deliver(c);
    close_socket(c);
    evtimer_del(c->timer);
    resolver_stop_waiting(c->names, c);
    c->owner->closed(c, smtp_session_is_up(c->session), c->ctx);
}

static void fail(struct smtp_conn *c, char *sentence /* taken */)
{
    smtp_session_fail(c->session, sentence);
    g_free(sentence);
    finish(c);
}

/* --- bytes --- */

/* Hands in what has come.  FALSE: the connection is over. */
static gboolean take_in(struct smtp_conn *c, const char **why)
{
    char buf[READ_BYTES];
    guint replies = smtp_session_replies(c->session);
    int n;
    do {
        n = smtp_stream_get(&c->stream, buf, sizeof buf, why);
        if (n > 0)
            smtp_session_input(c->session, buf, (gsize)n);
    } while (n > 0 && (c->stream.ssl || n == sizeof buf) &&
             smtp_session_want(c->session) == SMTP_TALK);
    if (smtp_session_replies(c->session) != replies)
        c->progress_at = g_get_monotonic_time();
    return n >= 0;
}

/* What the relay said before it left explains it better than our errno. */
static void lose(struct smtp_conn *c, const char *why)
{
    const char *unused;
    g_autofree char *detail = g_strdup(why);
    while (smtp_session_want(c->session) == SMTP_TALK && take_in(c, &unused)) {
        char probe;
        if (recv(c->stream.fd, &probe, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
            break;
    }
    if (smtp_session_want(c->session) != SMTP_HANG_UP)
        smtp_session_lost(c->session, detail);
}

static void send_out(struct smtp_conn *c)
{
    gsize len, sent = 0;
    const char *bytes;
    int n = 1;
    while (n > 0 && sent < TURN_MAX_BYTES && (bytes = smtp_session_output(c->session, &len))) {
        n = smtp_stream_put(&c->stream, bytes, len);
        if (n > 0) {
            smtp_session_sent(c->session, (gsize)n);
            sent += (gsize)n;
        }
    }
    if (sent > 0)
        c->progress_at = g_get_monotonic_time();
    if (n < 0)
        lose(c, g_strerror(errno));
    else if (n == 0 || sent >= TURN_MAX_BYTES)
        event_add(c->writable, NULL);
}

/* --- talking --- */

/* No mail rides behind one that may be slow: it would wait although others are free. */
static void take_mails(struct smtp_conn *c)
{
    struct smtp_mail m;
    while (smtp_session_is_up(c->session) && smtp_session_has_room(c->session)) {
        gboolean front = !smtp_session_is_busy(c->session);
        if ((!front && !c->quick) || !c->owner->next(c, &m, c->ctx))
            return;
        smtp_session_mail(c->session, &m);
        if (front)
            c->front_since = c->progress_at = g_get_monotonic_time();
    }
}

static void shake_hands(struct smtp_conn *c)
{
    enum smtp_shake how = smtp_stream_shake(&c->stream);
    if (how == SMTP_SHAKEN) {
        c->phase = TALKING;
        smtp_session_shaken(c->session);
        turn(c);
    } else if (how == SMTP_SHAKE_WRITES) {
        event_add(c->writable, NULL);
    } else if (how == SMTP_SHAKE_FAILED) {
        g_autofree char *why = smtp_tls_fault(c->relay, c->stream.ssl);
        fail(c, smtp_relay_bad_tls(c->relay, why));
    }
}

static void begin_tls(struct smtp_conn *c)
{
    g_autofree char *why = NULL;
    c->phase = SHAKING;
    c->stream.ssl = smtp_tls_new(c->relay, c->stream.fd, &why);
    if (c->stream.ssl)
        shake_hands(c);
    else
        fail(c, smtp_relay_bad_tls(c->relay, why));
}

/* After whatever happened: tells the owner, says what is to be said, and sets the clock.  May be
 * the end of c. */
static void turn(struct smtp_conn *c)
{
    if (smtp_session_is_up(c->session) && !c->told_up) {
        c->told_up = TRUE;
        c->owner->up(c->ctx);
    }
    deliver(c);
    take_mails(c);
    if (smtp_session_want(c->session) == SMTP_TALK)
        send_out(c);
    if (smtp_session_want(c->session) == SMTP_HANG_UP) {
        finish(c);
        return;
    }
    set_timer(c);
    if (smtp_session_want(c->session) == SMTP_SHAKE_HANDS)
        begin_tls(c);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what;
    struct smtp_conn *c = ctx;
    const char *why;
    if (c->phase == SHAKING) {
        shake_hands(c);
        return;
    }
    if (!take_in(c, &why) && smtp_session_want(c->session) != SMTP_HANG_UP)
        smtp_session_lost(c->session, why);
    turn(c);
}

/* --- connecting --- */

static void try_address(struct smtp_conn *c);

static void talk(struct smtp_conn *c)
{
    c->phase = TALKING;
    c->progress_at = g_get_monotonic_time();
    event_add(c->readable, NULL);
    turn(c);
}

static void next_address(struct smtp_conn *c, int error)
{
    close_socket(c);
    c->error = error;
    c->address++;
    try_address(c);
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
    (void)what;
    struct smtp_conn *c = ctx;
    if (c->phase == SHAKING) {
        shake_hands(c);
        return;
    }
    if (c->phase == TALKING) {
        turn(c);
        return;
    }
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error)
        next_address(c, error);
    else
        talk(c);
}

static void try_address(struct smtp_conn *c)
{
    gint64 now = g_get_monotonic_time();
    if (c->address >= c->addresses->n) {
        resolver_forget(c->names, c->relay->s.host, c->relay->s.port);
        fail(c, smtp_relay_no_connection(c->relay, g_strerror(c->error)));
        return;
    }
    const struct sockaddr *to = (const struct sockaddr *)&c->addresses->a[c->address].address;
    gboolean last = c->address + 1 == c->addresses->n;
    int on = 1;
    c->phase = CONNECTING;
    c->address_until = last ? c->connect_until : now + MAX(c->connect_until - now, 0) / 2;
    c->stream.fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->stream.fd < 0) {
        next_address(c, errno);
        return;
    }
    setsockopt(c->stream.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->readable = event_new(c->base, c->stream.fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(c->base, c->stream.fd, EV_WRITE, on_writable, c);
    int refused = connect(c->stream.fd, to, c->addresses->a[c->address].len) == 0 ? 0 : errno;
    if (refused && refused != EINPROGRESS) {
        next_address(c, refused);
        return;
    }
    event_add(c->writable, NULL);
    set_timer(c);
}

static void on_addresses(struct addresses *a, void *ctx)
{
    struct smtp_conn *c = ctx;
    c->addresses = a;
    if (a)
        try_address(c);
    else
        fail(c, smtp_relay_no_name(c->relay));
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what;
    struct smtp_conn *c = ctx;
    c->timer_at = 0;
    if (g_get_monotonic_time() < until(c)) {
        set_timer(c);
    } else if (!smtp_session_is_busy(c->session)) {
        smtp_conn_hang_up(c);
    } else if (c->phase == CONNECTING && c->address + 1 < c->addresses->n) {
        next_address(c, ETIMEDOUT);
    } else {
        smtp_session_late(c->session);
        finish(c);
    }
}

/* --- the owner's side --- */

struct smtp_conn *smtp_conn_new(struct loop *l, struct resolver *names, struct smtp_relay *r,
                                const struct smtp_conn_owner *owner, void *ctx)
{
    struct smtp_conn *c = g_new0(struct smtp_conn, 1);
    c->base = loop_base(l);
    c->names = names;
    c->relay = smtp_relay_ref(r);
    c->session = smtp_session_new(r);
    c->owner = owner;
    c->ctx = ctx;
    c->stream.fd = -1;
    c->timer = evtimer_new(c->base, on_timer, c);
    return c;
}

void smtp_conn_begin(struct smtp_conn *c, const struct smtp_mail *first)
{
    const struct smtp_settings *s = &c->relay->s;
    smtp_session_mail(c->session, first);
    c->front_since = c->progress_at = g_get_monotonic_time();
    c->connect_until = c->front_since + s->connect_timeout_s * G_USEC_PER_SEC;
    struct addresses *a = resolver_ask(c->names, s->host, s->port, on_addresses, c);
    if (a)
        on_addresses(a, c);
    else
        set_timer(c);
}

void smtp_conn_free(struct smtp_conn *c)
{
    if (!c)
        return;
    close_socket(c);
    event_free(c->timer);
    addresses_unref(c->addresses);
    smtp_session_free(c->session);
    smtp_relay_unref(c->relay);
    g_free(c);
}

gboolean smtp_conn_is_idle(const struct smtp_conn *c)
{
    return c->phase == TALKING && smtp_session_is_up(c->session) &&
           !smtp_session_is_busy(c->session);
}

const struct smtp_relay *smtp_conn_relay(const struct smtp_conn *c)
{
    return c->relay;
}

void smtp_conn_offer(struct smtp_conn *c)
{
    turn(c);
}

void smtp_conn_hang_up(struct smtp_conn *c)
{
    gsize len;
    smtp_session_quit(c->session);
    const char *quit = smtp_session_output(c->session, &len);
    if (quit)
        smtp_stream_put(&c->stream, quit, len);
    finish(c);
}

void smtp_conn_cut(struct smtp_conn *c, const char *why)
{
    smtp_session_lost(c->session, why);
    finish(c);
}
