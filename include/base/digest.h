/*
 * digest - SHA-256, HMAC-SHA-256, randomness and comparison of secrets, by OpenSSL.
 *
 * Returned strings belong to the caller.  Nothing here fails but by a broken libcrypto (abort).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_LEN 32
#define DIGEST_SHA256_HEX 64

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_SHA256_LEN]);
char *digest_hex(const void *bytes, size_t len);       /* lower-case, two digits a byte */
char *digest_sha256_hex(const void *data, size_t len); /* 64 lower-case hex digits */
/* The same into memory of the caller's, with a NUL behind. */
void digest_hex_to(const void *bytes, size_t len, char *out);
void digest_sha256_hex_to(const void *data, size_t len, char out[DIGEST_SHA256_HEX + 1]);
void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        uint8_t out[DIGEST_SHA256_LEN]);
void digest_random(void *out, size_t len);
char *digest_base64url(const void *data, size_t len);        /* no padding */
char *digest_random_base64url(size_t bytes);                 /* no padding */
bool digest_equal(const void *a, const void *b, size_t len); /* constant time */
