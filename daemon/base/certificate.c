#include "base/certificate.h"

#include "base/timestamp.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#define SUBJECT_MAX_BYTES 256

static const char *reason(void)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    return why ? why : "OpenSSL does not say why";
}

GPtrArray *certificate_parse(const char *pem, char **why)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *one;
    ERR_clear_error();
    while ((one = PEM_read_bio_X509(in, NULL, NULL, NULL)))
        g_ptr_array_add(all, one);
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    *why = NULL;
    if (!ended)
        *why = g_strdup_printf("certificate %u in it cannot be read: %s", all->len + 1, reason());
    else if (all->len == 0)
        *why = g_strdup("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    ERR_clear_error();
    BIO_free(in);
    if (*why)
        g_clear_pointer(&all, g_ptr_array_unref);
    return all;
}

static int no_passphrase(char *buffer, int size, int writing, void *ctx)
{
    (void)buffer, (void)size, (void)writing;
    *(bool *)ctx = true;
    return -1;
}

EVP_PKEY *certificate_parse_key(const char *pem, const char **why)
{
    bool asked = false;
    BIO *in = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, &asked);
    BIO_free(in);
    ERR_clear_error();
    if (!key)
        *why = asked ? "is protected by a passphrase, which nobody is there to type"
                     : "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)";
    return key;
}

char *certificate_subject(const X509 *x)
{
    char text[SUBJECT_MAX_BYTES];
    X509_NAME_oneline(X509_get_subject_name(x), text, sizeof text);
    return g_strdup(text);
}

static int64_t instant_ms(const ASN1_TIME *t)
{
    struct tm tm;
    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

int64_t certificate_ends_ms(const X509 *x)
{
    return instant_ms(X509_get0_notAfter(x));
}

char *certificate_out_of_time(const X509 *x, int64_t now_ms)
{
    int64_t from_ms = instant_ms(X509_get0_notBefore(x)), to_ms = certificate_ends_ms(x);
    if (from_ms <= now_ms && now_ms < to_ms)
        return NULL;
    g_autofree char *subject = certificate_subject(x);
    g_autofree char *at = timestamp_format_utc_s(now_ms < from_ms ? from_ms : to_ms);
    return g_strdup_printf("%s %s %s", subject,
                           now_ms < from_ms ? "holds only from" : "has expired: it ended at", at);
}

bool certificate_is_issued_by(X509 *x, X509 *issuer)
{
    bool issued =
        X509_check_issued(issuer, x) == X509_V_OK && X509_verify(x, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return issued;
}

char *certificate_bad_chain(const GPtrArray *chain)
{
    for (guint i = 0; i + 1 < chain->len; i++) {
        X509 *x = chain->pdata[i], *issuer = chain->pdata[i + 1];
        if (certificate_is_issued_by(x, issuer))
            continue;
        g_autofree char *a = certificate_subject(issuer), *b = certificate_subject(x);
        return g_strdup_printf("%s did not issue %s, which stands before it: first the certificate "
                               "of the key, then each one's issuer",
                               a, b);
    }
    return NULL;
}
