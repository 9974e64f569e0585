/*
 * link - the personal link of one notification: an unguessable token and a short code.
 *
 * token = the first 128 bits of HMAC-SHA-256(master key, "liaisond link v1\n" message key) in
 * base64url; code = six digits of HMAC-SHA-256(master key, "liaisond code v1\n" message key).  Both
 * are the same at every retry, so neither is stored: the store keeps the token's SHA-256 and, with
 * the broadcast, the fingerprint of the key.  The code is printed in the message and typed by a
 * person; the token alone proves only that somebody, or a scanner, has followed the link.
 */
#pragma once
#include "base/digest.h"
#include <glib.h>
#include <stdbool.h>

#define LINK_TOKEN_LEN 22
#define LINK_CODE_LEN 6
#define LINK_DIGEST_LEN (2 * DIGEST_SHA256_LEN)
#define LINK_FINGERPRINT_LEN 16

struct link {
    char token[LINK_TOKEN_LEN + 1], code[LINK_CODE_LEN + 1];
    char digest[LINK_DIGEST_LEN + 1]; /* of the token, hex */
};

/* message_key: notification_message_key(). */
void link_make(struct link *l, GBytes *master, const char *message_key);
/* The first digits of the key's SHA-256 in hex: which key a broadcast's links were made with. */
void link_fingerprint(GBytes *master, char out[LINK_FINGERPRINT_LEN + 1]);
/* The key of that fingerprint among masters (GBytes *, may be NULL); borrowed, NULL: none. */
GBytes *link_master(const GPtrArray *masters, const char *fingerprint);

/* false: not the form of a token; else its digest. */
bool link_digest_of(const char *token, char digest[LINK_DIGEST_LEN + 1]);
/* Does what was typed have the form of a code?  What has not is no guess. */
bool link_is_code(const char *typed);
/* Constant time.  Blanks and hyphens in what was typed are passed over, and the digits of every
 * script are digits. */
bool link_code_is(const struct link *l, const char *typed);
