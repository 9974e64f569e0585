/*
 * tokens - who may call the API from afar: bearer tokens, kept as digests.
 *
 * A token is "lsd_" + 32 random bytes in base64url; it is shown once, at its creation.  Its digest
 * is its SHA-256 in hex or, where the store has a key, "hmac:" and the HMAC of that (strongbox).
 */
#pragma once
#include "flow/service.h"

/* token: the text to show once; NULL with error. */
typedef void (*token_created_fn)(const char *id, const char *token, const char *error, void *ctx);
/* mission: the one that it is bound to; NULL: none. */
void tokens_create(struct service *s, const char *name, unsigned roles, const char *mission,
                   const char *principal, token_created_fn fn, void *ctx);
typedef void (*token_revoked_fn)(bool found, const char *error, void *ctx);
void tokens_revoke(struct service *s, const char *id, const char *principal, token_revoked_fn fn,
                   void *ctx);
/* row NULL: unknown or revoked.  Notes its use (at most once a minute). */
typedef void (*token_checked_fn)(const struct token_row *row, const char *error, void *ctx);
void tokens_check(struct service *s, const char *token, token_checked_fn fn, void *ctx);
