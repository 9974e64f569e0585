#include "io/tls.h"

#include "base/certificate.h"
#include "io/config.h"
#include "io/tls_check.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#define FILE_MAX_BYTES (1024 * 1024) /* an authority's bundle has a quarter of that */
#define CLIENT_CHAIN_MAX_BYTES 32768
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20" /* of TLS 1.2; all of 1.3's are of this kind */

struct tls {
    gint refs;
    SSL_CTX *ctx;
    char *file;
    int64_t expires_ms;
};

/* What is being read, and where to complain. */
struct reading {
    const struct tls_files *files;
    int64_t now_ms;
    struct faults *f;
};

static void complain(const struct reading *r, const char *path, const char *key, const char *code,
                     const char *why)
{
    faults_add(r->f, path, code, "%s.tls_%s_file: %s", r->files->group, key, why);
}

static const char *reason(void)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    return why ? why : "OpenSSL does not say why";
}

static char *read_file(const struct reading *r, const char *path, const char *key)
{
    g_autofree char *name = g_strdup_printf("%s.tls_%s_file", r->files->group, key);
    return config_read_secret(name, path, FILE_MAX_BYTES, r->f);
}

/* X509 *; none with a fault. */
static GPtrArray *read_certificates(const struct reading *r, const char *path, const char *key)
{
    g_autofree char *text = read_file(r, path, key), *why = NULL;
    GPtrArray *all = text ? certificate_parse(text, &why) : NULL;
    if (why)
        complain(r, path, key, "bad-certificate", why);
    return all ? all : g_ptr_array_new();
}

static EVP_PKEY *read_key(const struct reading *r)
{
    const char *path = r->files->key, *why = NULL;
    g_autofree char *text = read_file(r, path, "key");
    EVP_PKEY *key = text ? certificate_parse_key(text, &why) : NULL;
    if (text)
        explicit_bzero(text, strlen(text));
    if (why)
        complain(r, path, "key", "bad-key", why);
    else if (config_secret_is_open(path))
        faults_warn(r->f, path, "open-key", "%s.tls_key_file: everybody on this host can read it",
                    r->files->group);
    return key;
}

/* --- what is put together --- */

static void set_rules(SSL_CTX *ctx)
{
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_max_cert_list(ctx, CLIENT_CHAIN_MAX_BYTES);
    if (SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1)
        g_error("libssl knows none of %s", CIPHERS);
}

static void use_pair(const struct reading *r, SSL_CTX *ctx, const GPtrArray *chain, EVP_PKEY *key)
{
    const struct tls_files *files = r->files;
    X509 *leaf = g_ptr_array_index(chain, 0);
    ERR_clear_error();
    if (SSL_CTX_use_certificate(ctx, leaf) != 1) {
        complain(r, files->certificate, "certificate", "bad-certificate", reason());
        return;
    }
    for (guint i = 1; i < chain->len; i++)
        SSL_CTX_add1_chain_cert(ctx, g_ptr_array_index(chain, i));
    if (X509_check_private_key(leaf, key) != 1)
        complain(r, files->key, "key", "not-its-key",
                 "is not the key of the certificate: give the two that were made together");
    else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
        complain(r, files->key, "key", "bad-key", reason());
    ERR_clear_error();
}

/* A client may show a certificate; one that these do not vouch for ends the handshake. */
static void ask_clients(const struct reading *r, SSL_CTX *ctx)
{
    static const unsigned char name[] = "liaisond";
    g_autoptr(GPtrArray) all = read_certificates(r, r->files->client_ca, "client_ca");
    for (guint i = 0; i < all->len; i++) {
        X509 *ca = g_ptr_array_index(all, i);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca);
        SSL_CTX_add_client_CA(ctx, ca);
        tls_check_authority(ca, r->files, r->now_ms, r->f);
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(ctx, name, sizeof name - 1);
}

static void assemble(const struct reading *r, struct tls *t, const GPtrArray *chain, EVP_PKEY *key)
{
    if (chain->len > 0)
        t->expires_ms = tls_check_chain(chain, r->files, r->now_ms, r->f);
    if (chain->len > 0 && key)
        use_pair(r, t->ctx, chain, key);
    if (*r->files->client_ca)
        ask_clients(r, t->ctx);
}

struct tls *tls_load(const struct tls_files *files, int64_t now_ms, struct faults *f)
{
    struct reading r = { files, now_ms, f };
    guint before = f->errors->len;
    struct tls *t = g_new0(struct tls, 1);
    t->refs = 1;
    t->file = g_strdup(files->certificate);
    t->ctx = SSL_CTX_new(TLS_server_method());
    if (!t->ctx)
        g_error("libssl gives no context: %s", reason());
    set_rules(t->ctx);
    g_autoptr(GPtrArray) chain = read_certificates(&r, files->certificate, "certificate");
    EVP_PKEY *key = read_key(&r);
    assemble(&r, t, chain, key);
    EVP_PKEY_free(key);
    if (f->errors->len == before)
        return t;
    tls_unref(t);
    return NULL;
}

struct tls *tls_ref(struct tls *t)
{
    if (t)
        g_atomic_int_inc(&t->refs);
    return t;
}

void tls_unref(struct tls *t)
{
    if (!t || !g_atomic_int_dec_and_test(&t->refs))
        return;
    SSL_CTX_free(t->ctx);
    g_free(t->file);
    g_free(t);
}

int64_t tls_expires_ms(const struct tls *t)
{
    return t->expires_ms;
}

const char *tls_file(const struct tls *t)
{
    return t->file;
}

SSL_CTX *tls_context(const struct tls *t)
{
    return t->ctx;
}
