#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

#include "options.h"

enum { BACKLOG = 4096, REST_MS = 100 };

struct listener {
    struct sink *sink; /* borrowed */
    const struct conn_protocol *protocol;
    struct evconnlistener *inner;
    struct event *rest;
    char *address;
    bool tls;
};

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static char *describe(const struct sockaddr_storage *ss)
{
    const struct sockaddr_in *v4 = (const void *)ss;
    const struct sockaddr_in6 *v6 = (const void *)ss;
    char text[INET6_ADDRSTRLEN];

    if (ss->ss_family == AF_INET) {
        evutil_inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
        return g_strdup_printf("%s:%u", text, ntohs(v4->sin_port));
    }
    evutil_inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
    return g_strdup_printf("[%s]:%u", text, ntohs(v6->sin6_port));
}

/* libevent's own parser takes neither port 0 nor the name localhost. */
static bool read_address(const char *spec, struct sockaddr_storage *ss, int *len)
{
    struct sockaddr_in *v4 = (void *)ss;
    struct sockaddr_in6 *v6 = (void *)ss;
    const char *colon = strrchr(spec, ':');
    const size_t n = colon ? (size_t)(colon - spec) : 0;
    const bool bracketed = n > 2 && spec[0] == '[' && colon[-1] == ']';
    g_autofree char *host = bracketed ? g_strndup(spec + 1, n - 2) : g_strndup(spec, n);
    guint64 port;

    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return false;
    if (bracketed) {
        *v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
        *len = sizeof(*v6);
        return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
    }
    *v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    *len = sizeof(*v4);
    return inet_pton(AF_INET, g_str_equal(host, "localhost") ? "127.0.0.1" : host, &v4->sin_addr) ==
           1;
}

static bool parse(const char *spec, bool anywhere, struct sockaddr_storage *ss, int *len,
                  GError **err)
{
    if (!read_address(spec, ss, len)) {
        g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "cannot listen on %s: not of the form ADDR:PORT, such as 127.0.0.1:2525", spec);
        return false;
    }
    if (!anywhere && !is_loopback((struct sockaddr *)ss)) {
        g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "cannot listen on %s: not a loopback address (--any-address allows it)", spec);
        return false;
    }
    return true;
}

static void on_client(struct evconnlistener *inner, evutil_socket_t fd, struct sockaddr *sa,
                      int len, void *arg)
{
    struct listener *l = arg;
    int one = 1;

    (void)inner;
    (void)sa;
    (void)len;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    conn_accept(l->sink, fd, l->protocol, l->tls);
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;

    (void)fd;
    (void)what;
    evconnlistener_enable(l->inner);
}

static void on_error(struct evconnlistener *inner, void *arg)
{
    struct listener *l = arg;
    const struct timeval tv = { 0, REST_MS * 1000 };

    g_printerr("liaison-sink: accept on %s: %s\n", l->address, g_strerror(errno));
    evconnlistener_disable(inner);
    evtimer_add(l->rest, &tv);
}

struct listener *listener_open(struct sink *s, const char *spec, const struct conn_protocol *p,
                               bool tls, GError **err)
{
    struct sockaddr_storage ss = { 0 };
    socklen_t len;
    int given;
    struct listener *l;

    if (!parse(spec, s->options->any_address, &ss, &given, err))
        return NULL;
    l = g_new0(struct listener, 1);
    *l = (struct listener){ .sink = s, .protocol = p, .tls = tls };
    l->inner = evconnlistener_new_bind(
        s->base, on_client, l, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        BACKLOG, (struct sockaddr *)&ss, given);
    if (!l->inner) {
        g_set_error(err, G_FILE_ERROR, g_file_error_from_errno(errno),
                    "cannot listen for %s on %s: %s", p->name, spec,
                    errno == EADDRINUSE ? "another program is using that port" : g_strerror(errno));
        g_free(l);
        return NULL;
    }
    len = sizeof(ss);
    getsockname(evconnlistener_get_fd(l->inner), (struct sockaddr *)&ss, &len);
    l->address = describe(&ss);
    l->rest = evtimer_new(s->base, on_rested, l);
    evconnlistener_set_error_cb(l->inner, on_error);
    return l;
}

void listener_free(struct listener *l)
{
    if (!l)
        return;
    evconnlistener_free(l->inner);
    event_free(l->rest);
    g_free(l->address);
    g_free(l);
}

const char *listener_address(const struct listener *l)
{
    return l->address;
}

SSL_CTX *listener_tls(const char *cert, const char *key, GError **err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const char *what = NULL;

    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    /* A peer that closes without a farewell is a close, not an error. */
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        what = cert;
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
             SSL_CTX_check_private_key(ctx) != 1)
        what = key;
    if (!what)
        return ctx;
    g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot use %s for TLS: %s", what,
                ERR_reason_error_string(ERR_peek_last_error()));
    SSL_CTX_free(ctx);
    return NULL;
}
