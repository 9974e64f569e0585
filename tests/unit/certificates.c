#include "certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

char *certificates_write(const char *folder, const char *name, const struct made *const *all)
{
    char *path = g_build_filename(folder, name, NULL);
    FILE *f = fopen(path, "we");
    g_assert(f);
    for (; *all; all++)
        g_assert(PEM_write_X509(f, (*all)->certificate) == 1);
    fclose(f);
    return path;
}

char *certificates_write_key(const char *folder, const char *name, const struct made *m,
                             const char *passphrase)
{
    char *path = g_build_filename(folder, name, NULL);
    FILE *f = fopen(path, "we");
    g_assert(f);
    g_assert(PEM_write_PrivateKey(f, m->key, passphrase ? EVP_aes_128_cbc() : NULL,
                                  (const unsigned char *)passphrase,
                                  passphrase ? (int)strlen(passphrase) : 0, NULL, NULL) == 1);
    fclose(f);
    chmod(path, 0600);
    return path;
}
