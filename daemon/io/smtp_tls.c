#include "io/smtp_tls.h"

#include "io/config.h"
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

static gboolean must_verify(const struct smtp_relay *r)
{
    return r->s.starttls == TLS_REQUIRED || *r->s.ca_file;
}

static const char *reason(void)
{
    const char *why = ERR_reason_error_string(ERR_peek_error());
    return why ? why : "the relay ended the handshake";
}

static SSL_CTX *make_context(const struct smtp_relay *r, char **why)
{
    const char *ca = *r->s.ca_file ? r->s.ca_file : SYSTEM_CA;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx)
        g_error("libssl gives no context: %s", reason());
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!must_verify(r))
        return ctx;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(ctx, ca) == 1)
        return ctx;
    *why = g_strdup_printf("the certificates of %s cannot be used: %s", ca, reason());
    SSL_CTX_free(ctx);
    return NULL;
}

static gboolean is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* The name is asked for (RFC 6066, 3: an address is not), and has to be the certificate's. */
static void expect_name(SSL *ssl, const char *host)
{
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
        return;
    }
    SSL_set_tlsext_host_name(ssl, host);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host);
}

SSL *smtp_tls_new(struct smtp_relay *r, int fd, char **why)
{
    if (!r->tls && !(r->tls = make_context(r, why)))
        return NULL;
    SSL *ssl = SSL_new(r->tls);
    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        g_error("out of memory for a connection");
    SSL_set_connect_state(ssl);
    if (must_verify(r))
        expect_name(ssl, r->s.host);
    else if (!is_address(r->s.host))
        SSL_set_tlsext_host_name(ssl, r->s.host);
    return ssl;
}

char *smtp_tls_fault(const struct smtp_relay *r, const SSL *ssl)
{
    long verdict = SSL_get_verify_result(ssl);
    if (!must_verify(r) || verdict == X509_V_OK)
        return g_strdup(reason());
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return g_strdup_printf("SSL certificate problem: its name does not match %s", r->s.host);
    return g_strdup_printf("SSL certificate problem: %s", X509_verify_cert_error_string(verdict));
}
