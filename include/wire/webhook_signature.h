/*
 * webhook_signature - signing by Standard Webhooks, and checking what somebody else has signed.
 *
 * A signature is v1,base64(HMAC-SHA-256(secret, id "." timestamp "." body)); a header holds one or
 * more, separated by blanks.  Secrets are those of webhook_message_secret().
 */
#pragma once
#include "wire/webhook_message.h"

#define WEBHOOK_SIGNATURE_MAX_AGE_S 300 /* before or after now */
#define WEBHOOK_ID_MAX 256              /* bytes */

struct webhook_signed { /* what came in, borrowed; NULL: the header is missing */
    const char *id, *timestamp, *signatures;
    const char *body;
    size_t body_len;
};

/* For the header: one per master key, newest first; caller frees. */
char *webhook_signature_make(const struct webhook_keys *keys, const char *endpoint, const char *id,
                             const char *timestamp, const char *body);
/* NULL: the endpoint's owner has signed it, and lately; else what is wrong (static).  Comparison is
 * in constant time. */
const char *webhook_signature_check(const struct webhook_keys *keys, const char *endpoint,
                                    const struct webhook_signed *s, int64_t now_ms);
