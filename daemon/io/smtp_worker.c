#include "io/smtp_worker.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/config.h"
#include "io/smtp_reply.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define KEEP_NAMES_S 300L
#define UPLOAD_BYTES 16384L /* libcurl allocates and trims its 64 KiB for every transfer */

struct smtp_worker {
    CURL *easy;               /* NULL: none yet */
    struct smtp_relay *relay; /* whose options easy has, one reference */
    struct smtp_reply reply;
    char error[CURL_ERROR_SIZE];
    const char *body;
    size_t body_len, body_at;
    pthread_mutex_t lock; /* guards what follows */
    GArray *sockets;      /* of int: open ones */
    gboolean cut;
};

static char *relay_url(const struct smtp_settings *s)
{
    g_autofree char *hello = g_uri_escape_string(s->hello ? s->hello : "", NULL, FALSE);
    const char *form = strchr(s->host, ':') ? "smtp://[%s]:%d/%s" : "smtp://%s:%d/%s";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf(form, s->host, s->port, hello);
#pragma GCC diagnostic pop
}

struct smtp_relay *smtp_relay_new(const struct smtp_settings *s)
{
    struct smtp_relay *r = g_new0(struct smtp_relay, 1);
    r->refs = 1;
    r->s = *s;
    r->s.host = g_strdup(s->host);
    r->s.ca_file = g_strdup(s->ca_file ? s->ca_file : "");
    r->s.user = g_strdup(s->user ? s->user : "");
    r->s.password = g_strdup(s->password ? s->password : "");
    r->s.hello = g_strdup(s->hello);
    r->url = relay_url(&r->s);
    return r;
}

struct smtp_relay *smtp_relay_ref(struct smtp_relay *r)
{
    g_atomic_int_inc(&r->refs);
    return r;
}

void smtp_relay_unref(struct smtp_relay *r)
{
    if (r && g_atomic_int_dec_and_test(&r->refs)) {
        g_free((char *)r->s.host);
        g_free((char *)r->s.ca_file);
        g_free((char *)r->s.user);
        explicit_bzero((char *)r->s.password, strlen(r->s.password));
        g_free((char *)r->s.password);
        g_free((char *)r->s.hello);
        g_free(r->url);
        g_free(r);
    }
}

static size_t on_read(char *to, size_t size, size_t n, void *ctx)
{
    struct smtp_worker *w = ctx;
    size_t len = MIN(size * n, w->body_len - w->body_at);
    memcpy(to, w->body + w->body_at, len);
    w->body_at += len;
    return len;
}

static size_t on_reply(char *line, size_t size, size_t n, void *ctx)
{
    struct smtp_worker *w = ctx;
    smtp_reply_line(&w->reply, line, size * n);
    return size * n;
}

/* What the relay says once we have said QUIT is no answer to the message: libcurl says it when time
 * has run out as well, and the answer of then may come late and be taken for another. */
static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *ctx)
{
    (void)easy;
    struct smtp_worker *w = ctx;
    if (type == CURLINFO_HEADER_OUT && size >= 4 && memcmp(data, "QUIT", 4) == 0)
        w->reply.decided = TRUE;
    return 0;
}

/* Before MAIL FROM, on a new session and on a kept one. */
static int on_session(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct smtp_worker *w = ctx;
    w->reply.session = TRUE;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)purpose;
    struct smtp_worker *w = ctx;
    pthread_mutex_lock(&w->lock);
    int fd = -1;
    if (!w->cut) {
        fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    }
    if (fd >= 0) {
        g_array_append_val(w->sockets, fd);
    }
    pthread_mutex_unlock(&w->lock);
    return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

static int on_close(void *ctx, curl_socket_t fd)
{
    struct smtp_worker *w = ctx;
    pthread_mutex_lock(&w->lock);
    for (guint i = 0; i < w->sockets->len; i++) {
        if (g_array_index(w->sockets, int, i) == fd) {
            g_array_remove_index_fast(w->sockets, i);
            break;
        }
    }
    close(fd); /* under the lock: a cut never hits somebody else's descriptor */
    pthread_mutex_unlock(&w->lock);
    return 0;
}

static int on_progress(void *ctx, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
    (void)dltotal;
    (void)dlnow;
    (void)ultotal;
    (void)ulnow;
    struct smtp_worker *w = ctx;
    pthread_mutex_lock(&w->lock);
    int stop = w->cut; /* a look-up has no socket to shut */
    pthread_mutex_unlock(&w->lock);
    return stop;
}

static void set_callbacks(struct smtp_worker *w)
{
    CURL *e = w->easy;
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, w->error);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(e, CURLOPT_READDATA, w);
    curl_easy_setopt(e, CURLOPT_VERBOSE, 1L); /* on_debug is told nothing without it */
    curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(e, CURLOPT_DEBUGDATA, w);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, w);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_session);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, w);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, w);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, w);
    curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(e, CURLOPT_XFERINFODATA, w);
    curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
}

static void set_security(CURL *e, const struct smtp_settings *s)
{
    static const long use_ssl[] = { [TLS_OFF] = CURLUSESSL_NONE,
                                    [TLS_OPTIONAL] = CURLUSESSL_TRY,
                                    [TLS_REQUIRED] = CURLUSESSL_ALL };
    /* Optional encryption falls back to clear text, so a certificate proves nothing there. */
    long verify = s->starttls == TLS_REQUIRED || *s->ca_file;
    curl_easy_setopt(e, CURLOPT_USE_SSL, use_ssl[s->starttls]);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_CAINFO, *s->ca_file ? s->ca_file : SYSTEM_CA);
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, verify);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (*s->user) {
        curl_easy_setopt(e, CURLOPT_USERNAME, s->user);
        curl_easy_setopt(e, CURLOPT_PASSWORD, s->password);
    }
}

/* A handle with the options of r; another relay, or other settings of it, gets a new one. */
static void prepare(struct smtp_worker *w, struct smtp_relay *r)
{
    if (w->easy && w->relay == r) {
        return;
    }
    smtp_worker_hang_up(w);
    w->relay = smtp_relay_ref(r);
    w->easy = curl_easy_init();
    g_assert(w->easy);
    CURL *e = w->easy;
    const struct smtp_settings *s = &r->s;
    curl_easy_setopt(e, CURLOPT_URL, r->url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, KEEP_NAMES_S);
    curl_easy_setopt(e, CURLOPT_MAXCONNECTS, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, s->connect_timeout_s * 1000L);
    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)s->reply_timeout_s);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, s->message_timeout_s * 1000L);
    set_callbacks(w);
    set_security(e, s);
}

static CURLcode transfer(struct smtp_worker *w, gboolean fresh)
{
    smtp_reply_reset(&w->reply);
    w->body_at = 0;
    w->error[0] = '\0';
    curl_easy_setopt(w->easy, CURLOPT_FRESH_CONNECT, (long)fresh);
    return curl_easy_perform(w->easy);
}

/* A kept connection that the relay had given up: it says 421, or nothing, and the body has not
 * begun. */
static gboolean was_stale(struct smtp_worker *w, CURLcode rc)
{
    long connects = 0;
    curl_easy_getinfo(w->easy, CURLINFO_NUM_CONNECTS, &connects);
    gboolean lost = rc == CURLE_SEND_ERROR || rc == CURLE_RECV_ERROR || rc == CURLE_GOT_NOTHING;
    return lost && connects == 0 && !w->reply.data && (w->reply.code == 421 || w->reply.code < 400);
}

static enum smtp_stage stage(const struct smtp_worker *w)
{
    if (w->reply.data) {
        return w->body_at == w->body_len ? SMTP_BODY_SENT : SMTP_BODY;
    }
    return w->reply.session ? SMTP_ENVELOPE : SMTP_SESSION;
}

static const char *stage_words(enum smtp_stage s)
{
    static const char *const words[] = { [SMTP_SESSION] = "before the message",
                                         [SMTP_ENVELOPE] = "before the message",
                                         [SMTP_BODY] = "inside the message, which is incomplete",
                                         [SMTP_BODY_SENT] =
                                             "after the message, before the relay's answer" };
    return words[s];
}

static char *reason(const struct smtp_worker *w, CURLcode rc, enum smtp_stage at)
{
    const struct smtp_settings *s = &w->relay->s;
    const char *detail = w->error[0] ? w->error : curl_easy_strerror(rc);
    switch (rc) {
    case CURLE_USE_SSL_FAILED:
        return g_strdup_printf("relay %s:%d does not offer STARTTLS, which is required; "
                               "nothing was sent",
                               s->host, s->port);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return g_strdup_printf("STARTTLS with relay %s:%d failed, nothing was sent: %s", s->host,
                               s->port, detail);
    case CURLE_LOGIN_DENIED:
        return g_strdup_printf("relay %s:%d refused the login: %s", s->host, s->port, detail);
    case CURLE_COULDNT_RESOLVE_HOST:
        return g_strdup_printf("relay %s: no such name, or no name server", s->host);
    case CURLE_COULDNT_CONNECT:
        return g_strdup_printf("relay %s:%d: no connection: %s", s->host, s->port, detail);
    case CURLE_OPERATION_TIMEDOUT:
        return g_strdup_printf("relay %s:%d: time ran out %s", s->host, s->port, stage_words(at));
    default:
        return g_strdup_printf("relay %s:%d: connection lost %s (%s)", s->host, s->port,
                               stage_words(at), detail);
    }
}

struct outcome *smtp_worker_send(struct smtp_worker *w, struct smtp_relay *r, const char *from,
                                 const char *to, GBytes *message, gboolean *session)
{
    const struct clock *clock = clock_system();
    int64_t start_ms = clock->monotonic_ms(clock);
    g_autofree char *sender = g_strdup_printf("<%s>", from);
    g_autofree char *recipient = g_strdup_printf("<%s>", to);
    struct curl_slist *recipients = curl_slist_append(NULL, recipient);
    prepare(w, r);
    w->body = g_bytes_get_data(message, &w->body_len);
    curl_easy_setopt(w->easy, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(w->easy, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(w->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)w->body_len); /* SIZE= */
    CURLcode rc = transfer(w, FALSE);
    if (was_stale(w, rc)) {
        rc = transfer(w, TRUE);
    }
    enum smtp_stage at = stage(w);
    g_autofree char *why = reason(w, rc, at);
    struct smtp_end end = { .stage = at, .reason = why };
    struct outcome *o = smtp_reply_outcome(&w->reply, &end);
    o->duration_ms = clock->monotonic_ms(clock) - start_ms;
    *session = w->reply.session;
    curl_easy_setopt(w->easy, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    w->body = NULL;
    return o;
}

struct smtp_worker *smtp_worker_new(void)
{
    struct smtp_worker *w = g_new0(struct smtp_worker, 1);
    smtp_reply_init(&w->reply);
    pthread_mutex_init(&w->lock, NULL);
    w->sockets = g_array_new(FALSE, FALSE, sizeof(int));
    return w;
}

void smtp_worker_free(struct smtp_worker *w)
{
    smtp_worker_hang_up(w);
    smtp_reply_clear(&w->reply);
    g_array_unref(w->sockets);
    pthread_mutex_destroy(&w->lock);
    g_free(w);
}

gboolean smtp_worker_connected(struct smtp_worker *w)
{
    pthread_mutex_lock(&w->lock);
    gboolean any = w->sockets->len > 0;
    pthread_mutex_unlock(&w->lock);
    return any;
}

static void shut(struct smtp_worker *w, int how)
{
    for (guint i = 0; i < w->sockets->len; i++) {
        shutdown(g_array_index(w->sockets, int, i), how);
    }
}

/* With the receiving side shut, libcurl says QUIT and does not wait for the answer. */
void smtp_worker_hang_up(struct smtp_worker *w)
{
    pthread_mutex_lock(&w->lock);
    shut(w, SHUT_RD);
    pthread_mutex_unlock(&w->lock);
    g_clear_pointer(&w->easy, curl_easy_cleanup);
    g_clear_pointer(&w->relay, smtp_relay_unref);
}

void smtp_worker_cut(struct smtp_worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->cut = TRUE;
    shut(w, SHUT_RDWR);
    pthread_mutex_unlock(&w->lock);
}
