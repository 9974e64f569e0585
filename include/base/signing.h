/*
 * signing - Ed25519 keys, signatures and their check, by OpenSSL (RFC 8032).
 *
 * A file of keys holds one or more, the newest first: PEM blocks ("PRIVATE KEY", as
 * "openssl genpkey -algorithm ed25519" writes them), or one seed of 32 bytes in base64 a line;
 * lines that begin with # are none.  Public keys (32 bytes) and signatures (64) are base64url
 * without padding.  A struct signing_keys never changes and may be used by several threads.  No
 * function gives a private key back.  Returned strings belong to the caller unless noted.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define SIGNING_PUBLIC_LEN 43    /* characters */
#define SIGNING_SIGNATURE_LEN 86 /* likewise */

struct signing_keys;

/* NULL: the text holds no keys; *why (caller frees) says why. */
struct signing_keys *signing_keys_read(const char *text, char **why);
struct signing_keys *signing_keys_ref(struct signing_keys *k);
void signing_keys_unref(struct signing_keys *k); /* may be NULL; the last one cleans the keys */

/* The public key of the newest (0) or of an older one; borrowed; NULL: there is none. */
const char *signing_public(const struct signing_keys *k, unsigned i);
/* -1: none of them has that public key. */
int signing_find(const struct signing_keys *k, const char *public_key);
char *signing_sign(const struct signing_keys *k, unsigned i, const void *data, size_t len);

/* Is it a signature of that public key over the data?  Anything that is no key is a no. */
bool signing_holds(const char *public_key, const void *data, size_t len, const char *signature);
/* The public key in a text: base64url, or PEM ("PUBLIC KEY").  NULL: there is none. */
char *signing_public_of(const char *text);
