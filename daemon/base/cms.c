#include "base/cms.h"

#include "base/certificate.h"
#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define RSA_MIN_BITS 2048

struct cms_signer {
    gint refs;
    GPtrArray *chain; /* X509 *, the signer's first */
    EVP_PKEY *key;
    int64_t ends_ms;
};

/* What mail programs verify (RFC 8551, 2.2). */
static const char *unfit_key(const EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(key) >= RSA_MIN_BITS ? NULL
                                                      : "is an RSA key of less than 2048 bits";
    case EVP_PKEY_EC:
        return EVP_PKEY_get_bits(key) >= 256 ? NULL : "is on a curve of less than 256 bits";
    default:
        return "is neither RSA nor ECDSA, which is all that mail programs verify";
    }
}

static bool fail(struct cms_fault *fault, bool of_key, const char *code, char *why)
{
    *fault = (struct cms_fault){ of_key, code, why };
    return false;
}

static bool is_fit(const struct cms_signer *s, struct cms_fault *fault)
{
    X509 *leaf = s->chain->pdata[0];
    const char *unfit = unfit_key(s->key);
    char *bad_chain = certificate_bad_chain(s->chain);
    if (bad_chain)
        return fail(fault, false, "bad-chain", bad_chain);
    if (unfit)
        return fail(fault, true, "unfit-key", g_strdup(unfit));
    bool fits = X509_check_private_key(leaf, s->key) == 1;
    ERR_clear_error();
    if (!fits)
        return fail(fault, true, "not-its-key",
                    g_strdup("is not the key of the certificate: give the two that were made "
                             "together"));
    if (X509_check_purpose(leaf, X509_PURPOSE_SMIME_SIGN, 0) != 1)
        return fail(fault, false, "not-for-mail",
                    g_strdup("is not made for signing mail (extendedKeyUsage emailProtection, "
                             "keyUsage digitalSignature)"));
    return true;
}

static bool read_pair(struct cms_signer *s, const char *certificates, const char *key,
                      struct cms_fault *fault)
{
    char *why = NULL;
    const char *key_why = NULL;
    s->chain = certificate_parse(certificates, &why);
    if (!s->chain)
        return fail(fault, false, "bad-certificate", why);
    s->key = certificate_parse_key(key, &key_why);
    if (!s->key)
        return fail(fault, true, "bad-key", g_strdup(key_why));
    return is_fit(s, fault);
}

struct cms_signer *cms_signer_new(const char *certificates, const char *key,
                                  struct cms_fault *fault)
{
    struct cms_signer *s = g_new0(struct cms_signer, 1);
    s->refs = 1;
    if (!read_pair(s, certificates, key, fault)) {
        cms_signer_unref(s);
        return NULL;
    }
    s->ends_ms = INT64_MAX;
    for (guint i = 0; i < s->chain->len; i++)
        s->ends_ms = MIN(s->ends_ms, certificate_ends_ms(s->chain->pdata[i]));
    return s;
}

struct cms_signer *cms_signer_ref(struct cms_signer *s)
{
    if (s)
        g_atomic_int_inc(&s->refs);
    return s;
}

void cms_signer_unref(struct cms_signer *s)
{
    if (!s || !g_atomic_int_dec_and_test(&s->refs))
        return;
    g_clear_pointer(&s->chain, g_ptr_array_unref);
    EVP_PKEY_free(s->key);
    g_free(s);
}

bool cms_signer_names(const struct cms_signer *s, const char *mailbox)
{
    bool named = X509_check_email(s->chain->pdata[0], mailbox, 0, 0) == 1;
    ERR_clear_error();
    return named;
}

int64_t cms_signer_ends_ms(const struct cms_signer *s)
{
    return s->ends_ms;
}

char *cms_signer_out_of_time(const struct cms_signer *s, int64_t now_ms)
{
    char *why = NULL;
    for (guint i = 0; i < s->chain->len && !why; i++)
        why = certificate_out_of_time(s->chain->pdata[i], now_ms);
    return why;
}

/* Issuers go along, for readers who have only the root. */
static CMS_ContentInfo *signed_by(const struct cms_signer *s, BIO *data)
{
    const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    CMS_ContentInfo *c = CMS_sign(NULL, NULL, NULL, data, flags);
    bool good = c && CMS_add1_signer(c, s->chain->pdata[0], s->key, EVP_sha256(), flags);
    for (guint i = 1; good && i < s->chain->len; i++)
        good = CMS_add1_cert(c, s->chain->pdata[i]) == 1;
    if (good && CMS_final(c, data, NULL, flags) == 1)
        return c;
    CMS_ContentInfo_free(c);
    return NULL;
}

static void free_der(gpointer der)
{
    OPENSSL_free(der);
}

GBytes *cms_sign(const struct cms_signer *s, const void *data, size_t len, const char **why)
{
    unsigned char *der = NULL;
    BIO *in = len <= INT_MAX ? BIO_new_mem_buf(data, (int)len) : NULL;
    CMS_ContentInfo *c = in ? signed_by(s, in) : NULL;
    int n = c ? i2d_CMS_ContentInfo(c, &der) : -1;
    if (n < 0) {
        *why = ERR_reason_error_string(ERR_peek_last_error());
        *why = *why ? *why : "OpenSSL does not say why";
    }
    ERR_clear_error();
    CMS_ContentInfo_free(c);
    BIO_free(in);
    return n < 0 ? NULL : g_bytes_new_with_free_func(der, (gsize)n, free_der, der);
}
