/*
 * webhook_message - a notice as a CloudEvents 1.0 structured JSON body with Standard Webhooks
 * headers.
 *
 * id = webhook-id = notification_message_key(); type
 * "gov.dss.liaison.broadcast.<alert|update|cancel>" with ".exercise" or ".test" appended for those;
 * source and subject name daemon and broadcast. The signature is v1,base64(HMAC-SHA256(secret, id
 * "." timestamp "." body)), one per secret. An endpoint's secret is derived from a master key:
 * HMAC-SHA256(master, "liaisond webhook v1\n" URL); it is shown to its owner as "whsec_" + base64.
 * While a master key rotates there are two. Where an answer is asked for, data.acknowledge has {
 * url, token, code, post, answers }: a person opens url and types the code, a program posts a
 * signed answer with the token; data.reminder is true when it is asked again.
 */
#pragma once
#include "base/digest.h"
#include "wire/notice.h"
#include "wire/notice_forms.h"

struct webhook_keys {   /* master keys, newest first; owned by the caller */
    GPtrArray *masters; /* GBytes * */
};

struct webhook_message { /* owned */
    char *body;
    size_t body_len;
    GPtrArray *headers; /* char * "Name: value": content-type, webhook-id, -timestamp, -signature */
};

/* forms: what the messages of one source have in common (notice_forms.h); NULL: nothing is kept. */
struct webhook_message *webhook_message_render(const struct notice *n, const char *source,
                                               const struct webhook_keys *keys,
                                               struct notice_forms *forms);
struct notice_forms *webhook_message_forms(void);
void webhook_message_free(struct webhook_message *m);

/* The key of an endpoint under one master key. */
void webhook_message_key(const GBytes *master, const char *endpoint,
                         uint8_t out[DIGEST_SHA256_LEN]);
/* "whsec_…" for an endpoint under one master key; caller frees. */
char *webhook_message_secret(const GBytes *master, const char *endpoint);
/* Text of a key file: one base64 master key of at least 24 bytes a line, '#' comments.  False with
 * *why. */
bool webhook_keys_parse(struct webhook_keys *out, const char *text, char **why);
void webhook_keys_clear(struct webhook_keys *k);
