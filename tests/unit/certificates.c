#include "certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define DAY_S 86400

static void extend(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    g_assert(e && X509_add_ext(x, e, -1) == 1);
    X509_EXTENSION_free(e);
}

static void extend_all(X509 *x, const struct request *r)
{
    if (r->authority) {
        extend(x, NID_basic_constraints, "critical,CA:TRUE");
        extend(x, NID_key_usage, "critical,keyCertSign");
    }
    if (r->names)
        extend(x, NID_subject_alt_name, r->names);
    if (r->usage)
        extend(x, NID_ext_key_usage, r->usage);
}

struct made certificates_make(const struct request *r)
{
    static long serial;
    struct made m = { X509_new(),
                      r->weak ? EVP_RSA_gen(1024) : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") };
    X509_NAME *name = X509_get_subject_name(m.certificate);
    X509_set_version(m.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(m.certificate), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(m.certificate),
                  CERTIFICATES_NOW / 1000 + (time_t)r->from_days * DAY_S);
    ASN1_TIME_set(X509_getm_notAfter(m.certificate),
                  CERTIFICATES_NOW / 1000 + (time_t)r->to_days * DAY_S);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)r->name, -1, -1,
                               0);
    X509_set_issuer_name(m.certificate,
                         r->issuer ? X509_get_subject_name(r->issuer->certificate) : name);
    X509_set_pubkey(m.certificate, m.key);
    extend_all(m.certificate, r);
    g_assert(X509_sign(m.certificate, r->issuer ? r->issuer->key : m.key, EVP_sha256()) > 0);
    return m;
}

void certificates_clear(struct made *m)
{
    X509_free(m->certificate);
    EVP_PKEY_free(m->key);
}

static char *text_of(BIO *b)
{
    char *bytes;
    long len = BIO_get_mem_data(b, &bytes);
    char *text = g_strndup(bytes, (gsize)len);
    BIO_free(b);
    return text;
}

char *certificates_text(const struct made *const *all)
{
    BIO *b = BIO_new(BIO_s_mem());
    for (; *all; all++)
        g_assert(PEM_write_bio_X509(b, (*all)->certificate) == 1);
    return text_of(b);
}

char *certificates_key_text(const struct made *m, const char *passphrase)
{
    BIO *b = BIO_new(BIO_s_mem());
    g_assert(PEM_write_bio_PrivateKey(b, m->key, passphrase ? EVP_aes_128_cbc() : NULL,
                                      (const unsigned char *)passphrase,
                                      passphrase ? (int)strlen(passphrase) : 0, NULL, NULL) == 1);
    return text_of(b);
}

char *certificates_write(const char *folder, const char *name, const struct made *const *all)
{
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = certificates_text(all);
    g_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

char *certificates_write_key(const char *folder, const char *name, const struct made *m,
                             const char *passphrase)
{
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = certificates_key_text(m, passphrase);
    g_assert(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    return path;
}
