/*
 * certificate - X.509 certificates and private keys out of PEM text, and what they say of
 * themselves (RFC 5280).
 *
 * Nothing is trusted here: whether anybody believes a certificate is for its readers to say.  Times
 * are milliseconds since the epoch, UTC.  Strings belong to the caller.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct x509_st;     /* OpenSSL's X509 */
struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* All of a text, in its order, at least one: struct x509_st *, owned by the array.  NULL with *why.
 */
GPtrArray *certificate_parse(const char *pem, char **why);
/* The first private key of a text, without a passphrase.  NULL with *why (static). */
struct evp_pkey_st *certificate_parse_key(const char *pem, const char **why);

char *certificate_subject(const struct x509_st *x); /* for a person */
int64_t certificate_ends_ms(const struct x509_st *x);
char *certificate_out_of_time(const struct x509_st *x, int64_t now_ms); /* NULL: it holds now */
bool certificate_is_issued_by(struct x509_st *x, struct x509_st *issuer);
/* NULL: each is issued by the one after it; else a sentence that says which is not. */
char *certificate_bad_chain(const GPtrArray *chain);
