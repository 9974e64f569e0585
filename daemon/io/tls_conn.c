#include "io/tls_conn.h"

#include "base/text.h"
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#define RECORD_MAX 16384     /* RFC 8446, 5.1 */
#define TURN_MAX_BYTES 65536 /* written before others get their turn */
#define CLIENT_NAME_MAX 256

/* Held by the owner and by the SSL, whichever ends first. */
struct tls_conn {
    gint refs;
    SSL *ssl; /* NULL: the bufferevent has it */
    tls_shaken_fn shaken;
    void *ctx;
    bool told;
};

static void let_go(struct tls_conn *c)
{
    if (g_atomic_int_dec_and_test(&c->refs))
        g_free(c);
}

static void ssl_ends(void *parent, void *held, CRYPTO_EX_DATA *data, int index, long argl,
                     void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    if (held)
        let_go(held);
}

static int slot(void)
{
    static gsize once;
    static int index;
    if (g_once_init_enter(&once)) {
        index = SSL_get_ex_new_index(0, NULL, NULL, NULL, ssl_ends);
        g_once_init_leave(&once, 1);
    }
    return index;
}

static void tell(struct tls_conn *c, const char *fault)
{
    if (c->told || !c->shaken)
        return;
    c->told = true;
    c->shaken(fault, c->ctx);
}

/* A peer's certificate that fails is told by its own reason, not by "verify failed". */
static const char *fault_of(const SSL *ssl)
{
    long verdict = SSL_get_verify_result(ssl);
    const char *why = ERR_reason_error_string(ERR_peek_error());
    if (verdict != X509_V_OK)
        return X509_verify_cert_error_string(verdict);
    return why ? why : "the handshake failed";
}

static void on_state(const SSL *ssl, int where, int result)
{
    struct tls_conn *c = SSL_get_ex_data(ssl, slot());
    if (where & SSL_CB_HANDSHAKE_DONE)
        tell(c, NULL);
    else if (where == SSL_CB_ACCEPT_EXIT && result <= 0 && ERR_peek_error() != 0)
        tell(c, fault_of(ssl));
}

struct tls_conn *tls_conn_new(struct tls *t, tls_shaken_fn shaken, void *ctx)
{
    struct tls_conn *c = g_new0(struct tls_conn, 1);
    c->refs = 2;
    c->shaken = shaken;
    c->ctx = ctx;
    c->ssl = SSL_new(tls_context(t));
    if (!c->ssl)
        g_error("out of memory for a connection");
    SSL_set_ex_data(c->ssl, slot(), c);
    SSL_set_info_callback(c->ssl, on_state);
    return c;
}

struct bufferevent *tls_conn_bufferevent(struct tls_conn *c, struct event_base *base)
{
    return bufferevent_openssl_socket_new(base, -1, g_steal_pointer(&c->ssl),
                                          BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

void tls_conn_free(struct tls_conn *c)
{
    if (!c)
        return;
    c->shaken = NULL;
    g_clear_pointer(&c->ssl, SSL_free);
    let_go(c);
}

/* Of one piece of the buffer: a record at most. */
static int write_piece(SSL *ssl, struct evbuffer *from)
{
    struct evbuffer_iovec piece;
    if (evbuffer_peek(from, -1, NULL, &piece, 1) < 1)
        return 0;
    ERR_clear_error();
    int n = SSL_write(ssl, piece.iov_base, (int)MIN(piece.iov_len, RECORD_MAX));
    if (n > 0) {
        evbuffer_drain(from, (size_t)n);
        return n;
    }
    int why = SSL_get_error(ssl, n);
    errno = why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? EAGAIN : EPIPE;
    return -1;
}

ssize_t tls_write(struct bufferevent *b, struct evbuffer *from)
{
    SSL *ssl = bufferevent_openssl_get_ssl(b);
    ssize_t sent = 0;
    while (sent < TURN_MAX_BYTES && evbuffer_get_length(from) > 0) {
        int n = write_piece(ssl, from);
        if (n < 0)
            return sent > 0 && errno == EAGAIN ? sent : -1;
        sent += n;
    }
    return sent;
}

/* --- the client's names --- */

/* A name with a NUL or a control in it is nobody's. */
static void add_name(GPtrArray *out, const ASN1_STRING *s)
{
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, s);
    if (len > 0 && len <= CLIENT_NAME_MAX && strlen((char *)text) == (size_t)len &&
        !text_has_control((char *)text))
        g_ptr_array_add(out, g_strdup((char *)text));
    OPENSSL_free(text);
}

static void add_alternatives(GPtrArray *out, const X509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        if (n->type == GEN_DNS || n->type == GEN_EMAIL || n->type == GEN_URI)
            add_name(out, n->d.ia5);
    }
    GENERAL_NAMES_free(names);
}

static void add_common_name(GPtrArray *out, const X509 *x)
{
    const X509_NAME *subject = X509_get_subject_name(x);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0)
        add_name(out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

GPtrArray *tls_client_names(struct bufferevent *b)
{
    SSL *ssl = bufferevent_openssl_get_ssl(b);
    const X509 *x = SSL_get0_peer_certificate(ssl);
    if (!x || SSL_get_verify_result(ssl) != X509_V_OK)
        return NULL;
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    add_alternatives(out, x);
    if (out->len == 0)
        add_common_name(out, x);
    return out;
}
