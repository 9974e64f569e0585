#include "peer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer_conn {
    struct peer *peer;
    GThread *thread;
    unsigned number;
    int fd;
    SSL *ssl; /* NULL: clear text */
    char buf[4096];
    int at, len;
};

struct peer {
    peer_serve_fn serve;
    const void *script;
    GThread *acceptor;
    int listener, port;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    GPtrArray *conns; /* of struct peer_conn */
    unsigned count, closed;
    GString *heard;
};

struct peer_tls {
    SSL_CTX *ctx;
    char *ca_file;
};

static gpointer conn_run(gpointer data)
{
    struct peer_conn *c = data;
    struct peer *p = c->peer;
    p->serve(c, p->script);
    SSL_free(c->ssl);
    pthread_mutex_lock(&p->lock);
    close(c->fd);
    c->fd = -1;
    p->closed++;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static gpointer accept_run(gpointer data)
{
    struct peer *p = data;
    int fd;
    while ((fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct peer_conn *c = g_new0(struct peer_conn, 1);
        c->peer = p;
        c->fd = fd;
        pthread_mutex_lock(&p->lock);
        c->number = p->conns->len;
        g_ptr_array_add(p->conns, c);
        c->thread = g_thread_new("peer-conn", conn_run, c);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

struct peer *peer_start(peer_serve_fn serve, const void *script)
{
    struct peer *p = g_new0(struct peer, 1);
    p->serve = serve;
    p->script = script;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->conns = g_ptr_array_new_with_free_func(g_free);
    p->heard = g_string_new(NULL);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (struct sockaddr *)&a, len) != 0 || listen(p->listener, 128) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&a, &len) != 0) {
        g_error("peer: %s", g_strerror(errno));
    }
    p->port = ntohs(a.sin_port);
    p->acceptor = g_thread_new("peer", accept_run, p);
    return p;
}

void peer_stop(struct peer *p)
{
    shutdown(p->listener, SHUT_RDWR);
    g_thread_join(p->acceptor);
    close(p->listener);
    pthread_mutex_lock(&p->lock);
    for (guint i = 0; i < p->conns->len; i++) {
        struct peer_conn *c = g_ptr_array_index(p->conns, i);
        if (c->fd >= 0) {
            shutdown(c->fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&p->lock);
    for (guint i = 0; i < p->conns->len; i++) {
        g_thread_join(((struct peer_conn *)g_ptr_array_index(p->conns, i))->thread);
    }
    g_ptr_array_unref(p->conns);
    g_string_free(p->heard, TRUE);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    g_free(p);
}

int peer_port(const struct peer *p)
{
    return p->port;
}

unsigned peer_connections(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    unsigned n = p->conns->len;
    pthread_mutex_unlock(&p->lock);
    return n;
}

unsigned peer_count(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    unsigned n = p->count;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void peer_wait_closed(struct peer *p, unsigned connections)
{
    pthread_mutex_lock(&p->lock);
    while (p->closed < connections) {
        pthread_cond_wait(&p->changed, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

char *peer_heard(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    char *text = g_strdup(p->heard->str);
    pthread_mutex_unlock(&p->lock);
    return text;
}

unsigned peer_number(const struct peer_conn *c)
{
    return c->number;
}

static bool fill(struct peer_conn *c)
{
    c->at = 0;
    c->len = c->ssl ? SSL_read(c->ssl, c->buf, sizeof c->buf)
                    : (int)recv(c->fd, c->buf, sizeof c->buf, 0);
    return c->len > 0;
}

char *peer_read_line(struct peer_conn *c)
{
    g_autoptr(GString) line = g_string_new(NULL);
    while (c->at < c->len || fill(c)) {
        char ch = c->buf[c->at++];
        if (ch == '\n') {
            pthread_mutex_lock(&c->peer->lock);
            g_string_append_printf(c->peer->heard, "%s\n", line->str);
            pthread_mutex_unlock(&c->peer->lock);
            return g_strdup(line->str);
        }
        if (ch != '\r') {
            g_string_append_c(line, ch);
        }
    }
    return NULL;
}

bool peer_read(struct peer_conn *c, gsize len)
{
    for (; len > 0; len--, c->at++) {
        if (c->at >= c->len && !fill(c)) {
            return false;
        }
    }
    return true;
}

bool peer_say(struct peer_conn *c, const char *text)
{
    for (gsize left = strlen(text); left > 0;) {
        int n = c->ssl ? SSL_write(c->ssl, text, (int)left)
                       : (int)send(c->fd, text, left, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        text += n;
        left -= (gsize)n;
    }
    return true;
}

void peer_drip(struct peer_conn *c, const char *text)
{
    struct pollfd gone = { .fd = c->fd, .events = POLLRDHUP };
    const char *at = text;
    while (poll(&gone, 1, 20) == 0) {
        char one[2] = { *at, '\0' };
        if (!peer_say(c, one)) {
            return;
        }
        at = at[1] ? at + 1 : text;
    }
}

void peer_hang(struct peer_conn *c)
{
    while (fill(c)) {
    }
}

void peer_reset(struct peer_conn *c)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void peer_counted(struct peer_conn *c)
{
    pthread_mutex_lock(&c->peer->lock);
    c->peer->count++;
    pthread_mutex_unlock(&c->peer->lock);
}

bool peer_secure(struct peer_conn *c, struct peer_tls *tls)
{
    c->ssl = SSL_new(tls->ctx);
    SSL_set_fd(c->ssl, c->fd);
    return SSL_accept(c->ssl) == 1;
}

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key, EVP_sha256());
    return cert;
}

struct peer_tls *peer_tls_new(void)
{
    struct peer_tls *t = g_new0(struct peer_tls, 1);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *cert = self_signed(key);
    t->ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(t->ctx, cert);
    SSL_CTX_use_PrivateKey(t->ctx, key);
    int fd = g_file_open_tmp("peer-ca-XXXXXX", &t->ca_file, NULL);
    FILE *f = fdopen(fd, "w");
    PEM_write_X509(f, cert);
    fclose(f);
    X509_free(cert);
    EVP_PKEY_free(key);
    return t;
}

const char *peer_tls_ca_file(const struct peer_tls *t)
{
    return t->ca_file;
}

void peer_tls_free(struct peer_tls *t)
{
    SSL_CTX_free(t->ctx);
    unlink(t->ca_file);
    g_free(t->ca_file);
    g_free(t);
}
