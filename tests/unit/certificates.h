/*
 * certificates - keys and certificates made in a test, as the files that a listener reads.
 *
 * Times are relative to CERTIFICATES_NOW, which stands still.  Everything is written into one
 * folder, which the test removes.
 */
#pragma once
#include <glib.h>
#include <openssl/x509.h>
#include <stdbool.h>

#define CERTIFICATES_NOW INT64_C(1795444200000) /* 2026-11-23T14:30:00Z */

struct made {
    X509 *certificate;
    EVP_PKEY *key;
};

struct request {       /* what a certificate is to say; NULL: nothing of that */
    const char *name;  /* common name */
    const char *names; /* subjectAltName: "DNS:localhost,IP:127.0.0.1" */
    const char *usage; /* extendedKeyUsage: "serverAuth" */
    int from_days, to_days;
    bool authority;
    const struct made *issuer; /* NULL: itself */
    bool weak;                 /* a key of RSA with 1024 bits, else P-256 */
};

struct made certificates_make(const struct request *r);
void certificates_clear(struct made *m);
/* The certificates, NULL-terminated, one after the other; caller frees. */
char *certificates_text(const struct made *const *all);
char *certificates_key_text(const struct made *m, const char *passphrase /* NULL: none */);
/* The same as a file of that name; caller frees its path. */
char *certificates_write(const char *folder, const char *name, const struct made *const *all);
char *certificates_write_key(const char *folder, const char *name, const struct made *m,
                             const char *passphrase /* NULL: none */);
