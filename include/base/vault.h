/*
 * vault - secrets that lie in the store, sealed under a key that does not.
 *
 * AES-256-GCM by OpenSSL (NIST SP 800-38D) under a key of its own for every purpose, which is
 * HMAC-SHA-256(key, "liaisond " purpose); a seal is base64url of nonce (12 random bytes), text and
 * tag (16).  What was sealed for one purpose opens for no other.  Keys have 32 bytes or more.
 * Returned strings and bytes belong to the caller.
 */
#pragma once
#include <glib.h>

#define VAULT_KEY_BYTES 32

GBytes *vault_key_new(void); /* random */
/* Which key it is, 16 hex digits, of no help in finding it. */
char *vault_key_id(GBytes *key);
char *vault_seal(GBytes *key, const char *purpose, GBytes *secret);
/* NULL: another key, another purpose, or it was changed. */
GBytes *vault_open(GBytes *key, const char *purpose, const char *sealed);
/* HMAC-SHA-256 of text, hex: recognises it, and cannot be made or tested without the key. */
char *vault_mac(GBytes *key, const char *purpose, const char *text);
